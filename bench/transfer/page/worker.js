// One engine in a worker of its own. Classic, not a module: tfjs comes as a script. Answers { id, name, argument } with { id, value } or
// { id, error, absent }. Times are taken here, in ms, from the first call to the awaited end of the last.

"use strict";

let engine = null;
let task = null;

const handlers = {
  async create({ module, options }) {
    engine = await (await import(module)).create(options);
    return engine.info;
  },
  async prepare(side) {
    await task?.dispose();
    task = await engine.prepare(side);
  },
  async run(count) {
    const start = performance.now();
    const features = await task.run(count);
    return { ms: performance.now() - start, features };
  },
};

self.onmessage = async ({ data: { id, name, argument } }) => {
  try {
    self.postMessage({ id, value: await handlers[name](argument) });
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error), absent: error?.constructor?.name === "Absent" });
  }
};
