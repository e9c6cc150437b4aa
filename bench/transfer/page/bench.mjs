// Everybody looks at the same image in turns, so that a disturbance hits all alike. A time is ms an image.

import { Engine } from "/common/engine.mjs";

const PARTICIPANTS = [
  { id: "ours-simd128", title: "ours, simd128", module: "./ours.mjs", options: { build: "simd128" } },
  { id: "ours-relaxed", title: "ours, relaxed SIMD", module: "./ours.mjs", options: { build: "relaxed" } },
  { id: "ours-webgpu", title: "ours, WebGPU", module: "./ours.mjs", options: { build: "webgpu" } },
  { id: "tfjs-wasm", title: "tfjs, wasm", module: "./tfjs.mjs", options: { backend: "wasm" } },
  { id: "tfjs-webgpu", title: "tfjs, WebGPU", module: "./tfjs.mjs", options: { backend: "webgpu" } },
  { id: "ort-wasm", title: "onnxruntime-web, wasm", module: "./ort.mjs", options: { provider: "wasm" } },
  { id: "ort-webgpu", title: "onnxruntime-web, WebGPU", module: "./ort.mjs", options: { provider: "webgpu" } },
];
/** A request that takes longer has failed, and its worker is ended. */
const LIMIT_MS = 120_000;
/** Relative error to the first participant's features that is allowed: orders of sums differ. */
const TOLERANCE = 1e-4;

const difference = (a, b) => {
  const largest = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((x, at) => Math.abs(x - b[at]))) / largest;
};

/** { sizes: [{ side, rows: [{ id, title, state, ms, error, reason }] }] }; `only` matches ids. */
export async function run({ sides, rounds, targetMs, only }, progress) {
  const wanted = PARTICIPANTS.filter(({ id }) => new RegExp(only).test(id));
  const models = new URL("/models/", location.href).href;
  const sizes = [];
  for (const side of sides) {
    const rows = [];
    let reference = null;
    for (const { id, title, module, options } of wanted) {
      const row = { id, title, state: "measured", ms: [], count: 1 };
      rows.push(row);
      const engine = new Engine(LIMIT_MS);
      try {
        row.info = await engine.call("create", { module, options: { ...options, models } });
        await engine.call("prepare", side);
        const first = await engine.call("run", 1);
        reference ??= first.features;
        row.error = difference(Array.from(first.features), Array.from(reference));
        if (!(row.error <= TOLERANCE)) throw new Error(`features differ by ${row.error}`);
        const second = await engine.call("run", 1);
        row.count = Math.max(1, Math.ceil(targetMs / Math.max(second.ms, 0.1)));
        row.engine = engine;
      } catch (error) {
        Object.assign(row, { state: "failed", reason: error.message });
        engine.end();
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const row of rows.filter(({ state }) => state === "measured")) {
        try {
          const { ms } = await row.engine.call("run", row.count);
          row.ms.push(ms / row.count);
        } catch (error) {
          Object.assign(row, { state: "failed", reason: error.message });
        }
      }
    }
    for (const row of rows) {
      row.engine?.end();
      delete row.engine;
    }
    sizes.push({ side, rows });
    await progress(sizes.at(-1));
  }
  return { sizes };
}
