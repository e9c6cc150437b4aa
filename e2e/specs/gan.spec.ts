import { expect, test, type FrameLocator, type Page } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "../pages/accessible";
import { watch } from "../pages/watch";

/** Small networks on one core: the bits are the same everywhere, and a hundred rounds take a moment. */
const SMALL = "dev=cpu&gw=16-16&dw=16-16&b=32";

/** The figure under a head in the first row of the readings. */
async function reading(page: Page | FrameLocator, head: string): Promise<string> {
  const heads = await page.getByTestId("gan-readings").locator("thead th").allTextContents();
  const cells = await page.getByTestId("gan-readings").locator("tbody tr").first().locator("th, td").allTextContents();
  return cells[heads.indexOf(head)] ?? "";
}

async function rounds(page: Page | FrameLocator, head = "rounds"): Promise<number> {
  return Number((await reading(page, head)).replace(/\D/g, ""));
}

/** It stands at a round, with the hash of its weights. */
async function stands(page: Page, round: number): Promise<string> {
  await expect.poll(() => rounds(page), { timeout: 30_000 }).toBe(round);
  await expect(page.getByTestId("gan-hash").first()).toHaveText(/^[0-9a-f]{16}$/);
  return (await page.getByTestId("gan-hash").first().textContent()) ?? "";
}

/** The table behind the chart of losses, as text. */
async function losses(page: Page): Promise<string[]> {
  const chart = page.getByTestId("chart-gan-loss");
  if ((await chart.locator("table").count()) === 0) await chart.getByRole("button").first().click();
  return chart.locator("tbody tr").allTextContents();
}

/** Whether a canvas shows more than one colour. */
async function isDrawn(page: Page, id: string): Promise<boolean> {
  return page.getByTestId(id).locator("canvas").or(page.locator(`canvas[data-testid="${id}"]`)).first().evaluate((canvas: HTMLCanvasElement) => {
    // Of a copy: a canvas of the page that is read again and again becomes another kind of canvas, and the browser says so.
    const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
    const context = copy.getContext("2d", { willReadFrequently: true });
    context?.drawImage(canvas, 0, 0);
    const data = context?.getImageData(0, 0, copy.width, copy.height).data ?? [];
    const seen = new Set<number>();
    for (let at = 0; at < data.length && seen.size < 40; at += 4) seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    return seen.size >= 20;
  });
}

for (const [lang, width] of [["en", 1440], ["ko", 360]] as const) {
  test(`gan in ${lang} at ${width} px: trains at first sight, no violation`, async ({ page }) => {
    const quiet = watch(page);
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${lang}/gan?${SMALL}`);
    await expect.poll(() => rounds(page, lang === "en" ? "rounds" : "라운드"), { timeout: 30_000 }).toBeGreaterThan(20);
    await expect.poll(() => isDrawn(page, "gan-stage")).toBe(true);
    await page.getByTestId("gan-run").click();
    await expect(page.getByTestId("gan-hash").first()).toHaveText(/^[0-9a-f]{16}$/);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    quiet();
  });
}

test("with less motion it waits for Run", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`en/gan?${SMALL}`);
  await expect(page.getByTestId("gan-hash").first()).toHaveText(/^[0-9a-f]{16}$/, { timeout: 30_000 });
  expect(await rounds(page)).toBe(0);
  await page.getByTestId("gan-run").click();
  await expect.poll(() => rounds(page)).toBeGreaterThan(5);
});

test("reset gives the same hundred losses and the same weights, bit for bit", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`en/gan?${SMALL}&p=fp16`);
  const before = await stands(page, 0);
  await page.getByTestId("gan-step-100").click();
  const hash = await stands(page, 100);
  const curve = await losses(page);
  expect(curve).toHaveLength(100);
  await page.getByTestId("gan-reset").click();
  expect(await stands(page, 0)).toBe(before);
  await page.getByTestId("gan-step-100").click();
  expect(await stands(page, 100)).toBe(hash);
  await expect.poll(() => losses(page)).toEqual(curve);
  await page.getByTestId("gan-seed").fill("2");
  await page.getByTestId("gan-seed").press("Enter");
  await stands(page, 0);
  await page.getByTestId("gan-step-100").click();
  expect(await stands(page, 100)).not.toBe(hash);
});

test("a link runs to its round and shows the same hash, in the other language too", async ({ page }) => {
  const link = `gan?${SMALL}&d=ring&seed=7&to=60`;
  await page.goto(`en/${link}`);
  const hash = await stands(page, 60);
  await page.goto(`ko/${link}`);
  await expect(page.getByTestId("gan-hash").first()).toHaveText(hash, { timeout: 30_000 });
  await expect(page.getByTestId("gan-data")).toHaveValue("ring");
});

test("a run on its way to a link's round can be paused, by its button and by a message", async ({ page }) => {
  const quiet = watch(page);
  const button = page.getByTestId("gan-run");
  const pauses = [() => button.click(), () => page.evaluate(() => window.postMessage({ pp: 1, type: "pause" }, location.origin))];
  for (const pause of pauses) {
    await page.goto("about:blank");
    await page.goto(`en/gan?${SMALL}&to=1000000`);
    await expect.poll(() => rounds(page), { timeout: 30_000 }).toBeGreaterThan(20);
    await expect(button).toHaveText("Pause");
    await pause();
    await expect(button).toHaveText("Run");
    // A hash is shown of what rests.
    await expect(page.getByTestId("gan-hash").first()).toHaveText(/^[0-9a-f]{16}$/);
    await expect.poll(() => page.url()).not.toContain("to=");
    // It goes on from there.
    const there = await rounds(page);
    await button.click();
    await expect.poll(() => rounds(page)).toBeGreaterThan(there);
    await expect(button).toHaveText("Pause");
  }
  quiet();
});

test("a drawing that was begun is of the visit, and ends with its data set", async ({ page }) => {
  const quiet = watch(page);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`en/gan?${SMALL}&d=drawn`);
  await stands(page, 0);
  const stage = page.getByTestId("gan-stage");
  const distribution = stage.locator("canvas").nth(1);
  const width = () => distribution.evaluate((canvas: HTMLCanvasElement) => canvas.width);
  await expect.poll(width).toBeGreaterThan(1);
  await page.getByTestId("gan-pad-clear").click();
  await expect.poll(width).toBe(1);
  await expect(stage).toHaveAttribute("data-visit", "");
  await page.getByTestId("gan-data").selectOption("ring");
  await expect.poll(width).toBeGreaterThan(1);
  await expect(stage).not.toHaveAttribute("data-visit");
  quiet();
});

test("a learning rate changes while the run goes on, and the page says at which round", async ({ page }) => {
  const quiet = watch(page);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`en/gan?${SMALL}`);
  const first = await stands(page, 0);
  await page.getByTestId("gan-step-100").click();
  const before = await stands(page, 100);
  await expect(page.getByTestId("gan-turned")).toHaveCount(0);
  await page.getByTestId("gan-g-rate").fill("0.01");
  await page.getByTestId("gan-g-rate").press("Enter");
  await expect(page.getByTestId("gan-turned")).toContainText("Generator 0.002 → 0.01 at round 100");
  expect(await stands(page, 100)).toBe(before);
  await page.getByTestId("gan-step-100").click();
  const changed = await stands(page, 200);
  // The link leads to the same round by the same way.
  await page.getByTestId("gan-pin").click();
  await expect.poll(() => page.url()).toContain("tu=100g0.002");
  await expect.poll(() => page.url()).toContain("to=200");
  await page.reload();
  expect(await stands(page, 200)).toBe(changed);
  await expect(page.getByTestId("gan-turned")).toContainText("Generator 0.002 → 0.01 at round 100");
  // From the beginning it is another run, with the rate as it stands.
  await page.getByTestId("gan-reset").click();
  await expect.poll(() => page.url()).not.toContain("tu=");
  expect(await stands(page, 0)).toBe(first);
  await expect(page.getByTestId("gan-turned")).toHaveCount(0);
  await page.getByTestId("gan-step-100").click();
  const again = await stands(page, 100);
  expect(again).not.toBe(before);
  await page.getByTestId("gan-step-100").click();
  expect(await stands(page, 200)).not.toBe(changed);
  await page.goto(`en/gan?${SMALL}&gr=0.01&to=100`);
  expect(await stands(page, 100)).toBe(again);
  quiet();
});

test("FP8 loses gradients: a warning says so, and its button turns on loss scaling", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/gan?dev=cpu&p=e4m3");
  const warning = page.getByTestId("gan-warnings");
  await expect(warning).toContainText(/\d+ % of the (generator|discriminator)’s gradients became zero in FP8 E4M3/, { timeout: 30_000 });
  await page.getByTestId("gan-cure").click();
  await expect(page.getByTestId("gan-scaling")).toHaveValue("dynamic");
  await expect(page).toHaveURL(/sc=dynamic/);
  quiet();
});

test("two runs race from the same seed", async ({ page }) => {
  const quiet = watch(page);
  await page.goto(`en/gan?${SMALL}&vs=p.fp32`);
  const rows = page.getByTestId("gan-readings").locator("tbody tr");
  await expect(rows).toHaveCount(2);
  await expect(page.getByTestId("gan-stage-rival")).toBeVisible();
  await expect.poll(() => rounds(page), { timeout: 30_000 }).toBeGreaterThan(20);
  await page.getByTestId("gan-run").click();
  await page.getByTestId("gan-reset").click();
  await page.getByTestId("gan-step-100").click();
  const hash = await stands(page, 100);
  await expect(page.getByTestId("gan-hash").nth(1)).toHaveText(hash);
  await page.getByTestId("gan-rival-precision").selectOption("bf16");
  await expect(rows.nth(1)).toContainText("BF16");
  await page.getByTestId("gan-race").uncheck();
  await expect(rows).toHaveCount(1);
  quiet();
});

test("slow motion names every stage of both updates, then the round is over", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`en/gan?${SMALL}`);
  await stands(page, 0);
  await page.getByTestId("gan-slow-turn").click();
  const words = page.getByTestId("gan-slow-words");
  await expect(words).toContainText("stage 1 of 16");
  await expect(words).toContainText("32 latents of 16 numbers");
  for (let stage = 2; stage <= 16; stage += 1) {
    await page.getByTestId("gan-slow-next").click();
    await expect(words).toContainText(`stage ${stage} of 16`);
  }
  await expect(words).toContainText("The round is over.");
  await page.getByTestId("gan-slow-next").click();
  await stands(page, 1);
  await expect(words).toContainText("stage 1 of 16");
});

test("drawn by pointer and by keyboard, the drawing is in the link", async ({ page }) => {
  const quiet = watch(page);
  await page.goto(`en/gan?${SMALL}&d=drawn`);
  const pad = page.getByTestId("gan-stage").locator("canvas.over");
  await expect.poll(() => rounds(page), { timeout: 30_000 }).toBeGreaterThan(5);
  const box = await pad.boundingBox();
  if (!box) throw new Error("the pad has no place");
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.5);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.5, { steps: 20 });
  await page.mouse.up();
  await expect(page).toHaveURL(/pts=[\w-]{30,}/);
  const drawn = new URL(page.url()).searchParams.get("pts") ?? "";
  await pad.focus();
  for (const key of ["ArrowUp", "ArrowUp", "ArrowUp", "Space", "ArrowUp", "Space", "Backspace", "Enter"]) await page.keyboard.press(key);
  await expect.poll(() => new URL(page.url()).searchParams.get("pts")?.length).toBe(drawn.length + 3);
  await page.reload();
  await expect.poll(() => rounds(page), { timeout: 30_000 }).toBeGreaterThan(5);
  quiet();
});

test("images: a grid, a walk, a judge", async ({ page }) => {
  test.setTimeout(120_000);
  const quiet = watch(page);
  await page.goto("en/gan?dev=cpu&d=digits&gw=32&dw=32&b=16");
  await expect.poll(() => rounds(page), { timeout: 60_000 }).toBeGreaterThan(3);
  await expect.poll(() => isDrawn(page, "gan-images")).toBe(true);
  await page.getByTestId("gan-walk-at").fill("3");
  await expect(page).toHaveURL(/wp=3/);
  await expect.poll(() => isDrawn(page, "gan-walk-strip")).toBe(true);
  await expect.poll(() => reading(page, "judge’s score"), { timeout: 60_000 }).toMatch(/^\d+\.\d+ \/ 10$/);
  quiet();
});

test("a hostile query is only a default, and what cannot run says why", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/gan?d=%3Cscript%3E&gw=-&z=1e9&gs=99&gr=NaN&vs=p.x*d.evil*seed.3&pts=%3C%3E&to=-5&dev=cpu&c=%00");
  await expect(page.getByTestId("gan-data")).toHaveValue("eight");
  await expect(page.getByTestId("gan-g-steps")).toHaveValue("10");
  await expect(page.getByTestId("lab-notice")).toContainText("x", { timeout: 30_000 });
  await expect.poll(() => rounds(page), { timeout: 30_000 }).toBeGreaterThan(1);
  quiet();
});

test("a format of one's own, by keyboard alone", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`en/gan?${SMALL}`);
  await stands(page, 0);
  await page.getByTestId("gan-precision").selectOption("own");
  const own = page.getByTestId("gan-precision-own");
  await own.focus();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("s1e5m4b15-ieee");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/p=s1e5m4b15-ieee/);
  await page.getByTestId("gan-step-100").focus();
  await page.keyboard.press("Enter");
  await stands(page, 100);
  await page.getByTestId("gan-recipe-collapse").focus();
  await page.keyboard.press("Space");
  await expect(page.getByTestId("gan-g-steps")).toHaveValue("5");
  await expect.poll(() => rounds(page), { timeout: 30_000 }).toBeGreaterThan(1);
});

test("in the glossary it runs in a frame, and rests while it is scrolled away", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/#generative");
  await page.getByTestId("home-start-gan").click();
  const frame = page.frameLocator("[data-testid=frame-gan]");
  await page.getByTestId("frame-gan").scrollIntoViewIfNeeded();
  await expect.poll(() => rounds(frame), { timeout: 30_000 }).toBeGreaterThan(5);
  await page.evaluate(() => scrollTo(0, 0));
  await expect.poll(async () => {
    const before = await rounds(frame);
    await page.evaluate(() => new Promise((done) => setTimeout(done, 400)));
    return (await rounds(frame)) - before;
  }).toBe(0);
  quiet();
});

test("the embed trains, and a task is answered", async ({ page }) => {
  const quiet = watch(page);
  await page.goto(`embed/gan?lang=ko&${SMALL}`);
  await expect.poll(() => rounds(page, "라운드"), { timeout: 30_000 }).toBeGreaterThan(5);
  const task = page.getByTestId("task-one-mode");
  await task.getByText("0.72").click();
  await task.getByRole("button").click();
  await expect(task.getByRole("status")).toContainText("맞습니다");
  await expectNoSidewaysScroll(page);
  quiet();
});
