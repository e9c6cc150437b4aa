//! A static graph: tensors of known shapes, each the result of one operation on earlier ones.
//!
//! A lab describes one whole training step: it reads parameters and inputs, computes, and assigns parameters their new
//! values. Values never change (an assignment is a value of its own, and later parts of the step may read it), so the order in
//! which operations run is free and a plan may choose it. Operations are added by the methods in the files beside this one;
//! each file holds one family with its shapes and its gradient.
//!
//! Errors: shapes that do not fit are mistakes of the program that builds the graph, not of a visitor, and panic with a message;
//! labs check what visitors choose before they build. Left out: control flow, shapes that vary from step to step.

#![allow(
    clippy::missing_panics_doc,
    reason = "every builder panics on shapes that do not fit, as said above"
)]

mod conv;
mod elementwise;
mod gather;
mod grad;
mod matmul;
mod movement;
mod pool;
mod random;
mod reduce;
mod rope;
mod round;
mod site;
mod softmax;

pub use conv::{ConvSpec, Padding};
pub use elementwise::{BinaryOp, UnaryOp};
pub use pool::PoolSpec;
pub use random::RandomKind;
pub use site::{Site, SiteId};

use crate::policy::{Quantizer, QuantizerId};
use crate::shape::Shape;

/// A tensor of a graph: an index of the node that computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tensor(pub(crate) u32);

impl Tensor {
    /// Position of its node.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What the 32-bit words of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DType {
    /// binary32.
    F32,
    /// Unsigned integers: labels, tokens, rows to gather.
    U32,
}

/// Index of a parameter in [`Graph::params`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(pub(crate) u32);

impl ParamId {
    /// Its position in the list of parameters.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of an input in [`Graph::inputs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InputId(pub(crate) u32);

impl InputId {
    /// Its position in the list of inputs.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Values a parameter starts with. Random ones depend on the seed and on the parameter's position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Every element this value.
    Constant(f32),
    /// Uniform in `[-bound, bound)`.
    Uniform(f32),
    /// Normal with this standard deviation around 0.
    Normal(f32),
}

/// What a parameter is for: rounding policies and exports ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamRole {
    /// Trained, multiplied with activations.
    Weight,
    /// Trained, added or applied elementwise: biases, gains. Kept out of weight decay.
    Bias,
    /// Optimiser state, running statistics, counters.
    State,
}

/// A value that lives from step to step.
#[derive(Clone, Debug)]
pub struct Param {
    /// Unique name, as in exported files.
    pub name: String,
    /// Shape.
    pub shape: Shape,
    /// First values.
    pub init: Init,
    /// Use.
    pub role: ParamRole,
}

/// A value the host writes before steps.
#[derive(Clone, Debug)]
pub struct Input {
    /// Name, for messages.
    pub name: String,
    /// Shape.
    pub shape: Shape,
    /// Type of its words.
    pub dtype: DType,
}

/// One operation. Shapes are in [`Node::shape`]; the order of inputs is said here.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// The value of a parameter when the step begins.
    Param(ParamId),
    /// A value from the host.
    Input(InputId),
    /// One number; shape `[]`.
    Constant(f32),
    /// Elementwise `f(a)`.
    Unary(UnaryOp),
    /// Elementwise `f(a, b)` with broadcasting.
    Binary(BinaryOp),
    /// Elementwise `c != 0 ? a : b`, inputs `c, a, b`, with broadcasting.
    Select,
    /// Repeats `a` along axes of size 1.
    Broadcast,
    /// `a · b`: `(m,k)·(k,n)`, or the same with one leading batch axis in both. `ta`, `tb`: that operand is stored transposed.
    MatMul {
        /// `a` is stored as `(k,m)`.
        ta: bool,
        /// `b` is stored as `(n,k)`.
        tb: bool,
        /// Rounds after every addition, in index order; `None` accumulates in binary32.
        accumulator: Option<QuantizerId>,
    },
    /// Convolution of images `(n,h,w,ci)` with `(kh,kw,ci,co)`, or `(kh,kw,c)` when depthwise.
    Conv(ConvSpec),
    /// Gradient of [`Op::Conv`] to its images, from inputs `gradient (n,oh,ow,co), weights`.
    ConvInputGrad(ConvSpec),
    /// Gradient of [`Op::Conv`] to its weights, from inputs `images, gradient`.
    ConvWeightGrad(ConvSpec),
    /// For each window the element of `values` at the place where `select` is greatest (the first of equals). Inputs `select, values`.
    MaxPick(PoolSpec),
    /// Sends each window's gradient to the place where `select` is greatest. Inputs `select, gradient`. Adjoint of [`Op::MaxPick`].
    MaxRoute(PoolSpec),
    /// Mean of each window over the elements inside the image.
    AvgPool(PoolSpec),
    /// Adjoint of [`Op::AvgPool`].
    AvgSpread(PoolSpec),
    /// Sum along an axis, which stays with size 1. Order: see [`crate::cpu`].
    Sum {
        /// The axis.
        axis: usize,
    },
    /// Greatest along an axis, which stays with size 1. Its gradient is not defined (used to shift exponents).
    Max {
        /// The axis.
        axis: usize,
    },
    /// The same elements with another shape.
    Reshape,
    /// Axis `i` of the result is axis `axes[i]` of `a`.
    Permute {
        /// A permutation.
        axes: Vec<usize>,
    },
    /// `start..start+size` along an axis; size from the shape.
    Slice {
        /// The axis.
        axis: usize,
        /// First index kept.
        start: usize,
    },
    /// Zeros around `a` along an axis.
    Pad {
        /// The axis.
        axis: usize,
        /// Zeros in front.
        before: usize,
    },
    /// Inputs one after the other along an axis.
    Concat {
        /// The axis.
        axis: usize,
    },
    /// Rows `table[index]`: inputs `table (rows, ...), index (...)`. An index beyond the table gives the last row.
    Gather,
    /// Adds rows of `gradient` at `index` of a zero table. Inputs `gradient, index`. Adjoint of [`Op::Gather`].
    ScatterAdd,
    /// `index (...) -> (..., classes)` with 1 at the index.
    OneHot,
    /// Softmax along the last axis.
    Softmax,
    /// Its logarithm, computed without leaving the range.
    LogSoftmax,
    /// Rotates pairs `(2i, 2i+1)` of the last axis of `(..., t, d)` by `t · base^(-2i/d)`.
    Rope {
        /// Base of the frequencies.
        base: f32,
        /// The other way round: the adjoint.
        inverse: bool,
    },
    /// Random numbers of the step, see [`crate::random`].
    Random {
        /// Which.
        kind: RandomKind,
        /// Streams are independent.
        stream: u32,
    },
    /// Rounds to a format. See [`Graph::round`].
    Round {
        /// Of the value; `None` passes it on (a point where only gradients are rounded).
        forward: Option<QuantizerId>,
        /// Of the gradient that arrives here.
        backward: Option<QuantizerId>,
        /// Where.
        site: SiteId,
    },
    /// `gradient` where `value` lies within the format's finite range, else 0. Inputs `gradient, value`.
    RangeMask(QuantizerId),
    /// `a` as the new value of a parameter.
    Assign(ParamId),
    /// `a`, through which no gradient flows.
    StopGradient,
}

/// An operation, its inputs and the shape of its result.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it does.
    pub op: Op,
    /// Earlier tensors.
    pub inputs: Vec<Tensor>,
    /// Shape of the result.
    pub shape: Shape,
    /// Type of the result.
    pub dtype: DType,
}

/// A training step, or any other computation, as data.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    params: Vec<Param>,
    inputs: Vec<Input>,
    outputs: Vec<(String, Tensor)>,
    assigned: Vec<Option<Tensor>>,
    quantizers: Vec<Quantizer>,
    sites: Vec<Site>,
    streams: u32,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Graph {
        Graph::default()
    }

    /// All nodes; a node's inputs come before it.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The tensor of the node at a position.
    pub fn tensor(&self, index: usize) -> Tensor {
        assert!(index < self.nodes.len(), "no node {index}");
        Tensor(index as u32)
    }

    /// The node of a tensor.
    pub fn node(&self, tensor: Tensor) -> &Node {
        &self.nodes[tensor.index()]
    }

    /// The shape of a tensor.
    pub fn shape(&self, tensor: Tensor) -> &Shape {
        &self.node(tensor).shape
    }

    /// The parameters, in the order of their creation.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// The inputs, in the order of their creation.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Named results, in the order of their naming.
    pub fn outputs(&self) -> &[(String, Tensor)] {
        &self.outputs
    }

    /// The value a parameter has after the step, if the step assigns one.
    pub fn assigned(&self, param: ParamId) -> Option<Tensor> {
        self.assigned[param.index()]
    }

    /// Rounding operations' formats.
    pub fn quantizers(&self) -> &[Quantizer] {
        &self.quantizers
    }

    /// Adds a rounding that operations can name.
    pub fn add_quantizer(&mut self, quantizer: Quantizer) -> QuantizerId {
        self.quantizers.push(quantizer);
        QuantizerId(self.quantizers.len() as u32 - 1)
    }

    /// A parameter: the tensor of its value at the beginning of the step.
    pub fn param(&mut self, name: &str, shape: impl Into<Shape>, init: Init, role: ParamRole) -> Tensor {
        let shape = shape.into();
        assert!(self.params.iter().all(|param| param.name != name), "two parameters are called {name}");
        self.params.push(Param { name: name.to_owned(), shape: shape.clone(), init, role });
        self.assigned.push(None);
        let id = ParamId(self.params.len() as u32 - 1);
        self.push(Op::Param(id), &[], shape, DType::F32)
    }

    /// The parameter that a tensor of [`Graph::param`] reads.
    pub fn param_id(&self, tensor: Tensor) -> Option<ParamId> {
        match self.node(tensor).op {
            Op::Param(id) => Some(id),
            _ => None,
        }
    }

    /// A value that the host writes.
    pub fn input(&mut self, name: &str, shape: impl Into<Shape>, dtype: DType) -> Tensor {
        let shape = shape.into();
        self.inputs.push(Input { name: name.to_owned(), shape: shape.clone(), dtype });
        let id = InputId(self.inputs.len() as u32 - 1);
        self.push(Op::Input(id), &[], shape, dtype)
    }

    /// The input that a tensor of [`Graph::input`] is.
    pub fn input_id(&self, tensor: Tensor) -> Option<InputId> {
        match self.node(tensor).op {
            Op::Input(id) => Some(id),
            _ => None,
        }
    }

    /// One number.
    pub fn constant(&mut self, value: f32) -> Tensor {
        self.push(Op::Constant(value), &[], Shape::default(), DType::F32)
    }

    /// Gives a parameter its value for the next step. The result is that value, for later parts of this step.
    pub fn assign(&mut self, param: ParamId, value: Tensor) -> Tensor {
        let slot = &self.params[param.index()];
        assert!(self.assigned[param.index()].is_none(), "{} is assigned twice", slot.name);
        assert_eq!(&slot.shape, self.shape(value), "the new value of {} has another shape", slot.name);
        let assigned = self.push(Op::Assign(param), &[value], self.shape(value).clone(), DType::F32);
        self.assigned[param.index()] = Some(assigned);
        assigned
    }

    /// Names a result that the host reads.
    pub fn output(&mut self, name: &str, tensor: Tensor) {
        self.outputs.push((name.to_owned(), tensor));
    }

    /// `a`, through which no gradient flows.
    pub fn stop_gradient(&mut self, a: Tensor) -> Tensor {
        let node = self.node(a);
        let (shape, dtype) = (node.shape.clone(), node.dtype);
        self.push(Op::StopGradient, &[a], shape, dtype)
    }

    #[cfg(any(test, feature = "cases"))]
    pub(crate) fn nodes_mut(&mut self) -> &mut [Node] {
        &mut self.nodes
    }

    #[cfg(any(test, feature = "cases"))]
    pub(crate) fn quantizers_mut(&mut self) -> &mut [Quantizer] {
        &mut self.quantizers
    }

    /// A stream of random numbers that nothing else in this graph uses.
    pub fn new_stream(&mut self) -> u32 {
        self.streams += 1;
        self.streams
    }

    pub(crate) fn push(&mut self, op: Op, inputs: &[Tensor], shape: Shape, dtype: DType) -> Tensor {
        debug_assert!(inputs.iter().all(|input| input.index() < self.nodes.len()));
        self.nodes.push(Node { op, inputs: inputs.to_vec(), shape, dtype });
        Tensor(self.nodes.len() as u32 - 1)
    }

    pub(crate) fn push_f32(&mut self, op: Op, inputs: &[Tensor], shape: Shape) -> Tensor {
        self.push(op, inputs, shape, DType::F32)
    }
}
