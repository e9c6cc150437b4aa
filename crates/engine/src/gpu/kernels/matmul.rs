//! Matrix products.
//!
//! Three kernels: on software devices each invocation keeps a tile in registers and reads its operands straight from memory (every access costs
//! the same there, so workgroup memory only adds copies; see also [`super::matmul_wide`]); on others a workgroup of 64 keeps panels of both operands in workgroup memory and each
//! invocation a square of sums; with a rounded accumulator each invocation sums one element in index order.
//!
//! Sums are in binary32, in index order; a device may fuse products and sums.

use std::fmt::Write as _;

use crate::gpu::shader::{Kernel, Target, literal};
use crate::plan::{Activation, Epilogue};

/// Sizes and variants of a product, as [`crate::plan::Kernel::MatMul`] has them.
#[derive(Clone, Debug)]
pub(in crate::gpu) struct Multiply {
    pub batch: usize,
    pub m: usize,
    pub n: usize,
    pub k: usize,
    pub ta: bool,
    pub tb: bool,
    pub epilogue: Epilogue,
    /// Function that rounds each partial sum.
    pub accumulator: Option<(String, String)>,
}

/// `inputs`: places of both operands and of what the epilogue reads.
pub(in crate::gpu) fn multiply(target: Target, spec: &Multiply, inputs: &[u32], output: u32) -> Kernel {
    if target.software
        && spec.accumulator.is_none()
        && let Some(kernel) = super::matmul_wide::multiply(target, spec, inputs, output)
    {
        return kernel;
    }
    let mut args = inputs.to_vec();
    args.push(output);
    match &spec.accumulator {
        Some(rounding) => rounded_sums(target, spec, args, rounding),
        None if target.software => in_registers(target, spec, args),
        None => in_workgroup_memory(target, spec, args),
    }
}

impl Multiply {
    fn a(&self, i: &str, l: &str) -> String {
        if self.ta { format!("({l}) * {}u + {i}", self.m) } else { format!("({i}) * {}u + {l}", self.k) }
    }

    fn b(&self, l: &str, j: &str) -> String {
        if self.tb { format!("({j}) * {}u + {l}", self.k) } else { format!("({l}) * {}u + {j}", self.n) }
    }

    /// The sum with bias and activation, for a row `i` and a column `j`.
    fn finished(&self, sum: &str, i: &str, j: &str) -> String {
        let mut value = sum.to_owned();
        if self.epilogue.bias {
            value = format!("({value} + ld(p2 + {j}))");
        }
        match self.epilogue.activation {
            Activation::None => value,
            Activation::Relu => format!("max({value}, 0.0f)"),
            Activation::Relu6 => format!("clamp({value}, 0.0f, 6.0f)"),
            Activation::LeakyRelu(slope) => format!("leaky({value}, {})", literal(slope)),
            Activation::MaskPositive(slope) => {
                let aux = if self.epilogue.bias { "p3" } else { "p2" };
                format!(
                    "select({0} * {value}, {value}, ld({aux} + ({i}) * {1}u + {j}) > 0.0f)",
                    literal(slope),
                    self.n
                )
            }
        }
    }

    /// The argument that is the result's place.
    pub(super) fn output(&self) -> String {
        format!(
            "p{}",
            2 + usize::from(self.epilogue.bias) + usize::from(self.epilogue.activation.reads_aux())
        )
    }
}

fn each(target: Target, spec: &Multiply, count: usize, args: Vec<u32>, body: &str) -> Kernel {
    let kernel = Kernel::each(target, count, args, body);
    with_leaky(spec, kernel)
}

fn with_leaky(spec: &Multiply, kernel: Kernel) -> Kernel {
    if matches!(spec.epilogue.activation, Activation::LeakyRelu(_)) {
        let text = "fn leaky(x: f32, slope: f32) -> f32 {\n  return select(slope * x, x, x > 0.0f);\n}\n\n";
        return kernel.with(("leaky".to_owned(), text.to_owned()));
    }
    kernel
}

/// Rows and columns of an invocation's tile: large enough to use what is read, small enough that every core has work.
fn tile(spec: &Multiply) -> (usize, usize) {
    let fit = |size: usize| match size {
        0..=1 => 1,
        2..=3 => 2,
        4..=7 => 4,
        _ => 8,
    };
    let (mut rows, mut columns) = (fit(spec.m), fit(spec.n));
    let tiles = |rows: usize, columns: usize| spec.batch * spec.m.div_ceil(rows) * spec.n.div_ceil(columns);
    while tiles(rows, columns) < 32 && rows * columns > 4 {
        if rows >= columns {
            rows /= 2;
        } else {
            columns /= 2;
        }
    }
    (rows, columns)
}

fn in_registers(target: Target, spec: &Multiply, args: Vec<u32>) -> Kernel {
    let (rows, columns) = tile(spec);
    let Multiply { batch, m, n, k, .. } = *spec;
    let (down, across) = (m.div_ceil(rows), n.div_ceil(columns));
    let mut body = String::new();
    let _ = write!(
        body,
        "  let q = i % {}u;
  let i0 = (q / {across}u) * {rows}u;
  let j0 = (q % {across}u) * {columns}u;
",
        down * across
    );
    let (a, b) = if batch > 1 {
        let _ = write!(
            body,
            "  let z = i / {}u;
  let a = p0 + z * {}u;
  let b = p1 + z * {}u;
",
            down * across,
            m * k,
            k * n
        );
        ("a", "b")
    } else {
        ("p0", "p1")
    };
    // Rows and columns beyond the end repeat the last one and are not stored.
    let inside = |of: usize, tile: usize, start: &str, at: usize| {
        if of.is_multiple_of(tile) {
            format!("{start} + {at}u")
        } else {
            format!("min({start} + {at}u, {}u)", of - 1)
        }
    };
    for row in 0..rows {
        let place = spec.a(&inside(m, rows, "i0", row), "0u");
        let _ = writeln!(body, "  let a{row} = {a} + {place};");
    }
    for column in 0..columns {
        let place = spec.b("0u", &inside(n, columns, "j0", column));
        let _ = writeln!(body, "  let b{column} = {b} + {place};");
    }
    for row in 0..rows {
        for column in 0..columns {
            let _ = writeln!(body, "  var s{row}_{column} = 0.0f;");
        }
    }
    let (a_step, b_step) = (if spec.ta { m } else { 1 }, if spec.tb { 1 } else { n });
    let unroll = if k.is_multiple_of(2) && k > 2 { 2 } else { 1 };
    let _ = writeln!(body, "  for (var l = 0u; l < {k}u; l += {unroll}u) {{");
    for part in 0..unroll {
        let at =
            |base: &str, index: usize, step: usize| format!("ld({base}{index} + (l + {part}u) * {step}u)");
        for row in 0..rows {
            let _ = writeln!(body, "    let x{part}_{row} = {};", at("a", row, a_step));
        }
        for column in 0..columns {
            let _ = writeln!(body, "    let y{part}_{column} = {};", at("b", column, b_step));
        }
        for row in 0..rows {
            for column in 0..columns {
                let _ = writeln!(body, "    s{row}_{column} += x{part}_{row} * y{part}_{column};");
            }
        }
    }
    body.push_str("  }\n");
    let out = spec.output();
    let base = if batch > 1 { format!("{out} + z * {}u", m * n) } else { out };
    for row in 0..rows {
        for column in 0..columns {
            let (i, j) = (format!("i0 + {row}u"), format!("j0 + {column}u"));
            let value = spec.finished(&format!("s{row}_{column}"), &i, &j);
            let mut guards = Vec::new();
            if !m.is_multiple_of(rows) && row > 0 {
                guards.push(format!("{i} < {m}u"));
            }
            if !n.is_multiple_of(columns) && column > 0 {
                guards.push(format!("{j} < {n}u"));
            }
            let store = format!("st({base} + ({i}) * {n}u + {j}, {value});");
            if guards.is_empty() {
                let _ = writeln!(body, "  {store}");
            } else {
                let _ = writeln!(body, "  if ({}) {{\n    {store}\n  }}", guards.join(" && "));
            }
        }
    }
    each(target, spec, batch * down * across, args, &body)
}

fn rounded_sums(target: Target, spec: &Multiply, args: Vec<u32>, rounding: &(String, String)) -> Kernel {
    let Multiply { batch, m, n, k, .. } = *spec;
    let body = format!(
        "  let z = i / {mn}u;
  let row = (i % {mn}u) / {n}u;
  let column = i % {n}u;
  var sum = 0.0f;
  for (var l = 0u; l < {k}u; l += 1u) {{
    sum = {round}(sum + product(ld(p0 + z * {mk}u + {a}), ld(p1 + z * {kn}u + {b})));
  }}
  st({out} + i, sum);
",
        mn = m * n,
        mk = m * k,
        kn = k * n,
        a = spec.a("row", "l"),
        b = spec.b("l", "column"),
        round = rounding.0,
        out = spec.output(),
    );
    each(target, spec, batch * m * n, args, &body).with(rounding.clone())
}

fn in_workgroup_memory(target: Target, spec: &Multiply, args: Vec<u32>) -> Kernel {
    let Multiply { batch, m, n, k, .. } = *spec;
    // 8 × 8 invocations with `side × side` sums each.
    let squares = |side: usize| batch * m.div_ceil(8 * side) * n.div_ceil(8 * side);
    let side = [8, 4].into_iter().find(|&side| squares(side) >= 96).unwrap_or(2);
    let edge = 8 * side;
    let depth = 16;
    let (down, across) = (m.div_ceil(edge), n.div_ceil(edge));
    let lanes = target.lanes;
    let mut body = format!(
        "  let z = wg / {area}u;
  let q = wg % {area}u;
  let i0 = (q / {across}u) * {edge}u;
  let j0 = (q % {across}u) * {edge}u;
  let a = p0 + z * {mk}u;
  let b = p1 + z * {kn}u;
  let ty = lid / 8u;
  let tx = lid % 8u;
",
        area = down * across,
        mk = m * k,
        kn = k * n,
    );
    for row in 0..side {
        for column in 0..side {
            let _ = writeln!(body, "  var s{row}_{column} = 0.0f;");
        }
    }
    let panel = edge * depth;
    // Neighbouring invocations read neighbouring words of memory.
    let (a_l, a_i) = if spec.ta {
        (format!("e / {edge}u"), format!("e % {edge}u"))
    } else {
        (format!("e % {depth}u"), format!("e / {depth}u"))
    };
    let (b_l, b_j) = if spec.tb {
        (format!("e % {depth}u"), format!("e / {depth}u"))
    } else {
        (format!("e / {edge}u"), format!("e % {edge}u"))
    };
    let _ = write!(
        body,
        "  for (var l0 = 0u; l0 < {k}u; l0 += {depth}u) {{
    for (var e = lid; e < {panel}u; e += {lanes}u) {{
      let la = {a_l};
      let ia = {a_i};
      var x = 0.0f;
      if (l0 + la < {k}u && i0 + ia < {m}u) {{
        x = ld(a + {a});
      }}
      shared_words[la * {edge}u + ia] = x;
      let lb = {b_l};
      let jb = {b_j};
      var y = 0.0f;
      if (l0 + lb < {k}u && j0 + jb < {n}u) {{
        y = ld(b + {b});
      }}
      shared_words[{panel}u + lb * {edge}u + jb] = y;
    }}
    workgroupBarrier();
    for (var l = 0u; l < {depth}u; l += 1u) {{
      let xs = l * {edge}u + ty;
      let ys = {panel}u + l * {edge}u + tx;
",
        a = spec.a("i0 + ia", "l0 + la"),
        b = spec.b("l0 + lb", "j0 + jb"),
    );
    for at in 0..side {
        let _ = writeln!(body, "      let x{at} = shared_words[xs + {}u];", 8 * at);
        let _ = writeln!(body, "      let y{at} = shared_words[ys + {}u];", 8 * at);
    }
    for row in 0..side {
        for column in 0..side {
            let _ = writeln!(body, "      s{row}_{column} += x{row} * y{column};");
        }
    }
    body.push_str("    }\n    workgroupBarrier();\n  }\n");
    let out = format!("{} + z * {}u", spec.output(), m * n);
    for row in 0..side {
        for column in 0..side {
            let (i, j) = (format!("i0 + ty + {}u", 8 * row), format!("j0 + tx + {}u", 8 * column));
            let value = spec.finished(&format!("s{row}_{column}"), &i, &j);
            let _ = writeln!(
                body,
                "  if ({i} < {m}u && {j} < {n}u) {{\n    st({out} + ({i}) * {n}u + {j}, {value});\n  }}"
            );
        }
    }
    let kernel = Kernel {
        title: String::new(),
        body,
        functions: Vec::new(),
        groups: batch * down * across,
        args,
        shared_words: 2 * panel,
        wide: false,
        reads: Vec::new(),
        writes: Vec::new(),
    };
    with_leaky(spec, kernel)
}
