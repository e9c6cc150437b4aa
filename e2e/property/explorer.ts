import type { Browser } from "@playwright/test";
import { pairwise, type Factor } from "./covering";
import { without } from "./fresh";
import type { Control } from "./inside";
import { any, operationsOf, type Operation } from "./operate";
import { Random, seedOf } from "./random";
import { Rules } from "./rules";
import { Subject, type Place } from "./subject";
import { BRIEF } from "./widgets";

/** Revealed controls are operated so many ways. */
const REVEALED = 2;
/** Values of a list that is short. */
const SHORT_LIST = 8;
/** Operations on one page before it is loaded anew. */
const MOST_ON_A_PAGE = 40;

/** Chooses what is operated, in what order. */
export class Explorer extends Rules {
  static async open(browser: Browser, base: string, place: Place, part: string, viewport?: { width: number; height: number }): Promise<Explorer> {
    const explorer = new Explorer(place, part, ...(await Rules.subjects(browser, base, place, viewport)));
    await explorer.clicked.load("");
    explorer.params = await explorer.clicked.describe();
    return explorer;
  }

  /** The state from which everything is tried: the default, on one core where there is a choice, and brief. */
  base(): string {
    const onOneCore = this.params.some((param) => param.key === "dev" && param.choices?.includes("cpu")) ? { dev: "cpu" } : {};
    return Subject.queryOf(this.params, { ...onOneCore, ...BRIEF[this.place.widget], ...this.place.file?.state });
  }

  private random(seed: number): Random {
    return new Random(seed ^ seedOf(this.place.widget));
  }

  private async controls(): Promise<Control[]> {
    return (await this.clicked.glance(this.params)).controls;
  }

  private async query(): Promise<string> {
    return (await this.clicked.glance(this.params)).query;
  }

  /** Every operation of every control from the default state, and back; what it brings to light is operated as well. */
  async singles(): Promise<void> {
    await this.reload(this.base());
    const controls = await this.controls();
    // A control that waits for something counts as met once it can be operated.
    const known = new Set(controls.filter((control) => !control.disabled).map((control) => control.key));
    // One operation of every field, then the rest of every short list, which may bring other controls to light, then one of every button,
    // then second ones: should time be short, it is short for all alike.
    const random = this.random(1);
    const turn = ({ kind }: Control, round: number) => {
      if (round === 0 && kind !== "button") return 0;
      return kind === "select" && round < SHORT_LIST ? 1 : 2 + round;
    };
    const rounds = controls.flatMap((control) => operationsOf(control).map((operation, round) => ({ turn: turn(control, round), control, operation })));
    const order = random.shuffled(rounds).sort((one, other) => one.turn - other.turn);
    for (const [at, { control, operation }] of order.entries()) {
      if (this.isOver(order.length - at)) break;
      const count = this.failures.length;
      let isKept = await this.perform(operation);
      if (!isKept) await this.shorten(count, this.base(), operation);
      if (isKept) {
        for (const other of await this.controls()) {
          if (known.has(other.key) || other.disabled) continue;
          known.add(other.key);
          for (const then of operationsOf(other).slice(0, REVEALED)) {
            // What was revealed may have gone again with the one before.
            if ((await this.controls()).some((control) => control.key === other.key)) isKept = (await this.perform(then)) && isKept;
          }
        }
      }
      if (isKept) await this.back(control, operation);
      else await this.reload(this.base());
    }
  }

  /** The state from which everything is tried, by the same control where it can be. */
  private async back(control: Control, operation: Operation): Promise<void> {
    const now = (await this.controls()).find((other) => other.key === control.key);
    const isToggle = ["check", "summary"].includes(control.kind) || (control.kind === "button" && now?.value !== "" && now?.value !== control.value);
    let isKept = true;
    if (now && !now.disabled && now.value !== control.value && (isToggle || !["button", "radio", "link"].includes(control.kind))) {
      isKept = await this.perform({ ...operation, value: isToggle ? "" : control.value });
    }
    if (!isKept || this.trail.length > MOST_ON_A_PAGE || (await this.query()) !== this.base()) await this.reload(this.base());
  }

  /** Random operations, one after the other. */
  async walk(seed: number, length: number): Promise<void> {
    const random = this.random(seed);
    await this.reload(this.base());
    for (let at = 0; at < length && !this.isOver(length - at); at += 1) {
      const { controls, query } = await this.clicked.glance(this.params);
      const operation = any(controls, random);
      if (!operation) break;
      const count = this.failures.length;
      if (await this.perform(operation)) continue;
      const here = await this.query();
      await this.shorten(count, query, operation);
      await this.reload(here);
    }
  }

  /** Of failures since `count`: the last operation alone, from the address before it, where that fails alike. */
  private async shorten(count: number, from: string, operation: Operation): Promise<void> {
    const found = this.failures.splice(count);
    if (found.length === 0 || found[0]!.operations.length === 1) {
      this.failures.push(...found);
      return;
    }
    const known = new Set(this.signatures);
    for (const { rule } of found) for (const signature of known) if (signature.startsWith(rule)) this.signatures.delete(signature);
    await this.reload(from);
    await this.perform(operation);
    this.operations -= 1;
    const again = this.failures.splice(count);
    known.forEach((signature) => this.signatures.add(signature));
    for (const failure of found) this.failures.push(again.find((other) => other.rule === failure.rule) ?? failure);
  }

  /** One operation of each group of controls, several between two comparisons; after a breach each is looked at alone. Ends after `most` failures. */
  async strides(seed: number, length: number, groups: number, most: number): Promise<void> {
    const random = this.random(seed);
    await this.reload(this.base());
    const keys = this.sample(await this.controls(), random, groups);
    while (keys.length > 0 && this.failures.length < most) {
      const [from, count, breaches, known] = [await this.query(), this.failures.length, this.breaches, new Set(this.signatures)];
      const done: Operation[] = [];
      for (const key of keys.splice(0, length)) {
        const control = (await this.controls()).find((other) => other.key === key);
        const operations = control ? operationsOf(control) : [];
        if (operations.length === 0) continue;
        done.push(random.pick(operations));
        await this.perform(done.at(-1)!, false);
      }
      await this.settle();
      if (this.breaches === breaches) continue;
      const found = this.failures.splice(count);
      this.signatures.clear();
      known.forEach((signature) => this.signatures.add(signature));
      await this.reload(from);
      for (const operation of done) {
        const here = await this.query();
        if (await this.perform(operation)) continue;
        await this.shorten(count, here, operation);
        break;
      }
      if (this.failures.length === count) this.failures.push(...found);
      await this.reload(this.base());
    }
  }

  /** A control of each group, in an order by the seed. */
  private sample(controls: Control[], random: Random, most: number): string[] {
    const groups = new Map<string, Control[]>();
    for (const control of controls) {
      if (operationsOf(control).length > 0) groups.set(control.group, [...(groups.get(control.group) ?? []), control]);
    }
    return random.shuffled([...groups.values()]).slice(0, most).map((group) => random.pick(group).key);
  }

  /** The comparison alone. */
  private async settle(): Promise<void> {
    try {
      await this.agree();
    } catch (error) {
      this.caught(error);
    }
    this.faults();
  }

  /** Rows in which all pairs of values occur, set by controls where one is known and shown, by a message otherwise. */
  async pairs(seed: number, most = Infinity): Promise<number> {
    const random = this.random(seed);
    const rows = pairwise(this.factors(), random);
    for (const [at, row] of rows.slice(0, most).entries()) {
      if (this.isOver(rows.length - at)) break;
      await this.reload(this.base());
      for (const [key, value] of random.shuffled(Object.entries(row))) {
        const { answer, controls } = await this.clicked.glance(this.params);
        if (answer.state[key] === value) continue;
        const way = this.ways.get(`${key}=${value}`);
        const control = controls.find((other) => other.key === way?.key);
        if (way && control && operationsOf(control).some((other) => other.value === way.value)) await this.perform(way, false);
        else await this.set(key, value);
      }
      await this.settle();
    }
    return rows.length;
  }

  /** Sets a parameter as a host page does. */
  private async set(key: string, value: string): Promise<void> {
    this.trail.push({ key, kind: "message", value });
    await this.clicked.tell({ type: "set", state: { [key]: value } });
  }

  /** A few values of every parameter: all of a short list, the ends of a range, and texts that a control set. */
  private factors(): Factor[] {
    const factors = this.params.map(({ key, kind, default: usual, choices, min, max }) => {
      const met = [...this.ways.keys()].filter((way) => way.startsWith(`${key}=`)).map((way) => way.slice(key.length + 1));
      const values = { choice: choices ?? [], flag: ["0", "1"], int: [usual, String(min), String(max)], number: [usual, String(min), String(max)], text: [usual, ...met.slice(0, 2)] }[kind];
      return { key, values: [...new Set(values)].slice(0, 5) };
    });
    return factors.filter((factor) => factor.values.length > 1);
  }

  /** What a preset turns on can be seen without looking for it: on a screen of the usual height, where the preset was clicked. */
  async sight(): Promise<void> {
    await this.reload(this.base());
    const presets = (await this.controls()).filter((control) => control.kind === "button" && control.value === "false" && control.group.includes(" chip "));
    for (const preset of presets) {
      await this.reload(this.base());
      await this.perform({ key: preset.key, kind: "button", value: "" }, false);
      const { state } = (await this.clicked.glance(this.params)).answer;
      for (const { key, default: usual } of this.params.filter((param) => param.kind === "flag" && state[param.key] !== param.default)) {
        await this.other.load(Subject.queryOf(this.params, { ...state, [key]: usual }));
        if (!(await this.addsSomething())) this.fail("what a preset turns on is in sight", `something that ${key} changes`, "nothing");
      }
    }
  }

  /** Whether the clicked page's screen has something that the other's has not, once both have settled. */
  private async addsSomething(): Promise<boolean> {
    await this.clicked.settled();
    await this.other.settled();
    const [one, two] = [await this.clicked.snapshot("sight"), await this.other.snapshot("sight")];
    return without([...one.controls, ...one.text, ...one.canvases], [...two.controls, ...two.text, ...two.canvases]).length > 0;
  }

  /** Leaves the page by its own navigation while something is under way. */
  async leave(): Promise<void> {
    await this.clicked.tell({ type: "run" });
    const { page } = this.clicked;
    await page.locator("header a[href]").filter({ visible: true }).first().click();
    await page.waitForURL((url) => !url.pathname.endsWith(`/${this.place.widget}`));
    await page.locator("main h1").first().waitFor();
    this.trail.push({ key: "the glossary", kind: "link", value: "" });
    this.faults("the page can be left at any moment");
  }
}
