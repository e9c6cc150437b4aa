import { expect, test } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "../pages/accessible";
import { watch } from "../pages/watch";

for (const [lang, width] of [["en", 1440], ["ko", 360]] as const) {
  test(`bits in ${lang} at ${width} px: live, no violation, no console noise`, async ({ page }) => {
    const quiet = watch(page);
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${lang}/bits`);
    await expect(page.getByTestId("bits-value-fp16")).toHaveText("0.0999755859375");
    await expect(page.getByTestId("bits-value-e4m3")).toHaveText("0.1015625");
    await expect(page.locator("html")).toHaveAttribute("lang", lang);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    quiet();
  });
}

test("a hostile query is only a default, and a bad number keeps what was there", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/bits?v=%3Cscript%3E&f=nothing&m=%00&o=evil&zp=9e99&unknown=1");
  await expect(page.getByTestId("bits-problem")).toContainText("<");
  await expect(page.getByTestId("bits-value-fp16")).toHaveText("0.0999755859375");
  await page.getByTestId("bits-value").fill("1,5");
  await expect(page.getByTestId("bits-problem")).toContainText("1.5 or 1_500");
  quiet();
});

test("the whole widget by keyboard alone", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/bits");
  await page.getByTestId("bits-value").focus();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("464");
  await page.getByTestId("bits-row-e4m3").getByRole("button").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("bits-code")).toHaveText("0x7E");
  // Into the register, to its last bit, and flip it: 0x7E becomes NaN's 0x7F.
  await page.getByTestId("bits-bit-7").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Space");
  await expect(page.getByTestId("bits-code")).toHaveText("0x7F");
  await expect(page.getByTestId("bits-class")).toHaveText("NaN");
  await page.keyboard.press("0");
  await expect(page.getByTestId("bits-code")).toHaveText("0x7E");
  await page.getByTestId("bits-below").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("bits-code")).toHaveText("0x7D");
  await page.getByTestId("bits-overflow").focus();
  await page.keyboard.press("ArrowDown");
  await expect(page).toHaveURL(/o=saturate/);
  await page.getByTestId("bits-reset").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("bits-value-fp16")).toHaveText("0.0999755859375");
  quiet();
});

test("a link reproduces its state", async ({ page }) => {
  await page.goto("en/bits?v=65520&f=fp16&m=toward-zero");
  await expect(page.getByTestId("bits-value-fp16")).toHaveText("65504");
  await expect(page.getByTestId("bits-mode")).toHaveValue("toward-zero");
  await page.getByTestId("shell-lang-ko").click();
  await expect(page).toHaveURL(/\/ko\/bits\?.*v=65520/);
  await expect(page.getByTestId("bits-value-fp16")).toHaveText("65504");
});

test("the table of rounding modes follows a seed that a host sets, whatever mode is chosen", async ({ page }) => {
  const row = page.getByTestId("bits-modes").getByRole("row", { name: /Stochastic/i });
  await page.goto("en/bits?f=e4m3&m=toward-zero");
  const codes = new Set<string>();
  for (let seed = 0; seed < 8; seed += 1) {
    await page.evaluate((seed) => window.postMessage({ pp: 1, type: "set", state: { seed: String(seed) } }, location.origin), seed);
    await expect.poll(() => page.url()).toMatch(seed === 1 ? /m=toward-zero$/ : new RegExp(`seed=${seed}$`));
    const fresh = await page.context().newPage();
    await fresh.goto(page.url());
    const expected = await fresh.getByTestId("bits-modes").getByRole("row", { name: /Stochastic/i }).textContent();
    await fresh.close();
    await expect(row).toHaveText(expected ?? "");
    codes.add(expected ?? "");
  }
  // Of eight seeds both neighbours are met.
  expect(codes.size).toBe(2);
});

test("a format of one's own is one more row, and part of the link", async ({ page }) => {
  await page.goto("en/bits");
  await page.getByTestId("bits-builder").locator("summary").click();
  await page.getByTestId("bits-custom-add").click();
  await page.getByTestId("bits-custom-m").fill("2");
  await page.getByTestId("bits-custom-m").press("Enter");
  await expect(page.getByTestId("bits-row-custom")).toBeVisible();
  await expect(page).toHaveURL(/c=s1e4m2b7-fn/);
  await page.reload();
  await expect(page.getByTestId("bits-row-custom")).toBeVisible();
});

test("what was typed here goes along to the other language, and leaving at once is no fault", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/bits");
  await page.getByTestId("bits-value").fill("448");
  await expect(page).toHaveURL(/v=448/);
  await page.getByTestId("shell-lang-ko").click();
  await expect(page).toHaveURL(/\/ko\/bits\?.*v=448/);
  await expect(page.getByTestId("bits-value-e4m3")).toHaveText("448");
  // A change, and away before the address and the tables have followed.
  await page.getByTestId("bits-value").fill("1/3");
  await page.locator(".brand").click();
  await expect(page.locator("[data-testid^=entry-]")).toHaveCount(9);
  await page.waitForTimeout(600);
  await expect(page).toHaveURL(/\/ko\/$/);
  quiet();
});
