import { test } from "@playwright/test";
import { watch } from "./pages/watch";

const PAGES = ["", "bits", "convert", "throughput", "overfitting", "augmentation", "transfer", "gan", "self-test"];
const WIDTHS = [360, 768, 1440];

for (const lang of ["en", "ko"]) {
  for (const name of PAGES) {
    for (const width of WIDTHS) {
      for (const colorScheme of ["light", "dark"] as const) {
        test(`${lang}/${name} at ${width} px, ${colorScheme}`, async ({ page }) => {
          const quiet = watch(page);
          await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          await page.setViewportSize({ width, height: 900 });
          await page.goto(`${lang}/${name}`);
          await page.waitForLoadState("networkidle");
          if (name === "convert") {
            await page.getByTestId("convert-summary").filter({ hasText: /\d/ }).waitFor({ timeout: 30_000 });
          }
          if (name === "throughput") await page.getByTestId("throughput-done").waitFor({ timeout: 60_000 });
          if (name === "overfitting") {
            // Less motion waits for Run.
            await page.getByTestId("overfitting-run").click();
            await page.getByTestId("overfitting-readings").locator("td.hash").filter({ hasText: /[0-9a-f]{16}/ }).waitFor({ timeout: 60_000 });
          }
          if (name === "gan") {
            // Less motion waits for Run; a picture of round 0 says little.
            await page.getByTestId("gan-step-100").click();
            await page.getByTestId("gan-hash").filter({ hasText: /[0-9a-f]{16}/ }).waitFor({ timeout: 60_000 });
          }
          await page.screenshot({ path: `shots/${lang}-${name || "home"}-${width}-${colorScheme}.png`, fullPage: true });
          quiet();
        });
      }
    }
  }
}
