//! What an executor replays: kernels in order, over one arena whose places are fixed.
//!
//! [`Plan::new`] drops what no output and no assignment needs, fuses elementwise operations that follow each other (`fusion`), puts
//! everything in order so that a parameter is overwritten only after its last reader, turns nodes into kernels (`lower`), and gives buffers
//! places by liveness (`memory`). Reshapes and contiguous slices cost nothing: they are views.
//!
//! Units: offsets and lengths in 32-bit words; FLOP count a multiplication and an addition as one each.

mod counter;
mod epilogue;
mod fusion;
mod lower;
mod memory;
mod program;
mod title;

pub use counter::Counter;
pub use program::{Access, Function, Instr, Operand, Program};

use crate::graph::{ConvSpec, DType, Graph, Init, InputId, ParamId, ParamRole, PoolSpec, RandomKind, Tensor};
use crate::policy::{Quantizer, QuantizerId};
use crate::shape::Shape;

/// Places start at multiples of this many words: a cache line.
pub const ALIGNMENT: usize = 16;

/// A dense run of words in the arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct View {
    /// First word.
    pub offset: usize,
    /// Number of words.
    pub len: usize,
}

impl View {
    /// Its words as a range of the arena.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.len
    }

    /// Whether some word belongs to both.
    pub fn overlaps(&self, other: &View) -> bool {
        self.offset < other.offset + other.len && other.offset < self.offset + self.len
    }
}

/// What one step of the plan does. Sizes are in elements; `(…)` in comments are shapes.
#[derive(Clone, Debug, PartialEq)]
pub enum Kernel {
    /// A fused elementwise program. Its views are inside; inputs and outputs are listed in the step as well.
    Elementwise(Program),
    /// `c (batch,m,n) = a · b`, see [`crate::graph::Op::MatMul`]. Inputs `a, b`, then what the epilogue reads.
    MatMul {
        /// Products one after the other.
        batch: usize,
        /// Rows of the result.
        m: usize,
        /// Columns of the result.
        n: usize,
        /// Inner size.
        k: usize,
        /// `a` is stored `(k,m)`.
        ta: bool,
        /// `b` is stored `(n,k)`.
        tb: bool,
        /// Rounding of every partial sum.
        accumulator: Option<QuantizerId>,
        /// What is done to each sum before it is stored.
        epilogue: Epilogue,
    },
    /// Inputs `x, w`.
    Conv(ConvSpec),
    /// Inputs `gradient, w`.
    ConvInputGrad(ConvSpec),
    /// Inputs `x, gradient`.
    ConvWeightGrad(ConvSpec),
    /// Inputs `select, values`.
    MaxPick(PoolSpec),
    /// Inputs `select, gradient`.
    MaxRoute(PoolSpec),
    /// Input `x`.
    AvgPool(PoolSpec),
    /// Input `gradient`.
    AvgSpread(PoolSpec),
    /// `(outer,len,inner) -> (outer,inner)`.
    Reduce {
        /// Sum or greatest.
        kind: ReduceKind,
        /// Independent runs.
        outer: usize,
        /// Elements combined.
        len: usize,
        /// Words between them.
        inner: usize,
    },
    /// Each of `rows` rows of `columns`; `log` for its logarithm.
    Softmax {
        /// Rows.
        rows: usize,
        /// Size of the last axis.
        columns: usize,
        /// Logarithm.
        log: bool,
    },
    /// Copies `dims` elements between strided places; `clear` zeros the output view first.
    Copy {
        /// Sizes of the loops, outermost first.
        dims: Vec<usize>,
        /// First word read, from the input view's start.
        from: usize,
        /// Words between neighbours read.
        from_strides: Vec<usize>,
        /// First word written, from the output view's start.
        to: usize,
        /// Words between neighbours written.
        to_strides: Vec<usize>,
        /// Zero the output first.
        clear: bool,
    },
    /// Inputs `table (rows,width), index (count)`.
    Gather {
        /// Rows of the table.
        rows: usize,
        /// Words of a row.
        width: usize,
    },
    /// Inputs `rows (count,width), index (count)`; the output has `rows` rows.
    ScatterAdd {
        /// Rows of the table.
        rows: usize,
        /// Words of a row.
        width: usize,
    },
    /// Input `index (count)`.
    OneHot {
        /// Size of the last axis.
        classes: usize,
    },
    /// Rotation of pairs; the input is `(outer,t,d)`.
    Rope {
        /// Independent sequences.
        outer: usize,
        /// Positions.
        t: usize,
        /// Size of the last axis.
        d: usize,
        /// Base of the frequencies.
        base: f32,
        /// The other way round.
        inverse: bool,
    },
    /// Random numbers of the step.
    Random {
        /// Which.
        kind: RandomKind,
        /// Stream.
        stream: u32,
    },
    /// Rounding that looks at more than one element: scales, blocks, random numbers, or a format without a fused kernel.
    Round {
        /// How.
        quantizer: QuantizerId,
        /// Where its events are counted.
        counter: usize,
        /// Size of the last axis.
        columns: usize,
    },
}

/// Sum or greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReduceKind {
    /// Sum.
    Sum,
    /// Greatest.
    Max,
}

/// What is done to the sums of a matrix product before they are stored, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Epilogue {
    /// Adds a row of `n` (the product's third input).
    pub bias: bool,
    /// Then applies this.
    pub activation: Activation,
}

/// The last part of an [`Epilogue`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activation {
    /// Nothing.
    #[default]
    None,
    /// `x > 0 ? x : 0`
    Relu,
    /// `x > 0 ? x : slope·x`
    LeakyRelu(f32),
    /// `x > 0 ? (x < 6 ? x : 6) : 0`
    Relu6,
    /// `aux > 0 ? x : slope·x`, with `aux (m,n)` the product's last input
    MaskPositive(f32),
}

impl Activation {
    /// Whether it reads a second matrix.
    pub fn reads_aux(self) -> bool {
        matches!(self, Activation::MaskPositive(_))
    }
}

/// One kernel and the words it reads and writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is done.
    pub kernel: Kernel,
    /// Read.
    pub inputs: Vec<View>,
    /// Written. Disjoint from what is read, except elementwise, where an output may be exactly an input.
    pub outputs: Vec<View>,
}

/// A parameter's place and first value.
#[derive(Clone, Debug)]
pub struct ParamSlot {
    /// Name.
    pub name: String,
    /// Shape.
    pub shape: Shape,
    /// First value.
    pub init: Init,
    /// Use.
    pub role: ParamRole,
    /// Place.
    pub view: View,
}

/// An input's place.
#[derive(Clone, Debug)]
pub struct InputSlot {
    /// Name.
    pub name: String,
    /// Shape.
    pub shape: Shape,
    /// Type.
    pub dtype: DType,
    /// Place.
    pub view: View,
}

/// A named result's place. It is not overwritten within a step.
#[derive(Clone, Debug)]
pub struct OutputSlot {
    /// Name.
    pub name: String,
    /// Shape.
    pub shape: Shape,
    /// Place.
    pub view: View,
}

/// A graph made ready to be replayed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Kernels in order.
    pub steps: Vec<Step>,
    /// Parameters, as in the graph.
    pub params: Vec<ParamSlot>,
    /// Inputs, as in the graph.
    pub inputs: Vec<InputSlot>,
    /// Outputs, as in the graph.
    pub outputs: Vec<OutputSlot>,
    /// Ways of rounding, as in the graph.
    pub quantizers: Vec<Quantizer>,
    /// What each counter of rounding events counts.
    pub counters: Vec<Counter>,
    /// Words of the arena.
    pub arena_len: usize,
    /// Words at its beginning that outlive a step: parameters, then inputs.
    pub persistent_len: usize,
    /// Multiplications, additions and function values of a step.
    pub flop_count: u64,
    /// Bytes that kernels read and write in a step, caches aside.
    pub byte_count: u64,
}

impl Plan {
    /// Plans a graph.
    pub fn new(graph: &Graph) -> Plan {
        let units = fusion::units(graph);
        let lowered = lower::lower(graph, &units);
        memory::place(graph, lowered)
    }

    /// The output of a name.
    pub fn output(&self, name: &str) -> Option<&OutputSlot> {
        self.outputs.iter().find(|output| output.name == name)
    }

    /// The place of a parameter.
    pub fn param(&self, id: ParamId) -> &ParamSlot {
        &self.params[id.index()]
    }

    /// The place of an input.
    pub fn input(&self, id: InputId) -> &InputSlot {
        &self.inputs[id.index()]
    }
}

/// The node that holds the words of a tensor which is only another look at them, with the offset of its first word.
fn resolve(graph: &Graph, mut tensor: Tensor) -> (Tensor, usize) {
    use crate::graph::Op;
    let mut offset = 0;
    loop {
        let node = graph.node(tensor);
        match node.op {
            Op::Reshape | Op::StopGradient => {}
            Op::Slice { axis, start } if contiguous_slice(graph, tensor, axis) => {
                offset += start * node.shape.sizes()[axis + 1..].iter().product::<usize>();
            }
            _ => return (tensor, offset),
        }
        tensor = node.inputs[0];
    }
}

/// A slice of the first axis that is longer than 1 is one run of words.
fn contiguous_slice(graph: &Graph, tensor: Tensor, axis: usize) -> bool {
    graph.shape(tensor).sizes()[..axis].iter().all(|&size| size == 1)
}
