//! Four lanes of `f32`, and the scalar `f32`, behind one trait.
//!
//! Code written once over [`Real`] runs on `f32`, which is its meaning, and on [`F32x4`], which is its
//! speed. Every operation gives the same bits in both and on every target; only the payload and sign
//! of a NaN may differ. The backends are WebAssembly's simd128, SSE2 (which every `x86_64` has) and plain
//! arrays for anything else.
//!
//! One exception, by choice of build: with the target feature `relaxed-simd`, [`Real::mul_add`] of
//! [`F32x4`] rounds once where the machine has a fused instruction and twice where it has not. Such a
//! build is fast and not reproducible.
//!
//! Left out: other widths, other element types, horizontal sums (their order would be part of the result).

mod scalar;

#[cfg(any(test, not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64"))))]
mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

#[cfg(not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64")))]
pub use portable::{F32x4, Mask32x4, U32x4};
#[cfg(target_arch = "x86_64")]
pub use sse2::{F32x4, Mask32x4, U32x4};
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use wasm::{F32x4, Mask32x4, U32x4};

#[cfg(test)]
mod tests;

/// 1.5 · 2²³. Added to an `f32` of magnitude at most 2²², it leaves no room for a fraction: the sum is
/// rounded to an integer (ties to even), which then stands in the low bits of the significand.
pub const INTEGER_MAGIC: f32 = 12_582_912.0;

/// The outcome of a comparison, a truth value per lane.
pub trait Mask: Copy {
    /// True where both are.
    fn and(self, other: Self) -> Self;
    /// True where either is.
    fn or(self, other: Self) -> Self;
    /// True where exactly one is.
    fn xor(self, other: Self) -> Self;
    /// True where `self` is not.
    fn not(self) -> Self;
    /// Whether any lane is true.
    fn any(self) -> bool;
    /// Whether every lane is true.
    fn all(self) -> bool;
}

/// Lanes of 32 bits as integers. Arithmetic wraps. Signed and unsigned readings share one type; where
/// they differ the operation says which.
pub trait Word: Copy {
    /// What comparisons give.
    type Mask: Mask;
    /// How many lanes.
    const LANES: usize;

    /// The same bits in every lane.
    fn splat(bits: u32) -> Self;
    /// The first [`Self::LANES`] elements of `source`. Panics if there are fewer.
    fn load(source: &[u32]) -> Self;
    /// Writes the first [`Self::LANES`] elements of `target`. Panics if there are fewer.
    fn store(self, target: &mut [u32]);

    /// Sum modulo 2³².
    fn add(self, other: Self) -> Self;
    /// Difference modulo 2³².
    fn sub(self, other: Self) -> Self;
    /// The low 32 bits of the product.
    fn mul(self, other: Self) -> Self;
    /// Bitwise and.
    fn and(self, other: Self) -> Self;
    /// Bitwise or.
    fn or(self, other: Self) -> Self;
    /// Bitwise exclusive or.
    fn xor(self, other: Self) -> Self;
    /// Shift to the left by `count` modulo 32.
    fn shl(self, count: u32) -> Self;
    /// Shift to the right by `count` modulo 32, filling with zeros.
    fn shr(self, count: u32) -> Self;
    /// Shift to the right by `count` modulo 32, filling with the sign bit.
    fn shr_signed(self, count: u32) -> Self;

    /// Equal bits.
    fn eq(self, other: Self) -> Self::Mask;
    /// Less than, as unsigned integers.
    fn lt(self, other: Self) -> Self::Mask;
    /// Less than, as two's complement integers.
    fn lt_signed(self, other: Self) -> Self::Mask;
    /// `yes` where `mask` is true, otherwise `no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
}

/// Lanes of `f32`.
///
/// Arithmetic is that of IEEE 754 binary32, rounded to nearest, ties to even, subnormals kept.
pub trait Real: Copy {
    /// What comparisons give.
    type Mask: Mask;
    /// The integer lanes of the same width.
    type Word: Word<Mask = Self::Mask>;
    /// How many lanes.
    const LANES: usize;

    /// The same value in every lane.
    fn splat(value: f32) -> Self;
    /// The first [`Self::LANES`] elements of `source`. Panics if there are fewer.
    fn load(source: &[f32]) -> Self;
    /// Writes the first [`Self::LANES`] elements of `target`. Panics if there are fewer.
    fn store(self, target: &mut [f32]);
    /// Reads [`Self::LANES`] consecutive elements; no alignment beyond that of `f32` is needed.
    ///
    /// # Safety
    /// `source` must be valid for reading that many elements.
    unsafe fn load_ptr(source: *const f32) -> Self;
    /// Writes [`Self::LANES`] consecutive elements; no alignment beyond that of `f32` is needed.
    ///
    /// # Safety
    /// `target` must be valid for writing that many elements.
    unsafe fn store_ptr(self, target: *mut f32);

    /// Sum.
    fn add(self, other: Self) -> Self;
    /// Difference.
    fn sub(self, other: Self) -> Self;
    /// Product.
    fn mul(self, other: Self) -> Self;
    /// Quotient.
    fn div(self, other: Self) -> Self;
    /// The other sign, of zeros too.
    fn neg(self) -> Self;
    /// Without its sign.
    fn abs(self) -> Self;
    /// Square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// `self * factor + addend` with two roundings; see the module's note on relaxed builds.
    fn mul_add(self, factor: Self, addend: Self) -> Self;

    /// `self < other ? self : other`. With a NaN on either side, or two zeros, it is `other`.
    fn min(self, other: Self) -> Self;
    /// `self > other ? self : other`. With a NaN on either side, or two zeros, it is `other`.
    fn max(self, other: Self) -> Self;

    /// Less than; false with a NaN.
    fn lt(self, other: Self) -> Self::Mask;
    /// Less than or equal; false with a NaN.
    fn le(self, other: Self) -> Self::Mask;
    /// Equal; false with a NaN.
    fn eq(self, other: Self) -> Self::Mask;
    /// Greater than; false with a NaN.
    #[inline(always)]
    fn gt(self, other: Self) -> Self::Mask {
        other.lt(self)
    }
    /// Greater than or equal; false with a NaN.
    #[inline(always)]
    fn ge(self, other: Self) -> Self::Mask {
        other.le(self)
    }
    /// Whether it is a NaN.
    #[inline(always)]
    fn is_nan(self) -> Self::Mask {
        self.eq(self).not()
    }
    /// `yes` where `mask` is true, otherwise `no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// The bits.
    fn to_bits(self) -> Self::Word;
    /// The value with these bits.
    fn from_bits(bits: Self::Word) -> Self;
    /// Two's complement integer, rounded towards zero. Defined where that fits 32 bits; elsewhere
    /// the result depends on the target.
    fn to_i32(self) -> Self::Word;
    /// From two's complement integers, rounded to nearest, ties to even.
    fn from_i32(integers: Self::Word) -> Self;
    /// The largest integer not above; keeps the sign of zero, infinities and NaN.
    fn floor(self) -> Self;

    /// The nearest integer, ties to even, for magnitudes up to 2²²; a zero comes out positive.
    #[inline(always)]
    fn round_small(self) -> Self {
        self.add(Self::splat(INTEGER_MAGIC)).sub(Self::splat(INTEGER_MAGIC))
    }
    /// The magnitude of `self` with the sign of `sign`.
    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        let mask = Self::Word::splat(0x8000_0000);
        let magnitude = self.to_bits().and(Self::Word::splat(0x7FFF_FFFF));
        Self::from_bits(magnitude.or(sign.to_bits().and(mask)))
    }
}
