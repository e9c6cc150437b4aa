/** Files that specs give to the page. */

/** A .safetensors file of binary32 tensors: name, shape, values. */
export function safetensors(tensors: [string, number[], number[]][]): Buffer {
  const header: Record<string, unknown> = {};
  const data: Buffer[] = [];
  let at = 0;
  for (const [name, shape, values] of tensors) {
    const bytes = Buffer.from(new Float32Array(values).buffer);
    header[name] = { dtype: "F32", shape, data_offsets: [at, at + bytes.length] };
    data.push(bytes);
    at += bytes.length;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...data]);
}

/** The same numbers at every call, uniform in ±scale. */
export function numbers(count: number, scale: number): number[] {
  let state = 12345;
  return Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return (state / 1073741824 - 1) * scale;
  });
}
