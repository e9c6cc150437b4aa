// TensorFlow.js: backends cpu, wasm (one thread, SIMD) and webgpu.
//
// Its idiom: optimizer.minimize inside tf.tidy, D on real and fake rows together. Softplus is the shortest form of the
// logits' cross-entropy it has kernels for. Bias and activation are fused into the product on the GPU only: on wasm
// the fused kernel measured no faster, and training with it up to a fifth slower.

import { start } from "/common/tfjs.mjs";
import { BATCHES, batches, flatSize, matmulOperands, weights } from "./workloads.mjs";

export async function create({ backend }) {
  const tf = await start(backend);
  return {
    info: { version: tf.version.tfjs, backend: tf.getBackend() },
    matmul: (n) => matmul(tf, n),
    train: (workload) => train(tf, workload),
  };
}

function matmul(tf, n) {
  const operands = matmulOperands(n);
  const a = tf.tensor2d(operands.a, [n, n]);
  const b = tf.tensor2d(operands.b, [n, n]);
  return {
    unitsPerRun: 1,
    async run(count) {
      for (let i = 1; i < count; i++) tf.dispose(tf.matMul(a, b));
      const last = tf.matMul(a, b);
      await last.data();
      last.dispose();
    },
    async product() {
      const c = tf.matMul(a, b);
      const values = await c.data();
      c.dispose();
      return values;
    },
    dispose: () => tf.dispose([a, b]),
  };
}

const variables = (tf, list) => list.map(({ shape, data }) => tf.variable(tf.tensor(data, shape)));

/** Dense layers with ReLU between them. */
function dense(tf, x, params) {
  for (let i = 0; i < params.length; i += 2) {
    const activation = i + 2 === params.length ? "linear" : "relu";
    if (tf.getBackend() === "webgpu") {
      x = tf.fused.matMul({ a: x, b: params[i], bias: params[i + 1], activation });
    } else {
      x = tf.add(tf.matMul(x, params[i]), params[i + 1]);
      if (activation === "relu") x = tf.relu(x);
    }
  }
  return x;
}

function train(tf, w) {
  const trainer = w.kind === "gan" ? ganTrainer(tf, w) : classifierTrainer(tf, w);
  let step = 0;
  return {
    /** Runs `count` steps and answers with the last one's loss, after its update is done. */
    async run(count) {
      let loss = null;
      for (let i = 0; i < count; i++, step++) {
        loss?.dispose();
        loss = trainer.step(step % BATCHES);
      }
      const [value] = await loss.data();
      await trainer.lastUpdated.data();
      loss.dispose();
      return value;
    },
    dispose: () => tf.disposeVariables(),
  };
}

const adam = (tf, { lr, beta1, beta2, epsilon }) => tf.train.adam(lr, beta1, beta2, epsilon);

function ganTrainer(tf, w) {
  const start = weights(w);
  const g = variables(tf, start.generator);
  const d = variables(tf, start.discriminator);
  const [adamD, adamG] = [adam(tf, w.adam), adam(tf, w.adam)];
  const data = batches(w);
  const tensors = (list, width) => list.map((values) => tf.tensor2d(values, [w.batch, width]));
  const real = tensors(data.real, w.discriminator[0]);
  const latentsD = tensors(data.latentsD, w.generator[0]);
  const latentsG = tensors(data.latentsG, w.generator[0]);
  // −1 for real rows, +1 for fake: softplus(sign · logit) is the cross-entropy of either.
  const sign = tf.tensor2d(Float32Array.from({ length: 2 * w.batch }, (_, i) => (i < w.batch ? -1 : 1)), [2 * w.batch, 1]);
  const generate = (z) => (w.tanh ? tf.tanh(dense(tf, z, g)) : dense(tf, z, g));
  return {
    lastUpdated: g.at(-1),
    step(i) {
      return tf.tidy(() => {
        const rows = tf.concat([real[i], generate(latentsD[i])]);
        const lossD = adamD.minimize(() => tf.mul(tf.mean(tf.softplus(tf.mul(dense(tf, rows, d), sign))), 2), true, d);
        const lossG = adamG.minimize(() => tf.mean(tf.softplus(tf.neg(dense(tf, generate(latentsG[i]), d)))), true, g);
        return tf.add(lossD, lossG);
      });
    },
  };
}

function classifierTrainer(tf, w) {
  const params = variables(tf, weights(w).layers);
  const optimizer = adam(tf, w.adam);
  const data = batches(w);
  const shape = w.kind === "cnn" ? [w.batch, w.side, w.side, 1] : [w.batch, w.layers[0]];
  const inputs = data.inputs.map((values) => tf.tensor(values, shape));
  const oneHot = data.oneHot.map((values) => tf.tensor2d(values, [w.batch, w.classes]));
  const conv = (x, at) =>
    tf.maxPool(
      tf.fused.conv2d({ x, filter: params[at], strides: 1, pad: "same", bias: params[at + 1], activation: "relu" }),
      2, 2, "valid",
    );
  const logits = (x) =>
    w.kind === "cnn"
      ? dense(tf, tf.reshape(conv(conv(x, 0), 2), [w.batch, flatSize(w)]), params.slice(4))
      : dense(tf, x, params);
  return {
    lastUpdated: params.at(-1),
    step: (i) =>
      tf.tidy(() => optimizer.minimize(() => tf.losses.softmaxCrossEntropy(oneHot[i], logits(inputs[i])), true, params)),
  };
}
