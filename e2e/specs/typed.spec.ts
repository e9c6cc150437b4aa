import { expect, test, type Page } from "@playwright/test";
import { watch } from "../pages/watch";

const address = (page: Page) => new URL(page.url()).searchParams;

test("a plus typed into the address is an exponent's sign, and a space where it stands between numbers", async ({ page }) => {
  for (const [query, value] of [["v=1e+3", "1000"], ["v=0x1p+3", "8"], ["v=%2B1e%2B3", "1000"], ["v=FP16:0x3C00", "1"], ["v=fp16:0X3c00", "1"]]) {
    await page.goto(`en/bits?${query}`);
    await expect(page.getByTestId("bits-value-fp32"), query).toHaveText(value!);
    await expect(page.getByTestId("bits-problem").locator(".notice"), query).toHaveCount(0);
  }
  await page.goto("en/bits?v=fp16:0x+3c00");
  await expect(page.getByTestId("bits-problem")).toContainText("is not a code");
  for (const [query, text, count] of [["t=1e+3", "1e+3", 1], ["t=1+2+3", "1 2 3", 3], ["t=1e+3+2%0D%0A3", "1e+3 2\n3", 3]] as const) {
    await page.goto(`en/convert?src=paste&${query}`);
    await expect(page.getByTestId("convert-paste")).toHaveValue(text);
    await expect(page.getByTestId("convert-summary")).toContainText(`${count} of ${count}`, { timeout: 20_000 });
  }
});

test("what is pasted into convert is what its link says, without a plus", async ({ page }) => {
  await page.goto("en/convert?src=paste");
  await page.getByTestId("convert-paste").fill("1e+3 2\n3");
  await expect.poll(() => page.url()).toContain("t=1e%2B3%202%0A3");
  await page.reload();
  await expect(page.getByTestId("convert-paste")).toHaveValue("1e+3 2\n3");
});

test("line ends of every system part numbers, and what comes with them is seen", async ({ page }) => {
  await page.goto("en/convert?src=paste&t=1%0D%0A2%0D%0A3");
  await expect(page.getByTestId("convert-summary")).toContainText("3 of 3", { timeout: 20_000 });
  await page.goto("en/convert?src=paste&t=1%0D2%0C3");
  await expect(page.getByTestId("convert-summary")).toContainText("3 of 3", { timeout: 20_000 });
  await page.goto("en/convert?src=paste&t=1%002");
  await expect(page.getByTestId("convert-problem")).toContainText("1\u{FFFD}2");
});

test("a pasted group is one number or refused, never two", async ({ page }) => {
  await page.goto("en/convert?src=paste&t=7");
  const paste = page.getByTestId("convert-paste");
  for (const space of ["\u202F", "\u2009"]) {
    await paste.fill(`1${space}000`);
    await expect(page.getByTestId("convert-summary")).toContainText("1 of 1", { timeout: 20_000 });
    await expect(page.getByTestId("convert-problem")).toHaveCount(0);
  }
  await paste.fill("5 1\u00A0000");
  await expect(page.getByTestId("convert-problem")).toContainText("Number 2");
  await page.goto("en/bits");
  for (const space of ["\u202F", "\u2009", "\u00A0"]) {
    await page.getByTestId("bits-value").fill("7");
    await page.getByTestId("bits-value").fill(`1${space}000`);
    await expect(page.getByTestId("bits-value-fp32")).toHaveText("1000");
  }
});

test("a text that no link can carry is in force, is said to be missing there, and survives the language", async ({ page }) => {
  await page.goto("en/convert?src=paste");
  const numbers = Array.from({ length: 1500 }, (_, index) => index + 0.5).join(" ");
  await page.getByTestId("convert-paste").fill(numbers);
  await expect(page.getByTestId("live-t")).toContainText("the address leaves it out");
  await expect(page.getByTestId("convert-summary")).toContainText("1", { timeout: 20_000 });
  await page.getByTestId("shell-lang-ko").click();
  await expect(page.getByTestId("live-t")).toContainText("링크에는 넣지 않습니다");
  await expect(page.getByTestId("convert-paste")).toHaveValue(numbers);
});

test("a code is typed key by key", async ({ page }) => {
  await page.goto("en/bits");
  const value = page.getByTestId("bits-value");
  await value.fill("");
  await value.pressSequentially("fp16:0x3c00");
  await expect(value).toHaveValue("fp16:0x3c00");
  await expect(page.getByTestId("bits-value-fp32")).toHaveText("1");
  await value.blur();
  await expect(value).toHaveValue("1");
  await page.getByTestId("bits-hex").fill("0x0x12");
  await page.getByTestId("bits-hex").press("Enter");
  await expect(page.getByTestId("bits-hex-note")).toContainText("is not a code of this format");
});

/** Fields of every kind: page, field, key in the address, what is typed, what it then shows and the address holds, words. */
const fields = [
  ["bits?m=stochastic", "bits-seed", "seed", "5000000000", "4294967295", "outside 0 to 4294967295"],
  ["bits?m=stochastic", "bits-seed", "seed", "1.5", "1", "is not a whole number"],
  ["convert", "convert-count", "n", "99", "22", "outside 8 to 22"],
  ["convert", "convert-scale", "sd", "-1", "0.02", "positive number"],
  ["convert?gr=group", "convert-group-len", "gl", "0", "2", "outside 2 to 65536"],
  ["gan?dev=cpu", "gan-g-steps", "gs", "99", "10", "outside 1 to 10"],
  ["gan?dev=cpu", "gan-g-rate", "gr", "7", "1", "outside 0 to 1"],
  ["gan?dev=cpu", "gan-batch", "b", "x", "128", "is not a number"],
  ["gan?dev=cpu", "gan-g-layers", "gw", "64-9999", "64-512", "beyond 4 layers"],
  ["gan?dev=cpu", "gan-g-layers", "gw", "big", "64-64", "does not describe layers"],
  ["gan?dev=cpu", "gan-seed", "seed", "1e99", "999999999", "outside 0 to 999999999"],
  ["overfitting?dev=cpu", "overfitting-degree", "k", "1,5", "12", "1.5 or 1_500"],
  ["overfitting?dev=cpu", "overfitting-samples", "n", "1e9", "600", "outside 4 to 600"],
  ["overfitting?dev=cpu", "overfitting-l2", "l2", "-1", "0", "outside 0 to 10"],
  ["augmentation", "augmentation-runs", "runs", "99", "10", "outside 1 to 10"],
  ["transfer?go=0", "transfer-seed", "seed", "-3", "0", "outside 0 to 999999999"],
] as const;

for (const [where, testid, key, typed, shown, words] of fields) {
  test(`${testid} takes "${typed}" for ${shown}, and says so`, async ({ page }) => {
    const quiet = watch(page);
    await page.goto(`en/${where}`);
    const field = page.getByTestId(testid);
    const note = page.getByTestId(`${testid}-note`);
    const before = await field.inputValue();
    await expect(note).toBeEmpty();
    // Twice: the second time what is in force does not change, and no signal says so.
    for (const text of [typed, `${typed} `]) {
      await field.fill(text);
      await field.blur();
      await expect(field).toHaveValue(shown);
      await expect(note).toContainText(words);
      await expect(field).toHaveAttribute("aria-invalid", "false");
    }
    if (shown === before) expect(address(page).get(key)).toBeNull();
    else await expect.poll(() => address(page).get(key)).toBe(shown);
    // The note belongs to what was typed.
    await field.fill(before);
    await expect(note).toBeEmpty();
    await field.blur();
    await expect(field).toHaveValue(before);
    quiet();
  });
}

test("a refused text stays to be corrected until the field is left or given up", async ({ page }) => {
  await page.goto("ko/bits?m=stochastic&seed=5");
  const seed = page.getByTestId("bits-seed");
  await seed.fill("2.5");
  await seed.press("Enter");
  await expect(seed).toHaveValue("2.5");
  await expect(seed).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByTestId("bits-seed-note")).toContainText("정수가 아닙니다. 0~4294967295의 정수를 입력하세요. 5 값을 그대로 씁니다.");
  await seed.press("Escape");
  await expect(seed).toHaveValue("5");
  await expect(page.getByTestId("bits-seed-note")).toBeEmpty();
  await seed.press("ArrowUp");
  await expect(seed).toHaveValue("6");
  await expect.poll(() => address(page).get("seed")).toBe("6");
  await seed.fill("");
  await seed.press("Enter");
  await expect(seed).toHaveValue("1");
  await expect(page.getByTestId("bits-seed-note")).toContainText("비워 두었으므로 1 값을 씁니다");
});

test("a number left empty is the suggestion, also when the suggestion changes", async ({ page }) => {
  await page.goto("en/gan?dev=cpu&b=32");
  const batch = page.getByTestId("gan-batch");
  await expect(batch).toHaveValue("32");
  await batch.fill("");
  await batch.press("Enter");
  await expect(batch).toHaveValue("128");
  await expect(page.getByTestId("gan-batch-note")).toContainText("Left empty: 128 is in force");
  await page.getByTestId("gan-data").selectOption("digits");
  await expect(batch).toHaveValue("64");
  await expect(page.getByTestId("gan-batch-note")).toBeEmpty();
});

test("an impossible format of one's own stands in its fields, with the reason", async ({ page }) => {
  await page.goto("en/bits?c=s1e4m3b7-fn");
  await page.getByTestId("bits-custom-e").fill("11");
  await page.getByTestId("bits-custom-e").press("Enter");
  await expect(page.getByTestId("bits-custom-e")).toHaveValue("11");
  await expect(page.getByTestId("bits-custom-problem")).toContainText("the bias must be from 1024 to");
  await expect.poll(() => address(page).get("c")).toBe("s1e11m3b7-fn");
  await page.getByTestId("bits-custom-bias").fill("99999");
  await page.getByTestId("bits-custom-bias").press("Enter");
  await expect(page.getByTestId("bits-custom-bias")).toHaveValue("1023");
});

test("two classes of one's own cannot have one name", async ({ page }) => {
  for (const [lang, words] of [["en", "Another class is called “Cat” already. B stays in force."], ["ko", /^이름이 “Cat”\u2060인 클래스가 이미 있습니다. B 값을 그대로 씁니다.$/]] as const) {
    await page.goto(`${lang}/transfer?d=own`);
    const name = (index: number) => page.getByTestId("own-name").nth(index);
    await name(0).fill("cat");
    await name(0).blur();
    await name(1).fill("Cat");
    await name(1).press("Enter");
    await expect(page.getByTestId("own-name-note").nth(1)).toHaveText(words);
    await expect(name(1)).toHaveAttribute("aria-invalid", "true");
    await name(1).blur();
    await expect(name(1)).toHaveValue("B");
  }
});
