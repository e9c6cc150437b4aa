//! The kernels of probes.

use std::fmt::Write as _;

use super::Storage;
use crate::gpu::shader::Target;

const ENTRY: &str = "@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let i = (id.x + id.y * count.x) * 64u + lid;
";

/// Eight chains of four: `x = x · c + d`.
pub(super) fn fma(enable: &str, ty: &str, iterations: usize) -> String {
    let mut text = format!(
        "{enable}@group(0) @binding(0) var<storage, read_write> data: array<u32>;
{ENTRY}  let c = vec4<{ty}>({ty}(bitcast<f32>(data[0])));
  let d = vec4<{ty}>({ty}(bitcast<f32>(data[1])));
"
    );
    for chain in 0..8 {
        let _ = writeln!(
            text,
            "  var x{chain} = vec4<{ty}>({ty}(f32(i % 64u) * 0.0625f + {chain}.0f)) + vec4<{ty}>(0.0, 0.25, 0.5, 0.75);"
        );
    }
    let _ = writeln!(text, "  for (var l = 0u; l < {iterations}u; l += 1u) {{");
    for chain in 0..8 {
        let _ = writeln!(text, "    x{chain} = fma(x{chain}, c, d);");
    }
    text.push_str(
        "  }
  let s = ((x0 + x1) + (x2 + x3)) + ((x4 + x5) + (x6 + x7));
  data[2u + i] = bitcast<u32>((f32(s.x) + f32(s.y)) + (f32(s.z) + f32(s.w)));
}
",
    );
    text
}

/// Eight chains: `x = x ·₄ c + d`.
pub(super) fn dots(iterations: usize) -> String {
    let mut text = format!(
        "@group(0) @binding(0) var<storage, read_write> data: array<u32>;
{ENTRY}  let c = data[0];
  let d = bitcast<i32>(data[1]);
"
    );
    for chain in 0..8 {
        let _ = writeln!(text, "  var x{chain} = i32(i + {chain}u);");
    }
    let _ = writeln!(text, "  for (var l = 0u; l < {iterations}u; l += 1u) {{");
    for chain in 0..8 {
        let _ = writeln!(text, "    x{chain} = dot4I8Packed(bitcast<u32>(x{chain}), c) + d;");
    }
    text.push_str(
        "  }
  data[2u + i] = bitcast<u32>(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7);
}
",
    );
    text
}

/// The second half of the buffer becomes the first.
pub(super) fn copy(fours: usize) -> String {
    format!(
        "@group(0) @binding(0) var<storage, read_write> data: array<vec4<u32>>;
{ENTRY}  if (i < {fours}u) {{
    data[{fours}u + i] = data[i];
  }}
}}
"
    )
}

/// One row an invocation on software devices, one row a workgroup elsewhere.
pub(super) fn matvec(target: Target, storage: Storage, n: usize) -> String {
    let per_word = 32 / storage.bits();
    let row_words = n / per_word;
    let decoded: Vec<String> = match storage {
        Storage::F32 => vec!["bitcast<f32>(word)".to_owned()],
        Storage::F16 => vec!["halves.x".to_owned(), "halves.y".to_owned()],
        Storage::Bf16 => {
            vec!["bitcast<f32>(word << 16u)".to_owned(), "bitcast<f32>(word & 0xFFFF0000u)".to_owned()]
        }
        Storage::E4m3 => (0..4).map(|at| format!("e4m3((word >> {}u) & 0xFFu)", 8 * at)).collect(),
        Storage::Int8 => {
            (0..4).map(|at| format!("f32(bitcast<i32>(word << {}u) >> 24u)", 24 - 8 * at)).collect()
        }
        Storage::Int4 => {
            (0..8).map(|at| format!("f32(bitcast<i32>(word << {}u) >> 28u)", 28 - 4 * at)).collect()
        }
    };
    let halves = if storage == Storage::F16 { "    let halves = unpack2x16float(word);\n" } else { "" };
    let mut sums = String::new();
    for (at, value) in decoded.iter().enumerate() {
        let _ = writeln!(sums, "    sum += {value} * bitcast<f32>(data[l * {per_word}u + {at}u]);");
    }
    let function = if storage == Storage::E4m3 {
        "// Finite codes only.
fn e4m3(code: u32) -> f32 {
  let magnitude = code & 0x7Fu;
  let normal = bitcast<f32>((magnitude << 20u) + 0x3C000000u);
  let value = select(normal, f32(magnitude) * 0.001953125f, magnitude < 8u);
  return select(value, -value, code > 0x7Fu);
}
"
    } else {
        ""
    };
    let (weights, result) = (2 * n, 2 * n + n * row_words);
    let head = "@group(0) @binding(0) var<storage, read_write> data: array<u32>;\n";
    if target.software {
        return format!(
            "{head}{function}{ENTRY}  if (i >= {n}u) {{
    return;
  }}
  var sum = 0.0f;
  for (var l = 0u; l < {row_words}u; l += 1u) {{
    let word = data[{weights}u + i * {row_words}u + l];
{halves}{sums}  }}
  data[{result}u + i] = bitcast<u32>(sum * bitcast<f32>(data[{n}u + i]));
}}
"
        );
    }
    let mut tree = String::new();
    for half in [32, 16, 8, 4, 2, 1] {
        let _ = write!(
            tree,
            "  if (lid < {half}u) {{\n    parts[lid] += parts[lid + {half}u];\n  }}\n  workgroupBarrier();\n"
        );
    }
    format!(
        "{head}var<workgroup> parts: array<f32, 64>;
{function}{ENTRY}  let row = i / 64u;
  var sum = 0.0f;
  for (var l = lid; l < {row_words}u; l += 64u) {{
    let word = data[{weights}u + row * {row_words}u + l];
{halves}{sums}  }}
  parts[lid] = sum;
  workgroupBarrier();
{tree}  if (lid == 0u && row < {n}u) {{
    data[{result}u + row] = bitcast<u32>(parts[0] * bitcast<f32>(data[{n}u + row]));
  }}
}}
"
    )
}
