//! Rounding of elements, in integers on bit patterns: see [`crate::rounding`], whose every case is followed.
//!
//! Floats and integers have functions with their constants written in; other formats of at most 16 bits, and other modes, go through
//! a table of thresholds ([`super::table`]). Scales are found by a kernel of their own.

use std::fmt::Write as _;

use numerics::{Format, Kind, RoundingMode, Specials};

use super::{Compiler, blocks, places, touching};
use crate::gpu::GpuError;
use crate::gpu::shader::{Kernel, literal};
use crate::plan::{Step, View};
use crate::policy::{Mode, Quantizer, Scaling, Target as RoundTarget, max_finite};
use crate::rounding::{FloatRounder, IntRounder, Rounder};

/// What a rounding function takes besides the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Takes {
    /// A random word: stochastic rounding.
    pub word: bool,
    /// The place of a counter of events.
    pub counter: bool,
}

/// Name and text of a rounding function.
pub(super) fn function(rounder: &Rounder, takes: Takes) -> (String, String) {
    let (mut name, body, over) = match rounder {
        Rounder::Float(float) => (float_name(float), float_body(float, takes.word), "rounded > max"),
        Rounder::Int(int) => (int_name(int), int_body(int, takes.word), "over"),
    };
    let mut parameters = "x: f32".to_owned();
    if takes.word {
        name.push_str("_stochastic");
        parameters.push_str(", word: u32");
    }
    let mut events = "";
    let counting;
    if takes.counter {
        name.push_str("_counted");
        parameters.push_str(", counter: u32");
        let vanished = if matches!(rounder, Rounder::Float(_)) { "rounded == 0u" } else { "clamped == 0.0f" };
        counting = format!(
            "  let beyond = {over} && magnitude < 0x7F800000u;
  let vanished = {vanished} && magnitude != 0u && magnitude <= 0x7F800000u;
  let is_nan = magnitude > 0x7F800000u;
  if (beyond || vanished || is_nan) {{
    count_events(counter, vec3<u32>(select(0u, 1u, beyond), select(0u, 1u, vanished), select(0u, 1u, is_nan)));
  }}
"
        );
        events = &counting;
    }
    let text = format!(
        "fn {name}({parameters}) -> f32 {{
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7FFFFFFFu;
{body}{events}  return bitcast<f32>(value);
}}

"
    );
    (name, text)
}

fn float_name(r: &FloatRounder) -> String {
    format!(
        "round_{}_{:x}_{:x}_{:x}_{:x}_{:x}{}{}",
        r.drop,
        r.min_normal,
        r.max,
        r.overflow,
        r.infinity,
        r.nan,
        if r.overflow_signed { "_s" } else { "" },
        if r.negative_zero { "_z" } else { "" }
    )
}

/// Statements that leave the result's bits in `value` and the rounded magnitude in `rounded`.
fn float_body(r: &FloatRounder, stochastic: bool) -> String {
    let low = (1_u32 << r.drop) - 1;
    // Formats with binary32's exponents round their subnormals like their normals.
    let min_normal = if r.min_normal == 1 << 23 { 0 } else { r.min_normal };
    let step = r.min_step_exponent;
    let normal = if stochastic {
        format!("(min(magnitude, 0x7F800000u) + (word & 0x{low:X}u)) & 0x{:08X}u", !low)
    } else {
        let half = (1_u32 << (r.drop - 1)) - 1;
        format!("(magnitude + 0x{half:X}u + ((magnitude >> {}u) & 1u)) & 0x{:08X}u", r.drop, !low)
    };
    let subnormal = if stochastic {
        let fraction = 7 + r.drop;
        format!(
            "from_steps((fixed_steps(magnitude, {step}, {fraction}u) + (word & 0x{:X}u)) >> {fraction}u, {step})",
            (1_u32 << fraction) - 1
        )
    } else {
        format!("from_steps(nearest_steps(magnitude, {step}), {step})")
    };
    let small = if min_normal == 0 {
        String::new()
    } else {
        format!("  if (magnitude < 0x{min_normal:08X}u) {{\n    rounded = {subnormal};\n  }}\n")
    };
    let signed = |bits: u32, signed: bool| {
        if signed { format!("0x{bits:08X}u | sign") } else { format!("0x{bits:08X}u") }
    };
    format!(
        "  let sign = bits & 0x80000000u;
  let max = 0x{:08X}u;
  var rounded = {normal};
{small}  var value = select(rounded | sign, {}, rounded == 0u);
  value = select(value, {}, rounded > max);
  value = select(value, {}, magnitude == 0x7F800000u);
  value = select(value, 0x{:08X}u, magnitude > 0x7F800000u);
",
        r.max,
        if r.negative_zero { "sign" } else { "0u" },
        signed(r.overflow, r.overflow_signed),
        signed(r.infinity, r.infinity <= 0x7F80_0000),
        r.nan
    )
}

fn int_name(r: &IntRounder) -> String {
    format!("round_int_{}_{:x}", r.max, r.step.to_bits())
}

fn int_body(r: &IntRounder, stochastic: bool) -> String {
    let whole = if stochastic {
        "  let below = floor(steps);
  let fraction = u32((steps - below) * 4294967296.0f);
  let whole = below + select(0.0f, 1.0f, fraction + word < fraction);
"
    } else {
        "  let whole = round(steps);\n"
    };
    format!(
        "  let steps = clamp(x * {}, -4000000.0f, 4000000.0f);
{whole}  let over = whole > {max} || whole < {min};
  let clamped = clamp(whole, {min}, {max});
  let value = select(bitcast<u32>(clamped * {}), 0u, clamped == 0.0f || magnitude > 0x7F800000u);
",
        literal(1.0 / r.step),
        literal(r.step),
        min = literal(r.min),
        max = literal(r.max),
    )
}

/// The counted, nearest function of a quantizer that elementwise programs may contain.
pub(super) fn nearest_function(quantizer: &Quantizer) -> Result<(String, String), GpuError> {
    Rounder::unscaled(quantizer)
        .map(|rounder| function(&rounder, Takes { word: false, counter: true }))
        .ok_or_else(|| unsupported(quantizer))
}

/// The function that rounds partial sums; `None` where the CPU sums in binary32 too.
pub(super) fn accumulator(quantizer: &Quantizer) -> Option<(String, String)> {
    Rounder::unscaled(quantizer).map(|rounder| function(&rounder, Takes::default()))
}

pub(super) fn unsupported(quantizer: &Quantizer) -> GpuError {
    let what = match quantizer.target {
        RoundTarget::Element(format, _) => format.name,
        RoundTarget::Block(format, _) => format.name,
    };
    let mode = match quantizer.mode {
        Mode::Fixed(mode) => format!("{mode:?}"),
        Mode::Stochastic { .. } => "stochastic".to_owned(),
    };
    GpuError::Unsupported { what: format!("rounding to {what}, {mode}") }
}

/// binary32 itself: nothing to round.
fn is_binary32(format: &Format) -> bool {
    match format.kind {
        Kind::Float(spec) => {
            spec.signed
                && spec.subnormals
                && (spec.exponent_bits, spec.significand_bits, spec.bias) == (8, 23, 127)
                && spec.specials == Specials::Ieee
        }
        _ => false,
    }
}

/// The kernels of a step that rounds a tensor.
pub(super) fn step(
    compiler: &mut Compiler<'_>,
    quantizer: &Quantizer,
    counter: usize,
    columns: usize,
    step: &Step,
) -> Result<(), GpuError> {
    let (format, scaling) = match quantizer.target {
        RoundTarget::Element(format, scaling) => (format, scaling),
        RoundTarget::Block(format, axis) => {
            let kernel = blocks::step(compiler, quantizer, (&format, axis), counter, columns, step)?;
            compiler.kernels.push(touching(kernel, step));
            return Ok(());
        }
    };
    let mut args = places(step);
    let mut reads = Vec::new();
    let mut body = String::new();
    let scaled = scale(compiler, &format, scaling, columns, step, &mut args, &mut reads);
    if let Some(text) = &scaled {
        body.push_str(text);
    }
    let word = match compiler.key_of(quantizer, counter) {
        Some(key) => {
            args.push(key);
            format!(", random_word(stream_key(p{}), i)", args.len() - 1)
        }
        None => String::new(),
    };
    args.push(Compiler::counter(counter));
    let counter_argument = format!("p{}", args.len() - 1);
    let takes = Takes { word: quantizer.is_stochastic(), counter: true };
    let rounder = Rounder::new(&format, quantizer.mode, quantizer.saturate);
    let (name, text, word) = if let Some(rounder) = rounder {
        let (name, text) = function(&rounder, takes);
        (name, text, word)
    } else if is_binary32(&format) && !quantizer.saturate && !takes.word {
        let text = "fn round_binary32(x: f32, counter: u32) -> f32 {
  if ((bitcast<u32>(x) & 0x7FFFFFFFu) > 0x7F800000u) {
    count_events(counter, vec3<u32>(0u, 0u, 1u));
    return special(0x7FC00000u);
  }
  return x;
}

";
        ("round_binary32".to_owned(), text.to_owned(), word)
    } else if format.bits <= 16 && matches!(quantizer.mode, Mode::Fixed(mode) if is_deterministic(mode)) {
        let table = super::table::of(compiler, quantizer, &format);
        reads.push(table.view);
        args.push(table.view.offset as u32);
        let (name, text) = super::table::function(&table, quantizer.max_finite());
        (name, text, format!(", p{}", args.len() - 1))
    } else {
        return Err(unsupported(quantizer));
    };
    let (before, after) = if scaled.is_some() { (" / scale", " * scale") } else { ("", "") };
    let _ = writeln!(body, "  st(p1 + i, {name}(ld(p0 + i){before}{word}, {counter_argument}){after});");
    let kernel = Kernel::each(compiler.target, step.outputs[0].len, args, &body).with((name, text));
    compiler.kernels.push(touching(kernel, step).touching(&reads, &[]));
    Ok(())
}

fn is_deterministic(mode: RoundingMode) -> bool {
    !matches!(mode, RoundingMode::Stochastic { .. })
}

/// Statements that leave the element's scale in `scale`; `None` without one. A kernel that finds it comes first where it depends on the tensor.
fn scale(
    compiler: &mut Compiler<'_>,
    format: &Format,
    scaling: Scaling,
    columns: usize,
    step: &Step,
    args: &mut Vec<u32>,
    reads: &mut Vec<View>,
) -> Option<String> {
    let target = compiler.target;
    let from = step.inputs[0];
    let settle = format!(
        "  let ratio = greatest / {};
  let scale = select(1.0f, ratio, ratio > 0.0f);
",
        literal(max_finite(format))
    );
    // The magnitude of a finite number, else 0.
    let finite = "    let magnitude = arena[AT] & 0x7FFFFFFFu;
    greatest = max(greatest, select(0u, magnitude, magnitude < 0x7F800000u));
";
    match scaling {
        Scaling::None => None,
        Scaling::Fixed(scale) => Some(format!("  let scale = {};\n", literal(scale))),
        Scaling::Tensor => {
            let parts = if from.len >= 1 << 14 { 64 } else { 16 };
            let found = compiler.scratch(parts);
            let body = format!(
                "  var greatest = 0u;
  for (var l = i; l < {}u; l += {parts}u) {{
{}  }}
  arena[p1 + i] = greatest;
",
                from.len,
                finite.replace("AT", "p0 + l")
            );
            let kernel = Kernel::each(target, parts, vec![from.offset as u32, found.offset as u32], &body)
                .touching(&[from], &[found]);
            compiler.kernels.push(Kernel { title: "greatest magnitude".to_owned(), ..kernel });
            args.push(found.offset as u32);
            reads.push(found);
            Some(format!(
                "  var greatest = 0.0f;
  for (var l = 0u; l < {parts}u; l += 1u) {{
    greatest = max(greatest, ld(p{} + l));
  }}
{settle}",
                args.len() - 1
            ))
        }
        Scaling::Channel => {
            let columns = columns.max(1);
            let found = compiler.scratch(columns);
            let body = format!(
                "  var greatest = 0u;
  for (var l = i; l < {}u; l += {columns}u) {{
{}  }}
  arena[p1 + i] = greatest;
",
                from.len,
                finite.replace("AT", "p0 + l")
            );
            let kernel = Kernel::each(target, columns, vec![from.offset as u32, found.offset as u32], &body)
                .touching(&[from], &[found]);
            compiler.kernels.push(Kernel { title: "greatest magnitude".to_owned(), ..kernel });
            args.push(found.offset as u32);
            reads.push(found);
            Some(format!("  let greatest = ld(p{} + i % {columns}u);\n{settle}", args.len() - 1))
        }
    }
}
