import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test, type Page } from "@playwright/test";

/** A plain page that frames the build, as `fixtures/host_sandbox.html` does. */
async function host(page: Page, baseURL: string, lang: string): Promise<void> {
  const source = readFileSync(resolve("fixtures/host_sandbox.html"), "utf8");
  const body = source.replaceAll("SITE", baseURL.replace(/\/$/, "")).replaceAll("lang=en", `lang=${lang}`);
  await page.route("**/host.html", (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto("host.html");
}

for (const [lang, words] of [["en", "allow-scripts allow-same-origin"], ["ko", "이 프레임에서는 위젯을 실행할 수 없습니다"]] as const) {
  test(`a frame in a sandbox says in ${lang} what its host must allow, and with that it works`, async ({ page, baseURL }) => {
    await host(page, baseURL!, lang);
    const [closed, open] = [0, 1].map((index) => page.frameLocator("iframe").nth(index));
    await expect(closed!.getByTestId("start-sandbox")).toContainText(words);
    await expect(closed!.getByTestId("start-sandbox")).toContainText("/embed/bits?v=0.1");
    await expect(closed!.locator(".loading")).toHaveCount(0);
    await expect(open!.getByTestId("bits-value-fp16")).toHaveText("0.0999755859375");
    await expect(open!.locator("[data-testid^=start-]")).toHaveCount(0);
  });
}

const faults = [
  ["a program that does not arrive", "**/*.wasm", undefined, /start-(load|start)/],
  ["a script that does not arrive", /\/(boot|app)-[^/]*\.js/, undefined, /start-load/],
  ["a program that is something else", "**/*.wasm", { contentType: "application/wasm", body: "<!doctype html>" }, /start-(load|start)/],
] as const;

for (const [name, file, answer, testid] of faults) {
  test(`${name} leads to words, not to "Loading" for ever`, async ({ page }) => {
    await page.route(file, (route) => (answer ? route.fulfill(answer) : route.abort()));
    for (const [address, words] of [["en/bits", "reload the page"], ["ko/bits", "새로 고치세요"], ["embed/bits?lang=ko", "새로 고치세요"]] as const) {
      await page.goto(address);
      const notice = page.getByTestId(testid);
      await expect(notice).toHaveCount(1);
      await expect(notice).toContainText(new RegExp(words, "i"));
      await expect(page.locator(".loading")).toHaveCount(0);
    }
  });
}

test("a browser without the program's instructions is told which ones have them", async ({ page }) => {
  await page.addInitScript(() => {
    WebAssembly.validate = () => false;
  });
  // There the program would not start either.
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto("en/bits");
  await expect(page.getByTestId("start-browser")).toContainText("Safari 16.4");
});

test("a slow start is said, and the words go when the program comes", async ({ page }) => {
  await page.clock.install();
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("en/bits", { waitUntil: "commit" });
  await expect(page.locator(".loading")).toBeVisible();
  await page.clock.runFor(21_000);
  await expect(page.getByTestId("start-slow")).toContainText("Still loading");
  release();
  await page.clock.resume();
  await expect(page.getByTestId("bits-value-fp16")).toHaveText("0.0999755859375");
  await expect(page.locator("[data-testid^=start-]")).toHaveCount(0);
});
