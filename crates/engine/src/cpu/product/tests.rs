//! The wide path gives the reference's bits, for every way of storing, every epilogue and sizes around every edge.

use super::{Activation, Epilogue, Gemm, Matrices, Shape, Strides};
use crate::graph::RandomKind;
use crate::random::Stream;

fn draw(seed: u64, len: usize) -> Vec<f32> {
    let mut values = vec![0.0; len];
    Stream::new(seed, 1, 0).fill(RandomKind::Normal, &mut values);
    values
}

fn compare(shape: Shape, a: Strides, b: Strides, accumulate: bool, epilogue: Epilogue) {
    let Shape { m, n, k } = shape;
    let gemm = Gemm::new(shape, a, b, accumulate).with_epilogue(epilogue);
    let (left, right, start) = (draw(1, m * k), draw(2, k * n), draw(3, m * n));
    let (bias, aux) = (draw(4, n), draw(5, m * n));
    let mut extra: Vec<&[f32]> = Vec::new();
    if epilogue.bias {
        extra.push(&bias);
    }
    if matches!(epilogue.activation, Activation::MaskPositive(_)) {
        extra.push(&aux);
    }
    let mut scratch = vec![f32::NAN; gemm.scratch_len()];
    let mut run = |reference| {
        let mut c = start.clone();
        gemm.run(reference, Matrices { a: &left, b: &right, extra: &extra }, &mut c, &mut scratch);
        c.into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(run(false), run(true), "{shape:?} {a:?} {b:?} {accumulate} {epilogue:?}");
}

#[test]
fn both_paths_give_the_same_bits() {
    let sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33];
    for m in sizes {
        for n in sizes {
            for k in [0, 1, 2, 7, 8, 31] {
                for (a, b) in [
                    (Strides::ROWS, Strides::ROWS),
                    (Strides::ROWS, Strides::COLUMNS),
                    (Strides::COLUMNS, Strides::ROWS),
                    (Strides::COLUMNS, Strides::COLUMNS),
                ] {
                    compare(Shape { m, n, k }, a, b, (m + n) % 3 == 0, Epilogue::default());
                }
            }
        }
    }
}

#[test]
fn long_sums_and_every_epilogue() {
    for (m, n, k) in [(66, 24, 600), (5, 256, 300), (70, 3, 513), (64, 10, 128), (1, 40, 257), (70, 1, 64)] {
        for b in [Strides::ROWS, Strides::COLUMNS] {
            for bias in [false, true] {
                for activation in [
                    Activation::None,
                    Activation::Relu,
                    Activation::LeakyRelu(0.2),
                    Activation::MaskPositive(0.0),
                    Activation::MaskPositive(0.2),
                ] {
                    compare(Shape { m, n, k }, Strides::ROWS, b, false, Epilogue { bias, activation });
                }
            }
        }
    }
}
