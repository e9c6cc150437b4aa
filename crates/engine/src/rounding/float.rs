//! Float formats. A binary32 number's magnitude, as an integer, grows with its value, and its last 23 bits are the significand: rounding in the
//! normal range is one integer addition and a mask. Below the lowest normal value the step stays the same; there the adder rounds,
//! after a constant whose last place is that step.

use numerics::{FloatSpec, Format, Overflow, Rounding};

use super::Counts;
use crate::simd::{F32x4, Real, U32x4, Word as _};

/// All of a binary32 but its sign.
const MAGNITUDE: u32 = 0x7FFF_FFFF;
const INFINITY: u32 = 0x7F80_0000;
const NAN: u32 = 0x7FC0_0000;
/// Elements rounded together.
const BLOCK: usize = 64;

/// Constants of one format.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FloatRounder {
    /// Significand bits that go.
    pub drop: u32,
    /// Bits of the lowest normal value.
    pub min_normal: u32,
    /// Power of two of the smallest step.
    pub min_step_exponent: i32,
    /// Bits of the largest finite value.
    pub max: u32,
    /// What lies beyond becomes this magnitude ...
    pub overflow: u32,
    /// ... with the number's sign, unless it is NaN.
    pub overflow_signed: bool,
    /// Infinity becomes this magnitude.
    pub infinity: u32,
    /// NaN becomes this (all bits).
    pub nan: u32,
    /// The format has a negative zero.
    pub negative_zero: bool,
}

impl FloatRounder {
    /// The constants of a format: signed, with subnormals and zero, no wider than binary32.
    pub fn new(format: &Format, spec: &FloatSpec, saturate: bool) -> Option<FloatRounder> {
        let p = u32::from(spec.significand_bits);
        let lowest = spec.min_exponent();
        let plain = spec.signed && spec.subnormals && spec.has_zero && (1..=22).contains(&p);
        // The lowest normal value, and with binary32's own exponent range also its subnormals, are binary32 numbers. Otherwise the smallest
        // step must be a normal one, so that subnormals are computed without binary32's.
        if !plain || !(-126..=100).contains(&lowest) || (lowest > -126 && spec.min_step_exponent() < -126) {
            return None;
        }
        let overflow = if saturate { Overflow::Saturate } else { Overflow::Native };
        let rounding = Rounding { overflow, ..Rounding::default() };
        let value = |x: f64| (format.encode_f64(x, &rounding).value.to_f64() as f32).to_bits();
        let max = format.decode(spec.max_magnitude()).to_f64();
        let max_bits = (max as f32).to_bits();
        if f64::from(max as f32) != max {
            return None;
        }
        // Twice the largest value rounds beyond it in every format that has an end below binary32's.
        let beyond = value(max * 2.0);
        let canonical = |bits: u32| if bits & MAGNITUDE > INFINITY { NAN } else { bits };
        Some(FloatRounder {
            drop: 23 - p,
            min_normal: ((lowest + 127) as u32) << 23,
            min_step_exponent: spec.min_step_exponent(),
            max: max_bits,
            overflow: canonical(beyond),
            overflow_signed: beyond & MAGNITUDE <= INFINITY,
            infinity: canonical(value(f64::INFINITY)),
            nan: canonical(value(f64::NAN)),
            negative_zero: spec.has_negative_zero(),
        })
    }

    /// A number whose last place is the smallest step: the adder rounds to it.
    fn subnormal_shift(&self) -> f32 {
        f32::from_bits(((self.min_step_exponent + 23 + 127).max(0) as u32) << 23)
    }

    /// Sign, special cases and counts of a number and its rounded magnitude.
    #[inline(always)]
    fn finish(&self, bits: u32, rounded: u32) -> (u32, [u32; 3]) {
        let magnitude = bits & MAGNITUDE;
        let sign = bits & !MAGNITUDE;
        let zero_sign = if self.negative_zero { sign } else { 0 };
        let over = rounded > self.max;
        let value = if rounded == 0 { zero_sign } else { rounded | sign };
        let beyond = if self.overflow_signed { self.overflow | sign } else { self.overflow };
        let value = if over { beyond } else { value };
        let infinite = if self.infinity > INFINITY { self.infinity } else { self.infinity | sign };
        let value = if magnitude == INFINITY { infinite } else { value };
        let is_nan = magnitude > INFINITY;
        let value = if is_nan { self.nan } else { value };
        let counts = [
            u32::from(over && (magnitude < INFINITY)),
            u32::from((rounded == 0) && (magnitude != 0)),
            u32::from(is_nan),
        ];
        (value, counts)
    }

    /// Nearest-even, in place.
    pub fn nearest(&self, x: &mut [f32]) -> Counts {
        // Formats with binary32's exponents round their subnormals like their normals.
        if self.min_normal == 1 << 23 {
            self.nearest_blocks::<false>(x)
        } else {
            self.nearest_blocks::<true>(x)
        }
    }

    /// A magnitude rounded to nearest-even, as if the exponent had no end. `SUBNORMALS`: the format has some that are not binary32's.
    #[inline(always)]
    fn nearest_magnitude<const SUBNORMALS: bool, R: Real>(&self, magnitude: R::Word) -> R::Word {
        let word = R::Word::splat;
        let odd = magnitude.shr(self.drop).and(word(1));
        let half = word((1 << (self.drop - 1)) - 1);
        let normal = magnitude.add(half).add(odd).and(word(!((1 << self.drop) - 1)));
        if !SUBNORMALS {
            return normal;
        }
        let shift = R::splat(self.subnormal_shift());
        let subnormal = R::from_bits(magnitude).add(shift).sub(shift).to_bits();
        R::Word::select(magnitude.lt_signed(word(self.min_normal)), subnormal, normal)
    }

    /// Blocks in which nothing lies beyond the range, which are nearly all, need no more than magnitude and sign.
    ///
    /// Truth values are signs of differences: magnitudes are below 2³¹.
    fn nearest_blocks<const SUBNORMALS: bool>(&self, x: &mut [f32]) -> Counts {
        let one = |magnitude| self.nearest_magnitude::<SUBNORMALS, f32>(magnitude);
        // The largest magnitude that rounds to the largest value.
        let tie = self.max + (1 << (self.drop - 1));
        let last = U32x4::splat(if one(tie) <= self.max { tie } else { tie - 1 });
        let magnitude = |x: F32x4| x.to_bits().and(U32x4::splat(MAGNITUDE));
        let ones = U32x4::splat(1);
        let sum = |word: U32x4| {
            let mut lanes = [0; 4];
            word.store(&mut lanes);
            lanes.iter().sum::<u32>()
        };

        let mut counts = Counts::default();
        let mut blocks = x.chunks_exact_mut(BLOCK);
        for block in &mut blocks {
            let mut beyond = U32x4::splat(0);
            for x in block.chunks_exact(F32x4::LANES) {
                beyond = beyond.or(last.sub(magnitude(F32x4::load(x))));
            }
            if sum(beyond.shr(31)) > 0 {
                counts.add(self.map(block, |_, bits| one(bits & MAGNITUDE)));
                continue;
            }
            let mut lost = U32x4::splat(0);
            for x in block.chunks_exact_mut(F32x4::LANES) {
                let value = F32x4::load(x);
                let before = magnitude(value);
                let after = self.nearest_magnitude::<SUBNORMALS, F32x4>(before);
                // Only one of them is 0.
                let differ = before.sub(ones).xor(after.sub(ones));
                lost = lost.add(differ.shr(31));
                let sign = value.to_bits().and(U32x4::splat(!MAGNITUDE));
                let sign = if self.negative_zero {
                    sign
                } else {
                    U32x4::select(after.eq(U32x4::splat(0)), U32x4::splat(0), sign)
                };
                F32x4::from_bits(after.or(sign)).store(x);
            }
            counts.total += BLOCK as u64;
            counts.underflow += u64::from(sum(lost));
        }
        counts.add(self.map(blocks.into_remainder(), |_, bits| one(bits & MAGNITUDE)));
        counts
    }

    /// Away from zero with the probability of the distance, from a random word per element, in place.
    pub fn stochastic(&self, x: &mut [f32], random: impl Fn(usize) -> u32) -> Counts {
        let low = (1 << self.drop) - 1;
        let min_normal = if self.min_normal == 1 << 23 { 0 } else { self.min_normal };
        // Subnormals as fixed-point numbers: below 2^(23 - drop) steps, with as many bits behind the point as fit in 30.
        let fraction_bits = 7 + self.drop;
        let to_fixed = f64::from(fraction_bits as i32 - self.min_step_exponent).exp2();
        let step = f64::from(self.min_step_exponent).exp2();
        self.map(x, |i, bits| {
            let magnitude = bits & MAGNITUDE;
            let word = random(i);
            if magnitude < min_normal {
                let fixed = (f64::from(f32::from_bits(magnitude)) * to_fixed) as u32;
                let steps = (fixed + (word & ((1 << fraction_bits) - 1))) >> fraction_bits;
                ((f64::from(steps) * step) as f32).to_bits()
            } else {
                // NaN and infinity are settled afterwards and must not wrap here.
                (magnitude.min(INFINITY) + (word & low)) & !low
            }
        })
    }

    #[inline(always)]
    fn map(&self, x: &mut [f32], rounded: impl Fn(usize, u32) -> u32) -> Counts {
        let (mut overflow, mut underflow, mut nan) = (0_u32, 0_u32, 0_u32);
        for (i, x) in x.iter_mut().enumerate() {
            let bits = x.to_bits();
            let (value, counts) = self.finish(bits, rounded(i, bits));
            *x = f32::from_bits(value);
            overflow += counts[0];
            underflow += counts[1];
            nan += counts[2];
        }
        Counts {
            total: x.len() as u64,
            overflow: overflow.into(),
            underflow: underflow.into(),
            nan: nan.into(),
        }
    }
}
