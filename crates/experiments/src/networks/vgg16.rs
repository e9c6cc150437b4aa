//! VGG16, configuration D of Simonyan and Zisserman (2014), layer names as in Keras.
//!
//! 13 convolutions of 3×3 with bias and ReLU in five blocks, each block ended by max pooling of 2×2, then dense layers of 4096, 4096 and
//! 1000. The softmax at its end is left out.

use engine::graph::{DType, Graph, Padding, Tensor};
use engine::nn::{Activation, Net, WeightInit};
use engine::policy::Policy;

use super::cost::{LayerKind, NetworkCost, layer};

/// Channels of each block's convolutions.
const BLOCKS: [&[usize]; 5] = [&[64; 2], &[128; 2], &[256; 3], &[512; 3], &[512; 3]];
/// Units of the dense layers.
const DENSE: [(&str, usize); 3] = [("fc1", 4096), ("fc2", 4096), ("predictions", 1000)];

/// Height and width of its images.
pub const SIDE: usize = 224;

/// The network for one image `(1, 224, 224, 3)`, its logits as the output `logits`, and the cost of its layers.
pub fn build() -> (Graph, NetworkCost) {
    let mut net = Net::new(&Policy::default());
    let mut x = net.graph.input("image", [1, SIDE, SIDE, 3], DType::F32);
    let mut layers = Vec::new();
    let mut from = net.graph.nodes().len();
    let mut done = |net: &Net, name: &str, kind: LayerKind, output: Tensor| {
        layers.push(layer(&net.graph, name, kind, from, output));
        from = net.graph.nodes().len();
    };
    for (block, channels) in (1..).zip(BLOCKS) {
        for (conv, &outputs) in (1..).zip(channels) {
            let name = format!("block{block}_conv{conv}");
            x = net.conv2d(&name, x, 3, outputs, 1, Padding::Same, Activation::Relu);
            done(&net, &name, LayerKind::Convolution, x);
        }
        x = net.graph.max_pool(x, 2, 2, Padding::Valid);
        done(&net, &format!("block{block}_pool"), LayerKind::Pooling, x);
    }
    let features = net.graph.shape(x).len();
    x = net.graph.reshape(x, [1, features]);
    for (i, (name, units)) in DENSE.into_iter().enumerate() {
        let activation = if i + 1 == DENSE.len() { Activation::Linear } else { Activation::Relu };
        x = net.dense(name, x, units, WeightInit::He, activation);
        done(&net, name, LayerKind::Dense, x);
    }
    net.graph.output("logits", x);
    (net.graph, NetworkCost { input: [SIDE, SIDE, 3], layers })
}
