// The best plain JavaScript we know for each conversion, all nearest-even and correct for every input.
//
// Each entry: { name, make() } where make() returns convert(x: Float32Array, out: typed array) after
// building what it needs (tables are not part of the measurement).

const words = (x) => new Uint32Array(x.buffer, x.byteOffset, x.length);
const oneFloat = new Float32Array(1);
const oneWord = new Uint32Array(oneFloat.buffer);

function binary16Bits(u) {
  const sign = (u >>> 16) & 0x8000;
  const a = u & 0x7fffffff;
  if (a > 0x7f800000) return 0x7e00;
  if (a >= 0x477ff000) return sign | 0x7c00;
  if (a < 0x38800000) {
    if (a <= 0x33000000) return sign;
    const shift = 126 - (a >>> 23);
    const significand = (a & 0x7fffff) | 0x800000;
    const kept = significand >>> shift;
    const rest = significand & ((1 << shift) - 1);
    const half = 1 << (shift - 1);
    return sign | (kept + (rest > half || (rest === half && kept & 1) ? 1 : 0));
  }
  return sign | ((a - 0x38000000 + 0xfff + ((a >>> 13) & 1)) >>> 13);
}

function bfloat16Bits(u) {
  return (u & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : (u + 0x7fff + ((u >>> 16) & 1)) >>> 16;
}

function e4m3Bits(u) {
  const sign = (u >>> 24) & 0x80;
  const a = u & 0x7fffffff;
  if (a > 0x43e80000) return 0x7f;
  if (a < 0x3c800000) {
    if (a <= 0x3a800000) return sign;
    const shift = 141 - (a >>> 23);
    const significand = (a & 0x7fffff) | 0x800000;
    const kept = significand >>> shift;
    const rest = significand & ((1 << shift) - 1);
    const half = 1 << (shift - 1);
    return sign | (kept + (rest > half || (rest === half && kept & 1) ? 1 : 0));
  }
  return sign | ((a - 0x3c000000 + 0x7ffff + ((a >>> 20) & 1)) >>> 20);
}

// Branch-free: the adder rounds, as in the crate's kernels, but through a one-element view.
function e4m3Adder(x, out) {
  const u = words(x);
  for (let i = 0; i < u.length; i++) {
    const a = Math.min(u[i] & 0x7fffffff, 0x43f00000);
    const binade = Math.max(a & 0x7f800000, 0x3c800000);
    oneWord[0] = a;
    const magnitude = oneFloat[0];
    oneWord[0] = binade + 0x0a000000;
    oneFloat[0] = magnitude + oneFloat[0];
    const code = ((binade >>> 20) - 968 + (oneWord[0] & 0xffff)) & 0x7f;
    out[i] = code === 0x7f ? code : code | ((u[i] >>> 24) & 0x80);
  }
}

const each = (bits) => () => (x, out) => {
  const u = words(x);
  for (let i = 0; i < u.length; i++) out[i] = bits(u[i]);
};

// Every midpoint of E4M3 has zeros in its low 16 bits, so the upper half and "is there more" decide.
function e4m3Table() {
  const table = new Uint8Array(1 << 17);
  for (let i = 0; i < 1 << 17; i++) table[i] = e4m3Bits((((i >>> 1) << 16) | (i & 1)) >>> 0);
  return (x, out) => {
    const u = words(x);
    for (let i = 0; i < u.length; i++) {
      const v = u[i];
      out[i] = table[((v >>> 16) << 1) | ((v & 0xffff) !== 0 ? 1 : 0)];
    }
  };
}

// Tables by sign and exponent (512 entries): what to add, how far to shift. Rounds to nearest-even with the
// shifted-out bits; the classic scheme truncates.
function binary16Table() {
  const base = new Uint16Array(512);
  const shift = new Uint8Array(512);
  const lead = new Uint32Array(512);
  for (let i = 0; i < 256; i++) {
    const e = i - 127;
    for (const sign of [0, 256]) {
      const s = sign << 7;
      if (e < -25) [base[i | sign], shift[i | sign], lead[i | sign]] = [s, 30, 0];
      else if (e < -14) [base[i | sign], shift[i | sign], lead[i | sign]] = [s, -e - 1, 0x800000];
      else if (e <= 15) [base[i | sign], shift[i | sign], lead[i | sign]] = [s | ((e + 15) << 10), 13, 0];
      else [base[i | sign], shift[i | sign], lead[i | sign]] = [s | 0x7c00, 30, 0];
    }
  }
  return (x, out) => {
    const u = words(x);
    for (let i = 0; i < u.length; i++) {
      const v = u[i];
      const k = v >>> 23;
      const n = shift[k];
      const m = (v & 0x7fffff) | lead[k];
      const kept = m >>> n;
      const half = 1 << (n - 1);
      const code = base[k] + ((m + half - 1 + (kept & 1)) >>> n);
      out[i] = (v & 0x7fffffff) > 0x7f800000 ? 0x7e00 : code;
    }
  };
}

// The upper halves as 16-bit elements: no 32-bit arithmetic for the part that is kept.
function bfloat16Halves() {
  return (x, out) => {
    const h = new Uint16Array(x.buffer, x.byteOffset, x.length * 2);
    for (let i = 0, j = 0; j < out.length; i += 2, j++) {
      const low = h[i];
      const high = h[i + 1];
      const up = low > 0x8000 || (low === 0x8000 && high & 1) ? 1 : 0;
      const magnitude = high & 0x7fff;
      out[j] = magnitude > 0x7f80 || (magnitude === 0x7f80 && low) ? 0x7fc0 : high + up;
    }
  };
}

export const baselines = {
  fp16: [
    { name: "bit tricks", make: each(binary16Bits) },
    { name: "512-entry tables", make: binary16Table },
    ...(globalThis.Float16Array
      ? [{
          name: "Float16Array.set",
          make: () => (x, out) => new Float16Array(out.buffer, out.byteOffset, out.length).set(x),
          canonicalNan: false,
        }]
      : []),
  ],
  bf16: [
    { name: "bit tricks", make: each(bfloat16Bits) },
    { name: "16-bit view", make: bfloat16Halves },
  ],
  e4m3: [
    { name: "bit tricks", make: each(e4m3Bits) },
    { name: "131072-entry table", make: e4m3Table },
    { name: "adder", make: () => e4m3Adder },
  ],
};
