import { defineConfig } from "@playwright/test";
import { execFileSync } from "node:child_process";

/** The system's Chromium: the test runner never downloads a browser of its own. */
function chromium(): string {
  const named = process.env.PP_CHROMIUM;
  if (named) return named;
  return execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"])
    .toString()
    .trim();
}

export const launchOptions = {
  executablePath: chromium(),
  args: [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-webgpu",
  ],
};

export default defineConfig({
  testDir: "specs",
  outputDir: "results",
  timeout: 60_000,
  retries: 0,
  workers: 2,
  reporter: [["list"]],
  use: { baseURL: process.env.PP_BASE_URL ?? "http://127.0.0.1:8080/", launchOptions },
});
