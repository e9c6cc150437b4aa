// The GAN widget beside other engines: `node run.mjs SITE --json OUT --md OUT --date 2026-01-31`.
//
// SITE is a folder that `cargo xtask dist` wrote. In one browser, in turns: engines train `performance`'s two GANs in a bare worker
// (bench/engine), and the widget trains the same networks on its own page, charts, field and arrows on. A widget's speed is rounds over
// time between two readings of its table; the page's own thread and the worker share the machine, as they do for a visitor.
//
// Options: --rounds N (3), --seconds N (8 for each reading), --no-build. Needs what bench/engine and e2e have installed.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

import { launch } from "../common/chromium.mjs";
import { serve } from "../common/server.mjs";
import { modules } from "../engine/build.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const engine = join(root, "bench", "engine");
const { chromium } = createRequire(join(root, "e2e", "package.json"))("@playwright/test");

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    json: { type: "string" },
    md: { type: "string" },
    date: { type: "string", default: "" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "8" },
    build: { type: "boolean", default: true },
  },
});
const site = resolve(positionals[0] ?? join(root, "dist"));
const seconds = Number(options.seconds);

/** The workloads as the widget's address says them. No penalty, ReLU, the same batch: what the other engines train. */
const COMMON = "ga=relu&da=relu&pen=none&b1=0.5&gr=0.001&dr=0.001&loss=non-saturating&seed=1";
const WORKLOADS = {
  gan2d: { title: "2-D GAN, 16→64→64→2 / 2→64→64→1, batch 150", query: `d=eight&z=16&gw=64-64&dw=64-64&b=150&${COMMON}` },
  ganimage: { title: "image GAN, 32→128→256→784 / 784→256→128→1, batch 64", query: `d=digits&z=32&gw=128-256&dw=256-128&b=64&sh=0&av=0&${COMMON}` },
};
const WIDGET = {
  "widget, simd128": { group: "cpu", query: "dev=cpu&fast=0" },
  "widget, relaxed SIMD": { group: "cpu", query: "dev=cpu&fast=1" },
  "widget, WebGPU": { group: "webgpu", query: "dev=webgpu" },
};
/** The bare engine that a widget's row is a share of. */
const OWN = { "widget, simd128": "ours-simd128", "widget, relaxed SIMD": "ours-relaxed", "widget, WebGPU": "ours-webgpu" };
const GOALS = [
  { workload: "gan2d", row: "widget, simd128", of: "ours-simd128", least: 0.8 },
  { workload: "gan2d", row: "widget, relaxed SIMD", of: "ours-relaxed", least: 0.8 },
  { workload: "gan2d", row: "widget, WebGPU", of: "ours-webgpu", least: 0.8 },
  { workload: "ganimage", row: "widget, simd128", of: "ours-simd128", least: 0.8 },
  { workload: "ganimage", row: "widget, relaxed SIMD", of: "ours-relaxed", least: 0.8 },
  { workload: "ganimage", row: "widget, WebGPU", of: "ours-webgpu", least: 0.8 },
];

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const figure = (x) => (Number.isFinite(x) ? Number(x.toPrecision(3)).toString() : "–");

const engineFiles = { "/": join(engine, "page", "index.html"), ...modules({ here: engine, root, build: options.build }) };
const engineServer = await serve(engineFiles, { "/node_modules/": join(engine, "node_modules"), "/common/": join(here, "..", "common", "page"), "/": join(engine, "page") });
const siteServer = await serve({}, { "/": site });
const browser = await launch(chromium, { webgpu: true });
const faults = [];

/** Rounds a second of the widget while everything is shown. */
async function widget(workload, query) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(message.text()));
  try {
    await page.goto(`${siteServer.address}en/gan/?${WORKLOADS[workload].query}&${query}`);
    const readings = page.getByTestId("gan-readings");
    const rounds = async () => {
      const cells = await readings.locator("tbody tr").first().locator("td").allInnerTexts();
      return { rounds: Number((cells[0] ?? "0").replace(/\D/g, "")), at: performance.now() };
    };
    for (let waited = 0; (await rounds()).rounds === 0; waited += 250) {
      if (waited > 60_000) throw new Error("the widget does not train");
      await wait(250);
    }
    await wait(3000);
    const before = await rounds();
    await wait(seconds * 1000);
    const after = await rounds();
    const runsOn = await page.getByTestId("lab-runs-on").innerText().catch(() => "");
    return { rate: ((after.rounds - before.rounds) * 1000) / (after.at - before.at), runsOn };
  } finally {
    await page.close();
  }
}

/** Steps a second of the bare engines, one turn each. */
async function engines(group) {
  const page = await browser.newPage();
  try {
    await page.goto(engineServer.address);
    await page.waitForFunction(() => typeof window.run === "function");
    const settings = { rounds: 1, targetMs: 400, only: `^${group}$`, peers: ["tfjs", "jax"] };
    const { groups } = await page.evaluate((wanted) => window.run(wanted, () => {}), settings);
    return groups[0].rows;
  } finally {
    await page.close();
  }
}

const speeds = {};
const states = {};
const add = (workload, row, rate) => ((speeds[workload] ??= {})[row] ??= []).push(rate);
try {
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const workload of Object.keys(WORKLOADS)) {
      for (const group of [workload, `${workload}-webgpu`]) {
        for (const row of await engines(group)) {
          if (row.state === "measured") add(workload, row.id, row.speeds[0]);
          else (states[workload] ??= {})[row.id] = row.reason ?? row.state;
        }
      }
      for (const [row, { query }] of Object.entries(WIDGET)) {
        const { rate, runsOn } = await widget(workload, query);
        add(workload, row, rate);
        (states[workload] ??= {})[row] = runsOn;
        console.log(`${round + 1} ${workload} ${row}: ${figure(rate)} rounds/s ${runsOn}`);
      }
    }
  }
} finally {
  await browser.close();
  engineServer.close();
  siteServer.close();
}

const lines = [];
const ratios = [];
for (const [workload, { title }] of Object.entries(WORKLOADS)) {
  const rows = speeds[workload];
  lines.push(`## ${title}`, "", "| who | rounds/s, median | of all turns | beside the bare engine |", "| --- | --- | --- | --- |");
  for (const [row, rates] of Object.entries(rows)) {
    const own = OWN[row] && rows[OWN[row]];
    const share = own ? median(rates.map((rate, turn) => rate / own[turn])) : Number.NaN;
    lines.push(`| ${row} | ${figure(median(rates))} | ${rates.map(figure).join(", ")} | ${own ? figure(share) : "–"} |`);
  }
  lines.push("");
}
for (const goal of GOALS) {
  const [rates, own] = [speeds[goal.workload][goal.row], speeds[goal.workload][goal.of]];
  if (!rates || !own) continue;
  const ratio = median(rates.map((rate, turn) => rate / own[turn]));
  ratios.push({ ...goal, ratio, state: ratio >= goal.least ? "pass" : "miss" });
}
const head = [
  "# The GAN widget beside other engines",
  "",
  `Written by \`bench/gan/run.mjs\`${options.date ? ` on ${options.date}` : ""}. ${options.rounds} turns; the bare engines are those of [engine.md](engine.md), one turn of 400 ms each; the widget trains for ${seconds} s on its own page with everything shown.`,
  "",
  "| workload | row | share of the bare engine | goal | state |",
  "| --- | --- | --- | --- | --- |",
  ...ratios.map(({ workload, row, ratio, least, state }) => `| ${workload} | ${row} | ${figure(ratio)} | ≥ ${least} | ${state} |`),
  "",
];
const document = [...head, ...lines].join("\n");
console.log(document);
if (faults.length > 0) console.log(`console: ${faults.join("; ")}`);
for (const [file, text] of [[options.md, document], [options.json, `${JSON.stringify({ date: options.date, speeds, states, ratios, faults }, null, 1)}\n`]]) {
  if (!file) continue;
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(file, text);
}
process.exitCode = faults.length > 0 ? 1 : 0;
