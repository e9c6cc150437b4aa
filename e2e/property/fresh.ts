import type { Look } from "./inside";
import type { Subject } from "./subject";

/** Steps after which weights are compared. */
export const STEPS = 20;

/** What a fresh load of an address shows, and its weights some steps later. */
export interface Fresh {
  look: Look;
  /** Hash of every run's weights; empty where nothing trains on one core in the exact build. */
  weights: string[];
  /** What went wrong while it loaded. */
  faults: string[];
}

/** Fresh loads by address, each made once. */
export class FreshLoads {
  private readonly known = new Map<string, Fresh>();
  loads = 0;

  constructor(private readonly subject: Subject) {}

  /** `isStarted`: with what a visitor has to start before it opens its runs. `isBegun`: its runs at their first weights, wherever the link leads. */
  async of(query: string, isStarted = false, isBegun = false): Promise<Fresh> {
    const name = `${query} ${isStarted} ${isBegun}`;
    const known = this.known.get(name);
    if (known) return known;
    const made = await this.again(query, isStarted, isBegun);
    this.known.set(name, made);
    return made;
  }

  async again(query: string, isStarted = false, isBegun = false): Promise<Fresh> {
    this.loads += 1;
    await this.subject.load(query, isStarted);
    if (isBegun) await this.subject.restart();
    const look = await this.subject.settled();
    const weights = await weightsLater(this.subject, look);
    return { look, weights, faults: this.subject.takeFaults() };
  }
}

/** Whether its runs have weights that are the same everywhere. */
export function isStrict({ answer }: Look): boolean {
  const runs = answer.results.runs ?? [];
  return runs.length > 0 && runs.every((run) => run.weight_hash !== null);
}

/** Takes the steps and reads the hashes. */
export async function weightsLater(subject: Subject, look: Look): Promise<string[]> {
  if (!isStrict(look)) return [];
  return (await subject.step(STEPS)).map((run) => run.weight_hash ?? "none");
}

/** Hash of every run's configuration. */
export function configurations(look: Pick<Look, "answer">): string[] {
  return (look.answer.results.runs ?? []).map((run) => run.config_hash ?? "none");
}

/** Where two things differ first, and how. */
export interface Difference {
  what: string;
  expected: string;
  seen: string;
}

/** Lines that no two fresh loads show alike, with their figures left out. */
export type Unstable = Set<string>;

/** A line without its figures. */
export function pattern(line: string): string {
  return line.replace(/sum:\w+/, "sum").replace(/[\d.,\u2212\u2013\u2014-]+/g, "#");
}

type Shown = Pick<Look, "answer" | "linked">;

/** What is shown and what ought to be: the first difference. */
export function difference(expected: Shown, seen: Shown, unstable: Unstable): Difference | null {
  return (
    lists("configuration", configurations(expected), configurations(seen), new Set()) ??
    lists("controls", linkedControls(expected, seen), linkedControls(seen, expected), unstable) ??
    lists("text", linkedText(expected, seen), linkedText(seen, expected), unstable) ??
    lists("pictures", linkedCanvases(expected, seen), linkedCanvases(seen, expected), unstable) ??
    lists("results", facts(expected), facts(seen), unstable)
  );
}

/** Canvases of the one that belong to the visit on neither page. */
function linkedCanvases(one: Shown, other: Shown): string[] {
  return one.linked.canvases.filter((line) => !other.linked.visiting.some((near) => line.startsWith(`${near} `)));
}

/** Controls of the one that belong to the visit on neither page. */
function linkedControls(one: Shown, other: Shown): string[] {
  return one.linked.controls.filter((line) => !other.linked.apart.some((key) => line.startsWith(`${key} = `)));
}

/** The same of lines of text. */
function linkedText(one: Shown, other: Shown): string[] {
  return one.linked.text.filter((line) => !other.linked.visiting.some((near) => near !== "" && line.startsWith(`${near}: `)));
}

/** The answer to `get` as lines, without what was timed and what belongs to the visit. */
function facts({ answer }: Shown): string[] {
  const lines: string[] = [];
  const walk = (path: string, value: unknown): void => {
    if (value !== null && typeof value === "object") {
      for (const [key, inner] of Object.entries(value)) if (key !== "timings" && key !== "visit") walk(`${path}.${key}`, inner);
    } else {
      lines.push(`${path} = ${JSON.stringify(value)}`);
    }
  };
  walk("results", answer.results);
  return lines;
}

/** The first lines in which two lists differ; those that are unstable aside. */
export function lists(what: string, expected: string[], seen: string[], unstable: Unstable): Difference | null {
  const stable = (lines: string[]) => lines.filter((line) => !unstable.has(pattern(line)));
  const [left, right] = [stable(expected), stable(seen)];
  if (left.length === right.length && left.every((line, at) => line === right[at])) return null;
  const [gone, come] = [without(left, right), without(right, left)];
  if (gone.length === 0 && come.length === 0) return { what: `order of ${what}`, expected: left.slice(0, 8).join(" | "), seen: right.slice(0, 8).join(" | ") };
  if (gone.length === 1 && come.length === 1) return { what, ...apart(gone[0]!, come[0]!) };
  const some = (lines: string[]) => `${lines.slice(0, 4).join(" | ").slice(0, 500)}${lines.length > 4 ? ` | … ${lines.length} in all` : ""}`;
  return { what, expected: some(gone), seen: some(come) };
}

/** Two lines without most of what they begin with alike. */
function apart(expected: string, seen: string): { expected: string; seen: string } {
  let same = 0;
  while (same < expected.length && expected[same] === seen[same]) same += 1;
  const from = Math.max(0, same - 60);
  const cut = (line: string) => `${from > 0 ? "…" : ""}${line.slice(from, from + 300)}`;
  return { expected: cut(expected), seen: cut(seen) };
}

/** Lines of the one that the other has not, each as often as it is missing. */
export function without(lines: string[], others: string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    return count === 0;
  });
}

/** Lines in which two fresh loads of one address differ. */
export function unstableBetween(one: Shown, two: Shown): string[] {
  const pairs = [
    [one.linked.controls, two.linked.controls],
    [one.linked.text, two.linked.text],
    [one.linked.canvases, two.linked.canvases],
    [facts(one), facts(two)],
  ] as const;
  return pairs.flatMap(([left, right]) => [...without(left, right), ...without(right, left)]).map(pattern);
}
