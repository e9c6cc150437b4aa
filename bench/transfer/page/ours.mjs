// The playground's engine: /ours/simd128.wasm, /ours/relaxed.wasm (raw exports, one thread) and /ours/webgpu (wasm-bindgen).
//
//   ours_features_file(bytes) -> *mut u8     a place for the next of lite0.mjs's FILES
//   ours_features_prepare(side) -> u32       1, or 0 when the files are not the shipped ones
//   ours_features_image() -> *mut f32        where the page writes the image
//   ours_features_run(count) -> *const f32   looks at it; 192 features
//   gpu_features_prepare(first, second, side, image), gpu_features_run(count) -> Float32Array

import { FEATURES, image, weights } from "./lite0.mjs";

export class Absent extends Error {}

export async function create({ build, models }) {
  const { files } = await weights(models);
  return build === "webgpu" ? gpu(files) : cpu(build, files);
}

async function cpu(build, files) {
  const response = await fetch(`/ours/${build}.wasm`);
  if (!response.ok) throw new Absent(`${build}.wasm was not built`);
  const { instance } = await WebAssembly.instantiateStreaming(response, {});
  const e = instance.exports;
  for (const file of files) {
    const address = e.ours_features_file(file.byteLength);
    new Uint8Array(e.memory.buffer, address, file.byteLength).set(new Uint8Array(file));
  }
  return {
    info: { build },
    prepare(side) {
      if (!e.ours_features_prepare(side)) throw new Error("the weights are not the shipped ones");
      new Float32Array(e.memory.buffer, e.ours_features_image(), side * side * 3).set(image(side));
      return {
        run: (count) => new Float32Array(e.memory.buffer, e.ours_features_run(count), FEATURES).slice(),
        dispose: () => {},
      };
    },
  };
}

async function gpu(files) {
  const probe = await fetch("/ours/webgpu/engine_bench.js");
  if (!probe.ok) throw new Absent("the WebGPU module was not built");
  const module = await import("/ours/webgpu/engine_bench.js");
  await module.default();
  const adapter = await module.gpu_init();
  const [first, second] = files.map((file) => new Uint8Array(file));
  return {
    info: { build: "webgpu", adapter },
    async prepare(side) {
      await module.gpu_features_prepare(first, second, side, image(side));
      return { run: (count) => module.gpu_features_run(count), dispose: () => {} };
    },
  };
}
