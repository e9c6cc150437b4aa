// What is measured: shapes, hyperparameters, starting weights, data, and what a step costs.
//
// Every engine receives these same numbers. A step is forward, backward and the optimiser's update; a GAN's step is
// one update of the discriminator (real and fake) and then one of the generator, each with latents of its own.
// Batches are drawn beforehand and stay where the engine computes; step s takes batch s mod BATCHES, so that no
// engine is charged for drawing or for copying. Layouts: activations (batch, features) or (batch, height, width,
// channels), dense weights (in, out), convolution weights (height, width, in, out); binary32 throughout.

import { normalArray, uniform, uniformArray } from "./random.mjs";

/** Batches held in memory. */
export const BATCHES = 16;

const GAN_ADAM = { lr: 1e-3, beta1: 0.5, beta2: 0.999, epsilon: 1e-8 };
const CLASSIFIER_ADAM = { lr: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** `id` is the number that the engine's own module knows the workload by. */
export const WORKLOADS = {
  gan2d: {
    id: 0, title: "2-D GAN", about: "16→64→64→2 / 2→64→64→1, batch 150",
    kind: "gan", generator: [16, 64, 64, 2], discriminator: [2, 64, 64, 1], tanh: false, batch: 150, adam: GAN_ADAM,
  },
  ganimage: {
    id: 1, title: "image GAN", about: "32→128→256→784 / 784→256→128→1, batch 64",
    kind: "gan", generator: [32, 128, 256, 784], discriminator: [784, 256, 128, 1], tanh: true, batch: 64,
    adam: GAN_ADAM,
  },
  mlp: {
    id: 2, title: "MLP", about: "784→128→10, batch 64",
    kind: "mlp", layers: [784, 128, 10], classes: 10, batch: 64, adam: CLASSIFIER_ADAM,
  },
  cnn: {
    id: 3, title: "CNN", about: "conv 3×3×8, pool, conv 3×3×16, pool, dense 10; 28×28, batch 32",
    kind: "cnn", side: 28, kernel: 3, channels: [1, 8, 16], classes: 10, batch: 32, adam: CLASSIFIER_ADAM,
  },
};

/** Dense layers as [weights, bias, …]: He-uniform before a ReLU, Glorot-uniform for the last; biases zero. */
function denseWeights(next, sizes) {
  const out = [];
  for (let i = 0; i + 1 < sizes.length; i++) {
    const [fanIn, fanOut] = [sizes[i], sizes[i + 1]];
    const last = i + 2 === sizes.length;
    const limit = Math.sqrt(6 / (last ? fanIn + fanOut : fanIn));
    out.push({ shape: [fanIn, fanOut], data: uniformArray(next, fanIn * fanOut, limit) });
    out.push({ shape: [fanOut], data: new Float32Array(fanOut) });
  }
  return out;
}

function convWeights(next, kernel, from, to) {
  const limit = Math.sqrt(6 / (kernel * kernel * from));
  return [
    { shape: [kernel, kernel, from, to], data: uniformArray(next, kernel * kernel * from * to, limit) },
    { shape: [to], data: new Float32Array(to) },
  ];
}

/** The dense layer's inputs after two poolings. */
export const flatSize = (w) => (w.side / 4) ** 2 * w.channels[2];

/** Starting weights: { generator, discriminator } of a GAN, else { layers }; each a list of { shape, data }. */
export function weights(w) {
  const next = uniform(1);
  if (w.kind === "gan") {
    return { generator: denseWeights(next, w.generator), discriminator: denseWeights(next, w.discriminator) };
  }
  if (w.kind === "mlp") return { layers: denseWeights(next, w.layers) };
  return {
    layers: [
      ...convWeights(next, w.kernel, w.channels[0], w.channels[1]),
      ...convWeights(next, w.kernel, w.channels[1], w.channels[2]),
      ...denseWeights(next, [flatSize(w), w.classes]),
    ],
  };
}

/** Points around eight centres on a circle of radius 2. */
function ringBatch(next, count) {
  const noise = normalArray(next, count * 2);
  const out = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const angle = (Math.floor(next() * 8) * Math.PI) / 4;
    out[2 * i] = 2 * Math.cos(angle) + 0.05 * noise[2 * i];
    out[2 * i + 1] = 2 * Math.sin(angle) + 0.05 * noise[2 * i + 1];
  }
  return out;
}

/** One smooth pattern in [0, 1] for each class: learnable, and not by one pixel. */
function prototypes(next, classes, side) {
  return Array.from({ length: classes }, () => {
    const [fx, fy, px, py] = [1 + 2 * next(), 1 + 2 * next(), 6 * next(), 6 * next()];
    return Float32Array.from({ length: side * side }, (_, i) => {
      const [x, y] = [(i % side) / side, Math.floor(i / side) / side];
      return 0.5 + 0.25 * (Math.sin(2 * Math.PI * fx * x + px) + Math.sin(2 * Math.PI * fy * y + py));
    });
  });
}

/** Noisy patterns: { inputs (batch, 784), labels, oneHot (batch, classes) }, values in [low, high]. */
function imageBatch(next, patterns, batch, low, high) {
  const size = patterns[0].length;
  const inputs = new Float32Array(batch * size);
  const labels = new Uint32Array(batch);
  const oneHot = new Float32Array(batch * patterns.length);
  for (let b = 0; b < batch; b++) {
    labels[b] = Math.floor(next() * patterns.length);
    oneHot[b * patterns.length + labels[b]] = 1;
    for (let i = 0; i < size; i++) {
      const value = Math.min(1, Math.max(0, 0.7 * patterns[labels[b]][i] + 0.3 * next()));
      inputs[b * size + i] = low + (high - low) * value;
    }
  }
  return { inputs, labels, oneHot };
}

/** The held batches: { real, latentsD, latentsG } of a GAN, else { inputs, labels, oneHot }; lists of BATCHES. */
export function batches(w) {
  const next = uniform(2);
  const each = (make) => Array.from({ length: BATCHES }, make);
  if (w.kind === "gan") {
    const latents = () => normalArray(next, w.batch * w.generator[0]);
    const patterns = w.tanh ? prototypes(next, 10, 28) : null;
    return {
      real: each(() => (w.tanh ? imageBatch(next, patterns, w.batch, -1, 1).inputs : ringBatch(next, w.batch))),
      latentsD: each(latents),
      latentsG: each(latents),
    };
  }
  const patterns = prototypes(next, w.classes, 28);
  const all = each(() => imageBatch(next, patterns, w.batch, 0, 1));
  return {
    inputs: all.map((batch) => batch.inputs),
    labels: all.map((batch) => batch.labels),
    oneHot: all.map((batch) => batch.oneHot),
  };
}

const products = (sizes) => sizes.slice(1).reduce((sum, size, i) => sum + size * sizes[i], 0);

/** Floating-point operations of the matrix products and convolutions of one step, a multiply-add counting two. */
export function flopPerStep(w) {
  if (w.kind === "gan") {
    const [g, d] = [products(w.generator), products(w.discriminator)];
    const [g0, d0] = [w.generator[0] * w.generator[1], w.discriminator[0] * w.discriminator[1]];
    // D's update: G forward, D on both halves forward, weights' gradients, inputs' gradients but the first layer's.
    const updateD = g + 2 * (3 * d - d0);
    // G's update: both forward, D's inputs' gradients, G's weights' and inputs' gradients.
    const updateG = g + d + d + g + (g - g0);
    return 2 * w.batch * (updateD + updateG);
  }
  if (w.kind === "mlp") return 2 * w.batch * (3 * products(w.layers) - w.layers[0] * w.layers[1]);
  const taps = w.kernel ** 2;
  const first = w.side ** 2 * taps * w.channels[0] * w.channels[1];
  const second = (w.side / 2) ** 2 * taps * w.channels[1] * w.channels[2];
  return 2 * w.batch * (2 * first + 3 * second + 3 * flatSize(w) * w.classes);
}

/** Square operands; `b` is scaled so that products of products neither grow nor vanish. */
export function matmulOperands(n) {
  const next = uniform(3);
  return { a: uniformArray(next, n * n, 1), b: uniformArray(next, n * n, Math.sqrt(3 / n)) };
}
