//! Matrix products in the device's own narrow arithmetic: binary16 (the feature `shader-f16`) and packed 8-bit integers. Nothing is emulated here.
//!
//! Both operands are packed along the inner axis, the second one transposed: two halves or four integers a word. Results are halves, or 32-bit
//! integers.

use std::fmt::Write as _;

use super::shader::Target;
use super::{Device, GpuError};

/// In what a native product multiplies and adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Native {
    /// binary16 factors, sums in binary32.
    F16,
    /// binary16 factors and sums.
    F16Sums,
    /// 8-bit integers, sums in 32-bit integers.
    I8,
}

impl Native {
    /// Whether the device has it.
    pub fn is_on(self, device: &Device) -> bool {
        self == Native::I8 || device.has_shader_f16()
    }

    /// Factors in a word.
    pub(super) fn packed(self) -> usize {
        if self == Native::I8 { 4 } else { 2 }
    }

    /// Results in a word.
    pub(super) fn results(self) -> usize {
        if self == Native::I8 { 1 } else { 2 }
    }
}

/// The module of an `n × n` product and its workgroups. Words: A, B transposed, then C.
pub(super) fn module(target: Target, native: Native, n: usize) -> Result<(String, usize), GpuError> {
    if !n.is_multiple_of(32) || n == 0 {
        return Err(GpuError::Unsupported { what: format!("a native product of {n}, no multiple of 32") });
    }
    let (ty, zero, step, finish) = match native {
        Native::F16 => (
            "f32",
            "0.0f",
            "fn mac(sum: f32, a: vec2<f16>, b: vec2<f16>) -> f32 {
  let x = vec2<f32>(a);
  let y = vec2<f32>(b);
  return fma(x.y, y.y, fma(x.x, y.x, sum));
}
",
            "f16(SUM)",
        ),
        Native::F16Sums => (
            "vec2<f16>",
            "vec2<f16>(0.0h)",
            "fn mac(sum: vec2<f16>, a: vec2<f16>, b: vec2<f16>) -> vec2<f16> {
  return fma(a, b, sum);
}
",
            "(SUM.x + SUM.y)",
        ),
        Native::I8 => (
            "i32",
            "0",
            "fn mac(sum: i32, a: u32, b: u32) -> i32 {
  return sum + dot4I8Packed(a, b);
}
",
            "bitcast<u32>(SUM)",
        ),
    };
    let words = n / native.packed();
    let (word, nothing) = if native == Native::I8 { ("u32", "0u") } else { ("vec2<f16>", "vec2<f16>(0.0h)") };
    let edge = 32;
    let tiles = n / edge;
    let mut text = String::new();
    if native != Native::I8 {
        text.push_str("enable f16;\n\n");
    }
    let _ = write!(text, "@group(0) @binding(0) var<storage, read_write> data: array<{word}>;\n{step}");
    let depth = 16;
    if !target.software {
        let _ = writeln!(text, "var<workgroup> panels: array<{word}, {}>;", 2 * edge * depth);
    }
    let _ = write!(
        text,
        "@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) lid: u32) {{
  let wg = id.x + id.y * count.x;
  let i0 = (wg / {tiles}u) * {edge}u;
  let j0 = (wg % {tiles}u) * {edge}u;
  let ty = lid / 8u;
  let tx = lid % 8u;
  if (i0 >= {n}u) {{
    return;
  }}
"
    );
    for row in 0..4 {
        for column in 0..4 {
            let _ = writeln!(text, "  var s{row}_{column}: {ty} = {zero};");
        }
    }
    let b = n * words;
    if target.software {
        let _ = writeln!(text, "  for (var l = 0u; l < {words}u; l += 1u) {{");
        for at in 0..4 {
            let _ = writeln!(text, "    let x{at} = data[(i0 + ty * 4u + {at}u) * {words}u + l];");
            let _ = writeln!(text, "    let y{at} = data[{b}u + (j0 + tx * 4u + {at}u) * {words}u + l];");
        }
    } else {
        let _ = write!(
            text,
            "  for (var l0 = 0u; l0 < {words}u; l0 += {depth}u) {{
    for (var e = lid; e < {panel}u; e += 64u) {{
      let row = e / {depth}u;
      let l = e % {depth}u;
      let inside = l0 + l < {words}u;
      panels[l * {edge}u + row] = select({nothing}, data[(i0 + row) * {words}u + l0 + l], inside);
      panels[{panel}u + l * {edge}u + row] = select({nothing}, data[{b}u + (j0 + row) * {words}u + l0 + l], inside);
    }}
    workgroupBarrier();
    for (var l = 0u; l < {depth}u; l += 1u) {{
",
            panel = edge * depth
        );
        for at in 0..4 {
            let _ = writeln!(text, "    let x{at} = panels[l * {edge}u + ty * 4u + {at}u];");
            let _ =
                writeln!(text, "    let y{at} = panels[{}u + l * {edge}u + tx * 4u + {at}u];", edge * depth);
        }
    }
    for row in 0..4 {
        for column in 0..4 {
            let _ = writeln!(text, "    s{row}_{column} = mac(s{row}_{column}, x{row}, y{column});");
        }
    }
    text.push_str(if target.software { "  }\n" } else { "    }\n    workgroupBarrier();\n  }\n" });
    let result = |row: usize, column: usize| finish.replace("SUM", &format!("s{row}_{column}"));
    for row in 0..4 {
        let place = format!("(i0 + ty * 4u + {row}u) * {n}u + j0 + tx * 4u");
        for column in 0..4 {
            let one = result(row, column);
            let _ = match (native, column % 2) {
                (Native::I8, _) => writeln!(text, "  data[{}u + {place} + {column}u] = {one};", 2 * b),
                (_, 0) => writeln!(
                    text,
                    "  data[{}u + ({place} + {column}u) / 2u] = vec2<f16>({one}, {});",
                    2 * b,
                    result(row, column + 1)
                ),
                _ => Ok(()),
            };
        }
    }
    text.push_str("}\n");
    Ok((text, tiles * tiles))
}
