//! GGUF Q4_K: 256 weights, eight sub-blocks of 32 with a scale and a minimum each (`numerics::blocks` has the layout).
//!
//! 32 bytes hold two sub-blocks, one in the low nibbles and one in the high ones, so even and odd lanes have different scales. The minima
//! are multiplied with sums of x that are made once: `Σ (s·q − m)·x = s·Σ q·x − m·Σ x`.

use engine::simd::{F32x4, Real};

use super::codes::{Codes, SplitNibbles, dot, pairs};
use super::rows::{Header, Row, Scale16, total, whole};

const LEN: usize = 256;
const BYTES: usize = 144;
const SUB: usize = 32;

pub(super) struct Q4K(SplitNibbles<SUB>);

impl Q4K {
    pub(super) fn new() -> Q4K {
        Q4K(SplitNibbles(pairs(&whole(0))))
    }
}

/// Scales and minima from their 12 bytes, 6 bits each.
#[inline(always)]
fn unpack(packed: &[u8; 12]) -> ([f32; 8], [f32; 8]) {
    let (mut scales, mut minima) = ([0.0; 8], [0.0; 8]);
    for i in 0..4 {
        let (a, b, c) = (packed[i], packed[i + 4], packed[i + 8]);
        scales[i] = f32::from(a & 63);
        minima[i] = f32::from(b & 63);
        scales[i + 4] = f32::from(c & 15 | a >> 6 << 4);
        minima[i + 4] = f32::from(c >> 4 | b >> 6 << 4);
    }
    (scales, minima)
}

impl Row for Q4K {
    fn bytes(&self, side: usize) -> usize {
        side / LEN * BYTES
    }
    fn source(&self, place: usize) -> usize {
        place / (2 * SUB) * (2 * SUB) + SplitNibbles::<SUB>::source(place % (2 * SUB))
    }
    fn sums_of(&self) -> usize {
        SUB
    }
    #[inline(always)]
    unsafe fn row(&self, side: usize, stored: *const u8, x: *const f32, sums: *const f32) -> f32 {
        let mut totals = F32x4::splat(0.0);
        let mut offset = 0.0;
        for block in 0..side / LEN {
            // SAFETY: a whole block of the row; its 256 x and eight sums of x.
            unsafe {
                let stored = stored.add(block * BYTES);
                let (scales, minima) = unpack(&stored.add(4).cast::<[u8; 12]>().read_unaligned());
                let (d, dmin) = (Scale16.scale(stored), Scale16.scale(stored.add(2)));
                for pair in 0..4 {
                    let lanes = dot(
                        &self.0,
                        stored.add(16 + SUB * pair),
                        x.add(block * LEN + 2 * SUB * pair),
                        2 * SUB,
                    );
                    let (low, high) = (d * scales[2 * pair], d * scales[2 * pair + 1]);
                    totals = lanes.mul_add(F32x4::from_array([low, high, low, high]), totals);
                }
                let sums = &sums.add(block * 8).cast::<[f32; 8]>().read();
                offset += dmin * minima.iter().zip(sums).map(|(minimum, sum)| minimum * sum).sum::<f32>();
            }
        }
        total(totals) - offset
    }
}
