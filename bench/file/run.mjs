// Converts a large file in the running page: `node run.mjs URL SOURCE FORMAT RESULT`.
//
// Prints, as JSON: seconds, the renderer's peak memory (resident, from /proc), the longest task on the page's thread.

import { createRequire } from "node:module";
import { readFileSync, readdirSync, statSync } from "node:fs";

import { launch } from "../common/chromium.mjs";

const require = createRequire(new URL("../../e2e/package.json", import.meta.url));
const { chromium } = require("@playwright/test");
const [base, source, format, result] = process.argv.slice(2);

/** Resident bytes of the largest renderer among our browser's processes. */
function rendererBytes() {
  let largest = 0;
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${id}/cmdline`, "utf8");
      if (!command.includes("--type=renderer")) continue;
      const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"));
      largest = Math.max(largest, Number(kilobytes?.[1] ?? 0) * 1024);
    } catch {
      // The process ended meanwhile.
    }
  }
  return largest;
}

const browser = await launch(chromium);
const page = await browser.newPage({ acceptDownloads: true });
const faults = [];
page.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(message.text()));
page.on("pageerror", (error) => faults.push(error.message));
await page.goto(`${base}en/convert?f=${format}&r=0&q=20`);
await page.getByTestId("convert-summary").filter({ hasText: "result" }).waitFor();
await page.evaluate(() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
  }).observe({ entryTypes: ["longtask"] });
});
const before = rendererBytes();
let peak = before;
const timer = setInterval(() => (peak = Math.max(peak, rendererBytes())), 100);
await page.getByTestId("convert-source-file").click();
let started = Date.now();
await page.getByTestId("convert-file").setInputFiles(source);
await page.getByTestId("convert-summary").filter({ hasText: /of 268/ }).waitFor({ timeout: 300_000 });
const survey_s = (Date.now() - started) / 1000;
started = Date.now();
await page.getByTestId("convert-write").click();
await page.getByTestId("convert-written").waitFor({ timeout: 600_000 });
const convert_s = (Date.now() - started) / 1000;
const download = page.waitForEvent("download");
await page.getByTestId("convert-save").click();
await (await download).saveAs(result);
clearInterval(timer);
console.log(JSON.stringify({
  source_bytes: statSync(source).size,
  result_bytes: statSync(result).size,
  survey_s,
  convert_s,
  renderer_before_bytes: before,
  renderer_peak_bytes: peak,
  longest_task_ms: await page.evaluate(() => window.longest),
  said: await page.getByTestId("convert-written").textContent(),
  faults,
}, null, 2));
await browser.close();
