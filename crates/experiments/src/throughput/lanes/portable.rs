//! In arrays: for targets without a backend of their own, and to compare the others with.

use core::array::from_fn;

/// Two `f64`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct F64x2([f64; 2]);

/// Integers, whichever the operation says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Integers([u8; 16]);

#[cfg_attr(test, allow(dead_code, reason = "tests compare what differs between backends"))]
impl F64x2 {
    #[inline(always)]
    pub(crate) fn splat(value: f64) -> Self {
        Self([value; 2])
    }
    /// # Safety
    /// Two readable elements.
    #[inline(always)]
    pub(crate) unsafe fn load(source: *const f64) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { source.cast::<[f64; 2]>().read_unaligned() })
    }
    /// # Safety
    /// One readable element.
    #[inline(always)]
    pub(crate) unsafe fn load_splat(source: *const f64) -> Self {
        // SAFETY: the caller's promise.
        Self([unsafe { source.read_unaligned() }; 2])
    }
    /// # Safety
    /// Two writable elements.
    #[inline(always)]
    pub(crate) unsafe fn store(self, target: *mut f64) {
        // SAFETY: the caller's promise.
        unsafe { target.cast::<[f64; 2]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] + other.0[i]))
    }
    #[inline(always)]
    pub(crate) fn mul(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] * other.0[i]))
    }
    #[inline(always)]
    pub(crate) fn mul_add(self, factor: Self, addend: Self) -> Self {
        Self(from_fn(|i| self.0[i] * factor.0[i] + addend.0[i]))
    }
    #[inline(always)]
    pub(crate) fn to_array(self) -> [f64; 2] {
        self.0
    }
}

impl Integers {
    #[inline(always)]
    fn lane16(self, i: usize) -> i16 {
        i16::from_le_bytes([self.0[2 * i], self.0[2 * i + 1]])
    }
    #[inline(always)]
    fn from16(lanes: [i16; 8]) -> Self {
        Self(from_fn(|i| lanes[i / 2].to_le_bytes()[i % 2]))
    }
    #[inline(always)]
    fn from32(lanes: [i32; 4]) -> Self {
        Self(from_fn(|i| lanes[i / 4].to_le_bytes()[i % 4]))
    }
    #[inline(always)]
    pub(crate) fn splat16(value: i16) -> Self {
        Self::from16([value; 8])
    }
    #[inline(always)]
    pub(crate) fn splat32(value: i32) -> Self {
        Self::from32([value; 4])
    }
    /// # Safety
    /// 16 readable bytes.
    #[inline(always)]
    pub(crate) unsafe fn load(source: *const u8) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { source.cast::<[u8; 16]>().read() })
    }
    /// Eight bytes as 16-bit numbers.
    ///
    /// # Safety
    /// Eight readable bytes.
    #[inline(always)]
    pub(crate) unsafe fn load_bytes(source: *const u8) -> Self {
        // SAFETY: the caller's promise.
        Self::from16(unsafe { source.cast::<[i8; 8]>().read() }.map(i16::from))
    }
    #[inline(always)]
    pub(crate) fn add32(self, other: Self) -> Self {
        let (a, b) = (self.to_array(), other.to_array());
        Self::from32(from_fn(|i| a[i].wrapping_add(b[i])))
    }
    #[inline(always)]
    pub(crate) fn mul32(self, other: Self) -> Self {
        let (a, b) = (self.to_array(), other.to_array());
        Self::from32(from_fn(|i| a[i].wrapping_mul(b[i])))
    }
    /// Products of 16-bit lanes, neighbours added in 32 bits.
    #[inline(always)]
    pub(crate) fn dot16(self, other: Self) -> Self {
        let product = |i| i32::from(self.lane16(i)) * i32::from(other.lane16(i));
        Self::from32(from_fn(|i| product(2 * i).wrapping_add(product(2 * i + 1))))
    }
    #[inline(always)]
    pub(crate) fn to_array(self) -> [i32; 4] {
        from_fn(|i| i32::from_le_bytes(from_fn(|j| self.0[4 * i + j])))
    }
}
