//! Do the simd128 kernels and their scalar twins give the same bits? A count that a test, a benchmark and
//! a page can all ask for, because only a browser can run both.

use super::{Quantizer, random_at};
use crate::format::Format;
use crate::round::{Overflow, Rounding};
use crate::table::by_id;

const NAMED: [&str; 3] = ["fp16", "bf16", "e4m3"];
const LEN: usize = 4096;

/// Counts disagreements over `count` binary32 patterns from `first` on, in the order of an odd multiplier that
/// visits all 2^32 of them (`count = 1 << 32` is exhaustive), for every format with simd128 kernels: codes of both
/// overflow policies, and the values of those codes. Slices vary in length and alignment. 0 where there is no simd128.
pub fn mismatches(first: u32, count: u64) -> u64 {
    let mut total = 0;
    for format in NAMED.into_iter().filter_map(by_id) {
        for overflow in [Overflow::Native, Overflow::Saturate] {
            total += of_format(format, &Rounding { overflow, ..Rounding::default() }, first, count);
        }
    }
    total
}

fn of_format(format: &Format, rounding: &Rounding, first: u32, count: u64) -> u64 {
    let wide = Quantizer::new(format, rounding);
    let scalar = wide.clone().portable();
    let bytes = wide.storage_bytes(LEN);
    let mut x = vec![0f32; LEN];
    let (mut codes_wide, mut codes_scalar) = (vec![0u8; bytes], vec![0u8; bytes]);
    let (mut values_wide, mut values_scalar) = (vec![0u32; LEN], vec![0u32; LEN]);
    let mut values = vec![0f32; LEN];
    let (mut total, mut done) = (0, 0);
    while done < count {
        // Any start within 16 and any length below, so that tails and odd addresses are met.
        let noise = random_at(u64::from(first), done);
        let start = (noise & 15) as usize;
        let len = (LEN - start - (noise >> 4 & 31) as usize).min((count - done) as usize);
        let x = &mut x[start..start + len];
        for (i, x) in x.iter_mut().enumerate() {
            let index = first.wrapping_add(done as u32).wrapping_add(i as u32);
            *x = f32::from_bits(index.wrapping_mul(0x9E37_79B1));
        }
        let used = wide.storage_bytes(len);
        wide.encode(x, &mut codes_wide[..used]);
        scalar.encode(x, &mut codes_scalar[..used]);
        total += differing(&codes_wide[..used], &codes_scalar[..used]);
        for (quantizer, bits) in [(&wide, &mut values_wide), (&scalar, &mut values_scalar)] {
            quantizer.decode(&codes_scalar, &mut values[start..start + len]);
            for (bits, value) in bits.iter_mut().zip(&values[start..start + len]) {
                *bits = value.to_bits();
            }
        }
        total += differing(&values_wide[..len], &values_scalar[..len]);
        done += len as u64;
    }
    total
}

fn differing<T: PartialEq>(a: &[T], b: &[T]) -> u64 {
    a.iter().zip(b).filter(|(a, b)| a != b).count() as u64
}
