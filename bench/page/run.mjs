// What a visit costs the page: `node run.mjs URL [--json FILE]`, on a site that is being served (`cargo xtask serve`).
//
// Prints, as JSON: largest contentful paint, layout shift and the longest tasks of the page's thread while it boots, while the device is measured
// and while labs train; resident memory of the renderer before and after a minute of training; steps a second.
// `--jobs a,b` runs some of them, `--slow N` throttles the processor as a phone would be.

import { createRequire } from "node:module";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { launch } from "../common/chromium.mjs";

const require = createRequire(new URL("../../e2e/package.json", import.meta.url));
const { chromium } = require("@playwright/test");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, jobs: { type: "string", default: "boot,measure,train,gan" }, slow: { type: "string" }, seconds: { type: "string", default: "60" } },
});
const base = positionals[0] ?? "http://127.0.0.1:8080/";
const seconds = Number(values.seconds);

/** Resident megabytes of the largest renderer among our browser's processes. */
function rendererMegabytes() {
  let largest = 0;
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${id}/cmdline`, "utf8").includes("--type=renderer")) continue;
      largest = Math.max(largest, Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0) / 1024);
    } catch {
      // The process ended meanwhile.
    }
  }
  return Math.round(largest);
}

const watch = () => {
  window.seen = { tasks: [], lcp_ms: 0, cls: 0 };
  new PerformanceObserver((list) => window.seen.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => (window.seen.lcp_ms = list.getEntries().at(-1).startTime)).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.seen.cls += entry.hadRecentInput ? 0 : entry.value))).observe({ type: "layout-shift", buffered: true });
};

const browser = await launch(chromium, { webgpu: true });
const faults = [];

async function open(path) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  if (values.slow) {
    const client = await page.context().newCDPSession(page);
    await client.send("Emulation.setCPUThrottlingRate", { rate: Number(values.slow) });
  }
  await page.addInitScript(watch);
  await page.goto(`${base}${path}`);
  return page;
}

/** Longest task since the last call, ms; tasks under 50 ms are not reported by the browser. */
const longest = (page) => page.evaluate(() => Math.max(0, ...window.seen.tasks.splice(0)));
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const jobs = {
  async boot() {
    const found = {};
    for (const path of ["en/", "en/bits", "en/convert", "en/throughput?d=cpu", "en/gan?dev=cpu", "ko/gan?dev=cpu"]) {
      const page = await open(path);
      await wait(4000);
      const { tasks, lcp_ms, cls } = await page.evaluate(() => window.seen);
      found[path] = { lcp_ms: Math.round(lcp_ms), cls: Number(cls.toFixed(4)), longest_ms: Math.max(0, ...tasks) };
      await page.close();
    }
    return found;
  },
  async measure() {
    const page = await open("en/throughput?d=cpu&n=2048&r=5&ms=20");
    await page.getByTestId("throughput-done").filter({ hasText: /\d/ }).waitFor({ timeout: 120_000 });
    await longest(page);
    await page.getByTestId("throughput-measure").click();
    await wait(2000);
    await page.getByTestId("throughput-done").filter({ hasText: /\d/ }).waitFor({ timeout: 400_000 });
    const result = { longest_ms: await longest(page) };
    await page.close();
    return result;
  },
  async train() {
    const page = await open("en/throughput?d=cpu&n=1024&r=3&ms=5&dev=cpu&pol=e4m3&net=cnn&data=mnist");
    await page.getByTestId("throughput-done").filter({ hasText: /\d/ }).waitFor({ timeout: 120_000 });
    await page.getByTestId("throughput-training").scrollIntoViewIfNeeded();
    await page.getByTestId("training-run").click();
    await wait(5000);
    await longest(page);
    const before = rendererMegabytes();
    await wait(seconds * 1000);
    const result = { longest_ms: await longest(page), memory_mb: [before, rendererMegabytes()], readings: await page.getByTestId("training-readings").innerText() };
    await page.close();
    return result;
  },
  async gan() {
    const page = await open("en/gan?dev=cpu");
    await wait(5000);
    await longest(page);
    const before = rendererMegabytes();
    await wait(seconds * 1000);
    const result = { longest_ms: await longest(page), memory_mb: [before, rendererMegabytes()], readings: await page.getByTestId("gan-readings").innerText() };
    await page.close();
    return result;
  },
};

const results = { slow: values.slow ?? null, seconds };
try {
  for (const job of values.jobs.split(",")) results[job] = await jobs[job]();
} finally {
  await browser.close();
}
results.console = faults;
console.log(JSON.stringify(results, null, 1));
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 1)}\n`);
