//! The base's weights in other formats, each made from the binary32 ones.
//!
//! | precision | weights | scales |
//! |---|---|---|
//! | FP32 | binary32 | |
//! | FP16 | binary16, nearest-even | |
//! | E4M3 | E4M3 | binary32 for each output channel: greatest magnitude over 448 |
//! | INT8 | 8-bit symmetric integers | binary32 for each output channel |
//! | INT4 | 4-bit symmetric integers; stem and depthwise convolutions as in INT8 | binary32 for each 32 inputs of an output channel |
//!
//! Biases stay binary32. Only what is stored is rounded: sums and activations are binary32. INT4 everywhere would
//! destroy the network: a depthwise channel has 9 or 25 weights, and an error in one of them is in every pixel.

use engine::graph::ParamRole;
use engine::policy::calibration::{Method, round_weight};
use engine::policy::{Choice, RoleRounding, Scaling};
use engine::snapshot::{WeightTensor, Weights};
use numerics::blocks::{BlockOptions, Grouping, TensorStats, block_by_id};

/// How the base's weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// As they are.
    Fp32,
    /// binary16.
    Fp16,
    /// 8-bit floats with a scale for each output channel.
    E4m3,
    /// 8-bit integers with a scale for each output channel.
    Int8,
    /// 4-bit integers in groups of 32.
    Int4,
}

/// Weights after rounding, and what they take.
#[derive(Clone, Debug, PartialEq)]
pub struct Rounded {
    /// The values that the stored numbers stand for.
    pub weights: Weights,
    /// Bytes of weights, scales and biases.
    pub bytes: usize,
}

/// Inputs that share a scale in INT4.
const GROUP: usize = 32;

impl Precision {
    /// From the widest.
    pub const ALL: [Precision; 5] =
        [Precision::Fp32, Precision::Fp16, Precision::E4m3, Precision::Int8, Precision::Int4];

    /// A short name for addresses and tables.
    pub fn id(self) -> &'static str {
        match self {
            Precision::Fp32 => "fp32",
            Precision::Fp16 => "fp16",
            Precision::E4m3 => "e4m3",
            Precision::Int8 => "int8",
            Precision::Int4 => "int4",
        }
    }

    /// Rounds binary32 weights.
    pub fn round(self, weights: &Weights) -> Rounded {
        let mut rounded = Rounded { weights: weights.clone(), bytes: 0 };
        for tensor in &mut rounded.weights.tensors {
            rounded.bytes += self.round_tensor(tensor);
        }
        rounded
    }

    /// Rounds one tensor, biases not, and says what it takes.
    pub fn round_tensor(self, tensor: &mut WeightTensor) -> usize {
        let (count, channels) = (tensor.values.len(), tensor.shape.last().max(1));
        if tensor.role != ParamRole::Weight {
            return 4 * count;
        }
        match self {
            Precision::Fp32 => 4 * count,
            Precision::Fp16 => {
                floats("fp16", Scaling::None, channels, &mut tensor.values);
                2 * count
            }
            Precision::E4m3 => {
                floats("e4m3", Scaling::Channel, channels, &mut tensor.values);
                count + 4 * channels
            }
            // Matrices alone have two axes: stem and depthwise convolutions have more.
            Precision::Int4 if tensor.shape.rank() == 2 => {
                let group = GROUP.min(count / channels);
                integers("int4-sym", |_| Grouping::Group { len: group }, channels, &mut tensor.values)
            }
            Precision::Int8 | Precision::Int4 => {
                integers("int8-sym", |row_len| Grouping::Channel { row_len }, channels, &mut tensor.values)
            }
        }
    }
}

fn floats(format: &str, scaling: Scaling, channels: usize, values: &mut [f32]) {
    if let Some(format) = numerics::by_id(format) {
        let role = RoleRounding {
            choice: Choice::Element(*format, scaling),
            saturate: true,
            ..RoleRounding::plain(*format)
        };
        round_weight(&role, Method::MinMax, channels, values);
    }
}

/// Rounds channel by channel; scales never reach over the end of one. Returns the bytes.
fn integers(
    format: &str,
    grouping: impl Fn(usize) -> Grouping,
    channels: usize,
    values: &mut [f32],
) -> usize {
    let Some(format) = block_by_id(format) else { return 4 * values.len() };
    let options = BlockOptions { grouping: grouping(values.len() / channels), ..BlockOptions::default() };
    let stats = TensorStats::default();
    let mut bytes = 0;
    for channel in 0..channels {
        let own: Vec<f32> = values.iter().skip(channel).step_by(channels).copied().collect();
        let (mut stored, mut read) = (Vec::new(), Vec::new());
        format.quantize(&own, &stats, &options, &mut stored);
        bytes += stored.len();
        if format.dequantize(&stored, own.len(), &stats, &options, &mut read).is_ok() {
            for (x, rounded) in values.iter_mut().skip(channel).step_by(channels).zip(read) {
                *x = rounded;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::efficientnet_lite0::{Cut, random};

    #[test]
    fn fewer_bits_take_fewer_bytes_and_err_more() {
        let weights = random(Cut::Depthwise10, 3);
        let size: f64 = weights.tensors.iter().flat_map(|t| &t.values).map(|x| f64::from(*x).powi(2)).sum();
        let errors = Precision::ALL.map(|precision| {
            let rounded = precision.round(&weights);
            let off: f64 = weights
                .tensors
                .iter()
                .zip(&rounded.weights.tensors)
                .flat_map(|(a, b)| a.values.iter().zip(&b.values))
                .map(|(a, b)| f64::from(a - b).powi(2))
                .sum();
            (rounded.bytes, (off / size).sqrt())
        });
        let sum = |role, size: fn(&WeightTensor) -> usize| -> usize {
            weights.tensors.iter().filter(|tensor| tensor.role == role).map(size).sum()
        };
        let numbers = sum(ParamRole::Weight, |tensor| tensor.values.len());
        let channels = sum(ParamRole::Bias, |tensor| tensor.values.len());
        assert_eq!(numbers + channels, 617_312);
        let expected = [4 * numbers, 2 * numbers, numbers + 4 * channels, numbers + 4 * channels];
        for (found, expected) in errors.iter().zip(expected) {
            assert_eq!(found.0, expected + 4 * channels);
        }
        // 5 bits with the group's scale; the depthwise weights are still bytes.
        assert!((440_000..470_000).contains(&errors[4].0), "{errors:?}");
        let bounds = [0.0..1e-9, 1e-5..3e-4, 0.01..0.03, 0.001..0.01, 0.03..0.12];
        assert!(errors.iter().zip(bounds).all(|(found, bounds)| bounds.contains(&found.1)), "{errors:?}");
    }

    #[test]
    fn channels_do_not_share_scales() {
        let mut large_beside_small: Vec<f32> = (0..80).flat_map(|i| [i as f32, i as f32 * 1e-6]).collect();
        let exact = large_beside_small.clone();
        integers("int8-sym", |row_len| Grouping::Channel { row_len }, 2, &mut large_beside_small);
        for (a, b) in large_beside_small.chunks(2).zip(exact.chunks(2)) {
            assert!((a[0] - b[0]).abs() <= 0.32 && (a[1] - b[1]).abs() <= 0.32e-6, "{a:?} {b:?}");
        }
    }
}
