import { expect, test, type Page } from "@playwright/test";
import { deflateSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { expectAccessible, expectNoSidewaysScroll } from "../pages/accessible";
import { watch } from "../pages/watch";

type Picture = { name: string; mimeType: string; buffer: Buffer };

/** Two kinds of pictures that any features tell apart: warm discs on light ground, cold stripes on dark. */
async function drawn(page: Page, kind: "disc" | "stripes", type: string, count: number, side = 320): Promise<Picture[]> {
  const urls = await page.evaluate(([kind, type, count, side]) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [side, (side * 3) / 4];
    const context = canvas.getContext("2d")!;
    return Array.from({ length: count }, (_, index) => {
      const turn = index / count;
      context.fillStyle = kind === "disc" ? `hsl(50 40% ${85 + 10 * turn}%)` : `hsl(230 60% ${10 + 10 * turn}%)`;
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.fillStyle = kind === "disc" ? `hsl(${10 + 30 * turn} 90% 50%)` : `hsl(${180 + 40 * turn} 70% 60%)`;
      if (kind === "disc") {
        context.beginPath();
        context.arc(canvas.width * (0.4 + 0.2 * turn), canvas.height / 2, canvas.height * (0.2 + 0.15 * turn), 0, 7);
        context.fill();
      } else {
        for (let x = 10 * turn; x < canvas.width; x += 40) context.fillRect(x, 0, 14 + 8 * turn, canvas.height);
      }
      return canvas.toDataURL(type, 0.9);
    });
  }, [kind, type, count, side] as const);
  const end = type.split("/")[1];
  return urls.map((url, index) => {
    expect(url.startsWith(`data:${type};`)).toBe(true);
    return { name: `${kind}-${index}.${end}`, mimeType: type, buffer: Buffer.from(url.split(",")[1]!, "base64") };
  });
}

/** CRC-32 of PNG. */
function crc(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A grey PNG of any size: its rows are zeros, which compress to nothing. */
function greyPng(width: number, height: number): Buffer {
  const chunk = (name: string, body: Buffer) => {
    const named = Buffer.concat([Buffer.from(name, "latin1"), body]);
    const whole = Buffer.alloc(12 + body.length);
    whole.writeUInt32BE(body.length, 0);
    named.copy(whole, 4);
    whole.writeUInt32BE(crc(named), 8 + body.length);
    return whole;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(8, 8);
  const rows = deflateSync(Buffer.alloc((width + 1) * height));
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))]);
}

/** What a phone's HEIC file begins with; no browser on Linux decodes the rest. */
function heic(): Buffer {
  const box = (name: string, body: Buffer) => {
    const whole = Buffer.alloc(8);
    whole.writeUInt32BE(8 + body.length, 0);
    whole.write(name, 4, "latin1");
    return Buffer.concat([whole, body]);
  };
  const size = Buffer.alloc(12);
  size.writeUInt32BE(4032, 4);
  size.writeUInt32BE(3024, 8);
  return Buffer.concat([box("ftyp", Buffer.from("heic\0\0\0\0mif1heic", "latin1")), box("ispe", size), Buffer.alloc(200)]);
}

const box = (page: Page, index: number) => page.getByTestId("own-class").nth(index);
const files = (page: Page, index: number) => box(page, index).getByTestId("own-files");
const hash = (page: Page) => page.getByTestId("transfer-readings").locator("td.hash").first();

async function named(page: Page, ...names: string[]) {
  for (const [index, name] of names.entries()) {
    await box(page, index).getByTestId("own-name").fill(name);
    await box(page, index).getByTestId("own-name").blur();
  }
}

/** The share of a class in the first arm's column, in percent. */
async function said(page: Page, table: string, name: string): Promise<number> {
  const row = page.getByTestId(table).locator("tbody tr").filter({ hasText: name });
  return Number.parseFloat((await row.locator("td").first().textContent()) ?? "");
}

test("two classes of one's own become a classifier in seconds, which survives the language and its file", async ({ page }) => {
  test.setTimeout(240_000);
  const quiet = watch(page);
  await page.goto("en/transfer?d=own&scratch=0&pixels=0");
  await expect(page.getByTestId("transfer-status")).toContainText("at least two pictures");
  const discs = [...(await drawn(page, "disc", "image/jpeg", 6)), ...(await drawn(page, "disc", "image/webp", 2))];
  const stripes = [...(await drawn(page, "stripes", "image/png", 6)), ...(await drawn(page, "stripes", "image/webp", 2))];
  await named(page, "disc", "stripes");
  const begun = Date.now();
  await files(page, 0).setInputFiles(discs.slice(0, -1));
  await files(page, 1).setInputFiles(stripes.slice(0, -1));
  await expect(box(page, 0).locator(".own-picture")).toHaveCount(7);
  await expect(hash(page)).toHaveText(/^[0-9a-f]{16}$/, { timeout: 60_000 });
  const seconds = (Date.now() - begun) / 1000;
  console.log(`own classes: ${seconds.toFixed(1)} s from the files to a trained head`);
  expect(seconds).toBeLessThan(15);

  await page.getByTestId("ask-file").setInputFiles(discs.at(-1)!);
  await expect.poll(() => said(page, "ask-table", "disc"), { timeout: 30_000 }).toBeGreaterThan(80);
  await expect(page.getByTestId("ask-result").locator("figure canvas")).toHaveJSProperty("width", 96);
  await page.getByTestId("ask-file").setInputFiles(stripes.at(-1)!);
  await expect.poll(() => said(page, "ask-table", "stripes"), { timeout: 30_000 }).toBeGreaterThan(80);

  // The head as a file: what it says of the same picture is what it said.
  const download = page.waitForEvent("download");
  await page.getByTestId("head-download").click();
  const head = await (await download).path();
  const json = page.waitForEvent("download");
  await page.getByTestId("head-json").click();
  const description = JSON.parse(readFileSync(await (await json).path(), "utf8"));
  expect(description.classes).toEqual(["disc", "stripes"]);
  expect(description.weight_hash).toBe(await hash(page).textContent());
  await page.getByTestId("head-file").setInputFiles({ name: "head.safetensors", mimeType: "", buffer: readFileSync(head) });
  await expect(page.getByTestId("head-is")).toContainText("2 classes");
  const own = await said(page, "ask-table", "stripes");
  await expect.poll(() => said(page, "head-table", "stripes"), { timeout: 30_000 }).toBe(own);
  await page.getByTestId("head-file").setInputFiles({ name: "no.safetensors", mimeType: "", buffer: Buffer.from("no head at all") });
  await expect(page.getByTestId("head-refused")).toContainText("no head saved here");

  const before = await hash(page).textContent();
  await expectAccessible(page);
  await page.getByTestId("shell-lang-ko").click();
  await expect(page).toHaveURL(/\/ko\/transfer/);
  await expect(box(page, 0).locator(".own-picture")).toHaveCount(7);
  await expect(box(page, 0).getByTestId("own-name")).toHaveValue("disc");
  await expect(hash(page)).toHaveText(before!, { timeout: 60_000 });
  quiet();
});

test("one bad file among good ones loses nothing, and each says why in the reader's language", async ({ page }) => {
  test.setTimeout(240_000);
  const quiet = watch(page);
  await page.goto("en/transfer?d=own&scratch=0&pixels=0");
  const good = await drawn(page, "disc", "image/png", 2);
  const [large] = await drawn(page, "stripes", "image/jpeg", 1, 8164);
  const torn = (await drawn(page, "disc", "image/jpeg", 1))[0]!;
  const picture = (name: string, buffer: Buffer) => ({ name, mimeType: "", buffer });
  await files(page, 0).setInputFiles([
    good[0]!,
    picture("phone.heic", heic()),
    picture("text.png", Buffer.from("not a picture")),
    picture("torn.png", good[1]!.buffer.subarray(0, 40)),
    picture("torn.jpg", Buffer.concat([torn.buffer.subarray(0, 300), Buffer.alloc(40)])),
    picture("huge.png", greyPng(9000, 9000)),
    picture("long.png", Buffer.concat([good[1]!.buffer, Buffer.alloc(33 * 1024 * 1024)])),
    good[1]!,
  ]);
  await files(page, 1).setInputFiles([large!, picture("grey.png", greyPng(10_000, 5_000))]);
  await expect(box(page, 1).locator(".own-picture")).toHaveCount(2, { timeout: 120_000 });
  await expect(box(page, 0).locator(".own-picture")).toHaveCount(2);
  const refused = box(page, 0).getByTestId("own-refused");
  await expect(refused.filter({ hasText: "phone.heic" })).toContainText("cannot decode HEIC");
  await expect(refused.filter({ hasText: "text.png" })).toContainText("no picture of a kind known here");
  await expect(refused.filter({ hasText: "torn.png" })).toContainText("PNG file is damaged");
  await expect(refused.filter({ hasText: "huge.png" })).toContainText("9000 × 9000");
  await expect(refused.filter({ hasText: "long.png" })).toContainText("at most 32 MiB");
  await expect(refused.filter({ hasText: "torn.jpg" })).toContainText("JPEG file is damaged");
  await expect(refused).toHaveCount(6);
  // Both classes have two pictures: training begins, whatever else was refused.
  await expect(hash(page)).toHaveText(/^[0-9a-f]{16}$/, { timeout: 60_000 });
  await page.goto("ko/transfer?d=own&scratch=0&pixels=0");
  await files(page, 0).setInputFiles([picture("phone.heic", heic())]);
  await expect(box(page, 0).getByTestId("own-refused")).toContainText("디코딩하지 못합니다");
  quiet();
});

test("pictures can be drawn with keys, dropped and pasted; no camera is a sentence", async ({ page }) => {
  test.setTimeout(180_000);
  await page.setViewportSize({ width: 360, height: 800 });
  await page.goto("en/transfer?d=own&scratch=0&pixels=0");
  await box(page, 0).getByRole("button", { name: "Draw" }).click();
  await box(page, 0).getByTestId("own-drawing").locator("canvas").focus();
  for (const key of ["Space", "ArrowRight", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  await box(page, 0).getByTestId("own-drawing-add").click();
  await expect(box(page, 0).locator(".own-picture")).toHaveCount(1);
  const [one, two] = await drawn(page, "stripes", "image/png", 2);
  await box(page, 0).locator(".intake").evaluate((zone, pictures) => {
    for (const [kind, text] of pictures) {
      const bytes = Uint8Array.from(atob(text!), (character) => character.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], `${kind}.png`));
      const event = kind === "drop"
        ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
        : new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
      zone.dispatchEvent(event);
    }
  }, [["drop", one!.buffer.toString("base64")], ["paste", two!.buffer.toString("base64")]]);
  await expect(box(page, 0).locator(".own-picture")).toHaveCount(3);
  await box(page, 0).locator(".own-picture").first().click();
  await expect(box(page, 0).locator(".own-picture")).toHaveCount(2);
  await box(page, 1).getByRole("button", { name: "Camera" }).click();
  await expect(box(page, 1).getByTestId("own-camera")).toContainText(/cannot be used|no camera here/);
  await page.getByTestId("own-add-class").click();
  await expect(page.getByTestId("own-class")).toHaveCount(3);
  await expectNoSidewaysScroll(page);
});

test("ImageNet's classifier names a picture of the site's own tasks", async ({ page }) => {
  test.setTimeout(240_000);
  await page.goto("en/transfer?d=emoji&cut=d10&n=5&scratch=0&pixels=0");
  const [picture] = await drawn(page, "disc", "image/png", 1);
  await page.getByTestId("ask-file").setInputFiles(picture!);
  await page.getByTestId("ask-imagenet").click();
  await expect(page.getByTestId("ask-guesses").locator("li")).toHaveCount(5, { timeout: 120_000 });
  await expect.poll(() => said(page, "ask-table", "face"), { timeout: 60_000 }).toBeGreaterThanOrEqual(0);
});
