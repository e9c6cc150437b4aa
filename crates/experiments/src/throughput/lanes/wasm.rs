//! In one `v128` of WebAssembly's simd128.

use core::arch::wasm32::{
    f64x2_add, f64x2_extract_lane, f64x2_mul, f64x2_splat, i16x8_load_extend_i8x8, i16x8_splat, i32x4_add,
    i32x4_dot_i16x8, i32x4_extract_lane, i32x4_mul, i32x4_splat, v128, v128_load, v128_load64_splat,
    v128_store,
};

/// Two `f64`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct F64x2(v128);

/// Integers, whichever the operation says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Integers(v128);

impl F64x2 {
    #[inline(always)]
    pub(crate) fn splat(value: f64) -> Self {
        Self(f64x2_splat(value))
    }
    /// # Safety
    /// Two readable elements.
    #[inline(always)]
    pub(crate) unsafe fn load(source: *const f64) -> Self {
        // SAFETY: the caller's promise; `v128_load` asks for no alignment.
        Self(unsafe { v128_load(source.cast()) })
    }
    /// # Safety
    /// One readable element.
    #[inline(always)]
    pub(crate) unsafe fn load_splat(source: *const f64) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { v128_load64_splat(source.cast()) })
    }
    /// # Safety
    /// Two writable elements.
    #[inline(always)]
    pub(crate) unsafe fn store(self, target: *mut f64) {
        // SAFETY: the caller's promise.
        unsafe { v128_store(target.cast(), self.0) }
    }
    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        Self(f64x2_add(self.0, other.0))
    }
    #[inline(always)]
    pub(crate) fn mul(self, other: Self) -> Self {
        Self(f64x2_mul(self.0, other.0))
    }
    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    pub(crate) fn mul_add(self, factor: Self, addend: Self) -> Self {
        Self(f64x2_add(f64x2_mul(self.0, factor.0), addend.0))
    }
    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    pub(crate) fn mul_add(self, factor: Self, addend: Self) -> Self {
        Self(core::arch::wasm32::f64x2_relaxed_madd(self.0, factor.0, addend.0))
    }
    #[inline(always)]
    pub(crate) fn to_array(self) -> [f64; 2] {
        [f64x2_extract_lane::<0>(self.0), f64x2_extract_lane::<1>(self.0)]
    }
}

impl Integers {
    #[inline(always)]
    pub(crate) fn splat16(value: i16) -> Self {
        Self(i16x8_splat(value))
    }
    #[inline(always)]
    pub(crate) fn splat32(value: i32) -> Self {
        Self(i32x4_splat(value))
    }
    /// # Safety
    /// 16 readable bytes.
    #[inline(always)]
    pub(crate) unsafe fn load(source: *const u8) -> Self {
        // SAFETY: the caller's promise; `v128_load` asks for no alignment.
        Self(unsafe { v128_load(source.cast()) })
    }
    /// Eight bytes as 16-bit numbers.
    ///
    /// # Safety
    /// Eight readable bytes.
    #[inline(always)]
    pub(crate) unsafe fn load_bytes(source: *const u8) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { i16x8_load_extend_i8x8(source.cast()) })
    }
    #[inline(always)]
    pub(crate) fn add32(self, other: Self) -> Self {
        Self(i32x4_add(self.0, other.0))
    }
    #[inline(always)]
    pub(crate) fn mul32(self, other: Self) -> Self {
        Self(i32x4_mul(self.0, other.0))
    }
    /// Products of 16-bit lanes, neighbours added in 32 bits.
    #[inline(always)]
    pub(crate) fn dot16(self, other: Self) -> Self {
        Self(i32x4_dot_i16x8(self.0, other.0))
    }
    #[inline(always)]
    pub(crate) fn to_array(self) -> [i32; 4] {
        [
            i32x4_extract_lane::<0>(self.0),
            i32x4_extract_lane::<1>(self.0),
            i32x4_extract_lane::<2>(self.0),
            i32x4_extract_lane::<3>(self.0),
        ]
    }
}
