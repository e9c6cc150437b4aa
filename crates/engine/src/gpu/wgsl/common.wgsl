// Words of the arena as numbers. Integers and bit patterns go through `arena` itself, so that no device flushes them.

fn ld(at: u32) -> f32 {
  return bitcast<f32>(arena[at]);
}

fn st(at: u32, x: f32) {
  arena[at] = bitcast<u32>(x);
}

fn arg(at: u32) -> u32 {
  return args[at >> 2u][at & 3u];
}

// A number from bits that no compiler may look into: the word added is always 0.
fn special(bits: u32) -> f32 {
  return bitcast<f32>(bits ^ args[0].x);
}

// The same number, rounded as it is: no compiler may fuse or reorder what made it with what follows.
fn hold(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ args[0].x);
}

// A product that is rounded before it is added to something.
fn product(a: f32, b: f32) -> f32 {
  return hold(a * b);
}

// Adds to a count of 64 bits.
fn count(at: u32, n: u32) {
  let before = atomicAdd(&state[at], n);
  if (before + n < before) {
    atomicAdd(&state[at + 1u], 1u);
  }
}

// What an element's rounding lost: overflow, underflow, NaN.
fn count_events(at: u32, events: vec3<u32>) {
  if (events.x > 0u) {
    count(at, events.x);
  }
  if (events.y > 0u) {
    count(at + 2u, events.y);
  }
  if (events.z > 0u) {
    count(at + 4u, events.z);
  }
}
