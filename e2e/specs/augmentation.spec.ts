import { expect, test, type Page } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "../pages/accessible";
import { killWorker, watch } from "../pages/watch";

/** Short runs. */
const SHORT = "k=100&runs=2";
/** What the same numbers give natively (`crates/experiments/tests/augmentation.rs`): the variants, and the second run's weights. */
const VARIANTS = "ff265eb77cd8e5ef";
const WEIGHTS = "0061f21f83cb0c73";

/** Cells of the networks' rows. */
async function readings(page: Page): Promise<string[][]> {
  const rows = await page.getByTestId("augmentation-readings").locator("tbody tr").all();
  return Promise.all(rows.map((row) => row.locator("th, td").allTextContents()));
}

/** All runs are done. */
async function done(page: Page): Promise<string[][]> {
  await expect(page.getByTestId("augmentation-status")).toContainText(/All runs are done|모든 실행을 마쳤습니다/, {
    timeout: 150_000,
  });
  return readings(page);
}

const hash = (page: Page) => page.getByTestId("augmentation-hash");
const wholeHash = /^[0-9a-f]{16}$/;

/** A variant as an image file in text. */
async function picture(page: Page, place: number): Promise<string> {
  return page.getByTestId("augmentation").locator(".variants canvas").nth(place)
    .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
}

test("it opens without a press, and variants follow the controls and the link", async ({ page }) => {
  test.setTimeout(120_000);
  const quiet = watch(page);
  await page.goto(`en/augmentation?${SHORT}`);
  await expect(hash(page)).toHaveText(VARIANTS, { timeout: 30_000 });
  await expect(page.getByTestId("augmentation").locator(".variants canvas")).toHaveCount(20);
  const first = await hash(page).textContent();
  await expect.poll(() => picture(page, 3)).not.toBe(await picture(page, 4));
  const before = await picture(page, 3);
  await page.getByTestId("augmentation").locator(".variant").nth(3).focus();
  await expect(page.getByTestId("augmentation-variant")).toContainText(/Variant 4: turned by .*zoomed/);

  await page.getByTestId("augmentation-rotate-range").fill("90");
  await expect(hash(page)).not.toHaveText(first ?? "");
  await expect.poll(() => picture(page, 3)).not.toBe(before);
  await expect(page).toHaveURL(/rot=90/);
  const turned = await hash(page).textContent();
  await page.reload();
  await expect(hash(page)).toHaveText(turned ?? "", { timeout: 30_000 });
  await page.getByTestId("augmentation-rotate-range").fill("10");
  await expect(hash(page)).toHaveText(first ?? "");
  await expect.poll(() => picture(page, 3)).toBe(before);

  await page.getByTestId("augmentation-noise").check();
  await expect(page).toHaveURL(/no=10/);
  await expect(hash(page)).not.toHaveText(first ?? "");
  await page.getByTestId("augmentation-library").selectOption("torchvision");
  await expect(page.getByTestId("augmentation-code")).toContainText("v2.GaussianNoise(sigma=0.1)");
  quiet();
});

test("a picture of the visitor's own goes through the grid, and a bad file is named", async ({ page }) => {
  const quiet = watch(page);
  await page.goto(`ko/augmentation?${SHORT}`);
  await expect(hash(page)).toHaveText(VARIANTS, { timeout: 30_000 });
  await page.locator(".augmentation-own summary").click();
  const file = page.getByTestId("augmentation-own-file");
  await file.setInputFiles({ name: "notes.png", mimeType: "image/png", buffer: Buffer.from("no picture at all") });
  const refused = page.getByTestId("augmentation-own-refused");
  await expect(refused).toContainText("notes.png");
  await expect(refused).toContainText(/[가-힣]/);
  await expect(hash(page)).toHaveText(VARIANTS);

  const url = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [300, 200];
    const context = canvas.getContext("2d")!;
    context.fillStyle = "rgb(250, 200, 20)";
    context.fillRect(0, 0, 300, 200);
    context.fillStyle = "rgb(20, 60, 160)";
    context.fillRect(80, 30, 60, 120);
    return canvas.toDataURL("image/png");
  });
  await file.setInputFiles({ name: "flag.png", mimeType: "image/png", buffer: Buffer.from(url.split(",")[1]!, "base64") });
  await expect(page.getByTestId("augmentation-picture")).toContainText("flag.png");
  await expect(refused).toHaveCount(0);
  await expect(hash(page)).not.toHaveText(VARIANTS);
  const original = page.getByTestId("augmentation").locator(".original canvas");
  await expect.poll(() => original.evaluate((canvas: HTMLCanvasElement) => canvas.width)).toBe(96);
  const pixel = await original.evaluate((canvas: HTMLCanvasElement) =>
    [...canvas.getContext("2d")!.getImageData(90, 90, 1, 1).data]);
  expect(pixel.slice(0, 3).map((level) => Math.round(level / 10))).toEqual([25, 20, 2]);
  expect(await picture(page, 3)).not.toBe(await picture(page, 4));
  expect(page.url()).not.toContain("flag");

  await page.getByTestId("augmentation-own-back").click();
  await expect(hash(page)).toHaveText(VARIANTS);
  quiet();
});

test("the race shows a gap, averaging adds a figure, and the link gives the same weights", async ({ page }) => {
  test.setTimeout(360_000);
  const quiet = watch(page);
  await page.goto(`en/augmentation?${SHORT}&tta=1&v=4`);
  const rows = await done(page);
  expect(rows.map(([name]) => name)).toEqual(["without augmentation", "with augmentation"]);
  for (const [, accuracy, averaged, , , runs, weights] of rows) {
    expect(Number.parseFloat(accuracy ?? "")).toBeGreaterThan(40);
    expect(Number.parseFloat(averaged ?? "")).toBeGreaterThan(40);
    expect(runs).toBe("2 / 2");
    expect(weights).toMatch(wholeHash);
  }
  expect(rows[0]?.at(-1)).not.toBe(WEIGHTS);
  expect(rows[1]?.at(-1)).toBe(WEIGHTS);
  await expect(page.getByTestId("augmentation-gap")).toContainText(/Augmentation: [+−][0-9.]+ points, standard deviation [0-9.]+ over 2 runs/);
  const chart = page.getByTestId("chart-augmentation-accuracy");
  await chart.getByRole("button").first().click();
  await expect(chart.locator("tbody tr")).toHaveCount(42);
  const points = await chart.locator("tbody tr").allTextContents();
  await page.reload();
  expect(await done(page)).toEqual(rows);
  await chart.getByRole("button").first().click();
  expect(await chart.locator("tbody tr").allTextContents()).toEqual(points);
  quiet();
});

test("the harmful recipe warns, loses points and makes nines of sixes", async ({ page }) => {
  test.setTimeout(240_000);
  const quiet = watch(page);
  await page.goto("en/augmentation?k=300&runs=1");
  await page.getByTestId("augmentation-preset-turned").click();
  await expect(page.getByTestId("augmentation-warning")).toContainText("Half a turn makes a 6 a 9");
  await expect(page).toHaveURL(/rot=180/);
  const [plain, turned] = await done(page);
  await expect(page.getByTestId("augmentation-gap")).toContainText("Augmentation: −");
  const confused = (row: string[] | undefined) => Number(row?.[2]) + Number(row?.[3]);
  expect(confused(turned)).toBeGreaterThan(confused(plain) + 10);
  const cell = page.getByTestId("augmentation-matrix").locator("tbody tr").nth(6).locator("td").nth(9);
  await expect(cell).toHaveClass(/marked/);
  await expect(cell).toHaveText(String(Number(turned?.[2])));
  quiet();
});

for (const [lang, width] of [["en", 1440], ["ko", 360]] as const) {
  test(`augmentation in ${lang} at ${width} px: no violation`, async ({ page }) => {
    test.setTimeout(240_000);
    const quiet = watch(page);
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${lang}/augmentation?k=100&runs=1`);
    await done(page);
    await expect(page.getByTestId("augmentation-matrix")).toBeVisible();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    quiet();
  });
}

for (const lang of ["en", "ko"] as const) {
  test(`a worker that dies in the midst of the race is replaced, and the weights are the same (${lang})`, async ({ page }) => {
    test.setTimeout(360_000);
    await page.goto(`${lang}/augmentation?${SHORT}&tta=1&v=4`);
    const rows = page.getByTestId("augmentation-readings").locator("tbody tr");
    // The second of two runs is under way.
    await expect(rows.nth(1)).toContainText("1 / 2", { timeout: 150_000 });
    await killWorker(page);
    const notice = page.getByTestId("lab-notice").first();
    await expect(notice).toContainText(lang === "en" ? "Another one went on from step 0" : "새 워커가 0단계부터");
    await expect(notice).toContainText("ended by a test");
    await expect(page).toHaveURL(/runs=2/);
    const after = await done(page);
    expect(after[1]?.at(-1)).toBe(WEIGHTS);
    expect(after.map((row) => row.at(-2))).toEqual(["2 / 2", "2 / 2"]);
    await expect(page.getByTestId("augmentation").locator(".variants canvas")).toHaveCount(20);
    await page.getByTestId("augmentation-rotate-range").fill("90");
    await expect(hash(page)).not.toHaveText(VARIANTS);
  });
}
