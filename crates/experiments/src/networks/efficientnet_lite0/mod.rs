//! EfficientNet-Lite0 as a base for other tasks: its graph, cut where experiments cut it, and its weights.
//!
//! Tan and Le (2019), in the Lite variant of 2020: no squeeze-and-excitation, ReLU6, fixed stem and head. A stem of 3×3, sixteen inverted
//! bottlenecks (1×1 expansion, depthwise, 1×1 projection; the input is added where the shape stays), a 1×1 head, the mean over pixels, a
//! classifier of 1000. The batch normalisations are folded into the weights (`cargo xtask data`). Padding is TensorFlow's SAME, 1×1
//! convolutions are matrix products. Images are `(n, side, side, 3)`, levels of red, green, blue from 0 to 255; the network
//! sees `(level − 127) / 128`. Left out: dropout and stochastic depth, which only its training had.

mod extractor;
mod precision;
mod shards;
mod weights;

pub use extractor::Extractor;
pub use precision::{Precision, Rounded};
pub use shards::{Shard, shards};
pub use weights::{BaseError, Storage, random, read};

use engine::graph::{Init, Padding, ParamRole, Tensor};
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
    /// Its mean over pixels `(n, channels)`.
    pub features: Tensor,
    /// `(n, 1000)`, with [`Cut::Classifier`].
    pub logits: Option<Tensor>,
}

/// Adds the network up to a cut. Its parameters are trained ones of the net, named [`PREFIX`] and the layer's name; their first values are
/// random.
pub fn add_to(net: &mut Net, images: Tensor, cut: Cut) -> Outputs {
    let scaled = net.graph.scale(images, 1.0 / 128.0);
    let x = net.graph.offset(scaled, -127.0 / 128.0);
    let mut x = convolution(net, "stem", x, 3, STEM, 2, Activation::Relu6);
    for (index, block) in blocks().enumerate() {
        if cut == Cut::Block14 && index == 15 {
            break;
        }
        let input = x;
        let name = |layer: &str| format!("block{index}.{layer}");
        if block.expansion > 1 {
            x = pointwise(net, &name("expand"), x, block.inputs * block.expansion, Activation::Relu6);
        }
        x = depthwise(net, &name("depthwise"), x, block.kernel, block.stride);
        if cut == Cut::Depthwise10 && index == 10 {
            break;
        }
        x = pointwise(net, &name("project"), x, block.outputs, Activation::Linear);
        if block.stride == 1 && block.inputs == block.outputs {
            let sum = net.graph.add(x, input);
            x = net.rounders.activation(&mut net.graph, sum);
        }
    }
    if matches!(cut, Cut::Full | Cut::Classifier) {
        x = pointwise(net, "head", x, cut.channels(), Activation::Relu6);
    }
    let features = net.graph.global_avg_pool(x);
    let logits =
        (cut == Cut::Classifier).then(|| pointwise(net, "classifier", features, CLASSES, Activation::Linear));
    Outputs { map: x, features, logits }
}

/// Weights and bias of a layer.
fn params(net: &mut Net, name: &str, shape: &[usize], fan_in: usize) -> (Tensor, Tensor) {
    let channels = shape.last().copied().unwrap_or(1);
    let init = WeightInit::He.init(fan_in, channels);
    let weight =
        net.trained(&format!("{PREFIX}{name}.weight"), engine::Shape::new(shape), init, ParamRole::Weight);
    let bias = net.trained(&format!("{PREFIX}{name}.bias"), [channels], Init::Constant(0.0), ParamRole::Bias);
    (weight, bias)
}

fn pointwise(net: &mut Net, name: &str, x: Tensor, outputs: usize, activation: Activation) -> Tensor {
    let inputs = net.graph.shape(x).last();
    let params = params(net, name, &[inputs, outputs], inputs);
    net.dense_with(x, params, activation)
}

fn convolution(
    net: &mut Net,
    name: &str,
    x: Tensor,
    kernel: usize,
    outputs: usize,
    stride: usize,
    activation: Activation,
) -> Tensor {
    let inputs = net.graph.shape(x).last();
    let (weight, bias) = params(net, name, &[kernel, kernel, inputs, outputs], kernel * kernel * inputs);
    let weight = net.rounders.weight(&mut net.graph, weight);
    let y = net.graph.conv2d(x, weight, stride, Padding::Same);
    let y = net.graph.add(y, bias);
    net.activate(y, activation)
}

fn depthwise(net: &mut Net, name: &str, x: Tensor, kernel: usize, stride: usize) -> Tensor {
    let channels = net.graph.shape(x).last();
    let (weight, bias) = params(net, name, &[kernel, kernel, channels], kernel * kernel);
    let weight = net.rounders.weight(&mut net.graph, weight);
    let y = net.graph.depthwise_conv2d(x, weight, stride, Padding::Same);
    let y = net.graph.add(y, bias);
    net.activate(y, Activation::Relu6)
}
