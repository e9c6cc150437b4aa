//! Copies between strided places, rows by index, rotary positions, random numbers.

use std::fmt::Write as _;

use super::{Compiler, places};
use crate::gpu::shader::{Kernel, Target};
use crate::graph::RandomKind;
use crate::math;
use crate::plan::Step;

/// A strided copy, as [`crate::plan::Kernel::Copy`] has it.
pub(super) struct Walk<'a> {
    pub dims: &'a [usize],
    pub from: usize,
    pub from_strides: &'a [usize],
    pub to: usize,
    pub to_strides: &'a [usize],
    pub clear: bool,
}

/// Words are moved as they are. With `clear` the kernel runs over the output and finds each word's source, if it has one: the output is dense and
/// what is copied is a box in it, at `to` from its start.
pub(super) fn copy(target: Target, walk: &Walk<'_>, step: &Step) -> Kernel {
    let mut body = String::new();
    if walk.clear {
        let mut axes: Vec<usize> = (0..walk.dims.len()).filter(|&axis| walk.dims[axis] > 1).collect();
        axes.sort_by_key(|&axis| std::cmp::Reverse(walk.to_strides[axis]));
        let _ = write!(
            body,
            "  var inside = i >= {to}u;
  var rest = i - {to}u;
  var source = p0 + {}u;
",
            walk.from,
            to = walk.to
        );
        for axis in axes {
            let _ = write!(
                body,
                "  let c{axis} = rest / {0}u;
  rest = rest % {0}u;
  inside = inside && c{axis} < {1}u;
  source += c{axis} * {2}u;
",
                walk.to_strides[axis], walk.dims[axis], walk.from_strides[axis]
            );
        }
        body.push_str(
            "  inside = inside && rest == 0u;
  var word = 0u;
  if (inside) {
    word = arena[source];
  }
  arena[p1 + i] = word;
",
        );
        return Kernel::each(target, step.outputs[0].len, places(step), &body);
    }
    let mut below = 1;
    let (mut from, mut to) = (format!("p0 + {}u", walk.from), format!("p1 + {}u", walk.to));
    for axis in (0..walk.dims.len()).rev() {
        if walk.dims[axis] > 1 {
            let _ = writeln!(body, "  let c{axis} = (i / {below}u) % {}u;", walk.dims[axis]);
            let _ = write!(from, " + c{axis} * {}u", walk.from_strides[axis]);
            let _ = write!(to, " + c{axis} * {}u", walk.to_strides[axis]);
        }
        below *= walk.dims[axis];
    }
    let _ = writeln!(body, "  arena[{to}] = arena[{from}];");
    Kernel::each(target, below, places(step), &body)
}

/// `table (rows,width)` at `index (count)`.
pub(super) fn gather(target: Target, rows: usize, width: usize, step: &Step) -> Kernel {
    let body = format!(
        "  let row = min(arena[p1 + i / {width}u], {}u);
  arena[p2 + i] = arena[p0 + row * {width}u + i % {width}u];
",
        rows.saturating_sub(1)
    );
    Kernel::each(target, step.outputs[0].len, places(step), &body)
}

/// Adds `values (count,width)` at `index (count)` to zeros, in index order: each invocation looks through all indices for those of its row,
/// so that no two add to one word.
pub(super) fn scatter_add(target: Target, rows: usize, width: usize, step: &Step) -> Kernel {
    let count = step.inputs[1].len;
    let block = [8, 4, 2].into_iter().find(|&block| width.is_multiple_of(block)).unwrap_or(1);
    let blocks = width / block;
    let mut body = format!("  let row = i / {blocks}u;\n  let column = (i % {blocks}u) * {block}u;\n");
    for c in 0..block {
        let _ = writeln!(body, "  var s{c} = 0.0f;");
    }
    let _ = write!(
        body,
        "  for (var l = 0u; l < {count}u; l += 1u) {{
    if (min(arena[p1 + l], {}u) == row) {{
      let source = p0 + l * {width}u + column;
",
        rows.saturating_sub(1)
    );
    for c in 0..block {
        let _ = writeln!(body, "      s{c} += ld(source + {c}u);");
    }
    body.push_str("    }\n  }\n");
    for c in 0..block {
        let _ = writeln!(body, "  st(p2 + row * {width}u + column + {c}u, s{c});");
    }
    Kernel::each(target, rows * blocks, places(step), &body)
}

/// 1 at the index, else 0.
pub(super) fn one_hot(target: Target, classes: usize, step: &Step) -> Kernel {
    let body = format!("  st(p1 + i, select(0.0f, 1.0f, arena[p0 + i / {classes}u] == i % {classes}u));\n");
    Kernel::each(target, step.outputs[0].len, places(step), &body)
}

/// Turns pairs of `x (outer,t,d)`. Cosines and sines are the CPU's, from a table.
pub(super) fn rope(
    compiler: &mut Compiler<'_>,
    [t, d]: [usize; 2],
    base: f32,
    inverse: bool,
    step: &Step,
) -> Kernel {
    let log_base = math::ln(base);
    let words = (0..t * d / 2)
        .flat_map(|i| {
            let (position, pair) = (i / (d / 2), i % (d / 2));
            let frequency = math::exp(-log_base * (2 * pair) as f32 / d as f32);
            let angle = position as f32 * frequency;
            let sine = math::sin(angle);
            [math::cos(angle), if inverse { -sine } else { sine }]
        })
        .map(f32::to_bits)
        .collect();
    let table = compiler.table(words);
    let body = format!(
        "  let turn = p2 + (i % {}u) * 2u;
  let cosine = ld(turn);
  let sine = ld(turn + 1u);
  let a = ld(p0 + 2u * i);
  let b = ld(p0 + 2u * i + 1u);
  st(p1 + 2u * i, a * cosine - b * sine);
  st(p1 + 2u * i + 1u, a * sine + b * cosine);
",
        t * d / 2
    );
    let mut args = places(step);
    args.push(table.offset as u32);
    Kernel::each(compiler.target, step.outputs[0].len / 2, args, &body)
}

/// Random numbers, a pair for each invocation. `key`: where the stream's key is in the state.
pub(super) fn random(target: Target, kind: RandomKind, key: u32, step: &Step) -> Kernel {
    let len = step.outputs[0].len;
    let pair = match kind {
        RandomKind::Uniform => "vec2<f32>(uniform_of(words.x), uniform_of(words.y))".to_owned(),
        RandomKind::Normal => "normals_of(words)".to_owned(),
        RandomKind::Below(n) => format!("vec2<u32>(mul_high(words.x, {n}u), mul_high(words.y, {n}u))"),
    };
    let bits = if matches!(kind, RandomKind::Below(_)) { "pair" } else { "bitcast<vec2<u32>>(pair)" };
    let body = format!(
        "  let words = threefry(stream_key(p1), vec2<u32>(i, 0u));
  let pair = {pair};
  let bits = {bits};
  arena[p0 + 2u * i] = bits.x;
  if (2u * i + 1u < {len}u) {{
    arena[p0 + 2u * i + 1u] = bits.y;
  }}
"
    );
    let mut args = places(step);
    args.push(key);
    Kernel::each(target, len.div_ceil(2), args, &body)
}
