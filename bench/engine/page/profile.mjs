// Where a step's time goes on the GPU: every dispatch of it again and again.
//
// A dispatch is repeated in one submission until that lasts as long as asked, so the queue's own cost and coarse clocks
// do not count; `idle` is what an empty submission takes. Units: ms a dispatch; a step's is the whole step as trained.

import { tensors } from "./ours.mjs";
import { matmulOperands, WORKLOADS } from "./workloads.mjs";

const MAX_REPEATS = 1 << 16;

/** { title, dispatches: [{ title, ms }], stepMs, idleMs } of each workload named, and of products of `sides`. */
export async function profile({ workloads, sides, targetMs }) {
  const gpu = await import("/ours/webgpu/engine_bench.js");
  await gpu.default();
  const adapter = await gpu.gpu_init();
  const parts = [];
  for (const name of workloads) {
    const w = WORKLOADS[name];
    await gpu.gpu_train_prepare(w.id, 0);
    for (const [what, index, values] of tensors(w)) gpu.gpu_train_write(what, index, values);
    await gpu.gpu_train_begin();
    const stepMs = await timed(targetMs, (count) => gpu.gpu_train_steps(count));
    parts.push({ title: w.title, stepMs, ...(await dispatches(gpu, 0, targetMs)) });
  }
  for (const n of sides) {
    const { a, b } = matmulOperands(n);
    await gpu.gpu_matmul_prepare(n, a, b);
    const stepMs = await timed(targetMs, (count) => gpu.gpu_matmul_run(count));
    parts.push({ title: `product of ${n}`, stepMs, ...(await dispatches(gpu, 1, targetMs)) });
  }
  return { adapter, parts };
}

async function dispatches(gpu, which, targetMs) {
  const titles = gpu.gpu_dispatch_titles(which);
  const idleMs = await timed(targetMs, async (count) => {
    for (let i = 0; i < count; i++) await gpu.gpu_dispatch_run(which, 0, 0);
  });
  const list = [];
  for (const [index, title] of titles.entries()) {
    list.push({ title, ms: await timed(targetMs, (count) => gpu.gpu_dispatch_run(which, index, count)) });
  }
  return { idleMs, dispatches: list };
}

/** ms of one of as many as last `targetMs`. */
async function timed(targetMs, run) {
  await run(1);
  for (let count = 1; ; count = Math.min(MAX_REPEATS, count * 4)) {
    const start = performance.now();
    await run(count);
    const ms = performance.now() - start;
    if (ms >= targetMs || count === MAX_REPEATS) return ms / count;
  }
}
