import { expect, test, type Page } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "../pages/accessible";
import { csvOf } from "../pages/chart";
import { watch } from "../pages/watch";

/** Columns of the readings behind the run's name; of a curve, and where there are classes. */
const STEPS = 0, TRAIN = 1, VALIDATION = 2, BEST = 5, VALIDATION_RIGHT = 5, NUMBERS = 8;

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** `2.28×10⁻⁴` and plainer figures. */
function number(text: string | undefined): number {
  const [significand, power] = (text ?? "").replaceAll("−", "-").split("×10");
  const exponent = [...(power ?? "")].map((c) => (c === "⁻" ? "-" : SUPERSCRIPTS.indexOf(c))).join("");
  return Number.parseFloat(significand ?? "") * 10 ** Number(exponent || 0);
}

const digits = (text: string | undefined) => Number.parseInt((text ?? "").replace(/\D/g, ""), 10);

/** Cells of the runs' rows, in order. */
async function readings(page: Page): Promise<string[][]> {
  const rows = await page.getByTestId("overfitting-readings").locator("tbody tr").all();
  return Promise.all(rows.map((row) => row.locator("td").allTextContents()));
}

/** The runs rest at a step and have their hashes. */
async function rested(page: Page, step: number): Promise<string[][]> {
  await expect.poll(async () => {
    const rows = await readings(page);
    return rows.length > 0 && rows.every((row) => digits(row[STEPS]) === step && /^[0-9a-f]{16}$/.test(row.at(-1) ?? ""));
  }, { timeout: 60_000 }).toBe(true);
  return readings(page);
}

test("it trains at first sight, and more capacity fits better and predicts worse", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/overfitting?k=4");
  const [low] = await rested(page, 4000);
  await page.getByTestId("overfitting-degree").fill("14");
  await page.getByTestId("overfitting-degree").press("Enter");
  await expect.poll(async () => (await readings(page))[0]?.at(-1)).not.toBe(low?.at(-1));
  const [high] = await rested(page, 4000);
  expect(number(high?.[TRAIN])).toBeLessThan(number(low?.[TRAIN]));
  expect(number(high?.[VALIDATION])).toBeGreaterThan(number(low?.[VALIDATION]));
  await expect(page).toHaveURL(/k=14/);
  await page.reload();
  expect(await rested(page, 4000)).toEqual([high]);
  quiet();
});

test("the marker is the best validation step, and patience keeps it", async ({ page }) => {
  const quiet = watch(page);
  // At a hundred steps a second every step is reported.
  await page.goto("en/overfitting?m=mlp&w=32&n=12&speed=100&to=250&vs=es.60&ns=1");
  await rested(page, 250);
  const [head = [], ...rows] = await csvOf(page, "overfitting-loss");
  for (const run of ["A", "B"]) {
    const at = head.indexOf(`${run}: validation`);
    const marker = head.find((name) => name.startsWith(`${run}: best validation step`));
    const course = rows.filter((row) => row[at] !== "").map((row) => [Number(row[0]), Number(row[at])] as const);
    expect(course.length).toBe(250);
    const best = course.reduce((a, b) => (b[1] < a[1] ? b : a));
    expect(digits(marker)).toBe(best[0]);
  }
  quiet();
});

test("bands are the runs of further seeds, and the marker is the first seed's", async ({ page }) => {
  const quiet = watch(page);
  const query = "m=mlp&w=32&n=12&speed=100&to=150";
  await page.goto(`en/overfitting?${query}&ns=3`);
  const [first] = await rested(page, 150);
  const words = page.getByTestId("overfitting-seeds-words");
  await expect(words).toContainText("seeds 1 to 3");
  const steps = async () => /by seed: (.*)\.$/.exec((await words.textContent()) ?? "")?.[1]?.split(", ") ?? [];
  await expect.poll(async () => (await steps()).filter((step) => /^\d+$/.test(step)).length).toBe(3);
  const rows = async () => (await csvOf(page, "overfitting-loss")).filter((row) => row.slice(1).some((cell) => cell !== ""));
  await expect.poll(async () => (await rows()).length).toBe(1 + 150);
  const [head = [], ...body] = await rows();
  for (const part of ["training", "validation"]) {
    const [mean, least, greatest] = [`${part}, mean of 3 seeds`, `${part}, least`, `${part}, greatest`].map((name) => head.indexOf(name));
    let spread = 0;
    for (const row of body) {
      const [m, l, g] = [mean, least, greatest].map((at) => Number(row[at!]));
      expect(l).toBeLessThanOrEqual(m!);
      expect(m).toBeLessThanOrEqual(g!);
      spread += g! - l!;
    }
    expect(spread).toBeGreaterThan(0);
  }
  const best = await steps();
  const marker = head.find((name) => name.startsWith("seed 1: best validation step"));
  expect(marker).toBe(`seed 1: best validation step ${best[0]}`);
  expect(digits(first?.[BEST])).toBe(Number(best[0]));
  // The third seed of the band is the widget's own run with that seed.
  await page.goto(`en/overfitting?${query}&ns=1&seed=3`);
  const [third] = await rested(page, 150);
  expect(digits(third?.[BEST])).toBe(Number(best[2]));
  quiet();
});

test("a convolutional network learns pictures beside a dense one", async ({ page }) => {
  test.setTimeout(120_000);
  const quiet = watch(page);
  await page.goto("en/overfitting?d=digits&n=100&ln=0&net=cnn&c=6&lr=0.01&to=100&ns=1&vs=net.mlp");
  const [cnn, mlp] = await rested(page, 100);
  expect(digits(cnn?.[NUMBERS])).toBe(1210);
  expect(digits(mlp?.[NUMBERS])).toBe(4810);
  expect(number(cnn?.[VALIDATION_RIGHT])).toBeGreaterThan(70);
  await expect(page.getByTestId("overfitting-rival-net")).toHaveValue("mlp");
  await page.getByTestId("overfitting-channels").fill("3");
  await page.getByTestId("overfitting-channels").press("Enter");
  await expect(page).toHaveURL(/c=3/);
  await expect.poll(async () => digits((await readings(page))[0]?.[NUMBERS])).toBe(3 * 9 + 3 + 9 * 18 + 6 + 24 * 10 + 10);
  quiet();
});

test("a chart below the screen is printed as it stands", async ({ page }) => {
  const quiet = watch(page);
  await page.setViewportSize({ width: 800, height: 400 });
  // A second and a half: what was painted before the browser said where the chart is, is old by then.
  await page.goto("en/overfitting?to=150&ns=1&speed=100");
  await rested(page, 150);
  const canvas = page.getByTestId("chart-overfitting-loss").locator("canvas");
  await expect(canvas).not.toBeInViewport();
  const picture = () => canvas.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const before = await picture();
  await page.pdf();
  const printed = await picture();
  expect(printed).not.toBe(before);
  // It is the same chart as on the screen.
  await canvas.scrollIntoViewIfNeeded();
  await page.getByTestId("chart-overfitting-loss").getByRole("button").first().click();
  expect(await picture()).toBe(printed);
  quiet();
});

test("the test set is locked, then spent, then worn", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/overfitting?to=200");
  await rested(page, 200);
  const status = page.getByTestId("overfitting-test-status");
  await expect(status).toContainText("Locked");
  await expect(page.getByTestId("overfitting-test-table")).toHaveCount(0);
  await page.getByTestId("overfitting-look").click();
  await expect(status).toContainText("Spent. This figure is honest");
  await expect(page.getByTestId("overfitting-test-table").locator("tbody tr")).toHaveCount(1);
  await page.getByTestId("overfitting-degree").fill("3");
  await page.getByTestId("overfitting-degree").press("Enter");
  await rested(page, 200);
  await page.getByTestId("overfitting-look").click();
  await expect(status).toContainText("2 looks at 2 different settings");
  // Another seed draws other test rows.
  await page.getByTestId("overfitting-seed").fill("2");
  await page.getByTestId("overfitting-seed").press("Enter");
  await expect(status).toContainText("Locked");
  quiet();
});

test("a format that is left behind is named, and what is no number is not right", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/overfitting?d=moons&p=e4m3&to=1000");
  await rested(page, 1000);
  await expect(page.getByTestId("overfitting-rounding")).toContainText("no longer finite");
  await expect(page.getByTestId("overfitting-readings").locator("tbody tr")).toContainText("0.0 %");
  quiet();
});

test("double descent: down, up to the peak, down again", async ({ page }) => {
  test.setTimeout(240_000);
  const quiet = watch(page);
  await page.goto("en/overfitting?d=digits&n=60&dd=1&to=50");
  await page.getByTestId("overfitting-descent").scrollIntoViewIfNeeded();
  await expect(page.getByTestId("overfitting-descent-status")).toHaveText("Complete.", { timeout: 200_000 });
  const [, ...rows] = await csvOf(page, "overfitting-descent");
  const errors = rows.map((row) => [Number(row[0]), Number(row[4])] as const);
  const peak = errors.reduce((a, b) => (b[1] > a[1] ? b : a));
  const before = Math.min(...errors.filter(([p]) => p < 50).map(([, error]) => error));
  // A few features are zero on every picture: somewhat more than 60 have to be drawn for 60 that count.
  expect(peak[0]).toBeGreaterThanOrEqual(60);
  expect(peak[0]).toBeLessThanOrEqual(69);
  expect(peak[1]).toBeGreaterThan(before + 5);
  expect(errors.at(-1)?.[1]).toBeLessThan(before);
  quiet();
});

for (const [lang, width, query] of [["en", 1440, "d=moons&vs=l2.0.003&to=300"], ["ko", 360, "to=300"]] as const) {
  test(`overfitting in ${lang} at ${width} px: complete, no violation`, async ({ page }) => {
    test.setTimeout(120_000);
    const quiet = watch(page);
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${lang}/overfitting?${query}`);
    await rested(page, 300);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    quiet();
  });
}
