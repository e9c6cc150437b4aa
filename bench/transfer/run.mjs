// Feature extraction beside other engines: `node run.mjs --json OUT --md OUT --date 2026-01-31`.
//
// EfficientNet-Lite0 up to block 14, one image at a time, at 96, 128 and 160 pixels: the engine as the transfer widget's worker has it
// (simd128, relaxed SIMD, WebGPU) beside tfjs and onnxruntime-web, which run the same network with the same weights. All features must
// agree before anything is timed. One thread each.
//
// Options: --rounds N (7), --target-ms N (400, the least length of a measurement), --only PATTERN (of participants' ids), --no-build.
// Needs what bench/engine has installed. Ends with status 1 if an engine failed or an answer is wrong; a missed goal is a finding.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

import { launch } from "../common/chromium.mjs";
import { serve } from "../common/server.mjs";
import { modules } from "../engine/build.mjs";
import { quartiles } from "../engine/page/statistics.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const engine = join(root, "bench", "engine");
const { chromium } = createRequire(join(engine, "package.json"))("playwright-core");

const { values: options } = parseArgs({
  allowNegative: true,
  options: {
    json: { type: "string" },
    md: { type: "string" },
    date: { type: "string", default: "" },
    rounds: { type: "string", default: "7" },
    "target-ms": { type: "string", default: "400" },
    only: { type: "string", default: "" },
    build: { type: "boolean", default: true },
  },
});
const SIDES = [96, 128, 160];
const PEERS = ["tfjs-wasm", "ort-wasm"];
const GOALS = [{ id: "ours-simd128", least: 1.0 }, { id: "ours-relaxed", least: 1.3 }];
const figure = (x) => (Number.isFinite(x) ? Number(x.toPrecision(3)).toString() : "–");

function table({ rows }) {
  const lines = ["| who | ms an image, median | quartiles | error |", "| --- | --- | --- | --- |"];
  for (const { title, state, ms, error, reason } of rows) {
    if (state !== "measured") {
      lines.push(`| ${title} | ${state}: ${reason} | | |`);
      continue;
    }
    const { median, lower, upper } = quartiles(ms);
    lines.push(`| ${title} | ${figure(median)} | ${figure(lower)} to ${figure(upper)} | ${error.toExponential(1)} |`);
  }
  return lines.join("\n");
}

/** Ours beside the faster peer, turn by turn. */
function judge({ side, rows }) {
  const measured = (id) => rows.find((row) => row.id === id && row.state === "measured");
  const peers = PEERS.map(measured).filter(Boolean);
  const best = peers.sort((a, b) => quartiles(a.ms).median - quartiles(b.ms).median)[0];
  return GOALS.flatMap(({ id, least }) => {
    const own = measured(id);
    if (!own || !best) return [];
    const { median } = quartiles(own.ms.map((ms, turn) => best.ms[turn] / ms));
    return [{ side, id, of: best.id, ratio: median, least, state: median >= least ? "pass" : "miss" }];
  });
}

const files = { "/": join(here, "page", "index.html"), ...modules({ here: engine, root, build: options.build }) };
const server = await serve(files, {
  "/node_modules/": join(engine, "node_modules"),
  "/models/": join(root, "public", "models"),
  "/engine/": join(engine, "page"),
  "/common/": join(here, "..", "common", "page"),
  "/": join(here, "page"),
});
const browser = await launch(chromium, { webgpu: true });
const browserVersion = `Chromium ${browser.version()}`;
let result;
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.exposeFunction("progress", (size) => console.log(`\n${size.side} pixels\n${table(size)}`));
  await page.goto(server.address);
  await page.waitForFunction(() => typeof window.run === "function");
  result = await page.evaluate((settings) => window.run(settings, window.progress), {
    sides: SIDES, rounds: Number(options.rounds), targetMs: Number(options["target-ms"]), only: options.only,
  });
} finally {
  await browser.close();
  server.close();
}

const goals = result.sizes.flatMap(judge);
const document = [
  "# The base beside other engines",
  "",
  `Written by \`bench/transfer/run.mjs\`${options.date ? ` on ${options.date}` : ""}; ${browserVersion}, ${options.rounds} turns of at least ${options["target-ms"]} ms. EfficientNet-Lite0 up to block 14 (INT8 weights, binary32 arithmetic), one image at a time, one thread; error: largest difference of the 192 features from the first row's, relative to the largest feature.`,
  "",
  "| pixels | ours | beside | times as fast | goal | state |",
  "| --- | --- | --- | --- | --- | --- |",
  ...goals.map(({ side, id, of, ratio, least, state }) => `| ${side} | ${id} | ${of} | ${figure(ratio)} | ≥ ${least} | ${state} |`),
  "",
  ...result.sizes.flatMap((size) => [`## ${size.side} × ${size.side} pixels`, "", table(size), ""]),
].join("\n");
console.log(`\n${document}`);
const json = `${JSON.stringify({ date: options.date, browserVersion, ...result, goals }, null, 1)}\n`;
for (const [file, text] of [[options.md, document], [options.json, json]]) {
  if (!file) continue;
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(file, text);
}
if (result.sizes.some(({ rows }) => rows.some(({ state }) => state !== "measured"))) process.exitCode = 1;
