// Who is measured and what is measured: the rows and groups of the report.

const cpu = ["cpu"];
const gpu = ["webgpu"];
const both = ["matmul", "train"];

const ours = (id, device, tasks, options) => ({ id, ours: true, devices: [device], tasks, module: "./ours.mjs", options });
const peer = (id, devices, tasks, module, options) => ({ id, ours: false, devices, tasks, module, options });

export const PARTICIPANTS = [
  ours("ours-simd128", "cpu", both, { build: "simd128" }),
  ours("ours-relaxed", "cpu", both, { build: "relaxed" }),
  ours("ours-simd128-peak", "cpu", ["peak"], { build: "simd128" }),
  ours("ours-relaxed-peak", "cpu", ["peak"], { build: "relaxed" }),
  ours("ours-simd128-bf16", "cpu", ["train"], { build: "simd128", policy: "bf16" }),
  ours("ours-simd128-fp16", "cpu", ["train"], { build: "simd128", policy: "fp16" }),
  ours("ours-simd128-e4m3", "cpu", ["train"], { build: "simd128", policy: "e4m3" }),
  ours("ours-webgpu", "webgpu", both, { build: "webgpu" }),
  peer("tfjs-cpu", cpu, both, "./tfjs.mjs", { backend: "cpu" }),
  peer("tfjs-wasm", cpu, both, "./tfjs.mjs", { backend: "wasm" }),
  peer("jax-wasm", cpu, both, "./jax.mjs", { device: "wasm", threads: 1 }),
  peer("jax-wasm-threads", cpu, both, "./jax.mjs", { device: "wasm" }),
  peer("ort-wasm", cpu, ["matmul"], "./ort.mjs", { provider: "wasm" }),
  peer("tfjs-webgpu", gpu, both, "./tfjs.mjs", { backend: "webgpu" }),
  peer("jax-webgpu", gpu, both, "./jax.mjs", { device: "webgpu" }),
  peer("ort-webgpu", gpu, ["matmul"], "./ort.mjs", { provider: "webgpu" }),
];

const matmul = (n, device, name) => ({ name, device, kind: "matmul", n });
const train = (workload) => [
  { name: workload, device: "cpu", kind: "train", workload },
  { name: `${workload}-webgpu`, device: "webgpu", kind: "train", workload },
];

/** Measured one after the other; everything inside a group in turn. */
export const GROUPS = [
  ...[64, 256, 512, 1024].map((n) => matmul(n, "cpu", `matmul-${n}`)),
  ...[256, 512].map((n) => matmul(n, "webgpu", `matmul-${n}-webgpu`)),
  ...["gan2d", "ganimage", "mlp", "cnn"].flatMap(train),
];

/** The participants of a group; `peers` are prefixes of peers' names, all where empty. */
export function participantsOf(group, peers) {
  const wanted = ({ ours, id }) => ours || peers.length === 0 || peers.some((prefix) => id.startsWith(prefix));
  const tasks = group.kind === "matmul" ? ["matmul", "peak"] : ["train"];
  return PARTICIPANTS.flatMap((participant) => {
    const task = tasks.find((name) => participant.tasks.includes(name));
    const fits = task && participant.devices.includes(group.device) && wanted(participant);
    return fits ? [{ ...participant, task }] : [];
  });
}
