// TensorFlow.js: backends wasm (one thread, SIMD) and webgpu. The network in its own layout, with its fused convolutions.

import { start } from "/common/tfjs.mjs";
import { image, layers, weights } from "./lite0.mjs";

export async function create({ backend, models }) {
  const tf = await start(backend);
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
