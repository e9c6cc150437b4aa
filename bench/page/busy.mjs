// What another program does to the figures of the throughput widget: `node busy.mjs URL [--runs 5] [--extent quick] [--md FILE]`, on a site that
// is being served, on a machine that is otherwise idle.
//
// The page's own button measures, so many times with the machine left alone and so many times with a loop on every core, in turns. Printed:
// every headline figure of each run, its spread over the runs (largest over smallest, less one), and whether the page said that the
// machine was busy.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

import { launch } from "../common/chromium.mjs";

const { chromium } = createRequire(new URL("../../e2e/package.json", import.meta.url))("@playwright/test");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "5" }, extent: { type: "string", default: "quick" }, md: { type: "string" } },
});
const base = positionals[0] ?? "http://127.0.0.1:8080/";
const runs = Number(values.runs);

/** One measurement on a page of its own. */
async function measure(browser) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(`${base}en/throughput/?d=cpu&m=${values.extent}`);
  await page.getByTestId("throughput-measure").click();
  await page.getByTestId("throughput-done").waitFor({ timeout: 600_000 });
  const found = await page.evaluate(() => {
    const number = (text) => Number(/[\d.\u202f]+/.exec(text ?? "")?.[0].replaceAll("\u202f", "") ?? NaN);
    const figures = { "peak, GFLOP/s": number(document.querySelector("[data-testid=throughput-device]").firstChild.textContent) };
    for (const row of document.querySelectorAll(".headline dl > div")) {
      const small = row.querySelector("small")?.textContent ?? "";
      const name = row.querySelector("dd").textContent.replace(small, "");
      figures[`${row.querySelector("dt").textContent}: ${name}, products/s`] = number(small);
    }
    return { figures, notice: document.querySelector("[data-testid=throughput-busy]")?.firstElementChild.textContent ?? "" };
  });
  await context.close();
  return found;
}

/** The same with a loop on every core. */
async function measureBusy(browser) {
  const loops = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
  try {
    return await measure(browser);
  } finally {
    loops.forEach((loop) => loop.kill("SIGKILL"));
  }
}

const browser = await launch(chromium);
await measure(browser);
const found = { quiet: [], busy: [] };
for (let run = 0; run < runs; run += 1) {
  for (const [kind, measured] of [["quiet", await measure(browser)], ["busy", await measureBusy(browser)]]) {
    found[kind].push(measured);
    console.log(kind, JSON.stringify(measured));
  }
}
await browser.close();

const lines = ["| machine | figure | runs | spread |", "|---|---|---|---|"];
for (const [kind, measured] of Object.entries(found)) {
  for (const name of new Set(measured.flatMap((one) => Object.keys(one.figures)))) {
    const figures = measured.map((one) => one.figures[name]).filter((figure) => figure !== undefined && !Number.isNaN(figure));
    const spread = 100 * (Math.max(...figures) / Math.min(...figures) - 1);
    lines.push(`| ${kind} | ${name} | ${figures.join(", ")} | ${spread.toFixed(1)} % |`);
  }
  lines.push(`| ${kind} | runs with the notice | ${measured.filter((one) => one.notice).length} of ${measured.length} | |`);
}
for (const one of [...found.quiet, ...found.busy]) if (one.notice) lines.push("", `> ${one.notice}`);
console.log(lines.join("\n"));
if (values.md) {
  const head = `# Throughput on a machine that is busy\n\nExtent \`${values.extent}\`, ${runs} runs of each kind in turns, a loop on each of ${availableParallelism()} cores; written by \`node bench/page/busy.mjs URL --md …\`.\n\n`;
  writeFileSync(values.md, `${head}${lines.join("\n")}\n`);
}
const missed = found.busy.filter((one) => !one.notice).length + found.quiet.filter((one) => one.notice).length;
process.exitCode = missed > 0 ? 1 : 0;
