import { expect, test, type Browser } from "@playwright/test";
import { Explorer } from "../property/explorer";
import { describe, summary } from "../property/report";
import type { Place } from "../property/subject";
import { WIDGETS, baseOf } from "../property/widgets";

// Whatever is clicked, the page shows what a fresh load of its address shows. Controls are found in the page and parameters in the widgets' own
// tables, so a new widget is covered by being there. This is the short part; `cargo xtask use` does the whole.

/** Another seed walks another way. */
const SEED = 1;
/** Operations between two comparisons, groups of controls that are operated, and failures after which a widget's part ends. */
const [STRIDE, GROUPS, ENOUGH] = [8, 24, 3];
const WALK = 4;

// Each part opens pages of its own.
test.describe.configure({ mode: "parallel", timeout: 300_000 });

async function part(browser: Browser, base: string | undefined, place: Place, body: (explorer: Explorer) => Promise<void>): Promise<void> {
  const explorer = await Explorer.open(browser, baseOf(base), place, "quick");
  try {
    await body(explorer);
  } finally {
    console.log(summary(explorer.tally()));
    await explorer.close();
  }
  expect(explorer.tally().operations).toBeGreaterThan(WALK / 2);
  expect(explorer.tally().failures.map(describe).join("\n\n")).toBe("");
}

for (const widget of WIDGETS) {
  test(`click equals link: ${widget}`, async ({ browser, baseURL }) => {
    await part(browser, baseURL, { widget, setting: "embed", pace: "quiet" }, async (explorer) => {
      await explorer.strides(SEED, STRIDE, GROUPS, ENOUGH);
      await explorer.walk(SEED, WALK);
    });
  });
}

test("click equals link: on its own page, which is left while it works", async ({ browser, baseURL }) => {
  await part(browser, baseURL, { widget: "convert", setting: "page", pace: "quiet" }, async (explorer) => {
    await explorer.walk(SEED, WALK);
    await explorer.leave();
  });
});

test("click equals link: in the glossary", async ({ browser, baseURL }) => {
  await part(browser, baseURL, { widget: "bits", setting: "inline", pace: "quiet" }, (explorer) => explorer.walk(SEED, WALK));
});
