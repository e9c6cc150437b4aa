// onnxruntime-web: wasm (one thread, SIMD) and webgpu, on the network as an ONNX file made of the same weights.

import { image, weights } from "./lite0.mjs";
import { model } from "./onnx.mjs";

const DIST = "/node_modules/onnxruntime-web/dist/";

/** (row, column, channel) to (channel, row, column). */
function planes(levels, side) {
  const area = side * side;
  return Float32Array.from(levels, (_, at) => levels[(at % area) * 3 + Math.floor(at / area)]);
}

export async function create({ provider, models }) {
  const ort = await import(`${DIST}${provider === "webgpu" ? "ort.webgpu" : "ort.wasm"}.bundle.min.mjs`);
  ort.env.wasm.wasmPaths = DIST;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const { values } = await weights(models);
  return {
    info: { version: ort.env.versions.web, provider },
    async prepare(side) {
      const session = await ort.InferenceSession.create(model(values, side), { executionProviders: [provider], graphOptimizationLevel: "all" });
      const feeds = { image: new ort.Tensor("float32", planes(image(side), side), [1, 3, side, side]) };
      return {
        async run(count) {
          let features;
          for (let i = 0; i < count; i++) features = await (await session.run(feeds)).features.getData(true);
          return features;
        },
        dispose: () => session.release(),
      };
    },
  };
}
