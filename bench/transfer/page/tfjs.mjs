// TensorFlow.js: backends wasm (one thread, SIMD) and webgpu. The network in its own layout, with its fused convolutions.

import { image, layers, weights } from "./lite0.mjs";

const PACKAGES = "/node_modules/@tensorflow/";

export async function create({ backend, models }) {
  importScripts(`${PACKAGES}tfjs/dist/tf.min.js`);
  const { tf } = globalThis;
  if (backend === "wasm") {
    importScripts(`${PACKAGES}tfjs-backend-wasm/dist/tf-backend-wasm.min.js`);
    tf.wasm.setWasmPaths(`${PACKAGES}tfjs-backend-wasm/wasm-out/`);
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  }
  if (backend === "webgpu") importScripts(`${PACKAGES}tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js`);
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend ${backend} here`);
  await tf.ready();
  const { values } = await weights(models);
  const network = layers().map((layer) => {
    if (layer.kind === "add") return layer;
    const { name, kind, kernel, inputs, outputs } = layer;
    const shape = kind === "depthwise" ? [kernel, kernel, inputs, 1] : [kernel, kernel, inputs, outputs];
    return { ...layer, filter: tf.tensor4d(values.get(`${name}.weight`), shape), bias: tf.tensor1d(values.get(`${name}.bias`)) };
  });
  const look = (x) => tf.tidy(() => {
    const outputs = [];
    let y = x.sub(127).div(128);
    for (const { kind, stride, filter, bias, relu6, from } of network) {
      const options = { x: y, filter, strides: stride, pad: "same", bias, activation: relu6 ? "relu6" : "linear" };
      if (kind === "add") y = tf.add(y, outputs[from]);
      else if (kind === "conv") y = tf.fused.conv2d(options);
      else y = tf.fused.depthwiseConv2d(options);
      outputs.push(y);
    }
    return tf.mean(y, [1, 2]);
  });
  return {
    info: { version: tf.version.tfjs, backend: tf.getBackend() },
    prepare(side) {
      const x = tf.tensor4d(image(side), [1, side, side, 3]);
      return {
        async run(count) {
          for (let i = 1; i < count; i++) tf.dispose(look(x));
          const last = look(x);
          const features = await last.data();
          last.dispose();
          return features;
        },
        dispose: () => x.dispose(),
      };
    },
  };
}
