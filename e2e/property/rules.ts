import type { Browser } from "@playwright/test";
import { FreshLoads, STEPS, configurations, difference, isStrict, lists, pattern, unstableBetween, type Difference, type Fresh, type Unstable } from "./fresh";
import type { Look, Run } from "./inside";
import { Unreachable, operate, words, type Operation } from "./operate";
import { AGREE_MS, Stuck, Subject, Unended, type Param, type Place } from "./subject";
import { describe } from "./report";

/** One breach, with the shortest way to it that is known. */
export interface Failure {
  widget: string;
  setting: string;
  part: string;
  /** The address that was loaded. */
  start: string;
  operations: string[];
  /** What was breached. */
  rule: string;
  expected: string;
  seen: string;
}

/** What one part of the suite did. */
export interface Tally {
  widget: string;
  setting: string;
  part: string;
  operations: number;
  loads: number;
  seconds: number;
  failures: Failure[];
  /** Lines that differ between two fresh loads of one address without being marked as measured. */
  unsteady: string[];
  /** Parameters that a control changed. */
  changed: string[];
  /** Hideable parameters of the table. */
  hideable: string[];
  /** Operations that were planned and not done, because the part's time was over. */
  cut: number;
}

/** Everything of a widget is on the screen at once. */
const VIEWPORT = { width: 1280, height: 3000 };
/** How long an operation may take to show that it did something. */
const EFFECT_MS = 2_500;
/** A part's time is meant for a widget of so many parameters; one of more has more. */
const USUAL_PARAMS = 20;

/** Operates one widget in one setting and holds every operation against the rules. */
export class Rules {
  protected readonly failures: Failure[] = [];
  /** Operations that set a parameter to a value, as they were met. */
  protected readonly ways = new Map<string, Operation>();
  protected readonly changed = new Set<string>();
  protected operations = 0;
  /** Breaches met, those that were met before among them. */
  protected breaches = 0;
  protected readonly signatures = new Set<string>();
  /** Since the last load: where it began, and what was done. */
  protected start = "";
  protected trail: Operation[] = [];
  private readonly unsteady: Unstable = new Set();
  private readonly begun = Date.now();
  private readonly fresh: FreshLoads;
  params: Param[] = [];
  protected cut = 0;
  /** Of the part's time, how much may have gone by. */
  share = 1;

  protected constructor(
    readonly place: Place,
    private readonly part: string,
    readonly clicked: Subject,
    protected readonly other: Subject,
  ) {
    this.fresh = new FreshLoads(other);
  }

  protected static async subjects(browser: Browser, base: string, place: Place, viewport = VIEWPORT): Promise<[Subject, Subject]> {
    return [await Subject.open(browser, base, place, viewport), await Subject.open(browser, base, place, viewport)];
  }

  tally(): Tally {
    return {
      widget: this.place.widget,
      setting: this.place.setting,
      part: this.part,
      operations: this.operations,
      loads: this.fresh.loads,
      seconds: Math.round((Date.now() - this.begun) / 100) / 10,
      failures: this.failures,
      unsteady: [...this.unsteady].sort(),
      changed: [...this.changed].sort(),
      cut: this.cut,
      hideable: this.params.filter((param) => param.hideable).map((param) => param.key),
    };
  }

  /** Whether this share of the part's time is over: `PP_USE_MINUTES`, without end where it is not set, more for many parameters. What is left out is counted. */
  protected isOver(left: number): boolean {
    const minutes = Number(process.env.PP_USE_MINUTES ?? Infinity);
    const larger = Math.max(1, this.params.length / USUAL_PARAMS);
    const isOver = Date.now() - this.begun > this.share * larger * minutes * 60_000;
    if (isOver) this.cut += left;
    return isOver;
  }

  async close(): Promise<void> {
    await this.clicked.close();
    await this.other.close();
  }

  protected fail(rule: string, expected: string, seen: string): void {
    this.breaches += 1;
    // One breach of a rule by one control, or by one of many that differ in a number, is described once.
    const alike = (text: string) => pattern(text).replace(/"[^"]*"/g, '""').replace(/ \(#\)/g, "").slice(0, 80);
    const signature = `${rule} ${alike(this.trail.at(-1)?.key ?? "")} ${alike(expected)} ${alike(seen)}`;
    if (this.signatures.has(signature)) return;
    this.signatures.add(signature);
    const { widget, setting } = this.place;
    const failure = { widget, setting, part: this.part, start: this.start, operations: this.trail.map(words), rule, expected, seen };
    this.failures.push(failure);
    console.log(describe(failure));
  }

  /** What went wrong on the clicked page since the last call. */
  protected faults(rule = "nothing goes wrong"): void {
    for (const fault of this.clicked.takeFaults()) this.fail(rule, "no message", fault);
  }

  /** Whatever an error means for the rules. */
  protected caught(error: unknown): void {
    if (error instanceof Unreachable) this.fail("what is shown can be operated", "an operation", error.message);
    // Nothing is wrong with what takes minutes; what it comes to is not compared.
    else if (error instanceof Unended) this.cut += 1;
    else if (error instanceof Stuck) this.fail("nothing is stuck", "an end", error.message);
    else this.fail("it answers", "an answer", String(error).split("\n")[0]!);
  }

  /** The clicked page anew. */
  async reload(query: string): Promise<void> {
    this.start = query;
    this.trail = [];
    try {
      await this.clicked.load(query);
    } catch (error) {
      this.caught(error);
    }
    this.faults("nothing goes wrong while it loads");
  }

  /** Does one thing and holds it against every rule; whether it kept them. Without `compare` only against those that need no fresh load. */
  async perform(operation: Operation, compare = true): Promise<boolean> {
    const known = this.breaches;
    let hasEnded = true;
    this.operations += 1;
    this.trail.push(operation);
    try {
      const before = await this.clicked.glance(this.params);
      const outward = this.outward();
      await operate(this.clicked, operation);
      const after = await this.clicked.look(this.params);
      this.learn(operation, before, after);
      await this.movesTogether(before, after);
      const shown = await this.effect(operation, before, after, outward);
      if (!shown) this.fail("what is operated does something", "a change that can be seen", "none");
      if (compare) await this.agree(shown ?? after);
    } catch (error) {
      this.caught(error);
      hasEnded = !(error instanceof Unended);
    }
    this.faults();
    return hasEnded && this.breaches === known;
  }

  /** Files and choosers so far: what a click may lead to outside the page. */
  private outward(): number {
    return this.clicked.downloads.length + this.clicked.choosers;
  }

  /** Keeps which parameters an operation changed. */
  private learn(operation: Operation, before: Look, after: Look): void {
    const state = after.answer.state;
    const keys = Object.keys(state).filter((key) => state[key] !== before.answer.state[key]);
    keys.forEach((key) => this.changed.add(key));
    if (keys.length === 1) this.ways.set(`${keys[0]}=${state[keys[0]!]}`, operation);
  }

  /** Runs of one race move together: where one went on or back from a common step, all do, though on one core not at once. */
  private async movesTogether(before: Look, after: Look): Promise<void> {
    const old: Run[] = before.answer.results.runs ?? [];
    if (old.length < 2 || new Set(old.map((run) => run.step)).size > 1) return;
    const until = Date.now() + AGREE_MS;
    for (let now = after; ; now = await this.clicked.glance(this.params)) {
      if (configurations(before).join() !== configurations(now).join()) return;
      const runs: Run[] = now.answer.results.runs ?? [];
      const has = runs.map((run, at) => run.running || run.step !== old[at]!.step);
      if (!has.some(Boolean) || has.every(Boolean)) return;
      if (Date.now() > until) return this.fail("all runs of a race move together", "every run", `steps ${runs.map((run) => run.step).join(", ")}`);
      await this.clicked.page.waitForTimeout(60);
    }
  }

  /** How the page stands when something can be seen of an operation; null where nothing can within a bounded wait. */
  private async effect(operation: Operation, before: Look, after: Look, outward: number): Promise<Look | null> {
    if (!["button", "check", "radio", "select", "summary"].includes(operation.kind)) return after;
    // What is chosen already may be chosen again.
    if (operation.kind === "button" && before.controls.find((known) => known.key === operation.key)?.value === "true") return after;
    const shows = (now: Look) =>
      this.outward() > outward || JSON.stringify(now.answer) !== JSON.stringify(before.answer) || JSON.stringify(now.left) !== JSON.stringify(before.found);
    // What leads back to the beginning does nothing there, and what adds something nothing where it is: both are tried elsewhere.
    const elsewhere = operation.kind === "button" ? [() => this.goSomewhere(now), () => this.clicked.tell({ type: "reset" })] : [];
    let until = Date.now() + EFFECT_MS;
    let now = after;
    while (!shows(now)) {
      if (Date.now() > until) {
        const go = elsewhere.shift();
        if (!go) return null;
        await go();
        before = await this.clicked.look(this.params);
        const isThere = before.controls.some((control) => control.key === operation.key && !control.disabled);
        if (isThere) await operate(this.clicked, operation);
        until = Date.now() + EFFECT_MS;
      }
      await this.clicked.page.waitForTimeout(60);
      now = await this.clicked.glance(this.params);
    }
    return now === after ? after : this.clicked.look(this.params);
  }

  /** Some steps on where something trains; else one parameter has another value. */
  private async goSomewhere({ answer }: Look): Promise<void> {
    if (answer.results.runs?.length) {
      await this.clicked.step(5);
      return;
    }
    const param = this.params.find((known) => known.kind === "flag");
    if (param) await this.clicked.tell({ type: "set", state: { [param.key]: answer.state[param.key] === "1" ? "0" : "1" } });
  }

  /** The page shows what a fresh load of its address shows, now and some training steps later. */
  async agree(known?: Look): Promise<void> {
    let look = known ?? (await this.clicked.look(this.params));
    let expected = await this.fresh.of(look.query);
    // What was started here is started there.
    const isStarted = (look.answer.results.runs?.length ?? 0) > 0 && expected.look.answer.results.runs?.length === 0;
    if (isStarted) expected = await this.fresh.of(look.query, true);
    let isBegun = false;
    const steps = (of: Look) => (of.answer.results.runs ?? []).map((run) => run.step).join();
    const { runs = [], going } = look.answer.results;
    if (runs.some((run) => run.running) || going || steps(look) !== steps(expected.look)) {
      // It went on. What it is of has to be right before it begins anew.
      const off = await this.eventually(look, (now) => lists("configuration", configurations(expected.look), configurations(now), new Set()));
      if (off) return this.breach(off);
      await this.clicked.restart();
      look = await this.clicked.look(this.params);
      isBegun = true;
      expected = await this.fresh.of(look.query, isStarted, isBegun);
    }
    for (const fault of expected.faults) this.fail("nothing goes wrong in a fresh load", "no message", `?${look.query}: ${fault}`);
    let off = await this.differs(look, expected);
    if (off) {
      // What two fresh loads do not agree on either is no matter of the operation.
      const loose = unstableBetween(expected.look, (await this.fresh.again(look.query, isStarted, isBegun)).look).filter((line) => !this.unsteady.has(line));
      loose.forEach((line) => this.unsteady.add(line));
      if (loose.length > 0) off = await this.differs(look, expected);
    }
    if (off) return this.breach(off);
    if (isStrict(look) && expected.weights.length > 0) {
      const weights = (await this.clicked.step(STEPS)).map((run) => run.weight_hash ?? "none");
      const other = lists(`weights after ${STEPS} steps`, expected.weights, weights, new Set());
      if (other) return this.breach(other);
      await this.clicked.restart();
    }
  }

  private breach(off: Difference): void {
    this.fail(`the page shows what its address shows: ${off.what}`, off.expected, off.seen);
  }

  private async differs(look: Look, expected: Fresh): Promise<Difference | null> {
    return this.eventually(look, (now) => difference(expected.look, now, this.unsteady));
  }

  /** Nothing as soon as it holds; what it says after a bounded wait otherwise. */
  private async eventually(first: Look, judge: (now: Look) => Difference | null): Promise<Difference | null> {
    const until = Date.now() + AGREE_MS;
    for (let now = first; ; now = await this.clicked.glance(this.params)) {
      const off = judge(now);
      if (!off || Date.now() > until) return off;
      await this.clicked.page.waitForTimeout(60);
    }
  }
}
