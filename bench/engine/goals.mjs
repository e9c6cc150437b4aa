// The ratios that the project aims at, from one run. A goal that cannot be judged says why, and is never passed.

import { quartiles } from "./page/statistics.mjs";

const matmul = (what, over, build, n, goal, device = "") => ({
  what, group: `matmul-${n}${device}`, ours: `ours-${build}`, over, goal,
});
const peak = (build, n, goal) =>
  matmul(`product / peak of the ${build} build, n = ${n}`, [`ours-${build}-peak`], build, n, goal);
const step = (group, over, build, goal, stretch) => ({
  what: `${group} step, ${build} / ${over}`, group, ours: `ours-${build}`, over: [over], goal, stretch,
});
const CPU_PEERS = ["tfjs-cpu", "tfjs-wasm", "jax-wasm", "ort-wasm"];
const TRAINED = ["gan2d", "ganimage", "mlp", "cnn"];

/** `over`: the best of these is the denominator. */
export const GOALS = [
  ...[64, 256, 512].map((n) => peak("simd128", n, 0.92)),
  peak("simd128", 1024, 0.88),
  ...[64, 256].map((n) => peak("relaxed", n, 0.9)),
  peak("relaxed", 1024, 0.8),
  ...[[64, 1.8], [256, 1.4], [1024, 1.2]].map(([n, goal]) =>
    matmul(`product, relaxed / best other on one thread, n = ${n}`, CPU_PEERS, "relaxed", n, goal)),
  step("gan2d", "tfjs-wasm", "simd128", 10), step("ganimage", "tfjs-wasm", "simd128", 8),
  step("mlp", "tfjs-wasm", "simd128", 9), step("cnn", "tfjs-cpu", "simd128", 60),
  step("gan2d", "tfjs-wasm", "relaxed", 12, 16), step("ganimage", "tfjs-wasm", "relaxed", 9, 11),
  step("mlp", "tfjs-wasm", "relaxed", 11, 13), step("cnn", "tfjs-cpu", "relaxed", 80, 100),
  ...TRAINED.flatMap((group) => ["bf16", "fp16", "e4m3"].map((policy) => ({
    what: `${group} step, ${policy} / fp32`, group, ours: `ours-simd128-${policy}`, over: ["ours-simd128"], goal: 0.5,
  }))),
  ...[256, 512].flatMap((n) => [
    matmul(`WebGPU product / tfjs, n = ${n}`, ["tfjs-webgpu"], "webgpu", n, 9, "-webgpu"),
    matmul(`WebGPU product / jax-js, n = ${n}`, ["jax-webgpu"], "webgpu", n, 1.3, "-webgpu"),
  ]),
  step("gan2d-webgpu", "tfjs-webgpu", "webgpu", 40), step("gan2d-webgpu", "jax-webgpu", "webgpu", 4),
];

const judged = (ratio, { goal, stretch }) => {
  if (ratio < goal) return "miss";
  return stretch && ratio >= stretch ? "pass, stretch" : "pass";
};

/**
 * Each goal with its ratio and state; goals of groups that were not run are left out. A ratio is the median of the
 * rounds' ratios: what disturbs a round disturbs both of its sides.
 */
export function judge(groups) {
  return GOALS.flatMap((goal) => {
    const group = groups.find(({ name }) => name === goal.group);
    if (!group) return [];
    const row = (id) => group.rows.find((each) => each.id === id);
    const top = row(goal.ours);
    if (!top?.speed) return [{ ...goal, ratio: null, state: top?.state ?? "absent" }];
    const bottoms = goal.over.map(row).filter((each) => each?.speed);
    if (bottoms.length === 0) return [{ ...goal, ratio: null, state: "nothing to compare with" }];
    const best = bottoms.reduce((a, b) => (a.speed.median > b.speed.median ? a : b));
    const { median, lower, upper } = quartiles(top.speeds.map((speed, round) => speed / best.speeds[round]));
    return [{ ...goal, compared: best.id, ratio: median, lower, upper, state: judged(median, goal) }];
  });
}

/** The goals of the conversion benchmark, from the JSON that it wrote. */
export function conversionGoals({ goals }) {
  return Object.entries(goals).flatMap(([format, { goal, stretch, ...states }]) =>
    Object.entries(states).map(([state, { toCopy }]) => ({
      what: `${format} conversion / memory copy, ${state}`, ratio: toCopy, goal, stretch, state: judged(toCopy, { goal, stretch }),
    })));
}
