//! Pooling of images (n,h,w,c): one invocation per element of the result. Adjoints look at every window that covers their pixel.

use super::places;
use crate::gpu::shader::{Kernel, Target};
use crate::graph::PoolSpec;
use crate::plan::Step;

/// The pixel and channel of an invocation of the image, and the windows that cover it: `y`, `x`, `c`, `image` (its number),
/// `oy0..oy1`, `ox0..ox1`.
fn pixel(spec: &PoolSpec) -> String {
    let PoolSpec { h, w, c, size, stride, top, left, oh, ow, .. } = *spec;
    format!(
        "  let c = i % {c}u;
  let x = (i / {c}u) % {w}u;
  let y = (i / {}u) % {h}u;
  let image = i / {}u;
  let oy0 = {};
  let oy1 = min((y + {top}u) / {stride}u + 1u, {oh}u);
  let ox0 = {};
  let ox1 = min((x + {left}u) / {stride}u + 1u, {ow}u);
",
        c * w,
        c * w * h,
        first_window("y", top, size, stride),
        first_window("x", left, size, stride),
    )
}

/// The first window that reaches a pixel.
fn first_window(at: &str, before: usize, size: usize, stride: usize) -> String {
    format!("(max({at} + {before}u, {}u) - {}u + {}u) / {stride}u", size - 1, size - 1, stride - 1)
}

/// The image's rows and columns of window `oy`, `ox`: `y0..y1`, `x0..x1`.
fn window(spec: &PoolSpec, indent: &str) -> String {
    let PoolSpec { h, w, size, stride, top, left, .. } = *spec;
    format!(
        "{indent}let y0 = max(oy * {stride}u, {top}u) - {top}u;
{indent}let y1 = min(oy * {stride}u + {size}u - {top}u, {h}u);
{indent}let x0 = max(ox * {stride}u, {left}u) - {left}u;
{indent}let x1 = min(ox * {stride}u + {size}u - {left}u, {w}u);
"
    )
}

/// The place of the greatest `select` in a window of `image`, for channel `c`: `best`.
fn greatest(spec: &PoolSpec, indent: &str) -> String {
    let PoolSpec { h, w, c, .. } = *spec;
    format!(
        "{window}{indent}var best = ((image * {h}u + y0) * {w}u + x0) * {c}u + c;
{indent}var value = ld(p0 + best);
{indent}for (var wy = y0; wy < y1; wy += 1u) {{
{indent}  for (var wx = x0; wx < x1; wx += 1u) {{
{indent}    let at = ((image * {h}u + wy) * {w}u + wx) * {c}u + c;
{indent}    let candidate = ld(p0 + at);
{indent}    if (candidate > value) {{
{indent}      value = candidate;
{indent}      best = at;
{indent}    }}
{indent}  }}
{indent}}}
",
        window = window(spec, indent)
    )
}

/// The window of an invocation of the result: `oy`, `ox`, `c`, `image`.
fn result(spec: &PoolSpec) -> String {
    let PoolSpec { c, oh, ow, .. } = *spec;
    format!(
        "  let c = i % {c}u;
  let ox = (i / {c}u) % {ow}u;
  let oy = (i / {}u) % {oh}u;
  let image = i / {}u;
",
        c * ow,
        c * ow * oh
    )
}

fn results(spec: &PoolSpec) -> usize {
    spec.n * spec.oh * spec.ow * spec.c
}

fn pixels(spec: &PoolSpec) -> usize {
    spec.n * spec.h * spec.w * spec.c
}

pub(super) fn max_pick(target: Target, spec: &PoolSpec, step: &Step) -> Kernel {
    let body = format!("{}{}  st(p2 + i, ld(p1 + best));\n", result(spec), greatest(spec, "  "));
    Kernel::each(target, results(spec), places(step), &body)
}

pub(super) fn max_route(target: Target, spec: &PoolSpec, step: &Step) -> Kernel {
    let body = format!(
        "{}  var sum = 0.0f;
  for (var oy = oy0; oy < oy1; oy += 1u) {{
    for (var ox = ox0; ox < ox1; ox += 1u) {{
{}      if (best == i) {{
        sum += ld(p1 + ((image * {oh}u + oy) * {ow}u + ox) * {c}u + c);
      }}
    }}
  }}
  st(p2 + i, sum);
",
        pixel(spec),
        greatest(spec, "      "),
        oh = spec.oh,
        ow = spec.ow,
        c = spec.c,
    );
    Kernel::each(target, pixels(spec), places(step), &body)
}

pub(super) fn average(target: Target, spec: &PoolSpec, step: &Step) -> Kernel {
    let body = format!(
        "{}{}  var sum = 0.0f;
  for (var wy = y0; wy < y1; wy += 1u) {{
    for (var wx = x0; wx < x1; wx += 1u) {{
      sum += ld(p0 + ((image * {h}u + wy) * {w}u + wx) * {c}u + c);
    }}
  }}
  st(p1 + i, sum / f32((y1 - y0) * (x1 - x0)));
",
        result(spec),
        window(spec, "  "),
        h = spec.h,
        w = spec.w,
        c = spec.c,
    );
    Kernel::each(target, results(spec), places(step), &body)
}

pub(super) fn spread(target: Target, spec: &PoolSpec, step: &Step) -> Kernel {
    let body = format!(
        "{}  var sum = 0.0f;
  for (var oy = oy0; oy < oy1; oy += 1u) {{
    for (var ox = ox0; ox < ox1; ox += 1u) {{
{}      sum += ld(p0 + ((image * {oh}u + oy) * {ow}u + ox) * {c}u + c) / f32((y1 - y0) * (x1 - x0));
    }}
  }}
  st(p1 + i, sum);
",
        pixel(spec),
        window(spec, "      "),
        oh = spec.oh,
        ow = spec.ow,
        c = spec.c,
    );
    Kernel::each(target, pixels(spec), places(step), &body)
}
