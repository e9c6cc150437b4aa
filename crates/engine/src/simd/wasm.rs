//! Four lanes in one `v128` of WebAssembly's simd128.

use core::arch::wasm32::{
    f32x4_abs, f32x4_add, f32x4_convert_i32x4, f32x4_div, f32x4_eq, f32x4_floor, f32x4_le, f32x4_lt,
    f32x4_mul, f32x4_neg, f32x4_pmax, f32x4_pmin, f32x4_splat, f32x4_sqrt, f32x4_sub, i32x4_add,
    i32x4_all_true, i32x4_eq, i32x4_lt, i32x4_mul, i32x4_shl, i32x4_shr, i32x4_shuffle, i32x4_sub,
    i32x4_trunc_sat_f32x4, u32x4_lt, u32x4_shr, u32x4_splat, v128, v128_and, v128_any_true, v128_bitselect,
    v128_load, v128_load32_splat, v128_load64_lane, v128_load64_zero, v128_not, v128_or, v128_store,
    v128_xor,
};

use super::{Mask, Real, Word};

/// Four lanes of `f32`.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct F32x4(v128);

/// Four lanes of 32 bits.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct U32x4(v128);

/// Four truth values, each a lane of ones or of zeros.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Mask32x4(v128);

impl Mask for Mask32x4 {
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(v128_and(self.0, other.0))
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(v128_or(self.0, other.0))
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(v128_xor(self.0, other.0))
    }
    #[inline(always)]
    fn not(self) -> Self {
        Self(v128_not(self.0))
    }
    #[inline(always)]
    fn any(self) -> bool {
        v128_any_true(self.0)
    }
    #[inline(always)]
    fn all(self) -> bool {
        i32x4_all_true(self.0)
    }
}

impl Word for U32x4 {
    type Mask = Mask32x4;
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(bits: u32) -> Self {
        Self(u32x4_splat(bits))
    }
    #[inline(always)]
    fn load(source: &[u32]) -> Self {
        // SAFETY: the slice has four elements; `v128_load` asks for no alignment.
        Self(unsafe { v128_load(source[..4].as_ptr().cast()) })
    }
    #[inline(always)]
    fn store(self, target: &mut [u32]) {
        // SAFETY: the slice has four elements; `v128_store` asks for no alignment.
        unsafe { v128_store(target[..4].as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(i32x4_add(self.0, other.0))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(i32x4_sub(self.0, other.0))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(i32x4_mul(self.0, other.0))
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(v128_and(self.0, other.0))
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(v128_or(self.0, other.0))
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(v128_xor(self.0, other.0))
    }
    #[inline(always)]
    fn shl(self, count: u32) -> Self {
        Self(i32x4_shl(self.0, count))
    }
    #[inline(always)]
    fn shr(self, count: u32) -> Self {
        Self(u32x4_shr(self.0, count))
    }
    #[inline(always)]
    fn shr_signed(self, count: u32) -> Self {
        Self(i32x4_shr(self.0, count))
    }
    #[inline(always)]
    fn eq(self, other: Self) -> Mask32x4 {
        Mask32x4(i32x4_eq(self.0, other.0))
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Mask32x4 {
        Mask32x4(u32x4_lt(self.0, other.0))
    }
    #[inline(always)]
    fn lt_signed(self, other: Self) -> Mask32x4 {
        Mask32x4(i32x4_lt(self.0, other.0))
    }
    #[inline(always)]
    fn select(mask: Mask32x4, yes: Self, no: Self) -> Self {
        Self(v128_bitselect(yes.0, no.0, mask.0))
    }
}

impl U32x4 {
    /// Sixteen bytes as little-endian words, whatever their alignment.
    ///
    /// # Safety
    /// `source` must be valid for reading 16 bytes.
    #[inline(always)]
    pub unsafe fn load_bytes(source: *const u8) -> Self {
        // SAFETY: the caller promises 16 readable bytes; `v128_load` asks for no alignment.
        Self(unsafe { v128_load(source.cast()) })
    }
}

impl F32x4 {
    /// Two consecutive elements from each of two places.
    ///
    /// # Safety
    /// Both must be valid for reading two elements.
    #[inline(always)]
    pub unsafe fn load_pairs(low: *const f32, high: *const f32) -> Self {
        // SAFETY: the caller promises eight readable bytes at each.
        Self(unsafe { v128_load64_lane::<1>(v128_load64_zero(low.cast()), high.cast()) })
    }

    /// One element in every lane.
    ///
    /// # Safety
    /// `source` must be valid for reading one element.
    #[inline(always)]
    pub unsafe fn load_splat(source: *const f32) -> Self {
        // SAFETY: the caller promises one readable element.
        Self(unsafe { v128_load32_splat(source.cast()) })
    }

    /// Rows to columns: lane `i` of result `j` is lane `j` of argument `i`.
    #[inline(always)]
    pub fn transpose(rows: [Self; 4]) -> [Self; 4] {
        let [a, b, c, d] = rows.map(|row| row.0);
        let ab_low = i32x4_shuffle::<0, 4, 1, 5>(a, b);
        let ab_high = i32x4_shuffle::<2, 6, 3, 7>(a, b);
        let cd_low = i32x4_shuffle::<0, 4, 1, 5>(c, d);
        let cd_high = i32x4_shuffle::<2, 6, 3, 7>(c, d);
        [
            Self(i32x4_shuffle::<0, 1, 4, 5>(ab_low, cd_low)),
            Self(i32x4_shuffle::<2, 3, 6, 7>(ab_low, cd_low)),
            Self(i32x4_shuffle::<0, 1, 4, 5>(ab_high, cd_high)),
            Self(i32x4_shuffle::<2, 3, 6, 7>(ab_high, cd_high)),
        ]
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
        Self(core::arch::wasm32::f32x4(lanes[0], lanes[1], lanes[2], lanes[3]))
    }
}

impl Real for F32x4 {
    type Mask = Mask32x4;
    type Word = U32x4;
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(f32x4_splat(value))
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
        // SAFETY: the caller promises four readable elements; `v128_load` asks for no alignment.
        Self(unsafe { v128_load(source.cast()) })
    }
    #[inline(always)]
    unsafe fn store_ptr(self, target: *mut f32) {
        // SAFETY: the caller promises four writable elements; `v128_store` asks for no alignment.
        unsafe { v128_store(target.cast(), self.0) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(f32x4_sub(self.0, other.0))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(f32x4_div(self.0, other.0))
    }
    #[inline(always)]
    fn neg(self) -> Self {
        Self(f32x4_neg(self.0))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(f32x4_abs(self.0))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(f32x4_sqrt(self.0))
    }
    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        self.mul(factor).add(addend)
    }
    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        Self(core::arch::wasm32::f32x4_relaxed_madd(self.0, factor.0, addend.0))
    }
    // pmin(a, b) is `b < a ? b : a`, so the arguments change places.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(f32x4_pmin(other.0, self.0))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(f32x4_pmax(other.0, self.0))
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Mask32x4 {
        Mask32x4(f32x4_lt(self.0, other.0))
    }
    #[inline(always)]
    fn le(self, other: Self) -> Mask32x4 {
        Mask32x4(f32x4_le(self.0, other.0))
    }
    #[inline(always)]
    fn eq(self, other: Self) -> Mask32x4 {
        Mask32x4(f32x4_eq(self.0, other.0))
    }
    #[inline(always)]
    fn select(mask: Mask32x4, yes: Self, no: Self) -> Self {
        Self(v128_bitselect(yes.0, no.0, mask.0))
    }
    #[inline(always)]
    fn to_bits(self) -> U32x4 {
        U32x4(self.0)
    }
    #[inline(always)]
    fn from_bits(bits: U32x4) -> Self {
        Self(bits.0)
    }
    #[inline(always)]
    fn to_i32(self) -> U32x4 {
        U32x4(i32x4_trunc_sat_f32x4(self.0))
    }
    #[inline(always)]
    fn from_i32(integers: U32x4) -> Self {
        Self(f32x4_convert_i32x4(integers.0))
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self(f32x4_floor(self.0))
    }
}
