import { expect, test, type Page } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "../pages/accessible";
import { watch } from "../pages/watch";

// A measurement takes its time, and longer on a machine that is busy.
test.setTimeout(240_000);

/** A small matrix and short runs: the figures are not the point here. */
const SHORT = "n=1024&r=3&ms=5&d=cpu";

/** The short measurement that starts by itself has ended. */
async function measured(page: Page): Promise<void> {
  await expect(page.getByTestId("throughput-done")).toContainText(/\d/, { timeout: 90_000 });
}

for (const [lang, width] of [["en", 1440], ["ko", 360]] as const) {
  test(`throughput in ${lang} at ${width} px: measures at first sight, no violation`, async ({ page }) => {
    const quiet = watch(page);
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${lang}/throughput?${SHORT}`);
    await expect(page.getByTestId("throughput-result")).toContainText("154 GFLOPS");
    await measured(page);
    await expect(page.getByTestId("throughput-device")).toContainText(/[kMGT]?FLOPS/);
    await expect(page.getByTestId("throughput-device")).toContainText(/binary32, SIMD.* 9/);
    await expect(page.getByTestId("throughput-share")).toContainText("%");
    await expect(page.getByTestId("throughput-verdict")).toContainText("dB");
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    quiet();
  });
}

test("the formula refuses nonsense beside itself, and takes a chip's or this device's numbers", async ({ page }) => {
  const quiet = watch(page);
  await page.goto(`en/throughput?${SHORT}`);
  await page.getByTestId("throughput-cores").fill("2.5");
  await expect(page.getByTestId("throughput-problem")).toContainText("whole number");
  await expect(page.getByTestId("throughput-result")).toContainText("—");
  await page.getByTestId("throughput-cores").fill("1e99");
  await expect(page.getByTestId("throughput-problem")).toBeVisible();
  await page.getByTestId("throughput-example").selectOption({ label: "Cray-1, FP64" });
  await expect(page.getByTestId("throughput-problem")).toHaveCount(0);
  await expect(page.getByTestId("throughput-result")).toContainText("160 MFLOPS");
  // Numbers that are no example's are "your own"; beside an example there is nothing to choose by that name.
  const example = page.getByTestId("throughput-example");
  await expect(example.locator("option[value=own]")).toHaveCount(0);
  await page.getByTestId("throughput-clock").fill("3");
  await expect(example).toHaveValue("own");
  await example.selectOption({ label: "Raspberry Pi 5 (BCM2712), FP32" });
  await expect(page.getByTestId("throughput-result")).toContainText("154 GFLOPS");
  await expect(example).toHaveValue("pi-5.fp32");
  await page.getByTestId("throughput-own-cores").click();
  await expect(page.getByTestId("throughput-cores")).not.toHaveValue("4");
  await expect(example).toHaveValue("own");
  quiet();
});

test("a measurement can be stopped, and what was found stays", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/throughput?n=1024&r=51&ms=200&d=cpu&f=all");
  await measured(page);
  const before = await page.getByTestId("throughput-device").textContent();
  await page.getByTestId("throughput-measure").click();
  await expect(page.getByTestId("throughput-now")).toContainText("kernels");
  await page.getByTestId("throughput-cancel").click();
  await expect(page.getByTestId("throughput-cancelled")).toBeVisible({ timeout: 20_000 });
  expect(before).toContain("FLOPS");
  await expect(page.getByTestId("throughput-device")).toContainText("FLOPS");
  await page.getByTestId("throughput-quick").click();
  await measured(page);
  quiet();
});

/** What of the page is no timing: hash, extent of the tables, whose figures. */
async function shown(page: Page) {
  await measured(page);
  const hash = (await page.getByTestId("throughput-hash").textContent())?.match(/[0-9a-f]{12}/)?.[0];
  const kernels = await page.getByTestId("throughput-everything").locator("tbody td:first-child").allTextContents();
  return { hash, kernels: kernels.sort() };
}

test("what was clicked is what the address shows: extent, matrix, seed", async ({ page }) => {
  const quiet = watch(page);
  const again = async () => {
    const address = page.url();
    await page.goto("about:blank");
    await page.goto(address);
  };
  /** Turns that the measurement under way will have. */
  const turns = async () => {
    const now = page.getByTestId("throughput-now");
    await expect(now).toContainText(/of [1-9]\d* turns/, { timeout: 20_000 });
    return (await now.textContent())?.match(/of (\d+) turns/)?.[1];
  };
  await page.goto(`en/throughput?${SHORT}&f=block`);
  const few = await turns();
  const brief = await shown(page);
  await page.getByTestId("throughput-measure").click();
  const many = await turns();
  expect(Number(many)).toBeGreaterThan(Number(few));
  await expect(page).toHaveURL(/[?&]m=full/);
  await again();
  expect(await turns()).toBe(many);
  // Another choice of formats is another measurement.
  await page.getByText("How it is measured").click();
  await page.getByTestId("throughput-formats").selectOption("all");
  await expect.poll(turns).not.toBe(many);
  await page.getByTestId("throughput-cancel").click();
  await expect(page.getByTestId("throughput-cancelled")).toBeVisible({ timeout: 20_000 });
  await page.getByTestId("throughput-quick").click();
  await expect(page).not.toHaveURL(/[?&]m=/);
  expect(await turns()).toBe(few);
  expect(await shown(page)).toEqual(brief);
  await page.getByTestId("throughput-side").selectOption("2048");
  await expect(page).toHaveURL(/n=2048/);
  await turns();
  const larger = await shown(page);
  expect(larger.hash).not.toBe(brief.hash);
  await again();
  expect(await shown(page)).toEqual(larger);
  quiet();
});

test("a machine that is busy is told, and measured again", async ({ page }) => {
  // The worker's clock as it looks where another program has the core for half of each 10 ms: it jumps.
  const clock = `if (!self.sharedCore) { self.sharedCore = true; const real = performance.now.bind(performance); performance.now = () => { const t = real(); const p = t % 5; return 2 * (t - p) + p; }; }\n`;
  await page.route(/worker[^/]*\.js/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: clock + (await response.text()) });
  });
  await page.goto(`en/throughput?${SHORT}`);
  await measured(page);
  expect(await page.workers()[0]!.evaluate(() => "sharedCore" in self)).toBe(true);
  const notice = page.getByTestId("throughput-busy");
  await expect(notice).toContainText(/Other programs had the core for \d+ % of the time/);
  await page.getByTestId("throughput-again").click();
  await expect(page.getByTestId("throughput-now")).toBeVisible();
  await measured(page);
  await expect(notice).toBeVisible();
});

test("both runs that are compared take the same steps", async ({ page }) => {
  const quiet = watch(page);
  await page.goto(`en/throughput?${SHORT}&dev=cpu&net=softmax`);
  await measured(page);
  const rows = page.getByTestId("training-readings").locator("tbody tr");
  const steps = async () => (await rows.locator("td:nth-child(2)").allTextContents()).map((cell) => cell.trim());
  await page.getByTestId("training-step").click();
  await expect.poll(steps).toEqual(["1", "1"]);
  await page.getByTestId("training-step").click();
  await expect.poll(steps).toEqual(["2", "2"]);
  await page.getByTestId("training-reset").click();
  await expect.poll(steps).toEqual(["0", "0"]);
  quiet();
});

test("the same link gives the same hash, whatever the timings", async ({ page }) => {
  const hash = async (query: string) => {
    await page.goto(`en/throughput?${query}`);
    await measured(page);
    return (await page.getByTestId("throughput-hash").textContent())?.match(/[0-9a-f]{12}/)?.[0];
  };
  const first = await hash(SHORT);
  expect(first).toHaveLength(12);
  expect(await hash(SHORT)).toBe(first);
  expect(await hash(`${SHORT}&seed=2`)).not.toBe(first);
});

test("tables: chips with their documents, VGG16 with its known totals", async ({ page }) => {
  await page.goto(`en/throughput?${SHORT}&cf=bf16&sp=1&nf=fp16&chip=h100`);
  const chips = page.getByTestId("throughput-chips");
  await expect(chips.locator("tbody tr").filter({ hasText: "H100" })).toContainText("989 TFLOPS");
  await expect(chips.locator("tbody tr").filter({ hasText: "H100" })).toContainText("1.98 PFLOPS");
  for (const row of await chips.locator("tbody tr").all()) await expect(row.locator("a")).toHaveCount(1);
  await expect(page.getByTestId("throughput-network-totals")).toContainText("138 357 544".replaceAll(" ", "\u202f"), { timeout: 20_000 });
  await expect(page.getByTestId("throughput-network-totals")).toContainText("30.9 GFLOP");
  await expect(page.getByTestId("throughput-layers").locator("tbody tr").filter({ hasText: "block5_conv3" })).toContainText("2\u202f359\u202f808");
  await expect(page.getByTestId("throughput-bytes").locator("tr.current")).toContainText("277 MB");
  await expect(page.getByTestId("throughput-times")).toContainText("H100");
});

test("a link reproduces its state, in the other language too", async ({ page }) => {
  await page.goto("en/throughput?c=56&g=2&p=64&v=bytes&e=rmse&cf=int8&n=1024");
  await expect(page.getByTestId("throughput-result")).toContainText("7.17 TFLOPS");
  await expect(page.getByTestId("throughput-v-bytes")).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByTestId("throughput-e-rmse")).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByTestId("throughput-reading")).toContainText("Lower is more exact, further left is smaller");
  await page.getByTestId("shell-lang-ko").click();
  await expect(page).toHaveURL(/\/ko\/throughput\?.*c=56/);
  await expect(page.getByTestId("throughput-result")).toContainText("7.17 TFLOPS");
  await expect(page.getByTestId("throughput-chip-format")).toHaveValue("int8");
});

test("a hostile query is only a default", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/throughput?c=%3Cscript%3E&n=99999999&r=-5&ms=1e9&d=evil&v=x&e=%00&chip=none&nf=none&cf=zz");
  await expect(page.getByTestId("throughput-problem")).toContainText("<");
  await measured(page);
  await expect(page.getByTestId("throughput-network-chip")).toHaveValue("h100");
  quiet();
});

test("by keyboard alone: formula, view, measurement, table", async ({ page }) => {
  await page.goto(`en/throughput?${SHORT}`);
  await measured(page);
  await page.getByTestId("throughput-clock").focus();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("3");
  await expect(page.getByTestId("throughput-result")).toContainText("192 GFLOPS");
  await page.getByTestId("throughput-v-bytes").focus();
  await page.keyboard.press("Space");
  await expect(page).toHaveURL(/v=bytes/);
  const chart = page.getByTestId("chart-error-speed-bytes");
  await chart.getByRole("button").first().focus();
  await page.keyboard.press("Enter");
  await expect(chart.locator("tbody tr").filter({ hasText: "FP8 E4M3" }).first()).toContainText(/\d/);
  await page.getByTestId("throughput-quick").focus();
  await page.keyboard.press("Enter");
  await measured(page);
});

test("the embed and the glossary's part measure too, and a task is answered", async ({ page }) => {
  const quiet = watch(page);
  await page.goto(`embed/throughput?lang=ko&${SHORT}`);
  await measured(page);
  const task = page.getByTestId("task-share");
  await task.getByText("6.00 %").click();
  await task.getByRole("button").click();
  await expect(task.getByRole("status")).toContainText("맞습니다");
  await expectNoSidewaysScroll(page);
  await page.goto("en/#gflops");
  await page.getByTestId("home-start-throughput").click();
  const frame = page.frameLocator("[data-testid=frame-throughput]");
  await expect(frame.getByTestId("throughput-result")).toContainText("154 GFLOPS", { timeout: 20_000 });
  await expect(frame.getByTestId("throughput-now")).toContainText("kernels", { timeout: 20_000 });
  await page.getByTestId("home-start-throughput").click();
  await expect(page.getByTestId("frame-throughput")).toHaveCount(0);
  quiet();
});

test("a worker that dies while it measures is told, and the next measurement runs", async ({ page }) => {
  await page.goto("en/throughput?n=1024&r=51&ms=200&d=cpu");
  await measured(page);
  await page.getByTestId("throughput-measure").click();
  await expect(page.getByTestId("throughput-now")).toContainText("kernels");
  const worker = page.workers()[0];
  await worker.evaluate(() => setTimeout(() => { throw new Error("lost"); }, 0)).catch(() => undefined);
  await expect(page.getByTestId("throughput-failed")).toContainText("lost", { timeout: 20_000 });
  await page.getByTestId("throughput-quick").click();
  await measured(page);
});
