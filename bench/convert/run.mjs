// Builds the modules and measures in headless Chromium: `node run.mjs --json OUT`.
//
// Options: --json FILE, --rounds N (9), --length N (2^24), --exhaustive (compares simd128 with scalar on all 2^32
// patterns), --native (also runs the native program), --no-build. CHROMIUM names the browser, else `chromium` on PATH.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { launch } from "../common/chromium.mjs";
import { serve } from "../common/server.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");

const { values: options } = parseArgs({
  options: {
    json: { type: "string" },
    rounds: { type: "string", default: "9" },
    length: { type: "string", default: String(1 << 24) },
    exhaustive: { type: "boolean", default: false },
    native: { type: "boolean", default: false },
    build: { type: "boolean", default: true },
  },
  allowNegative: true,
});

const cargo = (args, env) =>
  execFileSync("cargo", args, { cwd: root, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });

// Two modules: as shipped, and without simd128 (RUSTFLAGS replaces the repository's own flags).
const TRIPLE = "wasm32-unknown-unknown";
const scalarTarget = join(target, "scalar");
const files = {
  "/": join(here, "page", "index.html"),
  "/simd.wasm": join(target, TRIPLE, "worker", "convert_bench.wasm"),
  "/scalar.wasm": join(scalarTarget, TRIPLE, "worker", "convert_bench.wasm"),
};
const wasm = ["build", "--quiet", "--profile", "worker", "--package", "convert-bench", "--lib", "--target", TRIPLE];
if (options.build) {
  cargo(wasm, {});
  cargo([...wasm, "--target-dir", scalarTarget], { RUSTFLAGS: "-C target-feature=-simd128" });
}

const server = await serve(files, { "/": join(here, "page") });

const { chromium } = await import("playwright-core");

const browser = await launch(chromium);
let result;
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.goto(server.address);
  await page.waitForFunction(() => typeof window.run === "function");
  result = await page.evaluate((settings) => window.run(settings), {
    length: Number(options.length),
    rounds: Number(options.rounds),
    mismatchCount: options.exhaustive ? 2 ** 32 : 2 ** 24,
  });
} finally {
  await browser.close();
  server.close();
}

if (options.native) {
  const out = cargo(["run", "--quiet", "--release", "--package", "convert-bench", "--bin", "convert-native"], {});
  result.native = JSON.parse(out.toString());
}

if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 1)}\n`);
print(result);
if (result.mismatches !== 0) process.exitCode = 1;

function print({ results, goals, mismatches, mismatchCount, wrongBaselineCodes, native }) {
  console.log(`simd128 against scalar: ${mismatches} mismatches over ${mismatchCount} patterns a format`);
  for (const [name, count] of Object.entries(wrongBaselineCodes)) {
    if (count) console.log(`baseline ${name}: ${count} codes differ`);
  }
  const cell = (s) => `${s.ms.toFixed(1).padStart(7)} ms ${s.melementsPerS.toFixed(0).padStart(5)} M/s ${s.toCopy.toFixed(2)}`;
  console.log(`${"".padEnd(30)} resident (ratio to copy)      fresh (ratio to copy)`);
  for (const row of results) console.log(`${row.name.padEnd(30)} ${cell(row.resident)}   ${cell(row.fresh)}`);
  for (const [name, goal] of Object.entries(goals)) {
    for (const state of ["resident", "fresh"]) {
      const g = goal[state];
      console.log(
        `${name} ${state}: ${g.toCopy.toFixed(2)} of copy (goal ${goal.goal}, stretch ${goal.stretch}), ` +
          `${g.toScalar.toFixed(1)}x scalar wasm, ${g.toBestJs.toFixed(1)}x ${g.bestJs}`,
      );
    }
  }
  if (native) {
    for (const row of [native.copy, ...native.encode]) {
      console.log(`native ${row.name.padEnd(20)} resident ${row.resident_gb_per_s} GB/s ${row.resident_to_copy}, fresh ${row.fresh_gb_per_s} GB/s ${row.fresh_to_copy}`);
    }
  }
}
