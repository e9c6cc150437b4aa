import type { Page } from "@playwright/test";
import { readFileSync } from "node:fs";

/** All data of a chart, head first, as its CSV has them. */
export async function csvOf(page: Page, id: string): Promise<string[][]> {
  const download = page.waitForEvent("download");
  await page.getByTestId(`chart-${id}`).getByRole("button", { name: "CSV" }).click();
  const text = readFileSync(await (await download).path(), "utf8");
  return text.trimEnd().split("\r\n").map(cells);
}

/** Cells of a line; those with a comma are in quotes, which are doubled inside (RFC 4180). */
function cells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => (quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"')));
}
