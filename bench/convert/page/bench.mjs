// Everything that is measured, in one run and in turn, so that a disturbance hits all alike.
//
// Two states of the output, both colder than any cache:
//   resident  its pages are mapped (a buffer that is used again), its lines are not cached;
//   fresh     its pages were never touched: the operating system maps and clears them on the way.
// The copy that a conversion is compared with has the same state. Units: ms, GB/s of bytes read and written.

import { baselines } from "./baselines.mjs";

const PAGE = 65536;
const KINDS = { fp16: 0, bf16: 1, e4m3: 2, "e4m3 saturating": 3, e5m2: 4 };
const CODE_BYTES = [2, 2, 1, 1, 1];

const instance = (module) => new WebAssembly.Instance(module).exports;

function grow(exports, bytes) {
  const at = exports.memory.buffer.byteLength;
  exports.memory.grow(Math.ceil(bytes / PAGE));
  return at;
}

// Sums of four uniform numbers: bell-shaped within ±2, one in 256 scaled down to reach the subnormals.
function sample(length) {
  const x = new Float32Array(length);
  let s = 12345;
  const next = () => (s = (Math.imul(s, 1664525) + 1013904223) | 0) / 2 ** 32;
  for (let i = 0; i < length; i++) {
    const v = next() + next() + next() + next();
    x[i] = (i & 255) === 0 ? v * 2 ** -8 : v;
  }
  return x;
}

function wasmJob(name, module, bytesPerElement, outBytes, call) {
  return { name, bytesPerElement, kind: "wasm", module, outBytes, call };
}

function jobs(simd, scalar, length) {
  const list = [
    wasmJob("wasm memory.copy", simd, 8, 4, (e, x, out) => e.copy(x, length * 4, out)),
    { name: "js TypedArray.set", bytesPerElement: 8, kind: "js", Out: Float32Array, make: () => (x, out) => out.set(x) },
  ];
  for (const [name, kind] of Object.entries(KINDS)) {
    const codeBytes = CODE_BYTES[kind];
    const add = (label, module, portable) =>
      list.push(wasmJob(`${name} ${label}`, module, 4 + codeBytes, codeBytes, (e, x, out) =>
        e.encode(kind, portable, x, length, out)));
    add("wasm simd128", simd, 0);
    if (kind < 3) add("wasm scalar", scalar, 1);
  }
  for (const [name, methods] of Object.entries(baselines)) {
    const Out = name === "e4m3" ? Uint8Array : Uint16Array;
    for (const { name: method, make } of methods) {
      list.push({
        name: `${name} js ${method}`, bytesPerElement: 4 + Out.BYTES_PER_ELEMENT, kind: "js", Out, make,
      });
    }
  }
  for (const name of ["fp16", "bf16", "e4m3"]) {
    const kind = KINDS[name];
    list.push(wasmJob(`${name} wasm simd128 round`, simd, 8, 4, (e, x, out) => e.round(kind, x, length, out)));
    list.push({ ...wasmJob(`${name} wasm simd128 decode`, simd, 4 + CODE_BYTES[kind], 4, (e, x, out) =>
      e.decode(kind, 0, x, length, out)), decode: true });
  }
  for (const job of list) job.times = { resident: [], fresh: [] };
  return list;
}

function runWasm(job, x, state) {
  // A new instance: grown pages are new pages.
  const e = instance(job.module);
  const at = grow(e, x.byteLength);
  const codes = job.decode ? x.length * (job.bytesPerElement - 4) : x.byteLength;
  new Uint8Array(e.memory.buffer, at, codes).set(new Uint8Array(x.buffer, 0, codes));
  const out = grow(e, x.length * job.outBytes);
  if (state === "resident") new Uint8Array(e.memory.buffer, out, x.length * job.outBytes).fill(1);
  const start = performance.now();
  job.call(e, at, out);
  return performance.now() - start;
}

function runJs(job, x, state) {
  const out = new job.Out(x.length);
  if (state === "resident") out.fill(1);
  job.convert ??= job.make();
  const start = performance.now();
  job.convert(x, out);
  return performance.now() - start;
}

// Optimising compilers need to have seen the loops; small inputs suffice.
async function warmUp(list) {
  const x = sample(1 << 16);
  for (let pass = 0; pass < 3; pass++) {
    for (const job of list) {
      if (job.kind === "js") {
        job.convert ??= job.make();
        for (let i = 0; i < 60; i++) job.convert(x, new job.Out(x.length));
      }
    }
    await new Promise((resume) => setTimeout(resume, 100));
  }
}

async function warmUpWasm(module, portable) {
  const e = instance(module);
  const length = 4096;
  const at = grow(e, length * 4);
  const out = grow(e, length * 4);
  new Float32Array(e.memory.buffer, at, length).set(sample(length));
  for (let pass = 0; pass < 3; pass++) {
    for (const kind of Object.values(KINDS)) {
      for (let i = 0; i < 2000; i++) {
        e.encode(kind, portable, at, length, out);
        if (kind < 3) {
          e.decode(kind, portable, at, length, out);
          e.round(kind, at, length, out);
        }
      }
    }
    await new Promise((resume) => setTimeout(resume, 100));
  }
}

const median = (a) => [...a].sort((x, y) => x - y)[a.length >> 1];

// Every baseline must give the crate's codes, or it is not a baseline.
function checkBaselines(module) {
  const x = sample(1 << 20);
  const u = new Uint32Array(x.buffer);
  for (let i = 0; i < u.length / 2; i++) u[i] = Math.imul(i, 0x9e3779b1);
  const e = instance(module);
  const at = grow(e, x.byteLength);
  const out = grow(e, x.byteLength);
  new Float32Array(e.memory.buffer, at, x.length).set(x);
  const wrong = {};
  for (const [name, methods] of Object.entries(baselines)) {
    const Out = name === "e4m3" ? Uint8Array : Uint16Array;
    e.encode(KINDS[name], 0, at, x.length, out);
    const expected = new Out(e.memory.buffer, out, x.length);
    for (const { name: method, make, canonicalNan = true } of methods) {
      const got = new Out(x.length);
      make()(x, got);
      let count = 0;
      for (let i = 0; i < x.length; i++) {
        if (got[i] !== expected[i] && (canonicalNan || !Number.isNaN(x[i]))) count++;
      }
      wrong[`${name} ${method}`] = count;
    }
  }
  return wrong;
}

export async function run({ length = 1 << 24, rounds = 9, mismatchCount = 2 ** 24 } = {}) {
  const load = (url) => WebAssembly.compileStreaming(fetch(url));
  const [simd, scalar] = await Promise.all([load("./simd.wasm"), load("./scalar.wasm")]);
  const mismatches = instance(simd).mismatches(1, mismatchCount);
  const wrongBaselineCodes = checkBaselines(simd);
  const list = jobs(simd, scalar, length);
  await warmUp(list);
  await warmUpWasm(simd, 0);
  await warmUpWasm(scalar, 1);
  const x = sample(length);
  for (let round = 0; round < rounds; round++) {
    for (const state of ["resident", "fresh"]) {
      for (const job of list) {
        job.times[state].push((job.kind === "wasm" ? runWasm : runJs)(job, x, state));
        // Lets the page collect the memory of the last instance.
        await new Promise((resume) => setTimeout(resume));
      }
    }
  }
  const copy = list[0];
  const speed = (job, state) => (length * job.bytesPerElement) / median(job.times[state]) / 1e6;
  const results = list.map((job) => {
    const row = { name: job.name, bytesPerElement: job.bytesPerElement };
    for (const state of ["resident", "fresh"]) {
      const ms = median(job.times[state]);
      row[state] = {
        ms, minMs: Math.min(...job.times[state]), melementsPerS: length / ms / 1e3,
        gbPerS: speed(job, state), toCopy: speed(job, state) / speed(copy, state),
        toResidentCopy: speed(job, state) / speed(copy, "resident"),
      };
    }
    return row;
  });
  return {
    userAgent: navigator.userAgent, crossOriginIsolated, length, rounds, mismatchCount, mismatches,
    wrongBaselineCodes, results, goals: goals(results),
  };
}

const GOALS = { fp16: [0.28, 0.45], bf16: [0.4, 0.55], e4m3: [0.25, 0.4] };

function goals(results) {
  const find = (name) => results.find((row) => row.name === name);
  const out = {};
  for (const [name, [goal, stretch]] of Object.entries(GOALS)) {
    const ours = find(`${name} wasm simd128`);
    const js = results.filter((row) => row.name.startsWith(`${name} js `));
    out[name] = { goal, stretch };
    for (const state of ["resident", "fresh"]) {
      const best = js.reduce((a, b) => (a[state].ms < b[state].ms ? a : b));
      out[name][state] = {
        toCopy: ours[state].toCopy,
        reached: ours[state].toCopy >= goal,
        stretchReached: ours[state].toCopy >= stretch,
        toScalar: find(`${name} wasm scalar`)[state].ms / ours[state].ms,
        toBestJs: best[state].ms / ours[state].ms,
        bestJs: best.name,
      };
    }
  }
  return out;
}
