// Independent answers in plain JavaScript, binary64: what the engines' results are compared with.

import { BATCHES, batches, matmulOperands, weights } from "./workloads.mjs";

/**
 * Largest error of `product` (n × n) in units of the bound n·2⁻²⁴·Σ|a||b|, which any order of binary32 additions
 * keeps: at most 1 is right. All elements for n ≤ 64, else 256 of them.
 */
export function matmulError(n, product) {
  const { a, b } = matmulOperands(n);
  if (product.length !== n * n) return Infinity;
  const step = n <= 64 ? 1 : Math.floor((n * n) / 256) | 1;
  let worst = 0;
  for (let at = 0; at < n * n; at += step) {
    const [i, j] = [Math.floor(at / n), at % n];
    let [sum, magnitude] = [0, 0];
    for (let k = 0; k < n; k++) {
      const term = a[i * n + k] * b[k * n + j];
      sum += term;
      magnitude += Math.abs(term);
    }
    const error = Math.abs(product[at] - sum) / (n * 2 ** -24 * magnitude);
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

const multiply = (x, w, b, rows, from, to) => {
  const out = new Float64Array(rows * to);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < to; o++) out[r * to + o] = b[o];
    for (let i = 0; i < from; i++) {
      const value = x[r * from + i];
      for (let o = 0; o < to; o++) out[r * to + o] += value * w[i * to + o];
    }
  }
  return out;
};

/** The losses of the first `count` steps of the MLP, as training in binary64 has them. */
export function mlpLosses(w, count) {
  const [inputs, hidden, classes] = w.layers;
  const { beta1, beta2, epsilon, lr } = w.adam;
  const params = weights(w).layers.map(({ data }) => Float64Array.from(data));
  const [first, second] = [params, params].map((list) => list.map((p) => new Float64Array(p.length)));
  const data = batches(w);
  const losses = [];
  for (let step = 0; step < count; step++) {
    const x = data.inputs[step % BATCHES];
    const labels = data.labels[step % BATCHES];
    const h = multiply(x, params[0], params[1], w.batch, inputs, hidden).map((v) => Math.max(0, v));
    const logits = multiply(h, params[2], params[3], w.batch, hidden, classes);
    const grads = params.map((p) => new Float64Array(p.length));
    let loss = 0;
    for (let r = 0; r < w.batch; r++) {
      const row = logits.subarray(r * classes, (r + 1) * classes);
      const top = Math.max(...row);
      const total = row.reduce((sum, v) => sum + Math.exp(v - top), 0);
      loss += Math.log(total) + top - row[labels[r]];
      const dHidden = new Float64Array(hidden);
      for (let c = 0; c < classes; c++) {
        const d = (Math.exp(row[c] - top) / total - (labels[r] === c ? 1 : 0)) / w.batch;
        grads[3][c] += d;
        for (let k = 0; k < hidden; k++) {
          grads[2][k * classes + c] += d * h[r * hidden + k];
          dHidden[k] += d * params[2][k * classes + c];
        }
      }
      for (let k = 0; k < hidden; k++) {
        if (h[r * hidden + k] <= 0) continue;
        grads[1][k] += dHidden[k];
        for (let i = 0; i < inputs; i++) grads[0][i * hidden + k] += dHidden[k] * x[r * inputs + i];
      }
    }
    losses.push(loss / w.batch);
    for (const [p, param] of params.entries()) {
      for (let i = 0; i < param.length; i++) {
        first[p][i] = beta1 * first[p][i] + (1 - beta1) * grads[p][i];
        second[p][i] = beta2 * second[p][i] + (1 - beta2) * grads[p][i] ** 2;
        const mean = first[p][i] / (1 - beta1 ** (step + 1));
        const square = second[p][i] / (1 - beta2 ** (step + 1));
        param[i] -= (lr * mean) / (Math.sqrt(square) + epsilon);
      }
    }
  }
  return losses;
}
