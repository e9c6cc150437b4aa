// EfficientNet-Lite0 up to block 14 as data: its layers, and the weights of the site's INT8 files as binary32.

/** Repeats, kernel, stride of the first, expansion, outputs: Tan and Le (2019), the Lite variant. */
const STAGES = [[1, 3, 1, 1, 16], [2, 3, 2, 6, 24], [2, 5, 2, 6, 40], [3, 3, 2, 6, 80], [3, 5, 1, 6, 112], [4, 5, 2, 6, 192]];
const STEM = 32;
export const FILES = ["efficientnet-lite0/int8-d10-1.safetensors", "efficientnet-lite0/int8-b14-1.safetensors"];
export const FEATURES = 192;

/** Inverted bottlenecks: { name, kernel, stride, expansion, inputs, outputs }. */
export function blocks() {
  let inputs = STEM;
  return STAGES.flatMap(([repeats, kernel, stride, expansion, outputs]) =>
    Array.from({ length: repeats }, (_, repeat) => {
      const block = { kernel, stride: repeat === 0 ? stride : 1, expansion, inputs, outputs };
      inputs = outputs;
      return block;
    })).map((block, index) => ({ name: `block${index}`, ...block }));
}

/** Layers in order: { name, kind: conv | depthwise | add, kernel, stride, inputs, outputs, relu6, from }; `add` adds the output of `from`. */
export function layers() {
  const list = [{ name: "stem", kind: "conv", kernel: 3, stride: 2, inputs: 3, outputs: STEM, relu6: true }];
  for (const { name, kernel, stride, expansion, inputs, outputs } of blocks()) {
    const from = list.length - 1;
    const inner = inputs * expansion;
    if (expansion > 1) list.push({ name: `${name}.expand`, kind: "conv", kernel: 1, stride: 1, inputs, outputs: inner, relu6: true });
    list.push({ name: `${name}.depthwise`, kind: "depthwise", kernel, stride, inputs: inner, outputs: inner, relu6: true });
    list.push({ name: `${name}.project`, kind: "conv", kernel: 1, stride: 1, inputs: inner, outputs, relu6: false });
    if (stride === 1 && inputs === outputs) list.push({ name: `${name}.sum`, kind: "add", from, outputs });
  }
  return list;
}

/** Zeros before and after a side of `size` pixels: TensorFlow's SAME. */
export function padding(size, kernel, stride) {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

function tensors(file) {
  const view = new DataView(file);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)));
  delete header.__metadata__;
  return Object.entries(header).map(([name, { dtype, data_offsets: [from, to] }]) => {
    const bytes = file.slice(8 + length + from, 8 + length + to);
    return [name, dtype === "I8" ? new Int8Array(bytes) : new Float32Array(bytes)];
  });
}

/** Weights and biases by name. Weights are (height, width, input, output), depthwise (height, width, channel). */
export async function weights(folder) {
  const files = await Promise.all(FILES.map(async (file) => (await fetch(`${folder}${file}`)).arrayBuffer()));
  const stored = new Map(files.flatMap(tensors));
  const values = new Map();
  for (const [name, codes] of stored) {
    if (codes instanceof Int8Array) {
      const scales = stored.get(name.replace(/\.weight$/, ".scale"));
      values.set(name, Float32Array.from(codes, (code, at) => code * scales[at % scales.length]));
    } else if (!name.endsWith(".scale")) {
      values.set(name, codes);
    }
  }
  return { values, files };
}

/** The same picture for everybody: waves of several lengths, levels from 0 to 255, (row, column, channel). */
export function image(side) {
  return Float32Array.from({ length: side * side * 3 }, (_, at) => {
    const [row, column, channel] = [Math.floor(at / 3 / side), Math.floor(at / 3) % side, at % 3];
    const wave = Math.sin((row * (channel + 2)) / 9) + Math.cos((column * 3) / (channel + 5)) + Math.sin((row + column) / 4);
    return Math.round(127.5 + 42 * wave);
  });
}
