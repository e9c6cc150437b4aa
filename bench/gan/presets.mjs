// The GAN's presets, clicked and as links: `node presets.mjs URL [--rounds 3000] [--md FILE]`, on a site that is being served.
//
// Each preset is clicked on the default page, begun anew, and trained to a round with the page's own buttons; then the address that the page
// has by then is opened in a new one, which follows it to the same round. Printed: what the readings show of every run, and whether
// both pages show the same, the hashes of the weights included. On the CPU, strict, so the two must be equal.

import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { launch } from "../common/chromium.mjs";

const { chromium } = createRequire(new URL("../../e2e/package.json", import.meta.url))("@playwright/test");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3000" },
    presets: { type: "string", default: "eight,collapse,cure,fp8,fp8_scaled,race" },
    md: { type: "string" },
  },
});
const base = positionals[0] ?? "http://127.0.0.1:8080/";
const rounds = Number(values.rounds);
/** What of the readings depends on the machine's speed. */
const TIMED = /\/s$|a second/;

const browser = await launch(chromium);
const faults = [];

async function open(address) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  await page.goto(address);
  return page;
}

/** The readings as rows of cells by head, those that are timed left out. */
async function readings(page) {
  const table = page.getByTestId("gan-readings");
  const heads = await table.locator("thead th, thead td").allTextContents();
  const rows = await table.locator("tbody tr").all();
  return Promise.all(rows.map(async (row) => {
    const cells = await row.locator("th, td").allTextContents();
    return Object.fromEntries(heads.map((head, at) => [head, cells[at]]).filter(([head]) => head && !TIMED.test(head)));
  }));
}

/** Every run stands at a round, with its hash. */
async function stands(page, round) {
  await page.waitForFunction((round) => {
    const table = document.querySelector('[data-testid="gan-readings"]');
    const heads = [...(table?.querySelectorAll("thead th, thead td") ?? [])].map((head) => head.textContent);
    const rows = [...(table?.querySelectorAll("tbody tr") ?? [])].map((row) => [...row.querySelectorAll("th, td")].map((cell) => cell.textContent));
    const at = heads.indexOf("rounds");
    return rows.length > 0 && rows.every((cells) => Number(cells[at].replace(/\D/g, "")) === round && cells.some((cell) => /^[0-9a-f]{16}$/.test(cell)));
  }, round, { timeout: 600_000 });
  return readings(page);
}

const lines = ["| preset | run | figures after the clicks | the link gives the same |", "|---|---|---|---|"];
let different = 0;
for (const preset of values.presets.split(",")) {
  const page = await open(`${base}en/gan?dev=cpu`);
  await stands(page, 0);
  // Away and back: a preset that is the present one already would be no click.
  await page.getByTestId("gan-recipe-wasserstein").click();
  await page.getByTestId(`gan-recipe-${preset}`).click();
  await page.getByTestId("gan-reset").click();
  await stands(page, 0);
  let clicked;
  for (let round = 100; round <= rounds; round += 100) {
    await page.getByTestId("gan-step-100").click();
    clicked = await stands(page, round);
  }
  await page.getByTestId("gan-pin").click();
  await page.waitForFunction((rounds) => location.search.includes(`to=${rounds}`), rounds);
  const link = await open(page.url());
  const linked = await stands(link, rounds);
  const same = JSON.stringify(clicked) === JSON.stringify(linked);
  different += same ? 0 : 1;
  for (const row of clicked) {
    const [name, ...rest] = Object.entries(row);
    lines.push(`| ${preset} | ${name[1]} | ${rest.map(([head, cell]) => `${head} ${cell}`).join(" · ")} | ${same ? "yes" : `NO: ${JSON.stringify(linked)}`} |`);
  }
  console.log(lines.slice(-clicked.length).join("\n"));
  await page.context().close();
  await link.context().close();
}
await browser.close();
if (faults.length > 0) console.log(`console: ${JSON.stringify(faults)}`);
if (values.md) {
  const head = `# The GAN's presets by click\n\nAfter ${rounds} rounds on the CPU, strict; written by \`node bench/gan/presets.mjs URL --md …\`.\n\n`;
  writeFileSync(values.md, `${head}${lines.join("\n")}\n`);
}
process.exitCode = different + faults.length > 0 ? 1 : 0;
