// Threefry-2x32 with 20 rounds and what is drawn with it, see `crate::random`.

fn rotate(x: u32, by: u32) -> u32 {
  return (x << by) | (x >> (32u - by));
}

fn threefry_rounds(v: vec2<u32>, a: u32, b: u32, c: u32, d: u32) -> vec2<u32> {
  var x = v.x;
  var y = v.y;
  x = x + y;
  y = rotate(y, a) ^ x;
  x = x + y;
  y = rotate(y, b) ^ x;
  x = x + y;
  y = rotate(y, c) ^ x;
  x = x + y;
  y = rotate(y, d) ^ x;
  return vec2<u32>(x, y);
}

fn threefry(key: vec2<u32>, counter: vec2<u32>) -> vec2<u32> {
  let k2 = key.x ^ key.y ^ 0x1BD11BDAu;
  var v = counter + key;
  v = threefry_rounds(v, 13u, 15u, 26u, 6u) + vec2<u32>(key.y, k2 + 1u);
  v = threefry_rounds(v, 17u, 29u, 16u, 24u) + vec2<u32>(k2, key.x + 2u);
  v = threefry_rounds(v, 13u, 15u, 26u, 6u) + vec2<u32>(key.x, key.y + 3u);
  v = threefry_rounds(v, 17u, 29u, 16u, 24u) + vec2<u32>(key.y, k2 + 4u);
  v = threefry_rounds(v, 13u, 15u, 26u, 6u) + vec2<u32>(k2, key.x + 5u);
  return v;
}

fn stream_key(at: u32) -> vec2<u32> {
  return vec2<u32>(atomicLoad(&state[at]), atomicLoad(&state[at + 1u]));
}

fn random_word(key: vec2<u32>, index: u32) -> u32 {
  let pair = threefry(key, vec2<u32>(index >> 1u, 0u));
  return select(pair.x, pair.y, (index & 1u) == 1u);
}

fn uniform_of(word: u32) -> f32 {
  return f32(word >> 8u) * 0.000000059604644775390625f;
}

fn normals_of(words: vec2<u32>) -> vec2<f32> {
  let radius = sqrt(-2.0f * m_ln(1.0f - uniform_of(words.x)));
  let angle = uniform_of(words.y) * 6.2831855f;
  return radius * vec2<f32>(m_cos(angle), m_sin(angle));
}

// The upper half of a product.
fn mul_high(a: u32, b: u32) -> u32 {
  let al = a & 0xFFFFu;
  let ah = a >> 16u;
  let bl = b & 0xFFFFu;
  let bh = b >> 16u;
  let middle = ah * bl + ((al * bl) >> 16u);
  let carry = al * bh + (middle & 0xFFFFu);
  return ah * bh + (middle >> 16u) + (carry >> 16u);
}

// Numbers of 64 bits: low word, high word.
fn add64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = a.x + b.x;
  return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}

fn mul64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(a.x * b.x, mul_high(a.x, b.x) + a.x * b.y + a.y * b.x);
}

// SplitMix64's finaliser.
fn mix64(seed: vec2<u32>) -> vec2<u32> {
  var z = seed;
  z = mul64(z ^ vec2<u32>((z.x >> 30u) | (z.y << 2u), z.y >> 30u), vec2<u32>(0x1CE4E5B9u, 0xBF58476Du));
  z = mul64(z ^ vec2<u32>((z.x >> 27u) | (z.y << 5u), z.y >> 27u), vec2<u32>(0x133111EBu, 0x94D049BBu));
  return z ^ vec2<u32>((z.x >> 31u) | (z.y << 1u), z.y >> 31u);
}

// The threshold of a block's element, see `numerics::blocks`.
fn threshold(seed: vec2<u32>, index: u32) -> vec2<u32> {
  return mix64(add64(seed, mul64(vec2<u32>(index + 1u, 0u), vec2<u32>(0x7F4A7C15u, 0x9E3779B9u))));
}
