// Measures in headless Chromium: `node run.mjs --json OUT --md OUT --date 2026-01-31`.
//
// Options: --json FILE, --md FILE, --date TEXT (printed in the document), --rounds N (7), --target-ms N (400, the least
// length of a measurement), --only PATTERN (of groups' names, see page/participants.mjs), --peers A,B (beginnings of
// peers' names), --quick (3 rounds of 100 ms: a look, not a result), --convert FILE (the conversion benchmark's JSON,
// docs/bench/convert.json), --profile (instead: where a step's time goes on the GPU, to docs/bench/webgpu-profile.md with
// --md), --no-build. CHROMIUM names the browser, else `chromium` on PATH.
// Ends with status 1 if an engine failed or an answer is wrong; a missed goal is a finding, not an error.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { launch } from "../common/chromium.mjs";
import { serve } from "../common/server.mjs";
import { modules } from "./build.mjs";
import { conversionGoals, judge } from "./goals.mjs";
import { profileTables } from "./profile-report.mjs";
import { goalTable, groupTable, markdown, overview } from "./report.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");

const { values: options } = parseArgs({
  options: {
    json: { type: "string" },
    md: { type: "string" },
    date: { type: "string", default: "" },
    rounds: { type: "string" },
    "target-ms": { type: "string" },
    only: { type: "string", default: "" },
    peers: { type: "string", default: "" },
    quick: { type: "boolean", default: false },
    convert: { type: "string", default: join(root, "docs", "bench", "convert.json") },
    profile: { type: "boolean", default: false },
    build: { type: "boolean", default: true },
  },
  allowNegative: true,
});

const files = { "/": join(here, "page", "index.html"), ...modules({ here, root, build: options.build }) };
const server = await serve(files, { "/node_modules/": join(here, "node_modules"), "/common/": join(here, "..", "common", "page"), "/": join(here, "page") });

const { chromium } = await import("playwright-core");

const browser = await launch(chromium, { webgpu: true });
const browserVersion = `Chromium ${browser.version()}`;
let result;
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.exposeFunction("progress", (group, seconds) => {
    console.log(`\n${group.name}: ${group.title} (${seconds.toFixed(0)} s)\n${groupTable(group)}`);
    for (const fault of group.faults) console.log(`FAULT ${fault}`);
  });
  await page.goto(server.address);
  await page.waitForFunction(() => typeof window.run === "function");
  if (options.profile) {
    const asked = { workloads: ["gan2d", "ganimage"], sides: [256, 512], targetMs: Number(options["target-ms"] ?? 200) };
    const found = await page.evaluate((asked) => window.profile(asked), asked);
    const text = profileTables(found, { browserVersion, date: options.date });
    console.log(text);
    if (options.md) writeFileSync(options.md, text);
    await browser.close();
    server.close();
    process.exit(0);
  }
  result = await page.evaluate((settings) => window.run(settings, window.progress), {
    rounds: Number(options.rounds ?? (options.quick ? 3 : 7)),
    targetMs: Number(options["target-ms"] ?? (options.quick ? 100 : 400)),
    only: options.only,
    peers: options.peers.split(",").filter(Boolean),
  });
} finally {
  await browser.close();
  server.close();
}

const PACKAGES = ["@tensorflow/tfjs", "@jax-js/jax", "onnxruntime-web"];
const { dependencies } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
result.packages = Object.fromEntries(PACKAGES.map((name) => [name, dependencies[name]]));
const goals = judge(result.groups);
const conversion = existsSync(options.convert) ? conversionGoals(JSON.parse(readFileSync(options.convert, "utf8"))) : [];

console.log(`\n${browserVersion}, adapter ${JSON.stringify(result.adapter)}, ${result.rounds} rounds\n`);
console.log(overview(result.groups));
console.log(`\n${goalTable([...goals, ...conversion])}`);
if (options.json) {
  const document = { date: options.date, browserVersion, ...result, goals, conversion };
  writeFileSync(options.json, `${JSON.stringify(document, null, 1)}\n`);
}
if (options.md) writeFileSync(options.md, markdown({ result, goals, conversion, date: options.date, browserVersion }));
const faults = result.groups.flatMap((group) => group.faults);
if (faults.length > 0) {
  console.error(`${faults.length} faults`);
  process.exitCode = 1;
}
