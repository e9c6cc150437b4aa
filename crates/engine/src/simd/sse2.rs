//! Four lanes in one `__m128`, with nothing beyond SSE2, which every `x86_64` has.

use core::arch::x86_64::{
    __m128, __m128i, _mm_add_epi32, _mm_add_ps, _mm_and_ps, _mm_and_si128, _mm_andnot_ps, _mm_castpd_ps,
    _mm_castps_si128, _mm_castsi128_ps, _mm_cmpeq_epi32, _mm_cmpeq_ps, _mm_cmple_ps, _mm_cmplt_epi32,
    _mm_cmplt_ps, _mm_cvtepi32_ps, _mm_cvtsi32_si128, _mm_cvttps_epi32, _mm_div_ps, _mm_load_sd,
    _mm_load1_ps, _mm_loadh_pd, _mm_loadu_ps, _mm_loadu_si128, _mm_max_ps, _mm_min_ps, _mm_movehl_ps,
    _mm_movelh_ps, _mm_movemask_ps, _mm_mul_epu32, _mm_mul_ps, _mm_or_ps, _mm_or_si128, _mm_set1_epi32,
    _mm_set1_ps, _mm_setr_ps, _mm_shuffle_epi32, _mm_sll_epi32, _mm_sqrt_ps, _mm_sra_epi32, _mm_srl_epi32,
    _mm_storeu_ps, _mm_storeu_si128, _mm_sub_epi32, _mm_sub_ps, _mm_unpackhi_ps, _mm_unpacklo_epi32,
    _mm_unpacklo_ps, _mm_xor_ps, _mm_xor_si128,
};

use super::{Mask, Real, Word};

/// Four lanes of `f32`.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct F32x4(__m128);

/// Four lanes of 32 bits.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct U32x4(__m128i);

/// Four truth values, each a lane of ones or of zeros.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Mask32x4(__m128);

// SAFETY of this file: SSE2 is part of the target, so its intrinsics are always there; only loads and
// stores have conditions of their own, given where they stand.

#[inline(always)]
fn choose(mask: __m128, yes: __m128, no: __m128) -> __m128 {
    // SAFETY: SSE2.
    unsafe { _mm_or_ps(_mm_and_ps(mask, yes), _mm_andnot_ps(mask, no)) }
}

#[inline(always)]
fn sign_bit() -> __m128 {
    // SAFETY: SSE2.
    unsafe { _mm_set1_ps(-0.0) }
}

impl Mask for Mask32x4 {
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_and_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_or_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_xor_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn not(self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_xor_ps(self.0, _mm_castsi128_ps(_mm_set1_epi32(-1))) })
    }
    #[inline(always)]
    fn any(self) -> bool {
        // SAFETY: SSE2.
        unsafe { _mm_movemask_ps(self.0) != 0 }
    }
    #[inline(always)]
    fn all(self) -> bool {
        // SAFETY: SSE2.
        unsafe { _mm_movemask_ps(self.0) == 0b1111 }
    }
}

impl Word for U32x4 {
    type Mask = Mask32x4;
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(bits: u32) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_set1_epi32(bits as i32) })
    }
    #[inline(always)]
    fn load(source: &[u32]) -> Self {
        // SAFETY: the slice has four elements; the load asks for no alignment.
        Self(unsafe { _mm_loadu_si128(source[..4].as_ptr().cast()) })
    }
    #[inline(always)]
    fn store(self, target: &mut [u32]) {
        // SAFETY: the slice has four elements; the store asks for no alignment.
        unsafe { _mm_storeu_si128(target[..4].as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_add_epi32(self.0, other.0) })
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_sub_epi32(self.0, other.0) })
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // Two products of 64 bits at a time; SSE2 has no packed low product of 32.
        const ODD: i32 = 0b11_11_01_01;
        const GATHER: i32 = 0b11_11_10_00;
        // SAFETY: SSE2.
        unsafe {
            let even = _mm_mul_epu32(self.0, other.0);
            let odd = _mm_mul_epu32(_mm_shuffle_epi32::<ODD>(self.0), _mm_shuffle_epi32::<ODD>(other.0));
            Self(_mm_unpacklo_epi32(_mm_shuffle_epi32::<GATHER>(even), _mm_shuffle_epi32::<GATHER>(odd)))
        }
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_and_si128(self.0, other.0) })
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_or_si128(self.0, other.0) })
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_xor_si128(self.0, other.0) })
    }
    #[inline(always)]
    fn shl(self, count: u32) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_sll_epi32(self.0, _mm_cvtsi32_si128((count & 31) as i32)) })
    }
    #[inline(always)]
    fn shr(self, count: u32) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_srl_epi32(self.0, _mm_cvtsi32_si128((count & 31) as i32)) })
    }
    #[inline(always)]
    fn shr_signed(self, count: u32) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_sra_epi32(self.0, _mm_cvtsi32_si128((count & 31) as i32)) })
    }
    #[inline(always)]
    fn eq(self, other: Self) -> Mask32x4 {
        // SAFETY: SSE2.
        Mask32x4(unsafe { _mm_castsi128_ps(_mm_cmpeq_epi32(self.0, other.0)) })
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Mask32x4 {
        // Flipping the top bit maps unsigned order to signed order.
        let top = Self::splat(0x8000_0000);
        self.xor(top).lt_signed(other.xor(top))
    }
    #[inline(always)]
    fn lt_signed(self, other: Self) -> Mask32x4 {
        // SAFETY: SSE2.
        Mask32x4(unsafe { _mm_castsi128_ps(_mm_cmplt_epi32(self.0, other.0)) })
    }
    #[inline(always)]
    fn select(mask: Mask32x4, yes: Self, no: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_castps_si128(choose(mask.0, _mm_castsi128_ps(yes.0), _mm_castsi128_ps(no.0))) })
    }
}

impl U32x4 {
    /// Sixteen bytes as little-endian words, whatever their alignment.
    ///
    /// # Safety
    /// `source` must be valid for reading 16 bytes.
    #[inline(always)]
    pub unsafe fn load_bytes(source: *const u8) -> Self {
        // SAFETY: the caller promises 16 readable bytes; the load asks for no alignment.
        Self(unsafe { _mm_loadu_si128(source.cast()) })
    }
}

impl F32x4 {
    /// Two consecutive elements from each of two places.
    ///
    /// # Safety
    /// Both must be valid for reading two elements.
    #[inline(always)]
    pub unsafe fn load_pairs(low: *const f32, high: *const f32) -> Self {
        // SAFETY: the caller promises eight readable bytes at each; both loads ask for no alignment.
        Self(unsafe { _mm_castpd_ps(_mm_loadh_pd(_mm_load_sd(low.cast()), high.cast())) })
    }

    /// One element in every lane.
    ///
    /// # Safety
    /// `source` must be valid for reading one element.
    #[inline(always)]
    pub unsafe fn load_splat(source: *const f32) -> Self {
        // SAFETY: the caller promises one readable element.
        Self(unsafe { _mm_load1_ps(source) })
    }

    /// Rows to columns: lane `i` of result `j` is lane `j` of argument `i`.
    #[inline(always)]
    pub fn transpose(rows: [Self; 4]) -> [Self; 4] {
        let [a, b, c, d] = rows.map(|row| row.0);
        // SAFETY: SSE2.
        unsafe {
            let ab_low = _mm_unpacklo_ps(a, b);
            let ab_high = _mm_unpackhi_ps(a, b);
            let cd_low = _mm_unpacklo_ps(c, d);
            let cd_high = _mm_unpackhi_ps(c, d);
            [
                Self(_mm_movelh_ps(ab_low, cd_low)),
                Self(_mm_movehl_ps(cd_low, ab_low)),
                Self(_mm_movelh_ps(ab_high, cd_high)),
                Self(_mm_movehl_ps(cd_high, ab_high)),
            ]
        }
    }

    /// The lanes, first to last.
    #[inline(always)]
    pub fn to_array(self) -> [f32; 4] {
        let mut lanes = [0.0; 4];
        self.store(&mut lanes);
        lanes
    }

    /// From lanes, first to last.
    #[inline(always)]
    pub fn from_array(lanes: [f32; 4]) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_setr_ps(lanes[0], lanes[1], lanes[2], lanes[3]) })
    }
}

impl Real for F32x4 {
    type Mask = Mask32x4;
    type Word = U32x4;
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_set1_ps(value) })
    }
    #[inline(always)]
    fn load(source: &[f32]) -> Self {
        // SAFETY: the slice has four elements.
        unsafe { Self::load_ptr(source[..4].as_ptr()) }
    }
    #[inline(always)]
    fn store(self, target: &mut [f32]) {
        // SAFETY: the slice has four elements.
        unsafe { self.store_ptr(target[..4].as_mut_ptr()) }
    }
    #[inline(always)]
    unsafe fn load_ptr(source: *const f32) -> Self {
        // SAFETY: the caller promises four readable elements; the load asks for no alignment.
        Self(unsafe { _mm_loadu_ps(source) })
    }
    #[inline(always)]
    unsafe fn store_ptr(self, target: *mut f32) {
        // SAFETY: the caller promises four writable elements; the store asks for no alignment.
        unsafe { _mm_storeu_ps(target, self.0) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_add_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_sub_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_mul_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_div_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn neg(self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_xor_ps(self.0, sign_bit()) })
    }
    #[inline(always)]
    fn abs(self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_andnot_ps(sign_bit(), self.0) })
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_sqrt_ps(self.0) })
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        self.mul(factor).add(addend)
    }
    // minps and maxps are the wanted comparison and selection, NaN and zeros included.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_min_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_max_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Mask32x4 {
        // SAFETY: SSE2.
        Mask32x4(unsafe { _mm_cmplt_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn le(self, other: Self) -> Mask32x4 {
        // SAFETY: SSE2.
        Mask32x4(unsafe { _mm_cmple_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn eq(self, other: Self) -> Mask32x4 {
        // SAFETY: SSE2.
        Mask32x4(unsafe { _mm_cmpeq_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn select(mask: Mask32x4, yes: Self, no: Self) -> Self {
        Self(choose(mask.0, yes.0, no.0))
    }
    #[inline(always)]
    fn to_bits(self) -> U32x4 {
        // SAFETY: SSE2.
        U32x4(unsafe { _mm_castps_si128(self.0) })
    }
    #[inline(always)]
    fn from_bits(bits: U32x4) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_castsi128_ps(bits.0) })
    }
    #[inline(always)]
    fn to_i32(self) -> U32x4 {
        // SAFETY: SSE2.
        U32x4(unsafe { _mm_cvttps_epi32(self.0) })
    }
    #[inline(always)]
    fn from_i32(integers: U32x4) -> Self {
        // SAFETY: SSE2.
        Self(unsafe { _mm_cvtepi32_ps(integers.0) })
    }
    #[inline(always)]
    fn floor(self) -> Self {
        // From 2^23 on, and for a NaN, there is no fraction to remove. Below, truncate and step down
        // where that went up; the sign is put back for results that are zero.
        let truncated = Self::from_i32(self.to_i32());
        let step = Self::select(self.lt(truncated), Self::splat(1.0), Self::splat(0.0));
        let floored = truncated.sub(step).copysign(self);
        Self::select(self.abs().lt(Self::splat(8_388_608.0)), floored, self)
    }
}
