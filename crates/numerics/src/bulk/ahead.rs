//! Reading ahead: the cache lines that a kernel is about to convert are asked for together.
//!
//! A kernel reads one stream and writes another, a few lines of each at a time. Measured on a virtual machine beyond its
//! caches, it then waits for most of its time: with one load of every line first, conversions are two to three times as
//! fast. Kernels that only read gain nothing by it (matrix–vector products lost), nor did Adam's update, whose words are
//! still in a cache. In the cache it costs a twentieth of a conversion.
//! Left out: lines that are only written. A load of a page that was never touched would fault twice.

use std::hint::black_box;

/// Bytes of a cache line.
const LINE: usize = 64;

/// Loads one number of every cache line that `x` covers; `bits` is any use of a number.
#[inline]
pub(super) fn read<T: Copy>(x: &[T], bits: impl Fn(T) -> u32) {
    black_box(x.iter().step_by(LINE / size_of::<T>()).fold(0, |all, &number| all | bits(number)));
}
