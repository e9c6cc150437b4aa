import { expect, test } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expectAccessible, expectNoSidewaysScroll } from "../pages/accessible";
import { numbers, safetensors } from "../pages/files";
import { watch } from "../pages/watch";

/** A .npy file of binary32 numbers. */
function npy(values: number[], shape = `(${values.length},)`): Buffer {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  const header = dict.padEnd(128 - 10 - 1) + "\n";
  const data = Buffer.from(new Float32Array(values).buffer);
  const prefix = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([prefix, Buffer.from(header), data]);
}

for (const [lang, width] of [["en", 1440], ["ko", 360]] as const) {
  test(`convert in ${lang} at ${width} px: measures at first sight, no violation`, async ({ page }) => {
    const quiet = watch(page);
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${lang}/convert`);
    await expect(page.getByTestId("convert-table").locator("tbody tr")).toHaveCount(22, { timeout: 20_000 });
    await expect(page.getByTestId("convert-summary")).toContainText("536");
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    quiet();
  });
}

test("the same link gives the same figures and the same hash", async ({ page }) => {
  const hash = async () => {
    await page.goto("en/convert?d=outliers&n=12&seed=7");
    await expect(page.getByTestId("convert-summary")).toContainText("result", { timeout: 20_000 });
    return (await page.getByTestId("convert-summary").textContent())?.match(/result (\w+)/)?.[1];
  };
  const first = await hash();
  expect(first).toHaveLength(12);
  expect(await hash()).toBe(first);
});

test("pasted numbers are read or refused, and old figures stay", async ({ page }) => {
  await page.goto("en/convert?src=paste&t=1+2+3");
  await expect(page.getByTestId("convert-summary")).toContainText("3 of 3", { timeout: 20_000 });
  await page.getByTestId("convert-paste").fill("1 1,5 2");
  await expect(page.getByTestId("convert-problem")).toContainText("1,5");
  await expect(page.getByTestId("convert-summary")).toContainText("3 of 3");
});

test("a .npy file is measured, converted to float16 and saved", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/convert?f=fp16&c=npy");
  await page.getByTestId("convert-source-file").click();
  await page.getByTestId("convert-file").setInputFiles({
    name: "weights.npy",
    mimeType: "application/octet-stream",
    buffer: npy([0.1, 1, 65504, 65520, -2, 3]),
  });
  await expect(page.getByTestId("convert-summary")).toContainText("6 of 6", { timeout: 20_000 });
  await page.getByTestId("convert-write").click();
  await expect(page.getByTestId("convert-written")).toContainText("weights-fp16.npy");
  const download = page.waitForEvent("download");
  await page.getByTestId("convert-save").click();
  const file = await readFile(await (await download).path());
  expect(file.subarray(0, 6).toString("latin1")).toBe("\x93NUMPY");
  expect(file.toString("latin1")).toContain("'<f2'");
  const codes = new Uint16Array(file.buffer.slice(file.byteOffset + file.length - 12, file.byteOffset + file.length));
  expect([...codes]).toEqual([0x2e66, 0x3c00, 0x7bff, 0x7c00, 0xc000, 0x4200]);
  quiet();
});

test("a setting that changes at the moment of writing does not lose the file", async ({ page }) => {
  const quiet = watch(page);
  // Posits have no fast kernel: writing a million takes longer than the rest before measuring anew.
  await page.goto("en/convert?n=20&f=posit32");
  await expect(page.getByTestId("convert-measure")).toBeVisible({ timeout: 20_000 });
  await page.evaluate(() => {
    const press = (name: string) => document.querySelector<HTMLElement>(`[data-testid="${name}"]`)!.click();
    press("convert-saturate");
    press("convert-write");
  });
  await expect(page.getByTestId("convert-written")).toContainText("posit32", { timeout: 20_000 });
  await expect(page.getByTestId("convert-measure")).toBeVisible({ timeout: 20_000 });
  quiet();
});

test("lying files are refused in words, by name, and what was there stays", async ({ page }) => {
  await page.goto("en/convert?src=file");
  await expect(page.getByTestId("convert-no-file")).toBeVisible();
  const good = { name: "good.npy", mimeType: "application/octet-stream", buffer: npy([1, 2, 3]) };
  await page.getByTestId("convert-file").setInputFiles(good);
  await expect(page.getByTestId("convert-summary")).toContainText("3 of 3", { timeout: 20_000 });
  const bad: [string, Buffer][] = [
    ["short.npy", npy([1, 2], "(1000000,)")],
    ["overflow.npy", npy([1, 2], "(4294967296, 4294967296, 4294967296)")],
    ["garbage.safetensors", Buffer.from("not a tensor file at all")],
    ["model.pt", Buffer.from("PK\x03\x04rest")],
    ["words.csv", Buffer.from("a,b\n1,two\n")],
  ];
  for (const [name, buffer] of bad) {
    await page.getByTestId("convert-file").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    await expect(page.getByTestId("convert-problem"), name).toContainText(name);
    await expect(page.getByTestId("convert-problem"), name).not.toContainText("no words");
    await expect(page.getByTestId("convert-table").locator("tbody tr")).toHaveCount(22);
    await expect(page.getByTestId("convert-summary")).toContainText("3 of 3");
  }
});

test("measuring again, and leaving while it measures, cost nothing", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/convert?n=20");
  await expect(page.getByTestId("convert-summary")).toContainText("result", { timeout: 30_000 });
  for (let again = 0; again < 3; again++) {
    await page.getByTestId("convert-measure").click();
    await expect(page.getByTestId("convert-measure")).toBeVisible({ timeout: 30_000 });
  }
  await page.getByTestId("convert-measure").click();
  await expect(page.getByTestId("convert-cancel")).toBeVisible();
  await page.locator("footer").getByRole("link").first().click();
  await expect(page.getByTestId("self-test-full")).toBeVisible();
  await expect(page.getByTestId("convert-table")).toHaveCount(0);
  await page.goBack();
  await expect(page.getByTestId("convert-summary")).toContainText("result", { timeout: 30_000 });
  quiet();
});

test("without a file nothing of another source stands there", async ({ page }) => {
  await page.goto("en/convert");
  await expect(page.getByTestId("convert-summary")).toContainText("536", { timeout: 20_000 });
  await page.getByTestId("convert-source-file").click();
  await expect(page.getByTestId("convert-no-file")).toBeVisible();
  await expect(page.getByTestId("convert-table")).toHaveCount(0);
  await expect(page.getByTestId("convert-summary")).toHaveCount(0);
  await page.getByTestId("convert-source-dist").click();
  await expect(page.getByTestId("convert-summary")).toContainText("536", { timeout: 20_000 });
});

test("a selected format outside the group is measured, older orders are read, NaN and infinity are counted", async ({ page }) => {
  await page.goto("en/convert?g=block&f=e4m3&by=speed&src=paste&t=nan+1+inf+2+-inf");
  await expect(page.getByTestId("convert-table").locator("tbody tr")).toHaveCount(16, { timeout: 20_000 });
  await expect(page.getByTestId("convert-table").locator("tr.current")).toContainText("E4M3");
  await expect(page.getByTestId("convert-sort")).toHaveValue("bits");
  await expect(page.getByTestId("convert-summary")).toContainText("1 NaN, 2 ±∞");
});

test("each tensor has its figures, and a mixture of formats is chosen and saved", async ({ page }) => {
  const quiet = watch(page);
  const hostile = '=1+1,"<b>\u202e';
  const buffer = safetensors([
    ["smooth", [32, 64], numbers(2048, 1)],
    [hostile, [16, 48], numbers(768, 1).map((x, i) => (i % 48 === 7 ? x * 1000 : x))],
    ["bias", [1], [0.37]],
  ]);
  await page.goto("en/convert?src=file&f=int8-sym&floor=25");
  await page.getByTestId("convert-file").setInputFiles({ name: "m.safetensors", mimeType: "application/octet-stream", buffer });
  const heat = page.getByTestId("convert-heat");
  await expect(heat.locator("tbody tr")).toHaveCount(3, { timeout: 20_000 });
  await expect(page.getByTestId("convert-worst")).toContainText(hostile);
  await expect(heat.locator("tbody tr").first()).toContainText(hostile);
  await page.getByTestId("convert-rows").selectOption("file");
  await expect(heat.locator("tbody tr").nth(0)).not.toContainText(hostile);
  await expect(heat.locator("td.picked")).toHaveCount(3);
  await expect(page.getByTestId("convert-mix")).toContainText("25 dB");
  await expect(page.getByTestId("convert-mix")).toContainText("No choice is better");
  await page.getByTestId("convert-goal").selectOption("total");
  await expect(page.getByTestId("convert-mix")).toContainText("The smallest choice takes");
  await page.getByTestId("convert-budget").fill("3000");
  await page.getByTestId("convert-budget").press("Enter");
  await expect(page.getByTestId("convert-mix")).toContainText(/Best total within 3.000 bytes/);
  await expect(page.getByTestId("convert-note").first()).toContainText("MXFP4");
  // What is refused or clamped does not stay in the field.
  await page.getByTestId("convert-budget").fill("-5");
  await page.getByTestId("convert-budget").press("Tab");
  await expect(page.getByTestId("convert-budget")).toHaveValue("0");
  await page.getByTestId("convert-budget").fill("3000");
  await page.getByTestId("convert-budget").press("Tab");
  const download = page.waitForEvent("download");
  await page.getByTestId("convert-tensors-json").click();
  const saved = JSON.parse(await readFile(await (await download).path(), "utf8"));
  expect(saved.tensors.map((tensor: { name: string }) => tensor.name).sort()).toEqual(["bias", hostile, "smooth"].sort());
  expect(saved.bytes).toBeLessThanOrEqual(3000);
  expect(saved.bytes).toBe(saved.tensors.reduce((sum: number, tensor: { bytes: number }) => sum + tensor.bytes, 0));
  const csv = page.waitForEvent("download");
  await page.getByTestId("convert-tensors-csv").click();
  const text = await readFile(await (await csv).path(), "utf8");
  expect(text).toContain(`"'=1+1,""<b>\u202e"`);
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  quiet();
});

test("which tensors are taken stands in the address, and Reset leaves the file", async ({ page }) => {
  const quiet = watch(page);
  const file = {
    name: "m.safetensors",
    mimeType: "application/octet-stream",
    buffer: safetensors([["first", [32, 64], numbers(2048, 1)], ["second", [768], numbers(768, 9)]]),
  };
  const second = page.getByRole("checkbox", { name: "second" });
  await page.goto("en/convert?src=file");
  await page.getByTestId("convert-file").setInputFiles(file);
  await expect(page.getByTestId("convert-summary")).toContainText("816 of", { timeout: 20_000 });
  await second.check();
  await expect(page).toHaveURL(/ts=1/);
  await expect(page.getByTestId("convert-summary")).toContainText("768 of 768", { timeout: 20_000 });
  // The link says it as well; a choice that the file does not have is dropped.
  await page.goto("en/convert?src=file&ts=1,7-9");
  await page.getByTestId("convert-file").setInputFiles(file);
  await expect(page.getByTestId("convert-summary")).toContainText("768 of 768", { timeout: 20_000 });
  await expect(second).toBeChecked();
  await expect(page).toHaveURL(/ts=1(&|$)/);
  // How text is laid out changes with Reset too: the file is not read for that.
  await page.getByTestId("convert-file").setInputFiles({ name: "t.csv", mimeType: "text/csv", buffer: Buffer.from("a;b\n1,5;2\n2,5;3\n") });
  await page.getByTestId("convert-decimal").selectOption("1");
  await expect(page.getByTestId("convert-summary")).toContainText("4 of 4", { timeout: 20_000 });
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(page.getByTestId("convert-source-dist")).toHaveAttribute("aria-pressed", "true");
  await expect(page).not.toHaveURL(/src=/);
  await expect(page.getByTestId("convert-summary")).toContainText("536", { timeout: 20_000 });
  // Back at the file it is read by the settings of now; as it cannot be read, nothing of other settings stays.
  await page.getByTestId("convert-source-file").click();
  await expect(page.getByTestId("convert-summary")).toContainText("4 of 4", { timeout: 20_000 });
  await page.getByTestId("convert-decimal").selectOption("point");
  await expect(page.getByTestId("convert-problem")).toContainText("t.csv");
  await expect(page.getByTestId("convert-table").locator("tbody tr")).toHaveCount(0);
  await page.getByTestId("convert-decimal").selectOption("auto");
  await expect(page.getByTestId("convert-summary")).toContainText("4 of 4", { timeout: 20_000 });
  quiet();
});

/** A file of the reader's own tests. */
const sample = (name: string) => fileURLToPath(new URL(`../../crates/tensor-files/tests/cases/${name}`, import.meta.url));

test("how a text table is read is shown, and what cannot be told is asked for beside its control", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/convert");
  await page.getByTestId("convert-source-file").click();
  const file = page.getByTestId("convert-file");
  const found = page.getByTestId("convert-found");
  const summary = page.getByTestId("convert-summary");
  const problem = page.getByTestId("convert-problem");
  const buffer = Buffer.from("1,5;2,25\n3,0;4,125\n");
  await file.setInputFiles({ name: "commas.csv", mimeType: "text/csv", buffer });
  await expect(found).toContainText("semicolon-separated, decimal comma, no header row, 2 columns × 2 rows");
  await expect(summary).toContainText("from 1.50 to 4.12", { timeout: 20_000 });

  await file.setInputFiles(sample("c02d_thousands.csv"));
  await expect(problem).toContainText("1,234");
  await page.getByTestId("convert-decimal").selectOption("point");
  await expect(found).toContainText("numbers with thousands marks: 4");
  await page.getByTestId("convert-decimal").selectOption("auto");

  await file.setInputFiles(sample("c07_years.csv"));
  await expect(problem).toContainText("id");
  await page.getByTestId("convert-header").selectOption("yes");
  await expect(found).toContainText("header row, 4 columns × 2 rows");
  await page.getByTestId("convert-header").selectOption("auto");

  await file.setInputFiles(sample("c06_frame.csv"));
  await expect(found).toContainText("4 columns × 2 rows; the first column is an index");
  await page.getByTestId("convert-index").selectOption("none");
  await expect(page.locator(".tensors")).toContainText("[2×4]");
  await page.getByTestId("convert-index").selectOption("auto");

  await file.setInputFiles(sample("c34c_first_row_na.csv"));
  await expect(problem).toContainText("Line 1, column 1");
  await page.getByTestId("convert-missing").selectOption("nan");
  await expect(found).toContainText("missing values read as NaN: 2");

  await file.setInputFiles(sample("c04a_savetxt.txt"));
  await expect(found).toContainText("comment lines left out: 1");
  await page.getByTestId("convert-comment").selectOption("none");
  await expect(problem).toBeVisible();
  quiet();
});

test("a link made when the decimal comma was a flag still means it", async ({ page }) => {
  await page.goto("en/convert?dc=1&src=file");
  await page.getByTestId("convert-file").setInputFiles(sample("c02a_one_column.csv"));
  await expect(page.getByTestId("convert-summary")).toContainText("3 of 3", { timeout: 20_000 });
  await expect(page.getByTestId("convert-summary")).toContainText("to 3.12");
});

test("a column-major array is written in rows, under the file's name", async ({ page }) => {
  await page.goto("en/convert?f=fp32&c=csv&src=file");
  const saved = async () => {
    await page.getByTestId("convert-write").click();
    const download = page.waitForEvent("download");
    await page.getByTestId("convert-save").click();
    return readFile(await (await download).path());
  };
  await page.getByTestId("convert-file").setInputFiles(sample("c01_small_f.npy"));
  await expect(page.getByTestId("convert-summary")).toContainText("6 of 6", { timeout: 20_000 });
  expect((await saved()).toString()).toBe("1.0,2.0,3.0\n4.0,5.0,6.0\n");
  await page.getByTestId("convert-container").selectOption("safetensors");
  await page.getByTestId("convert-write").click();
  await expect(page.getByTestId("convert-written")).toContainText(".safetensors");
  const file = await saved();
  const header = JSON.parse(file.subarray(8, 8 + Number(file.readBigUInt64LE(0))).toString());
  expect(header.c01_small_f.shape).toEqual([2, 3]);
  const data = file.buffer.slice(file.byteOffset + file.length - 24, file.byteOffset + file.length);
  expect([...new Float32Array(data)]).toEqual([1, 2, 3, 4, 5, 6]);
});

test("integers that were rounded are told, and tensors that cannot be read are marked before they are chosen", async ({ page }) => {
  await page.goto("en/convert?src=file");
  const file = page.getByTestId("convert-file");
  await file.setInputFiles(sample("c11_int64.npy"));
  await expect(page.getByTestId("convert-inexact")).toContainText("4", { timeout: 20_000 });
  await file.setInputFiles(sample("c20_types.gguf"));
  await expect(page.locator(".tensors input:disabled")).toHaveCount(1);
  await expect(page.locator(".tensors label", { has: page.locator("input:disabled") })).toContainText("future");
  await file.setInputFiles(sample("c18a_pointer.safetensors"));
  await expect(page.getByTestId("convert-problem")).toContainText("Git LFS pointer");
  await file.setInputFiles(sample("c18b_page.npy"));
  await expect(page.getByTestId("convert-problem")).toContainText("web page");
});

test("the file button speaks the page's language and opens by keyboard", async ({ page }) => {
  await page.goto("ko/convert");
  await page.getByTestId("convert-source-file").click();
  await expect(page.locator("input[type=file]:visible")).toHaveCount(0);
  const button = page.getByRole("button", { name: /^파일 고르기/ });
  const chooser = page.waitForEvent("filechooser");
  await button.press("Enter");
  await (await chooser).setFiles({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from("1,2,3\n") });
  await expect(page.locator(".file-name")).toHaveText("list.csv");
});
