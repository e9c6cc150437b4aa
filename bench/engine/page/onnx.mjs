// ONNX's protobuf form: its fields, and a graph of chained matrix products, C = A·B·B·…

const varint = (value) => {
  const out = [];
  for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return [...out, value];
};
export const integer = (field, value) => [...varint(field * 8), ...varint(value)];
export const bytes = (field, value) => [...varint(field * 8 + 2), ...varint(value.length), ...value];
export const text = (field, value) => bytes(field, [...new TextEncoder().encode(value)]);

const FLOAT = 1;

/** A named n × n matrix of binary32 (ValueInfoProto). */
function matrix(name, n) {
  const dimension = bytes(1, integer(1, n));
  const tensor = [...integer(1, FLOAT), ...bytes(2, [...dimension, ...dimension])];
  return [...text(1, name), ...bytes(2, bytes(1, tensor))];
}

/** The model with inputs A, B and output C after `length` products. */
export function matmulChain(n, length) {
  const graph = [];
  for (let i = 0; i < length; i++) {
    const from = i === 0 ? "A" : `C${i}`;
    const to = i + 1 === length ? "C" : `C${i + 1}`;
    graph.push(...bytes(1, [...text(1, from), ...text(1, "B"), ...text(2, to), ...text(4, "MatMul")]));
  }
  graph.push(...text(2, "chain"));
  for (const name of ["A", "B"]) graph.push(...bytes(11, matrix(name, n)));
  graph.push(...bytes(12, matrix("C", n)));
  const operators = [...text(1, ""), ...integer(2, 17)];
  return Uint8Array.from([...integer(1, 8), ...bytes(7, graph), ...bytes(8, operators)]);
}
