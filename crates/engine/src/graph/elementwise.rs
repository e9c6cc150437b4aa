//! Elementwise operations, with NumPy's broadcasting.
//!
//! Functions that are not in [`UnaryOp`] are put together here from those that are. Gradients at kinks follow `PyTorch`: 0 at the kink
//! of ReLU, leaky ReLU's slope at 0 is the negative side's, 0 at both ends of ReLU6.

use super::{Graph, Op, Tensor};
use crate::shape::Shape;

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UnaryOp {
    /// `-a`
    Neg,
    /// `|a|`
    Abs,
    /// -1, 0 or 1
    Sign,
    /// `a > 0 ? a : 0`
    Relu,
    /// `a > 0 ? a : slope·a`
    LeakyRelu(f32),
    /// `a` between 0 and 6
    Relu6,
    /// `lo < a && a < hi ? 1 : 0`
    Within(f32, f32),
    /// `e^a`
    Exp,
    /// Natural logarithm
    Ln,
    /// Square root
    Sqrt,
    /// `1 / a`
    Recip,
    /// `a·a`
    Square,
    /// Hyperbolic tangent
    Tanh,
    /// `1 / (1 + e^-a)`
    Sigmoid,
    /// `ln(1 + e^a)`
    Softplus,
    /// Sine
    Sin,
    /// Cosine
    Cos,
    /// Error function
    Erf,
    /// `c·a`
    Scale(f32),
    /// `a + c`
    Offset(f32),
    /// 1 when `a` is finite, else 0
    Finite,
    /// Subnormal `a` becomes 0
    FlushSubnormal,
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BinaryOp {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a·b`
    Mul,
    /// `a / b`
    Div,
    /// `a > b ? a : b`
    Max,
    /// `a < b ? a : b`
    Min,
    /// `a > b ? 1 : 0`
    Greater,
    /// `b > 0 ? a : slope·a`: the gradient of ReLU (slope 0) and leaky ReLU
    MaskPositive(f32),
}

impl Graph {
    /// `f(a)` for every element.
    pub fn unary(&mut self, op: UnaryOp, a: Tensor) -> Tensor {
        let shape = self.shape(a).clone();
        self.push_f32(Op::Unary(op), &[a], shape)
    }

    /// `f(a, b)` for every pair of elements.
    pub fn binary(&mut self, op: BinaryOp, a: Tensor, b: Tensor) -> Tensor {
        let shape = self.common_shape(&[a, b]);
        self.push_f32(Op::Binary(op), &[a, b], shape)
    }

    /// `condition != 0 ? a : b` for every element.
    pub fn select(&mut self, condition: Tensor, a: Tensor, b: Tensor) -> Tensor {
        let shape = self.common_shape(&[condition, a, b]);
        self.push_f32(Op::Select, &[condition, a, b], shape)
    }

    /// Repeats along axes of size 1 until the shape is `shape`.
    pub fn broadcast(&mut self, a: Tensor, shape: impl Into<Shape>) -> Tensor {
        let shape = shape.into();
        if *self.shape(a) == shape {
            return a;
        }
        assert_eq!(self.shape(a).broadcast(&shape).as_ref(), Some(&shape), "{} to {shape}", self.shape(a));
        self.push_f32(Op::Broadcast, &[a], shape)
    }

    fn common_shape(&self, tensors: &[Tensor]) -> Shape {
        tensors.iter().fold(Shape::default(), |shape, &tensor| {
            let other = self.shape(tensor);
            match shape.broadcast(other) {
                Some(common) => common,
                None => panic!("{shape} and {other} have no common shape"),
            }
        })
    }

    /// `a + b`
    pub fn add(&mut self, a: Tensor, b: Tensor) -> Tensor {
        self.binary(BinaryOp::Add, a, b)
    }

    /// `a - b`
    pub fn sub(&mut self, a: Tensor, b: Tensor) -> Tensor {
        self.binary(BinaryOp::Sub, a, b)
    }

    /// `a·b`, element by element
    pub fn mul(&mut self, a: Tensor, b: Tensor) -> Tensor {
        self.binary(BinaryOp::Mul, a, b)
    }

    /// `a / b`
    pub fn div(&mut self, a: Tensor, b: Tensor) -> Tensor {
        self.binary(BinaryOp::Div, a, b)
    }

    /// `c·a`
    pub fn scale(&mut self, a: Tensor, c: f32) -> Tensor {
        self.unary(UnaryOp::Scale(c), a)
    }

    /// `a + c`
    pub fn offset(&mut self, a: Tensor, c: f32) -> Tensor {
        self.unary(UnaryOp::Offset(c), a)
    }

    /// ReLU
    pub fn relu(&mut self, a: Tensor) -> Tensor {
        self.unary(UnaryOp::Relu, a)
    }

    /// `a·sigmoid(a)`
    pub fn silu(&mut self, a: Tensor) -> Tensor {
        let gate = self.unary(UnaryOp::Sigmoid, a);
        self.mul(a, gate)
    }

    /// GELU by the hyperbolic tangent: `a/2 · (1 + tanh(√(2/π)·(a + 0.044715 a³)))`.
    pub fn gelu_tanh(&mut self, a: Tensor) -> Tensor {
        let square = self.unary(UnaryOp::Square, a);
        let factor = self.scale(square, 0.044715);
        let factor = self.offset(factor, 1.0);
        let inner = self.mul(a, factor);
        let inner = self.scale(inner, 0.797_884_6);
        let tanh = self.unary(UnaryOp::Tanh, inner);
        let gate = self.offset(tanh, 1.0);
        let half = self.scale(a, 0.5);
        self.mul(half, gate)
    }

    /// GELU by the error function: `a/2 · (1 + erf(a/√2))`.
    pub fn gelu_erf(&mut self, a: Tensor) -> Tensor {
        let inner = self.scale(a, std::f32::consts::FRAC_1_SQRT_2);
        let erf = self.unary(UnaryOp::Erf, inner);
        let gate = self.offset(erf, 1.0);
        let half = self.scale(a, 0.5);
        self.mul(half, gate)
    }

    /// Gradient of a unary operation with result `y`.
    pub(super) fn unary_vjp(&mut self, op: UnaryOp, a: Tensor, y: Tensor, g: Tensor) -> Option<Tensor> {
        use UnaryOp as U;
        Some(match op {
            U::Sign | U::Within(..) | U::Finite => return None,
            U::Neg => self.unary(U::Neg, g),
            U::Abs => {
                let sign = self.unary(U::Sign, a);
                self.mul(g, sign)
            }
            U::Relu => self.binary(BinaryOp::MaskPositive(0.0), g, y),
            U::LeakyRelu(slope) => self.binary(BinaryOp::MaskPositive(slope), g, a),
            U::Relu6 => {
                let inside = self.unary(U::Within(0.0, 6.0), a);
                self.mul(g, inside)
            }
            U::Exp => self.mul(g, y),
            U::Ln => self.div(g, a),
            U::Sqrt => {
                let slope = self.div(g, y);
                self.scale(slope, 0.5)
            }
            U::Recip => {
                let square = self.unary(U::Square, y);
                let square = self.unary(U::Neg, square);
                self.mul(g, square)
            }
            U::Square => {
                let double = self.scale(a, 2.0);
                self.mul(g, double)
            }
            U::Tanh => {
                let square = self.unary(U::Square, y);
                let square = self.unary(U::Neg, square);
                let slope = self.offset(square, 1.0);
                self.mul(g, slope)
            }
            U::Sigmoid => {
                let rest = self.unary(U::Neg, y);
                let rest = self.offset(rest, 1.0);
                let slope = self.mul(y, rest);
                self.mul(g, slope)
            }
            U::Softplus => {
                let slope = self.unary(U::Sigmoid, a);
                self.mul(g, slope)
            }
            U::Sin => {
                let slope = self.unary(U::Cos, a);
                self.mul(g, slope)
            }
            U::Cos => {
                let slope = self.unary(U::Sin, a);
                let slope = self.unary(U::Neg, slope);
                self.mul(g, slope)
            }
            U::Erf => {
                let square = self.unary(U::Square, a);
                let square = self.unary(U::Neg, square);
                let bell = self.unary(U::Exp, square);
                let slope = self.scale(bell, std::f32::consts::FRAC_2_SQRT_PI);
                self.mul(g, slope)
            }
            U::Scale(c) => self.scale(g, c),
            U::Offset(_) | U::FlushSubnormal => g,
        })
    }

    /// Gradients of a binary operation with result `y`, before they are summed to the operands' shapes.
    pub(super) fn binary_vjp(
        &mut self,
        op: BinaryOp,
        [a, b]: [Tensor; 2],
        y: Tensor,
        g: Tensor,
        needs: &[bool],
    ) -> [Option<Tensor>; 2] {
        use BinaryOp as B;
        match op {
            B::Add => [Some(g), Some(g)],
            B::Sub => [Some(g), needs[1].then(|| self.unary(UnaryOp::Neg, g))],
            B::Mul => [needs[0].then(|| self.mul(g, b)), needs[1].then(|| self.mul(g, a))],
            B::Div => [
                needs[0].then(|| self.div(g, b)),
                needs[1].then(|| {
                    let slope = self.div(y, b);
                    let slope = self.unary(UnaryOp::Neg, slope);
                    self.mul(g, slope)
                }),
            ],
            B::Max | B::Min => {
                let first =
                    if op == B::Max { self.binary(B::Greater, a, b) } else { self.binary(B::Greater, b, a) };
                [
                    needs[0].then(|| self.mul(g, first)),
                    needs[1].then(|| {
                        let second = self.unary(UnaryOp::Neg, first);
                        let second = self.offset(second, 1.0);
                        self.mul(g, second)
                    }),
                ]
            }
            B::Greater => [None, None],
            B::MaskPositive(_) => [needs[0].then(|| self.binary(op, g, b)), None],
        }
    }
}
