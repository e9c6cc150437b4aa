//! Dense and convolutional layers.

use super::Net;
use crate::graph::{Init, Padding, ParamRole, Tensor, UnaryOp};

/// What follows a layer's sums.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// Nothing.
    Linear,
    /// `max(x, 0)`
    Relu,
    /// Slope 0.2 below zero.
    LeakyRelu,
    /// Between 0 and 6.
    Relu6,
    /// Hyperbolic tangent.
    Tanh,
    /// Logistic function.
    Sigmoid,
    /// GELU by the hyperbolic tangent.
    Gelu,
}

/// How a layer's weights begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WeightInit {
    /// Uniform with bound `√(6 / (in + out))` (Glorot and Bengio 2010).
    Glorot,
    /// Uniform with bound `√(6 / in)` (He et al. 2015).
    He,
}

impl WeightInit {
    /// Bounds of a layer with these numbers of inputs and outputs per unit.
    pub fn init(self, fan_in: usize, fan_out: usize) -> Init {
        let fans = match self {
            WeightInit::Glorot => fan_in + fan_out,
            WeightInit::He => fan_in,
        };
        Init::Uniform((6.0 / fans.max(1) as f32).sqrt())
    }
}

impl Net {
    /// An activation function, its result rounded by the policy.
    pub fn activate(&mut self, x: Tensor, activation: Activation) -> Tensor {
        let graph = &mut self.graph;
        let y = match activation {
            Activation::Linear => x,
            Activation::Relu => graph.relu(x),
            Activation::LeakyRelu => graph.unary(UnaryOp::LeakyRelu(0.2), x),
            Activation::Relu6 => graph.unary(UnaryOp::Relu6, x),
            Activation::Tanh => graph.unary(UnaryOp::Tanh, x),
            Activation::Sigmoid => graph.unary(UnaryOp::Sigmoid, x),
            Activation::Gelu => graph.gelu_tanh(x),
        };
        self.rounders.activation(graph, y)
    }

    /// Weights and bias of a dense layer: `name.weight (in,out)`, `name.bias (out)`.
    pub fn dense_params(
        &mut self,
        name: &str,
        inputs: usize,
        outputs: usize,
        init: WeightInit,
    ) -> (Tensor, Tensor) {
        let init = init.init(inputs, outputs);
        let weight = self.trained(&format!("{name}.weight"), [inputs, outputs], init, ParamRole::Weight);
        let bias = self.trained(&format!("{name}.bias"), [outputs], Init::Constant(0.0), ParamRole::Bias);
        (weight, bias)
    }

    /// `activation(x · w + b)` for given parameters: a second use of the same layer.
    pub fn dense_with(
        &mut self,
        x: Tensor,
        (weight, bias): (Tensor, Tensor),
        activation: Activation,
    ) -> Tensor {
        let weight = self.rounders.weight(&mut self.graph, weight);
        let product = self.graph.matmul_with(x, weight, false, false, self.rounders.accumulator());
        let sum = self.graph.add(product, bias);
        self.activate(sum, activation)
    }

    /// A dense layer on `x (..., in)`.
    pub fn dense(
        &mut self,
        name: &str,
        x: Tensor,
        outputs: usize,
        init: WeightInit,
        activation: Activation,
    ) -> Tensor {
        let inputs = self.graph.shape(x).last();
        let params = self.dense_params(name, inputs, outputs, init);
        self.dense_with(x, params, activation)
    }

    /// A convolution with bias on `x (n,h,w,ci)`: `name.weight (size,size,ci,co)`, `name.bias (co)`.
    #[expect(clippy::too_many_arguments, reason = "a convolution has as many properties")]
    pub fn conv2d(
        &mut self,
        name: &str,
        x: Tensor,
        size: usize,
        outputs: usize,
        stride: usize,
        padding: Padding,
        activation: Activation,
    ) -> Tensor {
        let inputs = self.graph.shape(x).last();
        let params = self.conv2d_params(name, size, inputs, outputs);
        self.conv2d_with(x, params, stride, padding, activation)
    }

    /// Parameters of a convolution, for one that is used more than once: `name.weight (size,size,in,out)`, `name.bias (out)`.
    pub fn conv2d_params(
        &mut self,
        name: &str,
        size: usize,
        inputs: usize,
        outputs: usize,
    ) -> (Tensor, Tensor) {
        let init = WeightInit::He.init(size * size * inputs, outputs);
        let weight =
            self.trained(&format!("{name}.weight"), [size, size, inputs, outputs], init, ParamRole::Weight);
        let bias = self.trained(&format!("{name}.bias"), [outputs], Init::Constant(0.0), ParamRole::Bias);
        (weight, bias)
    }

    /// A convolution with parameters made before, on `x (n,h,w,ci)`.
    pub fn conv2d_with(
        &mut self,
        x: Tensor,
        (weight, bias): (Tensor, Tensor),
        stride: usize,
        padding: Padding,
        activation: Activation,
    ) -> Tensor {
        let weight = self.rounders.weight(&mut self.graph, weight);
        let y = self.graph.conv2d(x, weight, stride, padding);
        let y = self.graph.add(y, bias);
        self.activate(y, activation)
    }
}
