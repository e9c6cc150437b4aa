//! Four lanes as arrays, each lane computed by the scalar backend. For targets without a backend of
//! their own, and for tests on all.

use super::{Mask, Real, Word};

/// Four lanes of `f32`.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct F32x4([f32; 4]);

/// Four lanes of 32 bits.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct U32x4([u32; 4]);

/// Four truth values.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Mask32x4([bool; 4]);

#[inline(always)]
fn lanes<A: Copy, R>(a: [A; 4], operation: impl Fn(A) -> R) -> [R; 4] {
    a.map(operation)
}

#[inline(always)]
fn lanes2<A: Copy, B: Copy, R>(a: [A; 4], b: [B; 4], operation: impl Fn(A, B) -> R) -> [R; 4] {
    [operation(a[0], b[0]), operation(a[1], b[1]), operation(a[2], b[2]), operation(a[3], b[3])]
}

#[inline(always)]
fn choose<T: Copy>(mask: [bool; 4], yes: [T; 4], no: [T; 4]) -> [T; 4] {
    core::array::from_fn(|lane| if mask[lane] { yes[lane] } else { no[lane] })
}

impl Mask for Mask32x4 {
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Mask::and))
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Mask::or))
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Mask::xor))
    }
    #[inline(always)]
    fn not(self) -> Self {
        Self(lanes(self.0, Mask::not))
    }
    #[inline(always)]
    fn any(self) -> bool {
        self.0.contains(&true)
    }
    #[inline(always)]
    fn all(self) -> bool {
        !self.0.contains(&false)
    }
}

impl Word for U32x4 {
    type Mask = Mask32x4;
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(bits: u32) -> Self {
        Self([bits; 4])
    }
    #[inline(always)]
    fn load(source: &[u32]) -> Self {
        Self([source[0], source[1], source[2], source[3]])
    }
    #[inline(always)]
    fn store(self, target: &mut [u32]) {
        target[..4].copy_from_slice(&self.0);
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Word::add))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Word::sub))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Word::mul))
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Word::and))
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Word::or))
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Word::xor))
    }
    #[inline(always)]
    fn shl(self, count: u32) -> Self {
        Self(lanes(self.0, |lane| Word::shl(lane, count)))
    }
    #[inline(always)]
    fn shr(self, count: u32) -> Self {
        Self(lanes(self.0, |lane| Word::shr(lane, count)))
    }
    #[inline(always)]
    fn shr_signed(self, count: u32) -> Self {
        Self(lanes(self.0, |lane| Word::shr_signed(lane, count)))
    }
    #[inline(always)]
    fn eq(self, other: Self) -> Mask32x4 {
        Mask32x4(lanes2(self.0, other.0, Word::eq))
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Mask32x4 {
        Mask32x4(lanes2(self.0, other.0, Word::lt))
    }
    #[inline(always)]
    fn lt_signed(self, other: Self) -> Mask32x4 {
        Mask32x4(lanes2(self.0, other.0, Word::lt_signed))
    }
    #[inline(always)]
    fn select(mask: Mask32x4, yes: Self, no: Self) -> Self {
        Self(choose(mask.0, yes.0, no.0))
    }
}

impl U32x4 {
    /// Sixteen bytes as little-endian words, whatever their alignment.
    ///
    /// # Safety
    /// `source` must be valid for reading 16 bytes.
    #[inline(always)]
    pub unsafe fn load_bytes(source: *const u8) -> Self {
        // SAFETY: the caller promises 16 readable bytes.
        Self(unsafe { source.cast::<[u32; 4]>().read_unaligned() }.map(u32::from_le))
    }
}

impl F32x4 {
    /// Two consecutive elements from each of two places.
    ///
    /// # Safety
    /// Both must be valid for reading two elements.
    #[inline(always)]
    pub unsafe fn load_pairs(low: *const f32, high: *const f32) -> Self {
        // SAFETY: the caller promises two readable elements at each.
        unsafe { Self([*low, *low.add(1), *high, *high.add(1)]) }
    }

    /// One element in every lane.
    ///
    /// # Safety
    /// `source` must be valid for reading one element.
    #[cfg_attr(test, allow(dead_code, reason = "tests compare lanes, not products"))]
    #[inline(always)]
    pub unsafe fn load_splat(source: *const f32) -> Self {
        // SAFETY: the caller promises one readable element.
        Self([unsafe { *source }; 4])
    }

    /// Rows to columns: lane `i` of result `j` is lane `j` of argument `i`.
    #[inline(always)]
    pub fn transpose(rows: [Self; 4]) -> [Self; 4] {
        core::array::from_fn(|column| Self(core::array::from_fn(|row| rows[row].0[column])))
    }

    /// The lanes, first to last.
    #[inline(always)]
    pub fn to_array(self) -> [f32; 4] {
        self.0
    }

    /// From lanes, first to last.
    #[inline(always)]
    pub fn from_array(lanes: [f32; 4]) -> Self {
        Self(lanes)
    }
}

impl Real for F32x4 {
    type Mask = Mask32x4;
    type Word = U32x4;
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; 4])
    }
    #[inline(always)]
    fn load(source: &[f32]) -> Self {
        Self([source[0], source[1], source[2], source[3]])
    }
    #[inline(always)]
    fn store(self, target: &mut [f32]) {
        target[..4].copy_from_slice(&self.0);
    }
    #[inline(always)]
    unsafe fn load_ptr(source: *const f32) -> Self {
        // SAFETY: the caller promises four readable elements.
        Self(unsafe { source.cast::<[f32; 4]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store_ptr(self, target: *mut f32) {
        // SAFETY: the caller promises four writable elements.
        unsafe { target.cast::<[f32; 4]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Real::add))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Real::sub))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Real::mul))
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Real::div))
    }
    #[inline(always)]
    fn neg(self) -> Self {
        Self(lanes(self.0, Real::neg))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(lanes(self.0, Real::abs))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(lanes(self.0, Real::sqrt))
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        self.mul(factor).add(addend)
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Real::min))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(lanes2(self.0, other.0, Real::max))
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Mask32x4 {
        Mask32x4(lanes2(self.0, other.0, Real::lt))
    }
    #[inline(always)]
    fn le(self, other: Self) -> Mask32x4 {
        Mask32x4(lanes2(self.0, other.0, Real::le))
    }
    #[inline(always)]
    fn eq(self, other: Self) -> Mask32x4 {
        Mask32x4(lanes2(self.0, other.0, Real::eq))
    }
    #[inline(always)]
    fn select(mask: Mask32x4, yes: Self, no: Self) -> Self {
        Self(choose(mask.0, yes.0, no.0))
    }
    #[inline(always)]
    fn to_bits(self) -> U32x4 {
        U32x4(lanes(self.0, Real::to_bits))
    }
    #[inline(always)]
    fn from_bits(bits: U32x4) -> Self {
        Self(lanes(bits.0, Real::from_bits))
    }
    #[inline(always)]
    fn to_i32(self) -> U32x4 {
        U32x4(lanes(self.0, Real::to_i32))
    }
    #[inline(always)]
    fn from_i32(integers: U32x4) -> Self {
        Self(lanes(integers.0, Real::from_i32))
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self(lanes(self.0, Real::floor))
    }
}
