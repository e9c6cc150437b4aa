//! Every other rounding, through `numerics`: any mode, codebooks, posits, block formats. Exact, and slower.

use numerics::blocks::{BlockFormat, BlockOptions, TensorStats};
use numerics::bulk;
use numerics::{Format, RoundingMode};

use super::{Counts, numerics_rounding};
use crate::policy::{Mode, Quantizer};

/// Buffers of the general path, kept from step to step.
#[derive(Debug, Default)]
pub struct General {
    bytes: Vec<u8>,
    values: Vec<f32>,
    /// A column or the scales of all columns: the caller's.
    pub(crate) line: Vec<f32>,
    rounders: Vec<(Quantizer, bulk::Quantizer)>,
}

impl General {
    /// Rounds each element of `x` to a number format. `seed` serves stochastic modes.
    pub fn elements(&mut self, quantizer: &Quantizer, format: &Format, seed: u64, x: &mut [f32]) -> Counts {
        self.values.resize(x.len(), 0.0);
        if let Mode::Stochastic { .. } = quantizer.mode {
            let mut rounding = numerics_rounding(quantizer);
            rounding.mode = RoundingMode::Stochastic { random: seed };
            bulk::Quantizer::new(format, &rounding).round(x, &mut self.values);
        } else {
            let known = self.rounders.iter().position(|(known, _)| known == quantizer);
            let index = known.unwrap_or_else(|| {
                let rounder = bulk::Quantizer::new(format, &numerics_rounding(quantizer));
                self.rounders.push((*quantizer, rounder));
                self.rounders.len() - 1
            });
            self.rounders[index].1.round(x, &mut self.values);
        }
        count_and_copy(x, &self.values, quantizer.max_finite())
    }

    /// Rounds runs of `x` to a block format.
    pub fn blocks(
        &mut self,
        quantizer: &Quantizer,
        format: &BlockFormat,
        seed: u64,
        x: &mut [f32],
    ) -> Counts {
        let mode = match quantizer.mode {
            Mode::Fixed(mode) => mode,
            Mode::Stochastic { .. } => RoundingMode::Stochastic { random: 0 },
        };
        let options = BlockOptions { mode, seed, ..BlockOptions::default() };
        let stats = if format.needs_stats(&options) { TensorStats::of(x) } else { TensorStats::new() };
        self.bytes.clear();
        self.values.clear();
        format.quantize(x, &stats, &options, &mut self.bytes);
        match format.dequantize(&self.bytes, x.len(), &stats, &options, &mut self.values) {
            Ok(()) => count_and_copy(x, &self.values, f32::INFINITY),
            // The bytes were written a moment ago for this length.
            Err(error) => unreachable!("{error}"),
        }
    }
}

fn count_and_copy(x: &mut [f32], rounded: &[f32], max: f32) -> Counts {
    let mut counts = Counts { total: x.len() as u64, ..Counts::default() };
    for (x, &value) in x.iter_mut().zip(rounded) {
        let lost = x.is_finite() && (!value.is_finite() || x.abs() > max && value.abs() >= max);
        counts.overflow += u64::from(lost);
        counts.underflow += u64::from(value == 0.0 && *x != 0.0 && !x.is_nan());
        counts.nan += u64::from(x.is_nan());
        *x = value;
    }
    counts
}
