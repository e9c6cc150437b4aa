// One seeded generator for every engine's weights and data, so that all start from the same numbers.

/** Uniform numbers in [0, 1) from a 32-bit state (mulberry32). */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `length` numbers, uniform within ±limit. */
export function uniformArray(next, length, limit) {
  return Float32Array.from({ length }, () => (2 * next() - 1) * limit);
}

/** `length` standard normal numbers (Box–Muller). */
export function normalArray(next, length) {
  return Float32Array.from({ length }, () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()));
}
