//! Reading ahead: the cache lines that a kernel is about to convert are asked for together.
//!
//! A kernel's own loads stand so far apart in the program that a processor has only a few lines on their way from memory
//! at once. Where no prefetcher makes up for that, as on many virtual machines, a conversion of numbers beyond the
//! caches then waits for most of its time. One load of every line first costs a thirtieth of a conversion in the cache.
//! Left out: lines that are only written. A load of a page that was never touched would fault twice.

use std::hint::black_box;

/// Bytes of a cache line.
const LINE: usize = 64;

/// Loads one number of every cache line that `x` covers; `bits` is any use of a number.
#[inline]
pub(super) fn read<T: Copy>(x: &[T], bits: impl Fn(T) -> u32) {
    black_box(x.iter().step_by(LINE / size_of::<T>()).fold(0, |all, &number| all | bits(number)));
}
