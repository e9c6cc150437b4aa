import { expect, test } from "@playwright/test";
import { expectAccessible } from "../pages/accessible";
import { watch } from "../pages/watch";

test("the glossary shows its entries, the worker answers, nothing is wrong", async ({ page }) => {
  const quiet = watch(page);
  await page.goto("en/");
  await expect(page.getByTestId("shell-device")).toContainText("CPU SIMD");
  await expect(page.locator("[data-testid^=entry-]")).toHaveCount(9);
  await expect(page.getByTestId("bits-value-fp16")).toHaveText("0.0999755859375");
  await expectAccessible(page);
  quiet();
});

test("the self-test agrees with the oracles in this browser", async ({ page }) => {
  test.setTimeout(240_000);
  await page.goto("en/self-test");
  await expect(page.getByTestId("self-test-status")).toContainText("0 mismatches", { timeout: 200_000 });
});

test("a worker that panics is replaced", async ({ page }) => {
  await page.goto("en/self-test");
  await expect(page.getByTestId("shell-device")).toContainText("CPU SIMD");
  await page.getByTestId("self-test-crash").click();
  await page.getByTestId("shell-device").click();
  await expect(page.getByText("replaced 1 times")).toBeVisible();
  await expect(page.getByTestId("shell-device")).toContainText("CPU SIMD");
});

test("an embed speaks with its host page and with nobody else", async ({ page, baseURL }) => {
  const origin = new URL(baseURL!).origin;
  // A plain page of the same origin as host: the site's own pages frame nothing.
  await page.route("**/host.html", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>host</title>" }));
  await page.goto("host.html");
  const result = await page.evaluate(async (source) => {
    const heard: Record<string, unknown>[] = [];
    const frame = document.createElement("iframe");
    const answered = new Promise<Record<string, unknown>>((resolve) => {
      addEventListener("message", (event) => {
        if (event.data?.pp !== 1) return;
        heard.push(event.data);
        if (event.data.type === "ready") {
          frame.contentWindow!.postMessage({ pp: 1, type: "set", state: { v: "464" } }, "*");
          frame.contentWindow!.postMessage({ pp: 1, type: "get", id: "q" }, "*");
        }
        if (event.data.type === "result") resolve(event.data);
      });
    });
    frame.src = source;
    document.body.append(frame);
    const answer = await answered;
    return { answer, kinds: heard.map((message) => message.type) };
  }, `${baseURL}embed/bits?lang=ko&origin=${encodeURIComponent(origin)}`);
  expect(result.kinds).toContain("ready");
  expect(result.answer).toMatchObject({ id: "q", widget: "bits", state: { v: "464" } });
  expect(JSON.stringify(result.answer)).toContain('"448"');
});

test("going to a widget of another program loads it, and back again", async ({ page }) => {
  // The page left behind drops what it was still fetching, so only errors of the programs count.
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.text().includes("panicked") && errors.push(message.text()));
  await page.goto("en/bits");
  await expect(page.getByTestId("bits-value-fp16")).toBeVisible();
  await page.locator("nav a[href$='/en/throughput']").first().click();
  await expect(page.getByTestId("throughput-result")).toBeVisible();
  await expect(page).toHaveURL(/\/en\/throughput/);
  await page.goBack();
  await expect(page.getByTestId("bits-value-fp16")).toBeVisible();
  expect(errors).toEqual([]);
});
