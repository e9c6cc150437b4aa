// The elementary functions of `crate::math`, by the same reductions and coefficients: devices' own are as coarse as 2^-11.
// Results differ from the CPU's by the fusing of products and sums, and where a device flushes subnormals.

fn m_expm1_part(r: f32) -> f32 {
  var q = 0.0013836771f;
  q = q * r + 0.008369141f;
  q = q * r + 0.041668106f;
  q = q * r + bitcast<f32>(0x3E2AAA46u);
  q = q * r + bitcast<f32>(0x3EFFFFFEu);
  return q * (r * r) + r;
}

fn m_reduce(x: f32) -> vec2<f32> {
  let n = round(x * 1.442695f);
  let r = (x - n * 0.69314575f) - n * 0.0000014286068f;
  return vec2<f32>(n, m_expm1_part(r));
}

fn m_power_of_two(n: i32) -> f32 {
  return bitcast<f32>(u32(n + 127) << 23u);
}

fn m_exp(x: f32) -> f32 {
  let e = m_reduce(clamp(x, -104.0f, 89.0f));
  let n = i32(e.x);
  let half = n >> 1u;
  return (e.y + 1.0f) * m_power_of_two(half) * m_power_of_two(n - half);
}

fn m_ln_part(exponent: f32, f: f32) -> f32 {
  var p = bitcast<f32>(0x3D5AAD7Fu);
  p = p * f + bitcast<f32>(0xBDDF90C6u);
  p = p * f + bitcast<f32>(0x3DF7FD33u);
  p = p * f + bitcast<f32>(0xBE008250u);
  p = p * f + bitcast<f32>(0x3E11818Au);
  p = p * f + bitcast<f32>(0xBE2A9789u);
  p = p * f + bitcast<f32>(0x3E4CD2A1u);
  p = p * f + bitcast<f32>(0xBE800038u);
  p = p * f + bitcast<f32>(0x3EAAAAA4u);
  let square = f * f;
  var tail = p * f * square;
  tail = exponent * 0.0000014286068f + tail;
  tail = tail - 0.5f * square;
  return exponent * 0.69314575f + (f + tail);
}

fn m_ln(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7FFFFFFFu;
  if (magnitude == 0u) {
    return special(0xFF800000u);
  }
  if (magnitude > 0x7F800000u || bits != magnitude) {
    return special(0x7FC00000u);
  }
  if (magnitude == 0x7F800000u) {
    return x;
  }
  var word = bits;
  var exponent = 0;
  if (magnitude < 0x00800000u) {
    // The significand moved to [1, 2); its leading bit had the weight 2^(firstLeadingBit - 149).
    let leading = firstLeadingBit(magnitude);
    word = ((magnitude << (23u - leading)) & 0x007FFFFFu) | 0x3F800000u;
    exponent = i32(leading) - 149;
  }
  let offset = bitcast<i32>(word - 0x3F3504F3u);
  let e = f32((offset >> 23u) + exponent);
  let significand = bitcast<f32>((bitcast<u32>(offset) & 0x007FFFFFu) + 0x3F3504F3u);
  return m_ln_part(e, significand - 1.0f);
}

fn m_tanh(x: f32) -> f32 {
  let e = m_reduce(min(abs(x) * 2.0f, 20.0f));
  let scale = m_power_of_two(i32(e.x));
  let t = e.y * scale + (scale - 1.0f);
  let magnitude = bitcast<u32>(t / (t + 2.0f)) & 0x7FFFFFFFu;
  return bitcast<f32>(magnitude | (bitcast<u32>(x) & 0x80000000u));
}

fn m_sigmoid(x: f32) -> f32 {
  let e = m_exp(-abs(x));
  return select(1.0f, e, x < 0.0f) / (1.0f + e);
}

fn m_softplus(x: f32) -> f32 {
  let e = m_exp(-abs(x));
  let upper = e > 0.41421354f;
  let f = select(e, (e - 1.0f) * 0.5f, upper);
  return max(x, 0.0f) + m_ln_part(select(0.0f, 1.0f, upper), f);
}

fn m_turn(x: f32, quarter: i32) -> f32 {
  let n = round(x * 0.63661975f);
  let a = x - n * 1.5703125f;
  let b = a - n * 0.0004837513f;
  let c = b - n * 0.000000075495336f;
  let r = c - n * 0.000000000002563344f;
  let quadrant = i32(n) + quarter;
  let square = r * r;
  var s = bitcast<f32>(0xB94C8E4Cu);
  s = s * square + bitcast<f32>(0x3C088363u);
  s = s * square + bitcast<f32>(0xBE2AAAA2u);
  let sine = s * (square * r) + r;
  var k = bitcast<f32>(0x37CCEF35u);
  k = k * square + bitcast<f32>(0xBAB6060Au);
  k = k * square + bitcast<f32>(0x3D2AAAA5u);
  let cosine = (1.0f - 0.5f * square) + k * (square * square);
  let magnitude = select(sine, cosine, (quadrant & 1) == 1);
  let value = bitcast<f32>(bitcast<u32>(magnitude) ^ ((bitcast<u32>(quadrant) & 2u) << 30u));
  if (abs(x) <= 10000.0f) {
    return value;
  }
  return special(0x7FC00000u);
}

fn m_sin(x: f32) -> f32 {
  return select(m_turn(x, 0), x, x == 0.0f);
}

fn m_cos(x: f32) -> f32 {
  return m_turn(x, 1);
}

fn m_erf(x: f32) -> f32 {
  let a = min(abs(x), 4.0f);
  let square = a * a;
  var p = bitcast<f32>(0x38AB382Au);
  p = p * square + bitcast<f32>(0xBA53F37Au);
  p = p * square + bitcast<f32>(0x3BAA3ABBu);
  p = p * square + bitcast<f32>(0xBCDC021Au);
  p = p * square + bitcast<f32>(0x3DE716BBu);
  p = p * square + bitcast<f32>(0xBEC093A0u);
  p = p * square + bitcast<f32>(0x3E0375D4u);
  let small = p * a + a;
  var q = bitcast<f32>(0xB6B1ABAFu);
  q = q * a + bitcast<f32>(0x38515DB2u);
  q = q * a + bitcast<f32>(0x37E71991u);
  q = q * a + bitcast<f32>(0xBB3C0CBDu);
  q = q * a + bitcast<f32>(0x3CB8F164u);
  q = q * a + bitcast<f32>(0xBDD7634Bu);
  q = q * a + bitcast<f32>(0xBF22BB77u);
  q = q * a + bitcast<f32>(0xBF90740Cu);
  let large = 1.0f - m_exp(q * a);
  let magnitude = bitcast<u32>(select(large, small, a < 0.921875f)) & 0x7FFFFFFFu;
  return bitcast<f32>(magnitude | (bitcast<u32>(x) & 0x80000000u));
}
