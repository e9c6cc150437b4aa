import { expect, test, type Browser } from "@playwright/test";
import { Explorer } from "./property/explorer";
import { describe, keep, summary } from "./property/report";
import type { Place } from "./property/subject";
import { OWN_FILES, WIDGETS, baseOf } from "./property/widgets";
import { TALLIES } from "./use.setup";

// The whole of the property suite. Each test is one part of one widget; all of them run whatever the others find.

const [WALKS, WALK] = [3, 25];
const SCREEN = { width: 1366, height: 768 };
/** Taller than any page of a widget. */
const TALL = { width: 1280, height: 6000 };
const only = process.env.PP_USE_WIDGETS && process.env.PP_USE_WIDGETS.split(",");

async function part(browser: Browser, base: string | undefined, place: Place, name: string, viewport: { width: number; height: number } | undefined, body: (explorer: Explorer) => Promise<void>): Promise<void> {
  const explorer = await Explorer.open(browser, baseOf(base), place, name, viewport);
  try {
    await body(explorer);
  } finally {
    await keep(TALLIES, explorer.tally(), baseOf(base));
    console.log(summary(explorer.tally()));
    await explorer.close();
  }
  expect(explorer.tally().failures.map(describe).join("\n\n")).toBe("");
}

for (const widget of WIDGETS.filter((widget) => !only || only.includes(widget))) {
  const embed: Place = { widget, setting: "embed", pace: "quiet" };
  const own: Place = { widget, setting: "page", pace: "quiet" };

  test(`${widget}: every control there and back, then pairs`, async ({ browser, baseURL }) => {
    await part(browser, baseURL, embed, "singles and pairs", undefined, async (explorer) => {
      explorer.share = 0.75;
      await explorer.singles();
      explorer.share = 1;
      await explorer.pairs(1);
    });
  });

  for (const file of OWN_FILES[widget] ?? []) {
    test(`${widget}: with a file, ${file.name}`, async ({ browser, baseURL }) => {
      await part(browser, baseURL, { ...embed, file }, `with ${file.name}`, undefined, async (explorer) => {
        await explorer.singles();
        await explorer.walk(7, WALK);
      });
    });
  }

  for (let seed = 1; seed <= WALKS; seed += 1) {
    test(`${widget}: walk ${seed}`, async ({ browser, baseURL }) => {
      await part(browser, baseURL, embed, `walk ${seed}`, undefined, (explorer) => explorer.walk(seed, WALK));
    });
  }

  test(`${widget}: on its own page, and leaving it`, async ({ browser, baseURL }) => {
    await part(browser, baseURL, own, "walk", undefined, async (explorer) => {
      await explorer.walk(4, WALK);
      await explorer.leave();
    });
  });

  test(`${widget}: in the glossary`, async ({ browser, baseURL }) => {
    await part(browser, baseURL, { ...own, setting: "inline" }, "walk", undefined, (explorer) => explorer.walk(5, WALK));
  });

  test(`${widget}: presets in sight`, async ({ browser, baseURL }) => {
    await part(browser, baseURL, { ...own, pace: "still" }, "sight", SCREEN, (explorer) => explorer.sight());
  });

  test(`${widget}: as it is met, moving`, async ({ browser, baseURL }) => {
    // On a screen that shows all of it: a chart out of sight is not drawn, and a click scrolls one page alone.
    await part(browser, baseURL, { ...own, pace: "live" }, "live", TALL, (explorer) => explorer.walk(6, 10));
  });
}
