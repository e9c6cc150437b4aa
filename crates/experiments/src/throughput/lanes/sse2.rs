//! In one `__m128d` or `__m128i`, with nothing beyond SSE2.

use core::arch::x86_64::{
    __m128d, __m128i, _mm_add_epi32, _mm_add_pd, _mm_load1_pd, _mm_loadl_epi64, _mm_loadu_pd,
    _mm_loadu_si128, _mm_madd_epi16, _mm_mul_epu32, _mm_mul_pd, _mm_set1_epi16, _mm_set1_epi32, _mm_set1_pd,
    _mm_shuffle_epi32, _mm_srai_epi16, _mm_storeu_pd, _mm_storeu_si128, _mm_unpacklo_epi8,
    _mm_unpacklo_epi32,
};

/// Two `f64`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct F64x2(__m128d);

/// Integers, whichever the operation says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Integers(__m128i);

// SAFETY of this file: SSE2 is part of the target; loads and stores have the conditions that stand at them and ask for no alignment.

impl F64x2 {
    #[inline(always)]
    pub(crate) fn splat(value: f64) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_set1_pd(value) })
    }
    /// # Safety
    /// Two readable elements.
    #[inline(always)]
    pub(crate) unsafe fn load(source: *const f64) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { _mm_loadu_pd(source) })
    }
    /// # Safety
    /// One readable element.
    #[inline(always)]
    pub(crate) unsafe fn load_splat(source: *const f64) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { _mm_load1_pd(source) })
    }
    /// # Safety
    /// Two writable elements.
    #[inline(always)]
    pub(crate) unsafe fn store(self, target: *mut f64) {
        // SAFETY: the caller's promise.
        unsafe { _mm_storeu_pd(target, self.0) }
    }
    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_add_pd(self.0, other.0) })
    }
    #[inline(always)]
    pub(crate) fn mul(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_mul_pd(self.0, other.0) })
    }
    #[inline(always)]
    pub(crate) fn mul_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_add_pd(_mm_mul_pd(self.0, factor.0), addend.0) })
    }
    #[inline(always)]
    pub(crate) fn to_array(self) -> [f64; 2] {
        let mut lanes = [0.0; 2];
        // SAFETY: two writable elements.
        unsafe { self.store(lanes.as_mut_ptr()) };
        lanes
    }
}

impl Integers {
    #[inline(always)]
    pub(crate) fn splat16(value: i16) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_set1_epi16(value) })
    }
    #[inline(always)]
    pub(crate) fn splat32(value: i32) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_set1_epi32(value) })
    }
    /// # Safety
    /// 16 readable bytes.
    #[inline(always)]
    pub(crate) unsafe fn load(source: *const u8) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { _mm_loadu_si128(source.cast()) })
    }
    /// Eight bytes as 16-bit numbers.
    ///
    /// # Safety
    /// Eight readable bytes.
    #[inline(always)]
    pub(crate) unsafe fn load_bytes(source: *const u8) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { _mm_loadl_epi64(source.cast()) }).widen_low()
    }
    #[inline(always)]
    pub(crate) fn add32(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_add_epi32(self.0, other.0) })
    }
    #[inline(always)]
    pub(crate) fn mul32(self, other: Self) -> Self {
        // Two products of 64 bits at a time; SSE2 has no packed low product of 32.
        // SAFETY: SSE2.
        unsafe {
            let even = _mm_mul_epu32(self.0, other.0);
            let odd = _mm_mul_epu32(
                _mm_shuffle_epi32::<0b11_11_01_01>(self.0),
                _mm_shuffle_epi32::<0b11_11_01_01>(other.0),
            );
            Self(_mm_unpacklo_epi32(
                _mm_shuffle_epi32::<0b11_11_10_00>(even),
                _mm_shuffle_epi32::<0b11_11_10_00>(odd),
            ))
        }
    }
    /// Products of 16-bit lanes, neighbours added in 32 bits.
    #[inline(always)]
    pub(crate) fn dot16(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_madd_epi16(self.0, other.0) })
    }
    /// The lower eight bytes as 16-bit numbers.
    #[inline(always)]
    pub(crate) fn widen_low(self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_srai_epi16::<8>(_mm_unpacklo_epi8(self.0, self.0)) })
    }
    #[inline(always)]
    pub(crate) fn to_array(self) -> [i32; 4] {
        let mut lanes = [0; 4];
        // SAFETY: 16 writable bytes.
        unsafe { _mm_storeu_si128(lanes.as_mut_ptr().cast(), self.0) };
        lanes
    }
}
