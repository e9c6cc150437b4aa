// The playground's own engine, as the other engines are wrapped. A module that was not built is reported as absent.
//
// CPU: /ours/simd128.wasm and /ours/relaxed.wasm, raw exports of one thread. A failed prepare is 0, else 1.
//
//   memory
//   ours_matmul_prepare(n: u32) -> u32            operands and result of n × n, kept until the next prepare
//   ours_matmul_operand(which: u32) -> *mut f32   0 is A, 1 is B, 2 is C; row-major, the page writes A and B
//   ours_matmul_run(reps: u32)                    C = A·B, reps times
//   ours_peak(reps: u32) -> f64                   runs a register-only multiply-add loop, the fastest of the build
//                                                 (mul and add, or relaxed madd); answers with its FLOP
//   ours_train_prepare(workload: u32, policy: u32) -> u32   numbers of WORKLOADS[…].id and POLICIES
//   ours_train_tensor(what: u32, index: u32) -> *mut f32    where the page writes (0: there is no such tensor):
//                                                 what 0 generator or only network, 1 discriminator: parameter `index`
//                                                 in the order weights, bias, …; then batch `index` < BATCHES of
//                                                 what 2 real points or inputs, 3 latents of D's update,
//                                                 4 latents of G's update, 5 one-hot labels
//   ours_train_begin() -> u32                     everything is written: pack it, clear the optimiser's state
//   ours_train_steps(count: u32) -> f32           the last step's loss (a GAN's: D's plus G's); NaN on a failure
//   ours_train_flop_per_step() -> f64
//
// Layouts and hyperparameters are those of workloads.mjs. An address may be asked for any number of times and is
// valid until the next prepare. Step s after begin takes batch s mod BATCHES.
//
// WebGPU: /ours/webgpu/engine_bench.js, wasm-bindgen for the web; each returns a promise.
//
//   default(), gpu_init() -> text naming the adapter
//   gpu_matmul_prepare(n, a, b), gpu_matmul_run(reps) until the queue is done, gpu_matmul_product() -> Float32Array
//   gpu_train_prepare(workload, policy), gpu_train_write(what, index, values), gpu_train_begin()
//   gpu_train_steps(count) -> loss of the last, after its update is done

import { batches, matmulOperands, weights } from "./workloads.mjs";

/** Precision policies by the engine's numbers. */
export const POLICIES = { fp32: 0, bf16: 1, fp16: 2, e4m3: 3 };

export class Absent extends Error {}

export async function create({ build, policy = "fp32" }) {
  return build === "webgpu" ? createGpu(POLICIES[policy]) : createCpu(build, POLICIES[policy]);
}

async function createCpu(build, policy) {
  const response = await fetch(`/ours/${build}.wasm`);
  if (!response.ok) throw new Absent(`${build}.wasm was not built`);
  const { instance } = await WebAssembly.instantiateStreaming(response, {});
  const e = instance.exports;
  const write = (address, values) => {
    if (!address) throw new Error("the module has no place for a tensor");
    new Float32Array(e.memory.buffer, address, values.length).set(values);
  };
  return {
    info: { build, bytes: Number(response.headers.get("content-length")) },
    matmul(n) {
      if (!e.ours_matmul_prepare(n)) throw new Error(`matrix product of ${n} refused`);
      const { a, b } = matmulOperands(n);
      write(e.ours_matmul_operand(0), a);
      write(e.ours_matmul_operand(1), b);
      return {
        unitsPerRun: 1,
        run: (count) => e.ours_matmul_run(count),
        product() {
          e.ours_matmul_run(1);
          return new Float32Array(e.memory.buffer, e.ours_matmul_operand(2), n * n).slice();
        },
        dispose: () => {},
      };
    },
    peak() {
      const reps = 1 << 16;
      return { unitsPerRun: 1, flopPerUnit: e.ours_peak(reps), run(count) {
        for (let i = 0; i < count; i++) e.ours_peak(reps);
      }, dispose: () => {} };
    },
    train(w) {
      if (!e.ours_train_prepare(w.id, policy)) throw new Error(`${w.title} refused`);
      for (const [what, index, values] of tensors(w)) write(e.ours_train_tensor(what, index), values);
      if (!e.ours_train_begin()) throw new Error(`${w.title} cannot begin`);
      return {
        run: (count) => e.ours_train_steps(count),
        flopPerStep: e.ours_train_flop_per_step(),
        memoryBytes: () => e.memory.buffer.byteLength,
        dispose: () => {},
      };
    },
  };
}

/** Everything that the page hands over, as [what, index, values]. */
export function tensors(w) {
  const start = weights(w);
  const data = batches(w);
  const lists = [
    (start.generator ?? start.layers).map(({ data: values }) => values),
    (start.discriminator ?? []).map(({ data: values }) => values),
    data.real ?? data.inputs, data.latentsD ?? [], data.latentsG ?? [], data.oneHot ?? [],
  ];
  return lists.flatMap((list, what) => list.map((values, index) => [what, index, values]));
}

async function createGpu(policy) {
  const probe = await fetch("/ours/webgpu/engine_bench.js");
  if (!probe.ok) throw new Absent("the WebGPU module was not built");
  const gpu = await import("/ours/webgpu/engine_bench.js");
  await gpu.default();
  const adapter = await gpu.gpu_init();
  return {
    info: { build: "webgpu", adapter },
    async matmul(n) {
      const { a, b } = matmulOperands(n);
      await gpu.gpu_matmul_prepare(n, a, b);
      return {
        unitsPerRun: 1, run: (count) => gpu.gpu_matmul_run(count), product: () => gpu.gpu_matmul_product(),
        dispose: () => {},
      };
    },
    async train(w) {
      await gpu.gpu_train_prepare(w.id, policy);
      for (const [what, index, values] of tensors(w)) await gpu.gpu_train_write(what, index, values);
      await gpu.gpu_train_begin();
      return { run: (count) => gpu.gpu_train_steps(count), dispose: () => {} };
    },
  };
}
