//! Operands of probes, and what the CPU makes of them.

use numerics::by_id;

use super::{Native, Storage};
use crate::graph::RandomKind;
use crate::random::Stream;

/// Numbers of a probe: the same on every device.
pub(super) fn normals(stream: u32, len: usize) -> Vec<f32> {
    let mut x = vec![0.0; len];
    Stream::new(2, stream, 0).fill(RandomKind::Normal, &mut x);
    x
}

/// What `fma` leaves, in binary64.
pub(super) fn chain(words: &[u32], invocation: usize, iterations: usize) -> f64 {
    let (c, d) = (f64::from(f32::from_bits(words[0])), f64::from(f32::from_bits(words[1])));
    (0..32)
        .map(|chain| {
            // Four lanes of eight chains.
            let start =
                (invocation % 64) as f64 * 0.0625 + f64::from(chain / 4) + 0.25 * f64::from(chain % 4);
            (0..iterations).fold(start, |x, _| x * c + d)
        })
        .sum()
}

/// What `dots` leaves.
pub(super) fn chain_of_dots(c: u32, d: u32, invocation: usize, iterations: usize) -> i32 {
    (0..8_u32)
        .map(|chain| {
            let mut x = (invocation as u32 + chain) as i32;
            for _ in 0..iterations {
                let products = x.to_le_bytes().into_iter().zip(c.to_le_bytes());
                let dot: i32 = products.map(|(a, b)| i32::from(a as i8) * i32::from(b as i8)).sum();
                x = dot.wrapping_add(d as i32);
            }
            x
        })
        .fold(0, i32::wrapping_add)
}

/// Packed operands of a native product: A, then B transposed.
pub(super) fn operands(native: Native, n: usize) -> Vec<u32> {
    let words = 2 * n * n / native.packed();
    if native == Native::I8 {
        let stream = Stream::new(2, 3, 0);
        return (0..words).map(|i| stream.word(i)).collect();
    }
    let half = |x: f32| {
        by_id("fp16").map_or(0, |format| format.encode_f64(x.into(), &numerics::Rounding::default()).code)
            as u32
    };
    normals(4, 2 * words).chunks_exact(2).map(|pair| half(pair[0]) | half(pair[1]) << 16).collect()
}

/// Factors of a word.
pub(super) fn unpack(native: Native, word: u32) -> Vec<f64> {
    if native == Native::I8 {
        return word.to_le_bytes().into_iter().map(|byte| f64::from(byte as i8)).collect();
    }
    let value = |code: u32| by_id("fp16").map_or(f64::NAN, |format| format.decode(code.into()).to_f64());
    vec![value(word & 0xFFFF), value(word >> 16)]
}

/// Rows of a matrix that are stored once and repeated: storing all of a large one would take longer than measuring.
pub(super) const BAND: usize = 64;

/// Words of a matrix-vector product (x, scales, packed weights, room for the result), and the weights that the first [`BAND`] rows mean;
/// the others repeat them.
pub(super) fn stored(storage: Storage, n: usize) -> (Vec<u32>, Vec<f32>) {
    let x = normals(7, n);
    let band = BAND.min(n);
    let w = normals(8, band * n);
    let mut scales = vec![1.0_f32; band];
    let mut codes: Vec<u32> = Vec::with_capacity(band * n);
    let mut weights: Vec<f32> = Vec::with_capacity(band * n);
    let format = match storage {
        Storage::F32 => "fp32",
        Storage::F16 => "fp16",
        Storage::Bf16 => "bf16",
        Storage::E4m3 => "e4m3",
        Storage::Int8 => "int8",
        Storage::Int4 => "int4",
    };
    if let Some(format) = by_id(format) {
        let rounding = numerics::Rounding { overflow: numerics::Overflow::Saturate, ..Default::default() };
        for (row, scale) in w.chunks_exact(n).zip(&mut scales) {
            if matches!(storage, Storage::Int8 | Storage::Int4) {
                let greatest = row.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
                *scale = greatest / if storage == Storage::Int8 { 127.0 } else { 7.0 };
            }
            for &value in row {
                let code = format.encode_f64(f64::from(value / *scale), &rounding).code;
                codes.push(code as u32);
                weights.push(format.decode(code).to_f64() as f32 * *scale);
            }
        }
    }
    let packed: Vec<u32> = codes
        .chunks(32 / storage.bits())
        .map(|codes| {
            codes.iter().enumerate().fold(0, |word, (at, code)| word | code << (at * storage.bits()))
        })
        .collect();
    // Rows are whole words, so a row's words begin where the row does.
    let matrix = n * n * storage.bits() / 32;
    let mut words = Vec::with_capacity(3 * n + matrix);
    words.extend(x.iter().map(|x| x.to_bits()));
    words.extend(scales.iter().map(|scale| scale.to_bits()).cycle().take(n));
    while words.len() < 2 * n + matrix {
        let left = 2 * n + matrix - words.len();
        words.extend_from_slice(&packed[..packed.len().min(left)]);
    }
    words.resize(3 * n + matrix, 0);
    (words, weights)
}
