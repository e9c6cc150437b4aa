import { expect, test, type Page } from "@playwright/test";
import { watch } from "../pages/watch";

/** The row of the chosen format: name, steps, steps a second, accuracy, loss, zeroed, overflowed, hash. */
const cells = (page: Page) => page.getByTestId("training-readings").locator("tbody tr").first().locator("th, td");
const steps = async (page: Page) => Number((await cells(page).nth(1).textContent())?.replace(/\D/g, ""));

async function open(page: Page, query: string): Promise<void> {
  // Measuring at first sight would only share the worker.
  await page.goto(`en/throughput?n=1024&r=3&ms=5&d=cpu&${query}`);
  await page.getByTestId("throughput-training").scrollIntoViewIfNeeded();
  await expect(page.getByTestId("lab-runs-on")).toBeVisible({ timeout: 30_000 });
}

test("a network learns in a format, and the same seed and step give the same weights", async ({ page }) => {
  const quiet = watch(page);
  await open(page, "pol=bf16&seed=7&dev=cpu");
  const three = async () => {
    for (const step of [1, 2, 3]) {
      await page.getByTestId("training-step").click();
      await expect(cells(page).nth(1)).toHaveText(String(step));
    }
    await expect(cells(page).nth(7)).toHaveText(/^[0-9a-f]{16}$/);
    return cells(page).nth(7).textContent();
  };
  const first = await three();
  await page.getByTestId("training-reset").click();
  await expect(cells(page).nth(1)).toHaveText("0");
  expect(await three()).toBe(first);

  await page.getByTestId("training-run").click();
  await expect.poll(() => steps(page), { timeout: 30_000 }).toBeGreaterThan(400);
  await page.getByTestId("training-run").click();
  await expect(cells(page).nth(7)).toHaveText(/^[0-9a-f]{16}$/);
  expect(Number.parseFloat((await cells(page).nth(3).textContent()) ?? "")).toBeGreaterThan(80);
  await expect(page.getByTestId("lab-notice")).toHaveCount(0);
  quiet();
});

test("a lost graphics device is told, and training goes on from a snapshot", async ({ page }) => {
  await open(page, "pol=fp32&data=digits&net=softmax&dev=webgpu");
  await expect(page.getByTestId("lab-runs-on")).toContainText("WebGPU", { timeout: 30_000 });
  await page.getByTestId("training-run").click();
  await expect.poll(() => steps(page), { timeout: 30_000 }).toBeGreaterThan(5);
  await page.getByTestId("training-lose").click();
  await expect(page.getByTestId("lab-notice").first()).toContainText("goes on from step", { timeout: 20_000 });
  await expect(page.getByTestId("lab-runs-on")).toContainText("CPU");
  const before = await steps(page);
  await expect.poll(() => steps(page), { timeout: 20_000 }).toBeGreaterThan(before + 100);
});

test("a worker that ends without a word is noticed, told, and replaced", async ({ page }) => {
  await open(page, "pol=bf16&dev=cpu");
  await page.getByTestId("training-run").click();
  await expect.poll(() => steps(page), { timeout: 30_000 }).toBeGreaterThan(50);
  // The answer does not come: the worker is gone before it could.
  void page.workers()[0].evaluate(() => self.close()).catch(() => undefined);
  await expect(page.getByTestId("lab-notice").first()).toContainText("no longer answers", { timeout: 45_000 });
  const before = await steps(page);
  await expect.poll(() => steps(page), { timeout: 20_000 }).toBeGreaterThan(before + 50);
});
