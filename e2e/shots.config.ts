import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

/** Every page at three widths, in both themes and languages, into `shots/`; see `shots.ts`. */
export default defineConfig({ ...base, testDir: ".", testMatch: "shots.ts", timeout: 120_000 });
