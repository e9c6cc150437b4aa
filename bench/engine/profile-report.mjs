// The GPU profile as a document: for each workload its dispatches, the longest first.

/** Multiplications and additions of the products that a title names. */
function flop(title) {
  const products = [...title.matchAll(/(?:(\d+) x )?matmul (\d+)x(\d+)x(\d+)/g)];
  return products.reduce((sum, [, times, m, n, k]) => sum + 2 * Number(times ?? 1) * m * n * k, 0);
}

/** Markdown. Dispatches with the same title are one row. */
export function profileTables({ adapter, parts }, { browserVersion, date }) {
  const lines = [
    "# Where a step's time goes on the GPU", "",
    `${[browserVersion, adapter, date].filter(Boolean).join(", ")}. Written by \`cargo xtask bench engine --profile --md FILE\`: each dispatch repeated`,
    "alone until the repetitions last long enough; a submission without any is the last line of a table.", "",
  ];
  for (const { title, stepMs, idleMs, dispatches } of parts) {
    const rows = new Map();
    for (const { title: name, ms } of dispatches) {
      const row = rows.get(name) ?? { count: 0, ms: 0 };
      rows.set(name, { count: row.count + 1, ms: row.ms + ms });
    }
    const total = dispatches.reduce((sum, { ms }) => sum + ms, 0);
    lines.push(`## ${title}`, "", `A step takes ${stepMs.toFixed(3)} ms, its ${dispatches.length} dispatches alone ${total.toFixed(3)} ms.`, "");
    lines.push("| dispatches | times | ms together | share | GFLOP/s |", "|---|---|---|---|---|");
    for (const [name, { count, ms }] of [...rows].sort(([, a], [, b]) => b.ms - a.ms)) {
      const work = flop(name) * count;
      const rate = work > 0 ? (work / ms / 1e6).toFixed(2) : "";
      lines.push(`| ${name} | ${count} | ${ms.toFixed(3)} | ${((100 * ms) / total).toFixed(1)} % | ${rate} |`);
    }
    lines.push(`| an empty submission | | ${idleMs.toFixed(3)} | | |`, "");
  }
  return `${lines.join("\n")}`;
}
