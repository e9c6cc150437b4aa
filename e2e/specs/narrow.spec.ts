import { expect, test } from "@playwright/test";
import { expectNoSidewaysScroll } from "../pages/accessible";
import { expectWithinFrames } from "../pages/frames";

/** Every widget, and states that show further parts. */
const pages = [
  "bits?c=s1e4m3b7-fn&m=stochastic", "convert?src=paste&gr=group", "convert?src=file", "throughput?n=1024", "overfitting?dev=cpu&vs=l2.0.003",
  "augmentation?go=0", "transfer?go=0", "transfer?go=0&d=own", "gan?dev=cpu&vs=p.fp16", "gan?dev=cpu&d=digits",
];

for (const lang of ["en", "ko"]) {
  for (const where of pages) {
    test(`${lang}/${where} keeps within its frames at 320 px, as a page and as an embed`, async ({ page }) => {
      await page.emulateMedia({ reducedMotion: "reduce" });
      await page.setViewportSize({ width: 320, height: 800 });
      for (const address of [`${lang}/${where}`, `embed/${where}&lang=${lang}`]) {
        await page.goto(address);
        await expect(page.locator(".widget")).toBeVisible();
        // All that unfolds, unfolded.
        await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
        await expectWithinFrames(page);
        await expectNoSidewaysScroll(page);
      }
    });
  }
}
