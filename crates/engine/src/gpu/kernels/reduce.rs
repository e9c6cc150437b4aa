//! Sums, maxima and softmax. Few long runs are shared by a workgroup each, on devices that have workgroup memory of their own.
//!
//! Where a workgroup shares a sum its order is not the CPU's: every invocation adds every n-th element.

use std::fmt::Write as _;

use super::places;
use crate::gpu::shader::{Kernel, Target};
use crate::plan::{ReduceKind, Step};

/// Elements of a run from which on a workgroup shares it.
const LONG: usize = 512;

/// How two partial results are joined, and the result of nothing.
fn join(kind: ReduceKind) -> (&'static str, &'static str) {
    match kind {
        ReduceKind::Sum => ("a + b", "0.0f"),
        // NaN is passed over.
        ReduceKind::Max => ("select(a, b, b > a)", "special(0xFF800000u)"),
    }
}

/// Statements that join `value` of all invocations of a workgroup into `shared_words[0]`; every invocation must reach them.
fn shared(target: Target, kind: ReduceKind) -> String {
    let (expression, _) = join(kind);
    let mut text = "  shared_words[lid] = value;\n  workgroupBarrier();\n".to_owned();
    let mut half = target.lanes / 2;
    while half > 0 {
        let _ = write!(
            text,
            "  if (lid < {half}u) {{
    let a = shared_words[lid];
    let b = shared_words[lid + {half}u];
    shared_words[lid] = {expression};
  }}
  workgroupBarrier();
"
        );
        half /= 2;
    }
    text
}

fn workgroups(target: Target, groups: usize, args: Vec<u32>, body: String) -> Kernel {
    Kernel {
        title: String::new(),
        body,
        functions: Vec::new(),
        groups,
        args,
        shared_words: target.lanes,
        wide: false,
        reads: Vec::new(),
        writes: Vec::new(),
    }
}

/// `(outer,len,inner) -> (outer,inner)`.
pub(super) fn reduce(
    target: Target,
    kind: ReduceKind,
    [outer, len, inner]: [usize; 3],
    step: &Step,
) -> Kernel {
    let (expression, nothing) = join(kind);
    let count = outer * inner;
    let lanes = target.lanes;
    let run = |unit: &str| {
        format!("  let first = p0 + ({unit} / {inner}u) * {}u + {unit} % {inner}u;\n", len * inner)
    };
    if len >= LONG && count < 4096 {
        let body = format!(
            "{}  var value = {nothing};
  for (var l = lid; l < {len}u; l += {lanes}u) {{
    let a = value;
    let b = ld(first + l * {inner}u);
    value = {expression};
  }}
{}  if (lid == 0u) {{
    st(p1 + wg, shared_words[0]);
  }}
",
            run("wg"),
            shared(target, kind)
        );
        return workgroups(target, count, places(step), body);
    }
    if inner == 1 && kind == ReduceKind::Sum && len >= 8 {
        // Neighbours in eight parts, as the CPU adds them.
        let mut rest = String::new();
        for at in 0..len % 8 {
            let part = if at < 4 { "s" } else { "t" };
            let lane = ["x", "y", "z", "w"][at % 4];
            let _ = writeln!(rest, "  {part}.{lane} += ld(first + {}u);", len - len % 8 + at);
        }
        let body = format!(
            "{}  var s = vec4<f32>(0.0f);
  var t = vec4<f32>(0.0f);
  for (var l = 0u; l + 8u <= {len}u; l += 8u) {{
    let at = first + l;
    s += vec4<f32>(ld(at), ld(at + 1u), ld(at + 2u), ld(at + 3u));
    t += vec4<f32>(ld(at + 4u), ld(at + 5u), ld(at + 6u), ld(at + 7u));
  }}
{rest}  let u = s + t;
  st(p1 + i, (u.x + u.z) + (u.y + u.w));
",
            run("i"),
        );
        return Kernel::each(target, count, places(step), &body);
    }
    let body = format!(
        "{}  var value = {nothing};
  for (var l = 0u; l < {len}u; l += 1u) {{
    let a = value;
    let b = ld(first + l * {inner}u);
    value = {expression};
  }}
  st(p1 + i, value);
",
        run("i")
    );
    Kernel::each(target, count, places(step), &body)
}

/// Softmax of each row, or its logarithm.
pub(super) fn softmax(target: Target, [rows, columns]: [usize; 2], log: bool, step: &Step) -> Kernel {
    let finish = if log { "x - (greatest + m_ln(total))" } else { "m_exp(x - greatest) / total" };
    let lanes = target.lanes;
    if columns >= LONG && !target.software {
        let body = format!(
            "  let first = p0 + wg * {columns}u;
  let out = p1 + wg * {columns}u;
  var value = special(0xFF800000u);
  for (var l = lid; l < {columns}u; l += {lanes}u) {{
    let x = ld(first + l);
    value = select(value, x, x > value);
  }}
{max}  let greatest = shared_words[0];
  workgroupBarrier();
  value = 0.0f;
  for (var l = lid; l < {columns}u; l += {lanes}u) {{
    value += m_exp(ld(first + l) - greatest);
  }}
{sum}  let total = shared_words[0];
  for (var l = lid; l < {columns}u; l += {lanes}u) {{
    let x = ld(first + l);
    st(out + l, {finish});
  }}
",
            max = shared(target, ReduceKind::Max),
            sum = shared(target, ReduceKind::Sum),
        );
        return workgroups(target, rows, places(step), body);
    }
    let body = format!(
        "  let first = p0 + i * {columns}u;
  let out = p1 + i * {columns}u;
  var greatest = special(0xFF800000u);
  for (var l = 0u; l < {columns}u; l += 1u) {{
    let x = ld(first + l);
    greatest = select(greatest, x, x > greatest);
  }}
  var total = 0.0f;
  for (var l = 0u; l < {columns}u; l += 1u) {{
    total += m_exp(ld(first + l) - greatest);
  }}
  for (var l = 0u; l < {columns}u; l += 1u) {{
    let x = ld(first + l);
    st(out + l, {finish});
  }}
"
    );
    Kernel::each(target, rows, places(step), &body)
}
