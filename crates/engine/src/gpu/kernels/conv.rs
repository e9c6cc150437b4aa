//! Convolutions of images (n,h,w,c): each invocation one pixel (or one weight) and a few neighbouring channels, whose factors lie side by side.
//!
//! Zeros around the image are skipped, which differs from multiplying them only for infinite weights.

use std::fmt::Write as _;

use super::places;
use crate::gpu::shader::{Kernel, Target};
use crate::graph::ConvSpec;
use crate::plan::Step;

/// Channels of one invocation.
fn block(channels: usize) -> usize {
    [8, 4, 2].into_iter().find(|&block| channels.is_multiple_of(block)).unwrap_or(1)
}

/// `s0 … s(n-1)`, all 0.
fn sums(body: &mut String, count: usize) {
    for c in 0..count {
        let _ = writeln!(body, "  var s{c} = 0.0f;");
    }
}

fn stores(body: &mut String, count: usize) {
    for c in 0..count {
        let _ = writeln!(body, "  st(out + {c}u, s{c});");
    }
}

/// Inputs `x, w`; output `(n,oh,ow,co)`.
pub(super) fn forward(target: Target, spec: &ConvSpec, step: &Step) -> Kernel {
    let ConvSpec { n, h, w, ci, kh, kw, co, stride, top, left, oh, ow, depthwise } = *spec;
    let channels = if depthwise { 1 } else { block(co) };
    let blocks = co / channels;
    let mut body = format!(
        "  let channel = (i % {blocks}u) * {channels}u;
  let pixel = i / {blocks}u;
  let ox = pixel % {ow}u;
  let oy = (pixel / {ow}u) % {oh}u;
  let image = p0 + (pixel / {}u) * {}u;
  let out = p2 + pixel * {co}u + channel;
",
        oh * ow,
        h * w * ci
    );
    sums(&mut body, channels);
    let _ = write!(
        body,
        "  for (var ky = 0u; ky < {kh}u; ky += 1u) {{
    let y = oy * {stride}u + ky - {top}u;
    if (y >= {h}u) {{
      continue;
    }}
    for (var kx = 0u; kx < {kw}u; kx += 1u) {{
      let x = ox * {stride}u + kx - {left}u;
      if (x >= {w}u) {{
        continue;
      }}
      let source = image + (y * {w}u + x) * {ci}u;
"
    );
    if depthwise {
        let _ = writeln!(
            body,
            "      s0 += ld(source + channel) * ld(p1 + (ky * {kw}u + kx) * {ci}u + channel);"
        );
    } else {
        let _ = write!(
            body,
            "      let weights = p1 + (ky * {kw}u + kx) * {}u + channel;
      for (var c = 0u; c < {ci}u; c += 1u) {{
        let v = ld(source + c);
",
            ci * co
        );
        for c in 0..channels {
            let _ = writeln!(body, "        s{c} += v * ld(weights + c * {co}u + {c}u);");
        }
        body.push_str("      }\n");
    }
    body.push_str("    }\n  }\n");
    stores(&mut body, channels);
    Kernel::each(target, n * oh * ow * blocks, places(step), &body)
}

/// Inputs `gradient, w`; output `(n,h,w,ci)`.
pub(super) fn input_grad(target: Target, spec: &ConvSpec, step: &Step) -> Kernel {
    let ConvSpec { n, h, w, ci, kh, kw, co, stride, top, left, oh, ow, depthwise } = *spec;
    let channels = if depthwise { 1 } else { block(ci) };
    let blocks = ci / channels;
    let mut body = format!(
        "  let channel = (i % {blocks}u) * {channels}u;
  let pixel = i / {blocks}u;
  let x = pixel % {w}u;
  let y = (pixel / {w}u) % {h}u;
  let gradients = p0 + (pixel / {}u) * {}u;
  let out = p2 + pixel * {ci}u + channel;
",
        h * w,
        oh * ow * co
    );
    sums(&mut body, channels);
    let _ = write!(
        body,
        "  for (var ky = 0u; ky < {kh}u; ky += 1u) {{
    let ty = y + {top}u - ky;
    let oy = ty / {stride}u;
    if (y + {top}u < ky || oy * {stride}u != ty || oy >= {oh}u) {{
      continue;
    }}
    for (var kx = 0u; kx < {kw}u; kx += 1u) {{
      let tx = x + {left}u - kx;
      let ox = tx / {stride}u;
      if (x + {left}u < kx || ox * {stride}u != tx || ox >= {ow}u) {{
        continue;
      }}
      let source = gradients + (oy * {ow}u + ox) * {co}u;
"
    );
    if depthwise {
        let _ = writeln!(
            body,
            "      s0 += ld(source + channel) * ld(p1 + (ky * {kw}u + kx) * {ci}u + channel);"
        );
    } else {
        let _ = write!(
            body,
            "      let weights = p1 + (ky * {kw}u + kx) * {}u + channel * {co}u;
      for (var c = 0u; c < {co}u; c += 1u) {{
        let v = ld(source + c);
",
            ci * co
        );
        for c in 0..channels {
            let _ = writeln!(body, "        s{c} += v * ld(weights + {}u + c);", c * co);
        }
        body.push_str("      }\n");
    }
    body.push_str("    }\n  }\n");
    stores(&mut body, channels);
    Kernel::each(target, n * h * w * blocks, places(step), &body)
}

/// Inputs `x, gradient`; output `(kh,kw,ci,co)` or `(kh,kw,c)`. On a GPU a workgroup shares each sum: there are few weights and many pixels.
pub(super) fn weight_grad(target: Target, spec: &ConvSpec, step: &Step) -> Kernel {
    let ConvSpec { n, h, w, ci, kh, kw, co, stride, top, left, oh, ow, depthwise } = *spec;
    let channels = if depthwise { 1 } else { block(co) };
    let blocks = if depthwise { ci } else { ci * co / channels };
    let lanes = target.lanes;
    let shared = !target.software && n * oh * ow >= 4 * lanes;
    let unit = if shared { "wg" } else { "i" };
    let mut body = format!(
        "  let part = {unit} % {blocks}u;
  let kx = ({unit} / {blocks}u) % {kw}u;
  let ky = {unit} / {}u;
",
        blocks * kw
    );
    if depthwise {
        body.push_str("  let c = part;\n  let channel = part;\n");
    } else {
        let per = co / channels;
        let _ = writeln!(body, "  let c = part / {per}u;\n  let channel = (part % {per}u) * {channels}u;");
    }
    let _ = writeln!(
        body,
        "  let out = p2 + {};",
        if depthwise {
            format!("(ky * {kw}u + kx) * {ci}u + c")
        } else {
            format!("((ky * {kw}u + kx) * {ci}u + c) * {co}u + channel")
        }
    );
    sums(&mut body, channels);
    let (first, by) = if shared { ("lid", lanes) } else { ("0u", 1) };
    let _ = write!(
        body,
        "  for (var pixel = {first}; pixel < {}u; pixel += {by}u) {{
    let y = ((pixel / {ow}u) % {oh}u) * {stride}u + ky - {top}u;
    let x = (pixel % {ow}u) * {stride}u + kx - {left}u;
    if (y >= {h}u || x >= {w}u) {{
      continue;
    }}
    let v = ld(p0 + (((pixel / {}u) * {h}u + y) * {w}u + x) * {ci}u + c);
    let source = p1 + pixel * {co}u + channel;
",
        n * oh * ow,
        oh * ow
    );
    for c in 0..channels {
        let _ = writeln!(body, "    s{c} += v * ld(source + {c}u);");
    }
    body.push_str("  }\n");
    let count = kh * kw * blocks;
    if !shared {
        stores(&mut body, channels);
        return Kernel::each(target, count, places(step), &body);
    }
    for c in 0..channels {
        let _ = writeln!(body, "  shared_words[{c}u * {lanes}u + lid] = s{c};");
    }
    let _ = write!(
        body,
        "  workgroupBarrier();
  if (lid < {channels}u) {{
    var sum = 0.0f;
    for (var l = 0u; l < {lanes}u; l += 1u) {{
      sum += shared_words[lid * {lanes}u + l];
    }}
    st(out + lid, sum);
  }}
"
    );
    Kernel {
        title: String::new(),
        body,
        functions: Vec::new(),
        groups: count,
        args: places(step),
        shared_words: channels * lanes,
        wide: false,
        reads: Vec::new(),
        writes: Vec::new(),
    }
}
