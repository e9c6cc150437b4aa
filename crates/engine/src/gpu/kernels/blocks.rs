//! Block formats: one invocation per block, which finds the block's scale and rounds its elements. Arithmetic as in `numerics::blocks`.
//!
//! Quotients by a scale that is no power of two may be off by the last place on devices that do not divide exactly, which shows where a
//! quotient lies that close to a tie. Left out: Q4_K, NF4 with random numbers, modes other than nearest-even and stochastic.

use std::fmt::Write as _;

use numerics::blocks::{BlockFormat, BlockKind, IntScheme, MX_BLOCK_LEN, MxSpec, NVFP4_BLOCK_LEN};
use numerics::{Format, Kind, RoundingMode, by_id};

use super::round::{Takes, function, unsupported};
use super::{Compiler, places};
use crate::gpu::GpuError;
use crate::gpu::shader::{Kernel, literal};
use crate::plan::Step;
use crate::policy::{BlockAxis, Mode, Quantizer};
use crate::rounding::{FloatRounder, Rounder};

/// Elements of an NF4 block, as `numerics` has it unless told otherwise.
const NF4_LEN: usize = 64;
/// Elements of a block of GGUF's Q8_0 and Q4_0.
const GGUF_LEN: usize = 32;

/// What a scheme adds to the kernel.
struct Scheme {
    /// Elements of a block; `None` where a whole run is one.
    len: Option<usize>,
    /// Reads the range of the whole run: `low`, `high`, finite numbers only.
    range: bool,
    /// Statements before the elements. They know `amax` (bits of the block's largest magnitude) and `broken` (it has infinity or NaN).
    before: String,
    /// Statements that make `value` of the element `x` with number `e` in the run.
    element: String,
    functions: Vec<(String, String)>,
}

pub(super) fn step(
    compiler: &mut Compiler<'_>,
    quantizer: &Quantizer,
    (format, axis): (&BlockFormat, BlockAxis),
    counter: usize,
    columns: usize,
    step: &Step,
) -> Result<Kernel, GpuError> {
    let stochastic = match quantizer.mode {
        Mode::Stochastic { .. } => true,
        Mode::Fixed(RoundingMode::NearestEven) => false,
        // These have their rounding built in.
        Mode::Fixed(_) if matches!(format.kind, BlockKind::Q8_0 | BlockKind::Q4_0) => false,
        Mode::Fixed(_) => return Err(unsupported(quantizer)),
    };
    let scheme = match format.kind {
        BlockKind::Mx(spec) => mx(&spec, stochastic),
        BlockKind::Nvfp4 => nvfp4(stochastic),
        BlockKind::Int(scheme) => Some(int(scheme, stochastic)),
        BlockKind::Nf4 if !stochastic => nf4(),
        BlockKind::Q8_0 => q8_0(),
        BlockKind::Q4_0 => q4_0(),
        BlockKind::Nf4 | BlockKind::Q4K => None,
    }
    .ok_or_else(|| unsupported(quantizer))?;

    let len = step.outputs[0].len;
    let columns = columns.max(1);
    // Runs, their length, and words between a run's elements and between runs.
    let (runs, run_len, apart, between) = match axis {
        BlockAxis::Last => (len / columns, columns, 1, columns),
        BlockAxis::First => (columns, len / columns, columns, 1),
    };
    let block = scheme.len.unwrap_or(run_len).max(1);
    let blocks = run_len.div_ceil(block).max(1);
    let mut args = places(step);
    args.push(Compiler::counter(counter));
    let mut body = format!(
        "  let run = i / {blocks}u;
  let first = (i % {blocks}u) * {block}u;
  let last = min(first + {block}u, {run_len}u);
  let source = p0 + run * {between}u;
  let to = p1 + run * {between}u;
  let apart = {apart}u;
  var amax = 0u;
  for (var e = first; e < last; e += 1u) {{
    amax = max(amax, arena[source + e * apart] & 0x7FFFFFFFu);
  }}
  let broken = amax >= 0x7F800000u;
"
    );
    if scheme.range {
        let _ = write!(
            body,
            "  var low = 0.0f;
  var high = 0.0f;
  for (var e = 0u; e < {run_len}u; e += 1u) {{
    let word = arena[source + e * apart];
    if ((word & 0x7FFFFFFFu) < 0x7F800000u) {{
      low = min(low, bitcast<f32>(word));
      high = max(high, bitcast<f32>(word));
    }}
  }}
  let absmax = max(-low, high);
"
        );
    }
    if let Some(key) = compiler.key_of(quantizer, counter) {
        args.push(key);
        let _ = writeln!(body, "  let seed = stream_key(p{}) ^ vec2<u32>(run, 0u);", args.len() - 1);
    }
    let _ = write!(
        body,
        "{before}  var events = vec3<u32>(0u);
  for (var e = first; e < last; e += 1u) {{
    let bits = arena[source + e * apart];
    let x = bitcast<f32>(bits);
    let magnitude = bits & 0x7FFFFFFFu;
{element}    let result = bitcast<u32>(value);
    arena[to + e * apart] = result;
    let lost = magnitude < 0x7F800000u && (result & 0x7FFFFFFFu) >= 0x7F800000u;
    let vanished = (result & 0x7FFFFFFFu) == 0u && magnitude != 0u && magnitude <= 0x7F800000u;
    events += vec3<u32>(select(0u, 1u, lost), select(0u, 1u, vanished), select(0u, 1u, magnitude > 0x7F800000u));
  }}
  count_events(p2, events);
",
        before = scheme.before,
        element = scheme.element,
    );
    let mut kernel = Kernel::each(compiler.target, runs * blocks, args, &body);
    kernel.functions = scheme.functions;
    Ok(kernel)
}

/// The saturating function of a float element, by nearest-even.
fn nearest(format: &Format) -> Option<(String, String)> {
    let rounder = FloatRounder::new(format, &format.float()?, true)?;
    Some(function(&Rounder::Float(rounder), Takes::default()))
}

/// The saturating function of a float element with a threshold of 64 bits: up where the fraction exceeds it.
fn stochastic(format: &Format) -> Option<(String, String)> {
    let r = FloatRounder::new(format, &format.float()?, true)?;
    let name = format!("draw_{}_{:x}_{:x}", r.drop, r.min_normal, r.max);
    let text = format!(
        "fn {name}(x: f32, limit: vec2<u32>) -> f32 {{
  let magnitude = bitcast<u32>(x) & 0x7FFFFFFFu;
  let p = parts(magnitude);
  var shift = {drop}u;
  if (magnitude < 0x{min_normal:08X}u) {{
    shift = u32({step} + 150 - i32(p.y));
  }}
  var kept = 0u;
  if (shift < 32u) {{
    kept = p.x >> shift;
  }}
  let steps = kept + select(0u, 1u, exceeds(p.x, shift, limit));
  let rounded = min(from_steps(steps, i32(p.y) - 150 + i32(shift)), 0x{max:08X}u);
  return bitcast<f32>(rounded | (bitcast<u32>(x) & 0x80000000u));
}}

",
        drop = r.drop,
        min_normal = r.min_normal,
        step = r.min_step_exponent,
        max = r.max,
    );
    Some((name, text))
}

/// Whole numbers with a threshold: magnitudes up where the fraction exceeds it.
fn whole() -> (String, String) {
    let text = "fn draw_whole(x: f32, limit: vec2<u32>) -> f32 {
  let magnitude = bitcast<u32>(x) & 0x7FFFFFFFu;
  let p = parts(magnitude);
  // Below 2^23 there is a fraction; arguments are clamped far below that.
  let shift = 150u - min(p.y, 150u);
  var kept = 0u;
  if (shift < 32u) {
    kept = p.x >> shift;
  }
  let steps = f32(kept + select(0u, 1u, exceeds(p.x, shift, limit)));
  return select(steps, -steps, x < 0.0f);
}

";
    ("draw_whole".to_owned(), text.to_owned())
}

const NAN: &str = "special(0x7FC00000u)";

fn mx(spec: &MxSpec, drawn: bool) -> Option<Scheme> {
    let mut functions = Vec::new();
    let rounded = match (spec.element.kind, drawn) {
        (Kind::Float(_), false) => {
            let rounding = nearest(spec.element)?;
            let call = format!("{}(y)", rounding.0);
            functions.push(rounding);
            call
        }
        (Kind::Float(_), true) => {
            let rounding = stochastic(spec.element)?;
            let call = format!("{}(y, threshold(seed, e))", rounding.0);
            functions.push(rounding);
            call
        }
        // MXINT8: steps of 1/64, all of two's complement.
        (_, false) => "(clamp(round(y * 64.0f), -128.0f, 127.0f) + 0.0f) / 64.0f".to_owned(),
        (_, true) => {
            functions.push(whole());
            "clamp(draw_whole(y * 64.0f, threshold(seed, e)), -128.0f, 127.0f) / 64.0f".to_owned()
        }
    };
    let settle = if matches!(spec.element.kind, Kind::Float(_)) {
        ""
    } else {
        "    z = select(z, 0.0f, z == 0.0f);\n"
    };
    // The scale is 2^exponent; 2^-127 as two factors, because it is no normal number.
    let before = format!(
        "  let leading = firstLeadingBit(max(amax, 1u));
  let log = select(i32(leading) - 149, i32(amax >> 23u) - 127, amax >= 0x00800000u);
  let exponent = select(max(log - {emax}, -127), -127, amax == 0u);
  let inverse = m_power_of_two(-exponent);
  let half = exponent / 2;
  let scale = vec2<f32>(m_power_of_two(half), m_power_of_two(exponent - half));
",
        emax = spec.emax
    );
    let element = format!(
        "    let y = x * inverse;
    var z = {rounded};
{settle}    let value = select((z * scale.x) * scale.y, {NAN}, broken);
"
    );
    Some(Scheme { len: Some(MX_BLOCK_LEN), range: false, before, element, functions })
}

fn nvfp4(drawn: bool) -> Option<Scheme> {
    let (scales, elements) = (by_id("e4m3")?, by_id("e2m1")?);
    let of_scale = nearest(scales)?;
    let of_element = if drawn { stochastic(elements)? } else { nearest(elements)? };
    let limit = if drawn { ", threshold(seed, e)" } else { "" };
    let before = format!(
        "  let g = absmax / 2688.0f;
  var ratio = 0.015625f;
  if (g > 0.0f) {{
    ratio = clamp(bitcast<f32>(amax) / 6.0f / g, 0.015625f, 448.0f);
  }}
  let t = g * {}(ratio);
",
        of_scale.0
    );
    let element = format!(
        "    var value = special(bits & 0x80000000u);
    if (broken) {{
      value = {NAN};
    }} else if (t != 0.0f) {{
      value = {}(x / t{limit}) * t;
    }}
",
        of_element.0
    );
    let functions = if of_scale.0 == of_element.0 { vec![of_scale] } else { vec![of_scale, of_element] };
    Some(Scheme { len: Some(NVFP4_BLOCK_LEN), range: true, before, element, functions })
}

/// One scale for the run.
fn int(scheme: IntScheme, drawn: bool) -> Scheme {
    let top = literal(scheme.max_code() as f32);
    let (low, high) = (literal(scheme.min_code() as f32), literal(scheme.max_code() as f32));
    let before = if scheme.affine {
        format!(
            "  // The range as a sum and what it lost, its quotient and what that lost: rounded once, as from binary64.
  let range = hold(high - low);
  let back = hold(range - high);
  let lost_of_range = hold(high - hold(range - back)) + hold(-low - back);
  let near = hold(range / {top});
  let head = bitcast<f32>(bitcast<u32>(near) & 0xFFFFF000u);
  let rest_of_range = (hold(range - hold(head * {top})) - hold((near - head) * {top})) + lost_of_range;
  let scale = near + rest_of_range / {top};
  var zero = 0.0f;
  if (scale > 0.0f) {{
    zero = round(clamp(-low / scale, 0.0f, {top}));
  }}
"
        )
    } else {
        format!("  let scale = absmax / {top};\n  let zero = 0.0f;\n")
    };
    let functions = if drawn { vec![whole()] } else { Vec::new() };
    let whole = if drawn { "draw_whole(y, threshold(seed, e))" } else { "round(y)" };
    let element = format!(
        "    var code = zero;
    if (scale > 0.0f && magnitude <= 0x7F800000u) {{
      let y = clamp(x / scale, -512.0f, 512.0f);
      code = clamp({whole} + zero, {low}, {high});
    }}
    let steps = code - zero;
    let value = select(steps * scale, 0.0f, steps == 0.0f);
"
    );
    Scheme { len: None, range: true, before, element, functions }
}

fn nf4() -> Option<Scheme> {
    let Kind::Codebook(values) = by_id("nf4")?.kind else { return None };
    // The largest binary32 that rounds to the lower of two neighbours: ties go to the even index.
    let limit = |i: usize| {
        let exact = f64::midpoint(f64::from(values[i]), f64::from(values[i + 1]));
        let near = exact as f32;
        let tie_goes_up = f64::from(near) == exact && i % 2 == 1;
        if f64::from(near) > exact || tie_goes_up { near.next_down() } else { near }
    };
    let mut element = format!("    let y = x / absmax_of_block;\n    var code = {};\n", literal(values[0]));
    for (i, value) in values.iter().enumerate().skip(1) {
        let _ =
            writeln!(element, "    code = select(code, {}, y > {});", literal(*value), literal(limit(i - 1)));
    }
    let _ = write!(
        element,
        "    var value = code * absmax_of_block;
    if (broken) {{
      value = {NAN};
    }} else if (amax == 0u) {{
      value = 0.0f;
    }}
"
    );
    let before = "  let absmax_of_block = bitcast<f32>(amax);\n".to_owned();
    Some(Scheme { len: Some(NF4_LEN), range: false, before, element, functions: Vec::new() })
}

/// Scale and its reciprocal; codes use the exact scale, values the one rounded to binary16.
fn gguf_scale(scale: &str) -> Option<(String, (String, String))> {
    let format = by_id("fp16")?;
    let rounder = FloatRounder::new(format, &format.float()?, false)?;
    let half = function(&Rounder::Float(rounder), Takes::default());
    let before = format!(
        "  let d = {scale};
  // A reciprocal beyond the range is 0.
  let inverse = select(0.0f, 1.0f / d, (bitcast<u32>(d) & 0x7FFFFFFFu) > 0x00200000u);
  let stored = {}(d);
",
        half.0
    );
    Some((before, half))
}

fn q8_0() -> Option<Scheme> {
    let (before, half) = gguf_scale("bitcast<f32>(amax) / 127.0f")?;
    let element = format!(
        "    let n = x * inverse;
    // Ties away source zero.
    let floor_of = floor(abs(n));
    let code = floor_of + select(0.0f, 1.0f, abs(n) - floor_of >= 0.5f);
    let signed_code = select(code, -code, n < 0.0f && code > 0.0f);
    let value = select(signed_code * stored, {NAN}, broken);
"
    );
    Some(Scheme { len: Some(GGUF_LEN), range: false, before, element, functions: vec![half] })
}

fn q4_0() -> Option<Scheme> {
    let (scale, half) = gguf_scale("signed / -8.0f")?;
    let before = format!(
        "  var signed = 0.0f;
  for (var e = last; e > first; e -= 1u) {{
    let word = arena[source + (e - 1u) * apart];
    if ((word & 0x7FFFFFFFu) == amax) {{
      signed = bitcast<f32>(word);
    }}
  }}
{scale}"
    );
    let element = format!(
        "    let code = min(floor(product(x, inverse) + 8.5f), 15.0f);
    let value = select(stored * (code - 8.0f), {NAN}, broken);
"
    );
    Some(Scheme { len: Some(GGUF_LEN), range: false, before, element, functions: vec![half] })
}
