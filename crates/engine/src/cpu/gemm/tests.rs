//! The wide kernels against the reference, bit for bit, over shapes, layouts and epilogues.

use super::{Activation, Epilogue, Gemm, Matrices, Shape, Strides};

/// Values in [−1, 1) of full precision, so that any other order of a sum shows.
fn values(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// Runs both ways on copies of the same C and compares.
fn check(shape: Shape, a: Strides, b: Strides, accumulate: bool, epilogue: Epilogue) {
    let Shape { m, n, k } = shape;
    let gemm = Gemm::new(shape, a, b, accumulate).with_epilogue(epilogue);
    let left = values(super::extent((m, k), a.resolve(m, k)), 1);
    let right = values(super::extent((k, n), b.resolve(k, n)), 2);
    let (bias, aux) = (values(n, 3), values(m * n, 4));
    let mut extra: Vec<&[f32]> = Vec::new();
    if epilogue.bias {
        extra.push(&bias);
    }
    extra.push(&aux);
    let matrices = Matrices { a: &left, b: &right, extra: &extra };
    let mut expected = values(m * n, 5);
    let mut found = expected.clone();
    gemm.run(true, matrices, &mut expected, &mut []);
    // What the scratch held before must not matter.
    let mut scratch = vec![f32::NAN; gemm.scratch_len()];
    gemm.run(false, matrices, &mut found, &mut scratch);
    for (at, (expected, found)) in expected.iter().zip(&found).enumerate() {
        assert!(
            expected.to_bits() == found.to_bits(),
            "{gemm:?}: {found:e}, not {expected:e}, at ({}, {})",
            at / n,
            at % n
        );
    }
}

const LAYOUTS: [Strides; 2] = [Strides::ROWS, Strides::COLUMNS];

const EPILOGUES: [Epilogue; 7] = [
    Epilogue { bias: false, activation: Activation::None },
    Epilogue { bias: true, activation: Activation::None },
    Epilogue { bias: true, activation: Activation::Relu },
    Epilogue { bias: false, activation: Activation::LeakyRelu(0.2) },
    Epilogue { bias: true, activation: Activation::Relu6 },
    Epilogue { bias: false, activation: Activation::MaskPositive(0.0) },
    Epilogue { bias: true, activation: Activation::MaskPositive(0.2) },
];

#[test]
fn small_shapes_of_every_layout_and_epilogue() {
    let sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 17];
    let mut turn = 0;
    for m in sizes {
        for n in sizes {
            for k in [0, 1, 2, 3, 4, 5, 8, 11] {
                for (a, b) in LAYOUTS.into_iter().flat_map(|a| LAYOUTS.map(|b| (a, b))) {
                    turn += 1;
                    check(Shape { m, n, k }, a, b, turn % 2 == 0, EPILOGUES[turn % EPILOGUES.len()]);
                }
            }
        }
    }
}

#[test]
fn shapes_of_networks() {
    for (m, n, k) in [
        (150, 64, 16),
        (150, 2, 64),
        (300, 64, 2),
        (300, 1, 64),
        (64, 64, 300),
        (2, 64, 300),
        (64, 1, 300),
        (300, 64, 1),
        (64, 10, 128),
        (128, 10, 64),
        (33, 43, 65),
        (1, 100, 70),
        (2, 100, 70),
        (3, 100, 70),
        (100, 3, 70),
    ] {
        for (a, b) in LAYOUTS.into_iter().flat_map(|a| LAYOUTS.map(|b| (a, b))) {
            for (turn, epilogue) in EPILOGUES.into_iter().enumerate() {
                check(Shape { m, n, k }, a, b, turn % 2 == 0, epilogue);
            }
        }
    }
}

#[test]
fn blocks_of_every_kind() {
    // More rows than a block, more steps than a part, distances that are large powers of two.
    for (m, n, k) in
        [(300, 40, 700), (261, 256, 330), (3251, 9, 6), (64, 784, 321), (784, 20, 641), (5, 512, 1024)]
    {
        for (a, b) in LAYOUTS.into_iter().flat_map(|a| LAYOUTS.map(|b| (a, b))) {
            check(Shape { m, n, k }, a, b, false, EPILOGUES[2]);
            check(Shape { m, n, k }, a, b, true, EPILOGUES[6]);
        }
    }
}

#[test]
fn any_distances() {
    for (m, n, k) in [(1, 1, 1), (2, 9, 5), (9, 2, 5), (13, 21, 17), (40, 3, 330), (3, 40, 330)] {
        for (row, column) in [(0, 1), (1, 0), (0, 0), (3, 2), (50, 1), (2, 700), (1, 701), (801, 2)] {
            let strides = Strides::Elements { row, column };
            check(Shape { m, n, k }, strides, Strides::ROWS, false, EPILOGUES[1]);
            check(Shape { m, n, k }, Strides::COLUMNS, strides, true, EPILOGUES[3]);
        }
    }
}

#[test]
fn an_empty_sum_is_the_epilogue_of_zero() {
    let gemm = Gemm::new(Shape { m: 1, n: 2, k: 0 }, Strides::ROWS, Strides::ROWS, false)
        .with_epilogue(Epilogue { bias: true, activation: Activation::Relu });
    let mut c = [7.0, 7.0];
    gemm.run(false, Matrices { a: &[], b: &[], extra: &[&[1.5, -1.0]] }, &mut c, &mut []);
    assert_eq!(c, [1.5, 0.0]);
}

#[test]
#[should_panic(expected = "B is too short")]
fn a_short_operand_is_refused() {
    let gemm = Gemm::new(Shape { m: 2, n: 2, k: 2 }, Strides::ROWS, Strides::ROWS, false);
    let matrices = Matrices { a: &[0.0; 4], b: &[0.0; 3], extra: &[] };
    gemm.run(false, matrices, &mut [0.0; 4], &mut [0.0; 64]);
}
