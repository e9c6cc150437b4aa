// jax-js: devices wasm (one thread, or as many as it takes) and webgpu.
//
// Its idiom: one jitted function for a whole step, gradients by valueAndGrad, Adam written out inside it. Arrays are
// owned by whoever they are passed to; `.ref` keeps one. Work is queued until somebody waits for its result, and dropped
// if the result is disposed of before: so every run is submitted before the next, also lest the queue grow.

import { BATCHES, batches, flatSize, matmulOperands, weights } from "./workloads.mjs";

/** Products in one jitted function: fewer calls for small matrices. */
const chainLength = (n) => Math.max(1, Math.min(32, Math.floor((256 / n) ** 2)));

export async function create({ device, threads }) {
  // Without shared memory jax-js stays on this thread.
  if (threads === 1) globalThis.SharedArrayBuffer = undefined;
  const jax = await import("/node_modules/@jax-js/jax/dist/index.js");
  const started = await jax.init(device);
  if (!started.includes(device)) throw new Error(`jax-js has no device ${device} here`);
  jax.defaultDevice(device);
  return {
    info: { device, threads: device === "wasm" ? (threads ?? navigator.hardwareConcurrency) : undefined },
    matmul: (n) => matmul(jax, n),
    train: (workload) => train(jax, workload),
  };
}

/** Submits everything that `array` waits for, without waiting for a GPU; the array is kept. */
function submit(array) {
  if (array.device === "webgpu") array.ref.gpuBufferSync();
  else return array.blockUntilReady();
}

function matmul(jax, n) {
  const { numpy: np, jit } = jax;
  const operands = matmulOperands(n);
  const a = np.array(operands.a, { shape: [n, n] });
  const b = np.array(operands.b, { shape: [n, n] });
  const unitsPerRun = chainLength(n);
  const chain = jit((x, y) => {
    for (let i = 0; i < unitsPerRun; i++) x = np.matmul(x, y.ref);
    y.dispose();
    return x;
  });
  return {
    unitsPerRun,
    async run(count) {
      for (let i = 1; i < count; i++) {
        const c = chain(a.ref, b.ref);
        await submit(c);
        c.dispose();
      }
      await chain(a.ref, b.ref).data();
    },
    product: () => jit((x, y) => np.matmul(x, y))(a.ref, b.ref).data(),
    dispose() {
      a.dispose();
      b.dispose();
    },
  };
}

function dense(np, nn, x, params) {
  for (let i = 0; i < params.length; i += 2) {
    x = np.matmul(x, params[i]).add(params[i + 1]);
    if (i + 2 < params.length) x = nn.relu(x);
  }
  return x;
}

/** One update of every parameter; owns all arguments. `powers` holds β₁ᵗ and β₂ᵗ of this step. */
function adamUpdate(np, { lr, beta1, beta2, epsilon }, params, grads, state) {
  const power1 = state.powers[0].mul(beta1);
  const power2 = state.powers[1].mul(beta2);
  const scale1 = np.reciprocal(power1.ref.mul(-1).add(1));
  const scale2 = np.reciprocal(power2.ref.mul(-1).add(1));
  const next = { params: [], first: [], second: [], powers: [power1, power2] };
  for (const [i, param] of params.entries()) {
    const first = state.first[i].mul(beta1).add(grads[i].ref.mul(1 - beta1));
    const second = state.second[i].mul(beta2).add(np.square(grads[i]).mul(1 - beta2));
    const direction = first.ref.mul(scale1.ref).div(np.sqrt(second.ref.mul(scale2.ref)).add(epsilon));
    next.params.push(param.sub(direction.mul(lr)));
    next.first.push(first);
    next.second.push(second);
  }
  scale1.dispose();
  scale2.dispose();
  return next;
}

function startState(np, list) {
  const zeros = () => list.map(({ shape }) => np.zeros(shape));
  return {
    params: list.map(({ shape, data }) => np.array(data, { shape })),
    first: zeros(),
    second: zeros(),
    powers: [np.array(1), np.array(1)],
  };
}

const keep = (list) => list.map((x) => x.ref);

function train(jax, w) {
  const trainer = w.kind === "gan" ? ganTrainer(jax, w) : classifierTrainer(jax, w);
  let step = 0;
  return {
    async run(count) {
      let loss = null;
      for (let i = 0; i < count; i++, step++) {
        loss?.dispose();
        loss = trainer.step(step % BATCHES);
        await submit(loss);
      }
      const [value] = await loss.data();
      await jax.blockUntilReady(trainer.state());
      return value;
    },
    dispose: () => {},
  };
}

function ganTrainer(jax, w) {
  const { numpy: np, nn, jit, valueAndGrad } = jax;
  const start = weights(w);
  let state = [startState(np, start.generator), startState(np, start.discriminator)];
  const data = batches(w);
  const arrays = (list, width) => list.map((values) => np.array(values, { shape: [w.batch, width] }));
  const real = arrays(data.real, w.discriminator[0]);
  const latentsD = arrays(data.latentsD, w.generator[0]);
  const latentsG = arrays(data.latentsG, w.generator[0]);
  const generate = (g, z) => (w.tanh ? np.tanh(dense(np, nn, z, g)) : dense(np, nn, z, g));
  // Two passes of D: joined rows would stop the fusion of the first layer.
  const lossOfD = (d, x, fake) =>
    nn.softplus(dense(np, nn, x, keep(d)).mul(-1)).mean().add(nn.softplus(dense(np, nn, fake, d)).mean());
  const lossOfG = (g, d, z) => nn.softplus(dense(np, nn, generate(g, z), d).mul(-1)).mean();
  const jitted = jit((stateG, stateD, x, zD, zG) => {
    const fake = generate(keep(stateG.params), zD);
    const [lossD, gradsD] = valueAndGrad(lossOfD)(keep(stateD.params), x, fake);
    const nextD = adamUpdate(np, w.adam, stateD.params, gradsD, stateD);
    const [lossG, gradsG] = valueAndGrad(lossOfG)(keep(stateG.params), keep(nextD.params), zG);
    return [adamUpdate(np, w.adam, stateG.params, gradsG, stateG), nextD, lossD.add(lossG)];
  });
  return {
    state: () => state,
    step(i) {
      const [g, d, loss] = jitted(...state, real[i].ref, latentsD[i].ref, latentsG[i].ref);
      state = [g, d];
      return loss;
    },
  };
}

/** (height, width, in, out) to (out, in, height, width). */
function transposedKernel({ shape: [h, wd, from, to], data }) {
  const out = new Float32Array(data.length);
  for (let at = 0; at < data.length; at++) {
    const [o, i] = [at % to, Math.floor(at / to) % from];
    out[(o * from + i) * h * wd + Math.floor(at / (to * from))] = data[at];
  }
  return { shape: [to, from, h, wd], data: out };
}

/** Rows of the dense layer from (height, width, channel) order to (channel, height, width). */
function transposedRows({ shape, data }, channels) {
  const [rows, columns] = shape;
  const pixels = rows / channels;
  const out = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const [pixel, channel] = [Math.floor(row / channels), row % channels];
    out.set(data.subarray(row * columns, (row + 1) * columns), (channel * pixels + pixel) * columns);
  }
  return { shape, data: out };
}

function classifierTrainer(jax, w) {
  const { numpy: np, nn, lax, jit, valueAndGrad } = jax;
  const cnn = w.kind === "cnn";
  const list = weights(w).layers;
  if (cnn) {
    list[0] = transposedKernel(list[0]);
    list[2] = transposedKernel(list[2]);
    list[4] = transposedRows(list[4], w.channels[2]);
  }
  let state = startState(np, list);
  const data = batches(w);
  const shape = cnn ? [w.batch, 1, w.side, w.side] : [w.batch, w.layers[0]];
  const inputs = data.inputs.map((values) => np.array(values, { shape }));
  const oneHot = data.oneHot.map((values) => np.array(values, { shape: [w.batch, w.classes] }));
  const conv = (x, kernel, bias) => {
    const y = nn.relu(lax.conv(x, kernel, [1, 1], "SAME").add(bias.reshape([-1, 1, 1])));
    const [b, c, h, wd] = y.shape;
    return np.max(y.reshape([b, c, h / 2, 2, wd / 2, 2]), [3, 5]);
  };
  const logits = (p, x) =>
    cnn
      ? dense(np, nn, conv(conv(x, p[0], p[1]), p[2], p[3]).reshape([w.batch, flatSize(w)]), p.slice(4))
      : dense(np, nn, x, p);
  const lossOf = (p, x, y) => nn.logSoftmax(logits(p, x)).mul(y).sum().mul(-1 / w.batch);
  const jitted = jit((current, x, y) => {
    const [loss, grads] = valueAndGrad(lossOf)(keep(current.params), x, y);
    return [adamUpdate(np, w.adam, current.params, grads, current), loss];
  });
  return {
    state: () => state,
    step(i) {
      const [next, loss] = jitted(state, inputs[i].ref, oneHot[i].ref);
      state = next;
      return loss;
    },
  };
}
