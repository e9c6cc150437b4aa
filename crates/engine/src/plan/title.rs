//! Kernels in a few words: for profiles, and for people who look at fusion.

use super::{Kernel, Plan};
use crate::graph::{ConvSpec, PoolSpec};

impl Kernel {
    /// What it does and on how much: `matmul 150x64x16` has 150 rows, 64 columns and sums of 16 products.
    pub fn title(&self) -> String {
        match self {
            Kernel::Elementwise(program) => {
                format!("elementwise {} of {}", program.len(), program.instrs.len())
            }
            Kernel::MatMul { batch: 1, m, n, k, .. } => format!("matmul {m}x{n}x{k}"),
            Kernel::MatMul { batch, m, n, k, .. } => format!("{batch} matmul {m}x{n}x{k}"),
            Kernel::Conv(spec) => conv("conv", spec),
            Kernel::ConvInputGrad(spec) => conv("conv input gradient", spec),
            Kernel::ConvWeightGrad(spec) => conv("conv weight gradient", spec),
            Kernel::MaxPick(spec) => pool("max pool", spec),
            Kernel::MaxRoute(spec) => pool("max pool gradient", spec),
            Kernel::AvgPool(spec) => pool("average pool", spec),
            Kernel::AvgSpread(spec) => pool("average pool gradient", spec),
            Kernel::Reduce { outer, len, inner, .. } => format!("reduce {outer}x{len}x{inner}"),
            Kernel::Softmax { rows, columns, .. } => format!("softmax {rows}x{columns}"),
            Kernel::Copy { dims, .. } => format!("copy {}", dims.iter().product::<usize>()),
            Kernel::Gather { rows, width } => format!("gather {rows}x{width}"),
            Kernel::ScatterAdd { rows, width } => format!("scatter-add {rows}x{width}"),
            Kernel::OneHot { classes } => format!("one-hot {classes}"),
            Kernel::Rope { t, d, .. } => format!("rotary {t}x{d}"),
            Kernel::Random { .. } => "random".to_owned(),
            Kernel::Round { .. } => "round".to_owned(),
        }
    }
}

fn conv(name: &str, spec: &ConvSpec) -> String {
    let depthwise = if spec.depthwise { " depthwise" } else { "" };
    format!("{name}{depthwise} {}x{}x{}, {}x{} to {}", spec.n, spec.oh, spec.ow, spec.kh, spec.kw, spec.co)
}

fn pool(name: &str, spec: &PoolSpec) -> String {
    format!("{name} {} of {}x{}x{}", spec.n, spec.h, spec.w, spec.c)
}

impl Plan {
    /// The plan in words, one kernel a line.
    pub fn describe(&self) -> String {
        let lines: Vec<String> =
            self.steps.iter().map(|step| format!("{} -> {:?}", step.kernel.title(), step.outputs)).collect();
        lines.join("\n")
    }
}
