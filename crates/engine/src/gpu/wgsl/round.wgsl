// Rounding in integers, as `crate::rounding` does it. Magnitudes are bits of binary32 without the sign.

// Significand and exponent: the magnitude is x · 2^(y - 150).
fn parts(magnitude: u32) -> vec2<u32> {
  let field = magnitude >> 23u;
  return vec2<u32>(select(magnitude & 0x7FFFFFu, (magnitude & 0x7FFFFFu) | 0x800000u, field > 0u), max(field, 1u));
}

// Bits of `steps · 2^exponent`, a normal number or 0.
fn from_steps(steps: u32, exponent: i32) -> u32 {
  if (steps == 0u) {
    return 0u;
  }
  let leading = firstLeadingBit(steps);
  return (u32(i32(leading) + exponent + 127) << 23u) | ((steps << (23u - leading)) & 0x7FFFFFu);
}

// Nearest-even to whole steps of 2^exponent.
fn nearest_steps(magnitude: u32, exponent: i32) -> u32 {
  let p = parts(magnitude);
  let shift = exponent + 150 - i32(p.y);
  if (shift > 25) {
    return 0u;
  }
  let s = u32(max(shift, 1));
  return (p.x + (1u << (s - 1u)) - 1u + ((p.x >> s) & 1u)) >> s;
}

// Down to whole steps of 2^exponent with so many bits behind the point.
fn fixed_steps(magnitude: u32, exponent: i32, fraction_bits: u32) -> u32 {
  let p = parts(magnitude);
  let shift = i32(p.y) - 150 + i32(fraction_bits) - exponent;
  if (shift >= 0) {
    return p.x << u32(min(shift, 8));
  }
  return select(p.x >> u32(min(-shift, 31)), 0u, shift < -31);
}

// Whether the fraction that a shift to the right drops exceeds a threshold of 64 bits.
fn exceeds(significand: u32, shift: u32, limit: vec2<u32>) -> bool {
  var high = 0u;
  var low = 0u;
  if (shift == 0u) {
    return false;
  }
  if (shift <= 31u) {
    high = (significand & ((1u << shift) - 1u)) << (32u - shift);
  } else if (shift < 64u) {
    let back = 64u - shift;
    // significand · 2^back, below 2^64.
    if (back >= 32u) {
      high = significand << (back - 32u);
    } else {
      high = significand >> (32u - back);
      low = significand << back;
    }
  } else if (shift < 96u) {
    low = significand >> min(shift - 64u, 31u);
  }
  return high > limit.y || (high == limit.y && low > limit.x);
}
