import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { builds, kept, markdown, untouched } from "./property/report";
import { WIDGETS } from "./property/widgets";

export const TALLIES = fileURLToPath(new URL("./tallies", import.meta.url));

/** Nothing of a run before, but for widgets that are not run now (`PP_USE_WIDGETS`); afterwards the report. */
export default function setup(): () => void {
  const only = process.env.PP_USE_WIDGETS?.split(",");
  mkdirSync(TALLIES, { recursive: true });
  for (const file of readdirSync(TALLIES)) if (!only || only.some((widget) => file.startsWith(`${widget}-`))) rmSync(join(TALLIES, file));
  return () => {
    const file = process.env.PP_USE_REPORT ?? fileURLToPath(new URL("../docs/use/README.md", import.meta.url));
    mkdirSync(dirname(file), { recursive: true });
    const tallies = kept(TALLIES);
    const minutes = (tallies.reduce((sum, tally) => sum + tally.seconds, 0) / 60).toFixed(0);
    const head = [
      "# Use: click equals link",
      "",
      "Every widget is operated as a visitor would, and after every operation its page has to show what a fresh load of its address shows: the same",
      "values in every field, the same text, the same pictures, the same configuration hash, and for what trains on one core the same hash of the",
      "weights 20 steps later. Nothing may be written to the console, nothing may be stuck, runs of a race move together, and what is operated does",
      "something. Controls are found in the page, parameters in the widgets' own tables (`e2e/property`). Written by `cargo xtask use`.",
      "",
      "**singles**: every operation of every control from the default state, and back. **pairs**: rows in which every two values of every two parameters",
      "occur together. **walk**: 25 random operations by a seed. **live**: the same with what begins by itself. **sight**: presets on a screen of 1366 × 768.",
      "",
      `All parts together take ${minutes} minutes, half of that with two at a time. Builds: ${builds(tallies)}. What the short part found on an earlier page: [before.md](before.md).`,
      "",
    ].join("\n");
    writeFileSync(file, `${head}\n${markdown(tallies, WIDGETS)}\n`);
    const met = WIDGETS.filter((widget) => tallies.some((tally) => tally.widget === widget));
    const none = untouched(tallies, met).filter(([, keys]) => keys.length > 0);
    if (none.length > 0) throw new Error(`no operation changes ${none.map(([widget, keys]) => `${widget}'s ${keys.join(", ")}`).join("; ")}`);
  };
}
