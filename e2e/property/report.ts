import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Failure, Tally } from "./rules";

/** A breach in words, with the way to it. */
export function describe(failure: Failure): string {
  const way = [`load ${failure.setting} ${failure.widget}${failure.start ? ` ?${failure.start}` : ""}`, ...failure.operations].join("\n     → ");
  return `${failure.rule}\n     ${way}\n     expected: ${failure.expected || "(nothing)"}\n     seen:     ${failure.seen || "(nothing)"}`;
}

/** A tally in a line. */
export function summary({ widget, setting, part, operations, loads, failures, seconds, changed, hideable }: Tally): string {
  const untouched = hideable.filter((key) => !changed.includes(key));
  return `${widget} ${setting} ${part}: ${operations} operations, ${loads} fresh loads, ${failures.length} failures, ${seconds} s; not changed: ${untouched.join(" ") || "none"}`;
}

/** A tally and the id of the site's build. */
export type Kept = Tally & { build: string };

/** Keeps a tally for the report, with the build that it is of. */
export async function keep(folder: string, tally: Tally, base: string): Promise<void> {
  const build = (await (await fetch(`${base}build-id.txt`)).text()).trim();
  mkdirSync(folder, { recursive: true });
  const name = [tally.widget, tally.setting, tally.part].join("-").replace(/[^a-z0-9-]+/g, "-");
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ ...tally, build }, null, 1));
}

/** All that were kept. */
export function kept(folder: string): Kept[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Kept);
}

/** The builds that were operated, each with its widgets. */
export function builds(tallies: Kept[]): string {
  const found = new Map<string, Set<string>>();
  for (const { build, widget } of tallies) found.set(build, (found.get(build) ?? new Set()).add(widget));
  return [...found].map(([build, widgets]) => `${build} (${[...widgets].join(", ")})`).join("; ");
}

/** Parameters that no operation changed, by widget: whatever an embed may hide has a control. */
export function untouched(tallies: Tally[], widgets: string[]): [widget: string, keys: string[]][] {
  return widgets.map((widget) => {
    const own = tallies.filter((tally) => tally.widget === widget);
    const changed = new Set(own.flatMap((tally) => tally.changed));
    return [widget, [...new Set(own.flatMap((tally) => tally.hideable))].filter((key) => !changed.has(key))];
  });
}

/** The report as Markdown. */
export function markdown(tallies: Tally[], widgets: string[]): string {
  const sum = (list: Tally[], pick: (tally: Tally) => number) => list.reduce((total, tally) => total + pick(tally), 0);
  const rows = widgets.flatMap((widget) => {
    const own = tallies.filter((tally) => tally.widget === widget);
    return own.map((tally) => `| ${widget} | ${tally.setting} | ${tally.part} | ${tally.operations} | ${tally.loads} | ${tally.cut || ""} | ${tally.failures.length} | ${tally.seconds.toFixed(0)} |`);
  });
  const total = `| **all** | | | **${sum(tallies, (t) => t.operations)}** | **${sum(tallies, (t) => t.loads)}** | ${sum(tallies, (t) => t.cut) || ""} | **${sum(tallies, (t) => t.failures.length)}** | ${sum(tallies, (t) => t.seconds).toFixed(0)} |`;
  const failures = tallies.flatMap((tally) => tally.failures);
  const list = widgets.flatMap((widget) => {
    const own = failures.filter((failure) => failure.widget === widget);
    return own.length === 0 ? [] : [`### ${widget}`, "", ...own.map((failure, at) => `${at + 1}. ${indent(describe(failure))}`), ""];
  });
  return [
    "| widget | setting | part | operations | fresh loads | left out | failures | seconds |",
    "|---|---|---|---|---|---|---|---|",
    ...rows,
    total,
    "",
    ...(list.length > 0 ? ["## Failures", "", ...list] : []),
    ...missed(tallies, widgets),
    ...unsteady(tallies),
  ].join("\n");
}

function indent(text: string): string {
  return text.replace(/`/g, "'").replace(/\n/g, "\n   ");
}

function missed(tallies: Tally[], widgets: string[]): string[] {
  const rows = untouched(tallies, widgets).filter(([, keys]) => keys.length > 0);
  return rows.length === 0 ? ["Every parameter that an embed may hide was changed by an operation.", ""] : ["## Parameters that no operation changed", "", ...rows.map(([widget, keys]) => `- ${widget}: ${keys.join(" ")}`), ""];
}

/** What two fresh loads of one address show differently, without being marked as measured: it was not compared. */
function unsteady(tallies: Tally[]): string[] {
  const lines = new Map<string, Set<string>>();
  for (const { widget, unsteady } of tallies) for (const line of unsteady) lines.set(widget, (lines.get(widget) ?? new Set()).add(line));
  if (lines.size === 0) return [];
  const rows = [...lines].flatMap(([widget, found]) => [...found].sort().map((line) => `- ${widget}: ${line.slice(0, 160).replace(/`/g, "'")}`));
  return ["## Not compared, because two fresh loads of one address differ in it and it is not marked as measured", "", ...rows, ""];
}
