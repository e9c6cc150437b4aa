// The same tables for a terminal and for a document.

/** Three significant digits, without an exponent. */
function number(value) {
  if (value === null || value === undefined) return "–";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function table(head, rows) {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join("\n");
}

const NAMES = {
  "ours-simd128": "ours, simd128", "ours-relaxed": "ours, relaxed SIMD", "ours-webgpu": "ours, WebGPU",
  "ours-simd128-peak": "peak, simd128", "ours-relaxed-peak": "peak, relaxed SIMD",
  "ours-simd128-bf16": "ours, BF16 policy", "ours-simd128-fp16": "ours, FP16 policy",
  "ours-simd128-e4m3": "ours, E4M3 policy", "tfjs-cpu": "tfjs cpu", "tfjs-wasm": "tfjs wasm",
  "jax-wasm": "jax-js wasm", "jax-wasm-threads": "jax-js wasm, all cores", "ort-wasm": "ORT wasm",
  "tfjs-webgpu": "tfjs WebGPU", "jax-webgpu": "jax-js WebGPU", "ort-webgpu": "ORT WebGPU",
};

/** What was checked of a row's answers. */
function checked({ matmulError, lossError, learning, policy }) {
  if (matmulError !== undefined) return `error ${matmulError.toFixed(2)} of the bound`;
  if (policy !== undefined && policy !== "fp32") return learning ? `loss ${number(learning.first)} → ${number(learning.last)}` : "–";
  if (lossError === undefined) return "–";
  const loss = lossError === 0 ? "first losses equal" : `first losses within ${lossError.toExponential(0)}`;
  return learning ? `${loss}; ${number(learning.first)} → ${number(learning.last)} in ${learning.steps} steps` : loss;
}

export function groupTable(group) {
  const measuredOurs = (id) => group.rows.find((row) => row.id === id)?.speed?.median;
  const references = group.device === "webgpu" ? ["ours-webgpu"] : ["ours-simd128", "ours-relaxed"];
  const ratio = (row, id) =>
    row.speed && measuredOurs(id) !== undefined ? number(measuredOurs(id) / row.speed.median) : "–";
  const head = [
    "engine", `${group.unit}, median`, "quartiles", ...references.map((id) => `${NAMES[id]} / this`), "checked",
  ];
  const rows = group.rows.map((row) => [
    NAMES[row.id],
    row.speed ? number(row.speed.median) : row.state,
    row.speed ? `${number(row.speed.lower)}–${number(row.speed.upper)}` : "–",
    ...references.map((id) => (row.id === id ? "1" : ratio(row, id))),
    row.speed ? checked(row) : row.state === "absent" ? "–" : (row.reason ?? "–"),
  ]);
  return table(head, rows);
}

/** One line a group: ours, then the others, medians. */
export function overview(groups) {
  const ids = Object.keys(NAMES).filter((id) => groups.some(({ rows }) => rows.some((row) => row.id === id)));
  const rows = groups.map((group) => [
    `${group.name}, ${group.unit}`,
    ...ids.map((id) => {
      const row = group.rows.find((each) => each.id === id);
      return row ? (row.speed ? number(row.speed.median) : row.state) : "";
    }),
  ]);
  return table(["what", ...ids.map((id) => NAMES[id])], rows);
}

export function goalTable(goals) {
  const rows = goals.map(({ what, ratio, lower, upper, goal, stretch, state }) => [
    what, number(ratio), lower === undefined ? "–" : `${number(lower)}–${number(upper)}`,
    `≥ ${goal}${stretch ? ` (${stretch})` : ""}`, state,
  ]);
  return table(["ratio", "median", "quartiles", "goal (stretch)", "state"], rows);
}

function adapterText(adapter) {
  if (!adapter) return "none";
  return Object.values(adapter).filter(Boolean).join(", ") || "not named";
}

export function markdown({ result, goals, conversion, date, browserVersion }) {
  const parts = [
    "# Engine benchmark",
    `Written by \`bench/engine/run.mjs\`${date ? ` on ${date}` : ""}. Absolute figures do not travel between machines; ` +
      "ratios of one run do.",
    table(["what", "figure"], [
      ["browser", browserVersion], ["logical processors", String(result.hardwareConcurrency)],
      ["WebGPU adapter", adapterText(result.adapter)],
      ["rounds", `${result.rounds}, everybody in turn, at least ${result.targetMs} ms each`],
      ["others", Object.entries(result.packages).map(([name, version]) => `${name} ${version}`).join(", ")],
    ]),
    "Each engine runs in a worker of its own, binary32, one thread unless said. A step is forward, backward and Adam's update; a " +
      "GAN's step updates the discriminator, then the generator. All start from the same weights and see the same batches, " +
      "held in memory. Products are checked against binary64 sums (the bound is n·2⁻²⁴·Σ|a||b|), the first losses against " +
      "a binary64 training (MLP) or the median of all. A goal's ratio is the median of the rounds' ratios.",
    "## Goals", goalTable([...goals, ...conversion]),
  ];
  for (const group of result.groups) {
    parts.push(`## ${group.title}${group.device === "webgpu" ? ", WebGPU" : ""}`);
    parts.push(`${number(group.flop / 1e6)} MFLOP each.`, groupTable(group));
  }
  return `${parts.join("\n\n")}\n`;
}
