// The browser in which benchmarks run.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Nothing in the background that would take time from what is measured. */
const ARGUMENTS = [
  "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** CHROMIUM names the browser, else `chromium` on PATH. */
function path() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const found = process.env.PATH.split(delimiter).map((folder) => join(folder, "chromium")).find(existsSync);
  if (!found) throw new Error("no chromium on PATH; name one in CHROMIUM");
  return found;
}

/** Starts it with playwright-core's `chromium`, which each benchmark has installed. */
export function launch(chromium, { webgpu = false } = {}) {
  const args = webgpu ? [...ARGUMENTS, "--enable-unsafe-webgpu"] : ARGUMENTS;
  return chromium.launch({ executablePath: path(), headless: true, args });
}
