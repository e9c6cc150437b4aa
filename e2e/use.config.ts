import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

/** The whole of the property suite; see `use.ts`. What it found goes into `docs/use/README.md`, or where `PP_USE_REPORT` says. */
export default defineConfig({
  ...base,
  testDir: ".",
  testMatch: "use.ts",
  outputDir: "results-use",
  timeout: 3_600_000,
  fullyParallel: true,
  globalSetup: "./use.setup.ts",
});
