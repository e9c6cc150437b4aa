//! Rounding as a staircase: for posits, codebooks, E8M0 and whatever else has at most 16 bits.
//!
//! Every mode but the stochastic one is monotone on each side of zero, so a conversion is a list of the
//! binary32 patterns at which the code changes. The list is found by bisection with [`Format::encode_f64`],
//! which therefore is its meaning; a lookup goes by the upper bits of the pattern to a short stretch of it.
//! Cost: an 8-bit list takes about a millisecond to build, a 16-bit one about a second of [`Format::encode_f64`]
//! at worst, and 0.3 MB; a lookup a few nanoseconds.
//! Left out: the stochastic mode and integers that wrap, which are not monotone.

use crate::format::Format;
use crate::round::Rounding;

use super::nearest::{INFINITY, MAGNITUDE};

const SIGN: u32 = !MAGNITUDE;

/// A built list.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    /// First bit pattern of each step, ascending; negative numbers follow the positive ones.
    starts: Vec<u32>,
    /// The code of each step.
    codes: Vec<u16>,
    /// Bit patterns are looked up by `bits >> shift`.
    shift: u32,
    /// By upper bits: the step of the first pattern that has them.
    buckets: Vec<u32>,
    nan: u16,
}

impl Steps {
    /// The list of a format of at most 16 bits in a monotone mode.
    pub(super) fn new(format: &Format, rounding: &Rounding) -> Steps {
        let code = |bits: u32| format.encode_f64(f64::from(f32::from_bits(bits)), rounding).code as u16;
        let anchors = anchors(format);
        let (mut starts, mut codes) = (Vec::new(), Vec::new());
        for sign in [0, SIGN] {
            let mut from = sign;
            let mut from_code = code(from);
            starts.push(from);
            codes.push(from_code);
            for &anchor in &anchors {
                let to = anchor | sign;
                let to_code = code(to);
                while from_code != to_code {
                    // The first pattern whose code is not `from_code`.
                    let (mut low, mut high) = (from, to);
                    while high - low > 1 {
                        let middle = low + (high - low) / 2;
                        if code(middle) == from_code { low = middle } else { high = middle }
                    }
                    (from, from_code) = (high, code(high));
                    starts.push(from);
                    codes.push(from_code);
                }
                from = to;
            }
        }
        let shift = if format.bits <= 8 { 20 } else { 16 };
        let mut buckets = Vec::with_capacity((1 << (32 - shift)) + 1);
        let mut step = 0;
        for bucket in 0..1u32 << (32 - shift) {
            while starts.get(step + 1).is_some_and(|&next| next <= bucket << shift) {
                step += 1;
            }
            buckets.push(step as u32);
        }
        buckets.push(starts.len() as u32 - 1);
        Steps { starts, codes, shift, buckets, nan: code(f32::NAN.to_bits()) }
    }

    /// The code of the binary32 with this bit pattern.
    #[inline]
    pub(super) fn code(&self, bits: u32) -> u16 {
        if bits & MAGNITUDE > INFINITY {
            return self.nan;
        }
        let bucket = (bits >> self.shift) as usize;
        let (first, last) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        let within = self.starts[first + 1..=last].partition_point(|&start| start <= bits);
        self.codes[first + within]
    }
}

/// Magnitudes between which the code changes at most from one neighbour to the next, ascending.
fn anchors(format: &Format) -> Vec<u32> {
    let finite = (0..=format.mask()).filter_map(|code| {
        let bits = (format.decode(code).to_f64() as f32).to_bits() & MAGNITUDE;
        (bits < INFINITY).then_some(bits)
    });
    let mut anchors: Vec<u32> = finite.chain([0, 1, INFINITY - 1, INFINITY]).collect();
    anchors.sort_unstable();
    anchors.dedup();
    anchors
}
