import { expect, test, type Page } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "../pages/accessible";
import { killWorker, watch } from "../pages/watch";

/** Emoji at the earlier cut: the smallest task and the smallest base. */
const SMALL = "d=emoji&cut=d10&n=5";

/** Cells of the arms' rows, by arm: accuracy, loss, steps, trained, frozen, hash. */
async function readings(page: Page): Promise<Map<string, string[]>> {
  const rows = await page.getByTestId("transfer-readings").locator("tbody tr").all();
  const cells = await Promise.all(rows.map((row) => row.locator("th, td").allTextContents()));
  return new Map(cells.map(([name, ...rest]) => [name, rest]));
}

/** All arms have taken their steps and have a hash. */
async function trained(page: Page): Promise<Map<string, string[]>> {
  const hashed = page.getByTestId("transfer-readings").locator("td.hash");
  await expect
    .poll(async () => {
      const hashes = await hashed.allTextContents();
      return hashes.length > 0 && hashes.every((hash) => /^[0-9a-f]{16}$/.test(hash));
    }, { timeout: 120_000 })
    .toBe(true);
  return readings(page);
}

/** The points behind the chart of accuracies. */
async function curve(page: Page): Promise<string[]> {
  const chart = page.getByTestId("chart-transfer-accuracy");
  if ((await chart.locator("table").count()) === 0) await chart.getByRole("button").first().click();
  return chart.locator("tbody tr").allTextContents();
}

const accuracy = (cells: string[] | undefined) => Number.parseFloat(cells?.[0] ?? "");

test("a frozen base beats raw pixels, and the link gives the same curves and weights", async ({ page }) => {
  test.setTimeout(240_000);
  const quiet = watch(page);
  await page.goto(`en/transfer?${SMALL}`);
  const first = await trained(page);
  expect(first.size).toBe(3);
  const frozen = accuracy(first.get("Frozen base, one dense layer"));
  expect(frozen).toBeGreaterThan(accuracy(first.get("Raw pixels, one dense layer")) + 5);
  expect(first.get("Frozen base, one dense layer")?.[2]).toBe("200 / 200");
  expect(first.get("Frozen base, one dense layer")?.[3]?.replace(/\D/g, "")).toBe(String(672 * 5 + 5));
  const points = await curve(page);
  expect(points.length).toBeGreaterThan(20);
  await page.reload();
  expect(await trained(page)).toEqual(first);
  expect(await curve(page)).toEqual(points);

  await page.getByTestId("transfer-seed").fill("2");
  await page.getByTestId("transfer-seed").press("Enter");
  const hash = async () => (await readings(page)).get("Frozen base, one dense layer")?.[5];
  await expect.poll(hash, { timeout: 60_000 }).toMatch(/^[0-9a-f]{16}$/);
  await expect.poll(hash, { timeout: 60_000 }).not.toBe(first.get("Frozen base, one dense layer")?.[5]);
  quiet();
});

for (const [lang, width] of [["en", 1440], ["ko", 360]] as const) {
  test(`transfer in ${lang} at ${width} px: answers open, no violation`, async ({ page }) => {
    test.setTimeout(180_000);
    const quiet = watch(page);
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${lang}/transfer?${SMALL}&scratch=0`);
    await trained(page);
    await expect(page.getByTestId("transfer-strip").locator("canvas")).toHaveCount(10);
    const cell = page.getByTestId("transfer-matrix").locator("td button").first();
    const count = Number(await cell.textContent());
    await cell.click();
    await expect(page.getByTestId("transfer-opened").locator("canvas")).toHaveCount(Math.min(count, 30));
    await expect.poll(() => page.getByTestId("transfer-opened").locator("canvas").first()
      .evaluate((canvas: HTMLCanvasElement) => canvas.width)).toBe(64);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    quiet();
  });
}

test("another precision of the base makes another run, and leaves arms without a base alone", async ({ page }) => {
  test.setTimeout(180_000);
  const quiet = watch(page);
  await page.goto(`en/transfer?${SMALL}&scratch=0`);
  const before = await trained(page);
  await page.getByTestId("transfer-weights").selectOption("int4");
  const hash = async (arm: string) => (await readings(page)).get(arm)?.[5] ?? "";
  const frozen = "Frozen base, one dense layer";
  await expect.poll(async () => [before.get(frozen)?.[5], ""].includes(await hash(frozen)), { timeout: 60_000 }).toBe(false);
  expect(await hash("Raw pixels, one dense layer")).toBe(before.get("Raw pixels, one dense layer")?.[5]);
  const chart = page.getByTestId("chart-transfer-precision");
  await chart.getByRole("button").first().click();
  await expect(chart.locator("tbody tr")).toHaveCount(2);
  quiet();
});

test("features can be stopped, and training goes on from there", async ({ page }) => {
  test.setTimeout(180_000);
  await page.goto("en/transfer?d=clip-art&scratch=0&pixels=0");
  await expect(page.getByTestId("transfer-status")).toContainText("Features of pictures", { timeout: 30_000 });
  await page.getByTestId("transfer-stop").click();
  await expect(page.getByTestId("transfer-status")).toContainText("Stopped");
  await page.getByTestId("transfer-train").click();
  const rows = await trained(page);
  expect(accuracy(rows.get("Frozen base, one dense layer"))).toBeGreaterThan(50);
});

test("nothing is fetched while data are to be saved, until somebody presses", async ({ page }) => {
  test.setTimeout(180_000);
  await page.addInitScript(() => Object.defineProperty(navigator, "connection", { value: { saveData: true } }));
  const shards: string[] = [];
  page.on("request", (request) => { if (request.url().includes("/models/")) shards.push(request.url()); });
  await page.goto(`en/transfer?${SMALL}&scratch=0`);
  await expect(page.getByTestId("transfer-status")).toContainText("save data");
  expect(shards).toEqual([]);
  await page.getByTestId("transfer-train").click();
  await trained(page);
  expect(shards.length).toBeGreaterThan(0);
});

test("blocks that are switched on train, others do not", async ({ page }) => {
  test.setTimeout(240_000);
  const quiet = watch(page);
  await page.goto("en/transfer?d=emoji&n=5&scratch=0&pixels=0");
  const before = await trained(page);
  expect(before.size).toBe(1);
  await page.getByTestId("transfer-block13").check();
  const tuned = async () => (await readings(page)).get("Last blocks fine-tuned");
  // Blocks 13 and 14, 474,624 numbers each, and the head's 193 for each of five classes.
  const block = 2 * 192 * 1152 + 25 * 1152 + 2 * 1152 + 192;
  const digits = (text: string | undefined) => Number(text?.replace(/\D/g, ""));
  await expect.poll(async () => digits((await tuned())?.[3]), { timeout: 60_000 }).toBe(2 * block + 193 * 5);
  await expect(page.getByTestId("transfer-blocks-totals")).toContainText((2 * block).toLocaleString("en").replaceAll(",", "\u202f"));
  await page.getByTestId("transfer-block13").uncheck();
  await expect.poll(async () => digits((await tuned())?.[3]), { timeout: 60_000 }).toBe(block + 193 * 5);
  await page.getByTestId("transfer-block14").uncheck();
  await expect(page.getByTestId("transfer-tuned")).not.toBeChecked();
  quiet();
});

for (const lang of ["en", "ko"] as const) {
  test(`a worker that dies in the midst of training is replaced, and the curves are the same (${lang})`, async ({ page }) => {
    test.setTimeout(300_000);
    const link = `${lang}/transfer?d=emoji&n=5&tuned=1&t13=1&scratch=0&pixels=0`;
    await page.goto(link);
    const whole = [...(await trained(page)).values()];
    const points = await curve(page);

    await page.reload();
    const steps = page.getByTestId("transfer-readings").locator("tbody tr").nth(1).locator("td").nth(2);
    // The tuned arm is under way.
    await expect(steps).toHaveText(/^[1-8]0 \/ 100$/, { timeout: 120_000 });
    await killWorker(page);
    const notice = page.getByTestId("lab-notice").first();
    await expect(notice).toContainText(lang === "en" ? "Another one went on from step 0" : "새 워커가 0단계부터");
    await expect(notice).toContainText("ended by a test");
    // The controls are as they were, and nobody has to press anything.
    await expect(page.getByTestId("transfer-tuned")).toBeChecked();
    expect([...(await trained(page)).values()]).toEqual(whole);
    expect(await curve(page)).toEqual(points);
    await notice.getByRole("button").click();
    await expect(page.getByTestId("transfer-readings").locator("td.hash").first()).toHaveText(/^[0-9a-f]{16}$/);
  });
}

test("a worker that dies while features are computed is a sentence, and Train goes on", async ({ page }) => {
  test.setTimeout(240_000);
  await page.goto("ko/transfer?d=clip-art&scratch=0&pixels=0");
  const status = page.getByTestId("transfer-status");
  await expect(status).toContainText("특징(feature):", { timeout: 60_000 });
  await killWorker(page);
  await expect(status).toContainText("멈추었습니다");
  await expect(status).toContainText("ended by a test");
  await page.getByTestId("transfer-train").click();
  const rows = await trained(page);
  expect(accuracy([...rows.values()][0])).toBeGreaterThan(50);
});

test("the code follows the controls", async ({ page }) => {
  test.setTimeout(180_000);
  const quiet = watch(page);
  await page.goto(`en/transfer?${SMALL}&go=0`);
  const code = page.getByTestId("transfer-code").locator("code");
  // The recipe has no place at the earlier cut.
  await expect(page.getByTestId("transfer-code")).toContainText("up to block 14");
  await expect(code).toContainText("block6d_add");
  await expect(code).toContainText('Dense(5, activation="softmax")');
  await page.getByTestId("transfer-data").selectOption("mnist");
  await page.getByTestId("transfer-labels").selectOption("25");
  await expect(code).toContainText('Dense(10, activation="softmax")');
  await expect(code).toContainText("25 labels per class, 250 pictures");
  await page.getByTestId("transfer-code-arm").selectOption("frozen");
  await expect(code).toContainText("block5c_activation");
  await page.getByTestId("transfer-cut").selectOption("b14");
  await page.getByTestId("transfer-code-arm").selectOption("tuned");
  await page.getByTestId("transfer-seed").fill("7");
  await page.getByTestId("transfer-seed").press("Enter");
  await expect(code).toContainText("set_random_seed(7)");
  await expect(code).toContainText('startswith(("block6d",))');
  await expect(page).toHaveURL(/code=tuned/);
  await page.reload();
  await expect(code).toContainText('startswith(("block6d",))');
  quiet();
});

test("the time of every precision is measured when asked for, and stands beside bytes and accuracy", async ({ page }) => {
  test.setTimeout(180_000);
  const quiet = watch(page);
  await page.goto(`en/transfer?${SMALL}&scratch=0&pixels=0`);
  await trained(page);
  const rows = page.getByTestId("transfer-speeds").locator("tbody tr");
  await expect(rows).toHaveCount(5);
  const times = () => rows.locator("td:last-child").allTextContents();
  expect(await times()).toEqual(Array(5).fill("–"));
  await page.getByTestId("transfer-measure-speed").click();
  await expect.poll(times, { timeout: 120_000 }).toEqual(Array(5).fill(expect.stringMatching(/^[0-9.]+ \([0-9.]+ … [0-9.]+\)$/)));
  const medians = (await times()).map((text) => Number.parseFloat(text));
  // The same arithmetic: none takes twice as long as another.
  expect(Math.max(...medians)).toBeLessThan(2 * Math.min(...medians));
  expect(Math.min(...medians)).toBeGreaterThan(0.2);
  const megabytes = (await rows.locator("td:nth-child(3)").allTextContents()).map(Number);
  expect(megabytes[0]! / megabytes[1]!).toBeGreaterThan(1.9);
  const chart = page.getByTestId("chart-transfer-precision");
  await chart.getByRole("button").first().click();
  await expect(chart.locator("tbody tr")).toHaveCount(5);
  await expect(page.getByTestId("transfer-speed-status")).toHaveCount(0);
  quiet();
});
