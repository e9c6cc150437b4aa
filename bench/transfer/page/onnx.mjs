// The network in ONNX's protobuf form: (1, 3, side, side) in, 192 features out. Operators of opset 13.

import { bytes, integer, text } from "/engine/onnx.mjs";
import { FEATURES, layers, padding } from "./lite0.mjs";

const [FLOAT, INTS] = [1, 7];

const shape = (sizes) => bytes(2, sizes.flatMap((size) => bytes(1, integer(1, size))));
const value = (name, sizes) => [...text(1, name), ...bytes(2, bytes(1, [...integer(1, FLOAT), ...shape(sizes)]))];
const ints = (name, list) => bytes(5, [...text(1, name), ...list.flatMap((x) => integer(8, x)), ...integer(20, INTS)]);
const int = (name, x) => bytes(5, [...text(1, name), ...integer(3, x), ...integer(20, 2)]);
const node = (kind, inputs, output, attributes = []) =>
  bytes(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, kind), ...attributes]);

/** Numbers as raw little-endian bytes. */
function tensor(name, sizes, values) {
  const raw = new Uint8Array(Float32Array.from(values).buffer);
  return bytes(5, [...sizes.flatMap((size) => integer(1, size)), ...integer(2, FLOAT), ...text(8, name), ...bytes(9, raw)]);
}

/** (height, width, input, output) to (output, input, height, width); depthwise has one input for each output. */
function turned(values, kernel, inputs, outputs, isDepthwise) {
  const area = kernel * kernel;
  const inner = isDepthwise ? 1 : inputs;
  const out = new Float32Array(values.length);
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inner; i++)
      for (let at = 0; at < area; at++) out[(o * inner + i) * area + at] = values[isDepthwise ? at * outputs + o : (at * inputs + i) * outputs + o];
  return out;
}

/** The model for images of `side`² pixels. */
export function model(values, side) {
  const graph = [];
  const add = (part) => { for (const byte of part) graph.push(byte); };
  let [x, size] = ["scaled", side];
  add(node("Sub", ["image", "middle"], "centred"));
  add(node("Div", ["centred", "spread"], "scaled"));
  const names = [];
  for (const { name, kind, kernel, stride, inputs, outputs, relu6, from } of layers()) {
    if (kind === "add") {
      add(node("Add", [x, names[from]], name));
      x = name;
    } else {
      const [before, after] = padding(size, kernel, stride);
      const attributes = [
        ...ints("kernel_shape", [kernel, kernel]), ...ints("strides", [stride, stride]),
        ...ints("pads", [before, before, after, after]), ...int("group", kind === "depthwise" ? inputs : 1),
      ];
      const sum = relu6 ? `${name}.sum` : name;
      add(node("Conv", [x, `${name}.weight`, `${name}.bias`], sum, attributes));
      if (relu6) add(node("Clip", [sum, "zero", "six"], name));
      [x, size] = [name, Math.ceil(size / stride)];
    }
    names.push(x);
  }
  add(node("GlobalAveragePool", [x], "pooled"));
  add(node("Flatten", ["pooled"], "features"));
  add(text(2, "lite0"));
  for (const [name, number] of [["middle", 127], ["spread", 128], ["zero", 0], ["six", 6]]) add(tensor(name, [], [number]));
  for (const { name, kind, kernel, inputs, outputs } of layers()) {
    if (kind === "add") continue;
    const isDepthwise = kind === "depthwise";
    const sizes = [outputs, isDepthwise ? 1 : inputs, kernel, kernel];
    add(tensor(`${name}.weight`, sizes, turned(values.get(`${name}.weight`), kernel, inputs, outputs, isDepthwise)));
    add(tensor(`${name}.bias`, [outputs], values.get(`${name}.bias`)));
  }
  add(bytes(11, value("image", [1, 3, side, side])));
  add(bytes(12, value("features", [1, FEATURES])));
  const operators = [...text(1, ""), ...integer(2, 13)];
  const head = [...integer(1, 8), ...bytes(8, operators)];
  const length = bytes(7, []).slice(0, 1);
  const out = new Uint8Array(head.length + 16 + graph.length);
  out.set(head);
  let at = head.length;
  out[at++] = length[0];
  for (let rest = graph.length; ; rest = Math.floor(rest / 128)) {
    out[at++] = rest > 127 ? (rest % 128) | 128 : rest;
    if (rest <= 127) break;
  }
  out.set(graph, at);
  return out.subarray(0, at + graph.length);
}
