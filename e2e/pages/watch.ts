import { expect, type Page } from "@playwright/test";

/** Collects what must not happen: console errors and warnings, uncaught errors, failed and foreign requests. */
export function watch(page: Page): () => void {
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  page.on("requestfailed", (request) => {
    // The tab's icon is fetched last; a page that is left before then is no fault.
    if (request.url().endsWith("/favicon.svg") && request.failure()?.errorText === "net::ERR_ABORTED") return;
    faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  page.on("request", (request) => {
    const own = new URL(page.url() === "about:blank" ? request.url() : page.url()).origin;
    const url = request.url();
    if (!url.startsWith(own) && !url.startsWith("data:") && !url.startsWith("blob:")) faults.push(`foreign: ${url}`);
  });
  return () => expect(faults).toEqual([]);
}

/** Ends the page's worker as a defect in it would: an error that nothing in it catches. */
export async function killWorker(page: Page): Promise<void> {
  const [worker] = page.workers();
  await worker!.evaluate(() => {
    setTimeout(() => {
      throw new Error("ended by a test");
    });
  });
}
