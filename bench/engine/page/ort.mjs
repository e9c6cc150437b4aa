// onnxruntime-web: wasm (one thread, SIMD) and webgpu. It runs graphs and has no gradients: matrix products only.
//
// Its idiom: many operators in one graph, so that a run's cost of copying in and out is spread over a chain;
// on a GPU operands and results stay there.

import { matmulChain } from "./onnx.mjs";
import { matmulOperands } from "./workloads.mjs";

const DIST = "/node_modules/onnxruntime-web/dist/";
const chainLength = (n) => Math.max(4, Math.min(32, Math.floor((512 / n) ** 2)));

export async function create({ provider }) {
  const ort = await import(`${DIST}${provider === "webgpu" ? "ort.webgpu" : "ort.wasm"}.bundle.min.mjs`);
  ort.env.wasm.wasmPaths = DIST;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  return {
    info: { version: ort.env.versions.web, provider },
    matmul: (n) => matmul(ort, provider, n),
    train: null,
  };
}

/** The operands where the provider computes; for WebGPU that is a buffer of its device. */
async function resident(ort, provider, n, values) {
  if (provider !== "webgpu") return new ort.Tensor("float32", values, [n, n]);
  const device = await ort.env.webgpu.device;
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffer = device.createBuffer({ size: values.byteLength, usage });
  device.queue.writeBuffer(buffer, 0, values);
  return ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims: [n, n] });
}

async function matmul(ort, provider, n) {
  const options = { executionProviders: [provider], graphOptimizationLevel: "all" };
  if (provider === "webgpu") options.preferredOutputLocation = "gpu-buffer";
  const open = (length) => ort.InferenceSession.create(matmulChain(n, length), options);
  const unitsPerRun = provider === "webgpu" && n >= 256 ? 1 : chainLength(n);
  const session = await open(unitsPerRun);
  const operands = matmulOperands(n);
  const feeds = {
    A: await resident(ort, provider, n, operands.a),
    B: await resident(ort, provider, n, operands.b),
  };
  return {
    unitsPerRun,
    async run(count) {
      for (let i = 1; i < count; i++) (await session.run(feeds)).C.dispose();
      const { C } = await session.run(feeds);
      await C.getData(true);
    },
    async product() {
      const single = await open(1);
      const { C } = await single.run(feeds);
      const values = await C.getData(true);
      await single.release();
      return values;
    },
    dispose: () => session.release(),
  };
}
