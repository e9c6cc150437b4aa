//! EfficientNet-Lite0 as a base for other tasks: its graph, cut where experiments cut it, and its weights.
//!
//! Tan and Le (2019), in the Lite variant of 2020: no squeeze-and-excitation, ReLU6, fixed stem and head. A stem of 3×3, sixteen inverted
//! bottlenecks (1×1 expansion, depthwise, 1×1 projection; the input is added where the shape stays), a 1×1 head, the mean over pixels, a
//! classifier of 1000. The batch normalisations are folded into the weights (`cargo xtask data`). Padding is TensorFlow's SAME, 1×1
//! convolutions are matrix products. Images are `(n, side, side, 3)`, levels of red, green, blue from 0 to 255; the network
//! sees `(level − 127) / 128`. Left out: dropout and stochastic depth, which only its training had.

mod blocks;
mod extractor;
mod precision;
mod shards;
mod weights;

pub use blocks::{Blocks, TUNABLE, Tail, entry_channels, parts};
pub use extractor::Extractor;
pub use precision::{Precision, Rounded};
pub use shards::{Shard, shards};
pub use weights::{BaseError, Reader, Storage, random, read};

use engine::graph::{DType, Graph, Init, InputId, Padding, ParamRole, Tensor};
use engine::nn::{Activation, Net, WeightInit};

/// What the names of the base's parameters begin with.
pub const PREFIX: &str = "base.";

/// Where the network ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cut {
    /// After the depthwise convolution of block 10: 672 channels at a sixteenth of the side.
    Depthwise10,
    /// After block 14: 192 channels at a thirty-second of the side.
    Block14,
    /// After the head: 1280 channels at a thirty-second of the side.
    Full,
    /// After the classifier of ImageNet's 1000 classes.
    Classifier,
}

impl Cut {
    /// All cuts, from the shortest.
    pub const ALL: [Cut; 4] = [Cut::Depthwise10, Cut::Block14, Cut::Full, Cut::Classifier];

    /// Channels of the last feature map.
    pub fn channels(self) -> usize {
        match self {
            Cut::Depthwise10 => 672,
            Cut::Block14 => 192,
            Cut::Full | Cut::Classifier => 1280,
        }
    }

    /// Pixels of the image for one of the last feature map, along a side (rounded up).
    pub fn reduction(self) -> usize {
        if self == Cut::Depthwise10 { 16 } else { 32 }
    }
}

/// ImageNet's classes.
pub const CLASSES: usize = 1000;
/// Channels of the stem.
const STEM: usize = 32;

/// An inverted bottleneck.
#[derive(Clone, Copy, Debug)]
struct Block {
    /// Side of the depthwise kernel.
    kernel: usize,
    stride: usize,
    /// Channels of the depthwise convolution are this many times the inputs.
    expansion: usize,
    inputs: usize,
    outputs: usize,
}

/// Repeats, kernel, stride of the first, expansion, outputs.
const STAGES: [[usize; 5]; 7] = [
    [1, 3, 1, 1, 16],
    [2, 3, 2, 6, 24],
    [2, 5, 2, 6, 40],
    [3, 3, 2, 6, 80],
    [3, 5, 1, 6, 112],
    [4, 5, 2, 6, 192],
    [1, 3, 1, 6, 320],
];

fn blocks() -> impl Iterator<Item = Block> {
    let mut inputs = STEM;
    STAGES.into_iter().flat_map(move |[repeats, kernel, stride, expansion, outputs]| {
        let first = std::mem::replace(&mut inputs, outputs);
        (0..repeats).map(move |repeat| match repeat {
            0 => Block { kernel, stride, expansion, inputs: first, outputs },
            _ => Block { kernel, stride: 1, expansion, inputs: outputs, outputs },
        })
    })
}

/// What the network computes.
#[derive(Clone, Copy, Debug)]
pub struct Outputs {
    /// The last feature map `(n, h, w, channels)`.
    pub map: Tensor,
    /// What comes into the first of [`TUNABLE`], `(n, 2h, 2w, 112)`; with cuts that have it.
    pub entry: Option<Tensor>,
    /// Its mean over pixels `(n, channels)`.
    pub features: Tensor,
    /// `(n, 1000)`, with [`Cut::Classifier`].
    pub logits: Option<Tensor>,
}

/// Adds the network up to a cut. Its parameters are trained ones of the net, named [`PREFIX`] and the layer's name; their first values are
/// random.
pub fn add_to(net: &mut Net, images: Tensor, cut: Cut) -> Outputs {
    add_parts(net, images, cut, &mut |_, _, _| {})
}

/// The same; `each` is told every part's name and output as soon as it is added.
fn add_parts(net: &mut Net, images: Tensor, cut: Cut, each: &mut dyn FnMut(&Graph, &str, Tensor)) -> Outputs {
    let scaled = net.graph.scale(images, 1.0 / 128.0);
    let x = net.graph.offset(scaled, -127.0 / 128.0);
    let mut builder = Builder { net, base: None };
    let mut x = builder.convolution("stem", x, 3, STEM, 2, Activation::Relu6);
    each(&builder.net.graph, "stem", x);
    let mut entry = None;
    for (index, block) in blocks().enumerate() {
        if cut == Cut::Block14 && index == 15 {
            break;
        }
        if index == TUNABLE[0] {
            entry = Some(x);
        }
        x = builder.block(index, block, x, cut == Cut::Depthwise10 && index == 10);
        each(&builder.net.graph, &format!("block{index}"), x);
        if cut == Cut::Depthwise10 && index == 10 {
            break;
        }
    }
    if matches!(cut, Cut::Full | Cut::Classifier) {
        x = builder.pointwise("head", x, cut.channels(), Activation::Relu6);
        each(&builder.net.graph, "head", x);
    }
    let features = builder.net.graph.global_avg_pool(x);
    let logits = (cut == Cut::Classifier)
        .then(|| builder.pointwise("classifier", features, CLASSES, Activation::Linear));
    if let Some(logits) = logits {
        each(&builder.net.graph, "classifier", logits);
    }
    Outputs { map: x, entry, features, logits }
}

/// Adds the blocks from the first trained one to block 14. A trained block's weights are the base's plus a trained difference, which starts
/// at 0: so a run begins at the base whatever its seed, and weight decay pulls towards the base. Blocks between them that are not
/// trained have the base's weights. `entry` is what comes into the first, kept (see [`Tail`]). Returns the mean over pixels `(n, 192)` and the
/// inputs to which the base's tensors must be written, with their names.
pub fn add_tuned(net: &mut Net, entry: Tensor, trained: Blocks) -> (Tensor, Vec<(InputId, String)>) {
    let mut inputs = Vec::new();
    let mut x = entry;
    for (index, block) in blocks().enumerate().filter(|(index, _)| (trained.first()..=14).contains(index)) {
        let base = Some(Given { inputs: &mut inputs, is_trained: trained.contains(index) });
        x = Builder { net: &mut *net, base }.block(index, block, x, false);
    }
    (net.graph.global_avg_pool(x), inputs)
}

/// Weights that are the base's.
struct Given<'a> {
    /// Where they belong in.
    inputs: &'a mut Vec<(InputId, String)>,
    /// A trained difference is added.
    is_trained: bool,
}

struct Builder<'a> {
    net: &'a mut Net,
    /// Without, parameters are trained ones with random first values.
    base: Option<Given<'a>>,
}

impl Builder<'_> {
    /// An inverted bottleneck, perhaps only up to its depthwise convolution.
    fn block(&mut self, index: usize, block: Block, input: Tensor, cut: bool) -> Tensor {
        let name = |layer: &str| format!("block{index}.{layer}");
        let mut x = input;
        if block.expansion > 1 {
            x = self.pointwise(&name("expand"), x, block.inputs * block.expansion, Activation::Relu6);
        }
        x = self.depthwise(&name("depthwise"), x, block.kernel, block.stride);
        if cut {
            return x;
        }
        x = self.pointwise(&name("project"), x, block.outputs, Activation::Linear);
        if block.stride == 1 && block.inputs == block.outputs {
            let sum = self.net.graph.add(x, input);
            x = self.net.rounders.activation(&mut self.net.graph, sum);
        }
        x
    }

    /// Weights and bias of a layer.
    fn params(&mut self, name: &str, shape: &[usize], fan_in: usize) -> (Tensor, Tensor) {
        let channels = shape.last().copied().unwrap_or(1);
        let init = WeightInit::He.init(fan_in, channels);
        let weight = self.param(&format!("{name}.weight"), shape, init, ParamRole::Weight);
        let bias = self.param(&format!("{name}.bias"), &[channels], Init::Constant(0.0), ParamRole::Bias);
        (weight, bias)
    }

    fn param(&mut self, name: &str, shape: &[usize], init: Init, role: ParamRole) -> Tensor {
        let name = format!("{PREFIX}{name}");
        let shape = engine::Shape::new(shape);
        let Some(base) = &mut self.base else { return self.net.trained(&name, shape, init, role) };
        let own = self.net.graph.input(&name, shape.clone(), DType::F32);
        base.inputs.extend(self.net.graph.input_id(own).map(|id| (id, name.clone())));
        if !base.is_trained {
            return own;
        }
        let difference = self.net.trained(&format!("{name}.difference"), shape, Init::Constant(0.0), role);
        self.net.graph.add(own, difference)
    }

    fn pointwise(&mut self, name: &str, x: Tensor, outputs: usize, activation: Activation) -> Tensor {
        let inputs = self.net.graph.shape(x).last();
        let params = self.params(name, &[inputs, outputs], inputs);
        self.net.dense_with(x, params, activation)
    }

    fn convolution(
        &mut self,
        name: &str,
        x: Tensor,
        kernel: usize,
        outputs: usize,
        stride: usize,
        activation: Activation,
    ) -> Tensor {
        let inputs = self.net.graph.shape(x).last();
        let shape = [kernel, kernel, inputs, outputs];
        let (weight, bias) = self.params(name, &shape, kernel * kernel * inputs);
        let weight = self.net.rounders.weight(&mut self.net.graph, weight);
        let y = self.net.graph.conv2d(x, weight, stride, Padding::Same);
        let y = self.net.graph.add(y, bias);
        self.net.activate(y, activation)
    }

    fn depthwise(&mut self, name: &str, x: Tensor, kernel: usize, stride: usize) -> Tensor {
        let channels = self.net.graph.shape(x).last();
        let (weight, bias) = self.params(name, &[kernel, kernel, channels], kernel * kernel);
        let weight = self.net.rounders.weight(&mut self.net.graph, weight);
        let y = self.net.graph.depthwise_conv2d(x, weight, stride, Padding::Same);
        let y = self.net.graph.add(y, bias);
        self.net.activate(y, Activation::Relu6)
    }
}
