// One engine in a worker of its own: nothing that one library does to its thread reaches another.
//
// Classic, not a module: tfjs comes as a script. Answers each request { id, name, argument } with { id, value } or
// { id, error, absent }. Times are taken here, in ms, from the first call to the awaited end of the last.

"use strict";

let engine = null;
let task = null;

const handlers = {
  async create({ module, options }) {
    const wrapper = await import(module);
    engine = await wrapper.create(options);
    return engine.info;
  },
  async prepare({ kind, n, workload }) {
    if (kind === "train") {
      const { WORKLOADS } = await import("./workloads.mjs");
      task = await engine.train(WORKLOADS[workload]);
    } else {
      task = kind === "peak" ? await engine.peak() : await engine.matmul(n);
    }
    return { unitsPerRun: task.unitsPerRun ?? 1, flopPerUnit: task.flopPerUnit ?? null, flopPerStep: task.flopPerStep ?? null };
  },
  async run(count) {
    const start = performance.now();
    const loss = await task.run(count);
    return { ms: performance.now() - start, loss, memoryBytes: task.memoryBytes?.() ?? null };
  },
  product: () => task.product(),
};

self.onmessage = async ({ data: { id, name, argument } }) => {
  try {
    self.postMessage({ id, value: await handlers[name](argument) });
  } catch (error) {
    const absent = error?.constructor?.name === "Absent";
    self.postMessage({ id, error: String(error?.message ?? error), absent });
  }
};
