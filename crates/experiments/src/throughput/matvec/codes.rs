//! Codes to lanes of binary32, times x, into four vectors of sums.
//!
//! Bytes are taken four words at a time. Byte `k` of each of the four words makes one vector, so numbers come out of a vector load in
//! another order than they lie in: [`Codes::source`] says in which, and x is laid out alike. Nothing is shuffled.
//!
//! Small floats use that an E5 or E4 exponent field is the low end of binary32's: shifted into place, sign included, a code is its value
//! times `2^(bias - 127)`. The missing power of two is in x ([`Codes::x_factor`]), exactly; subnormals come out right, as
//! subnormals of binary32, which machines multiply slowly, so formats in which they are common have tables instead.

use engine::simd::{F32x4, Real, U32x4, Word};

/// Vectors of sums that codes are multiplied into.
pub(super) type Sums = [F32x4; 4];

/// A way of decoding.
pub(super) trait Codes {
    /// Codes of a group.
    const GROUP: usize;
    /// Bytes of a group.
    const BYTES: usize;
    /// Which code of a group is multiplied with the x at `place` of the group.
    fn source(place: usize) -> usize {
        place
    }
    /// What x is multiplied with: a power of two.
    fn x_factor(&self) -> f32 {
        1.0
    }
    /// Adds the products of a group.
    ///
    /// # Safety
    /// `codes` must be valid for reading a group and 16 bytes more, `x` for [`Self::GROUP`] elements.
    unsafe fn group(&self, codes: *const u8, x: *const f32, sums: &mut Sums);
}

/// The sum of `len` products in four lanes; `len` is a multiple of the group.
///
/// # Safety
/// `codes` and `x` hold `len` codes and elements, with 16 more bytes behind the codes.
#[inline(always)]
pub(super) unsafe fn dot<C: Codes>(codes: &C, mut at: *const u8, mut x: *const f32, len: usize) -> F32x4 {
    let mut sums = [F32x4::splat(0.0); 4];
    for _ in 0..len / C::GROUP {
        // SAFETY: whole groups inside what the caller promises.
        unsafe {
            codes.group(at, x, &mut sums);
            at = at.add(C::BYTES);
            x = x.add(C::GROUP);
        }
    }
    sums[0].add(sums[1]).add(sums[2].add(sums[3]))
}

/// Adds `values · x` to a vector of sums.
///
/// # Safety
/// Four elements at `x`.
#[inline(always)]
unsafe fn add(values: F32x4, x: *const f32, sum: &mut F32x4) {
    // SAFETY: the caller's promise.
    *sum = values.mul_add(unsafe { F32x4::load_ptr(x) }, *sum);
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $value:expr) => {
        $(#[$doc])*
        pub(super) struct $name;
        impl Codes for $name {
            const GROUP: usize = 16;
            const BYTES: usize = 64;
            #[inline(always)]
            unsafe fn group(&self, codes: *const u8, x: *const f32, sums: &mut Sums) {
                for (i, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: inside the group.
                    unsafe { add($value(U32x4::load_bytes(codes.add(16 * i))), x.add(4 * i), sum) };
                }
            }
        }
    };
}

words!(
    /// binary32.
    Binary32,
    F32x4::from_bits
);
words!(
    /// TF32, its 19 bits low in a word.
    Tf32,
    |code: U32x4| F32x4::from_bits(code.shl(13))
);
words!(
    /// 32-bit integers, rounded to binary32.
    Int32,
    F32x4::from_i32
);

macro_rules! halves {
    ($(#[$doc:meta])* $name:ident, $factor:expr, $low:expr, $high:expr) => {
        $(#[$doc])*
        pub(super) struct $name;
        impl Codes for $name {
            const GROUP: usize = 16;
            const BYTES: usize = 32;
            fn source(place: usize) -> usize {
                place / 8 * 8 + place % 4 * 2 + place / 4 % 2
            }
            fn x_factor(&self) -> f32 {
                $factor
            }
            #[inline(always)]
            unsafe fn group(&self, codes: *const u8, x: *const f32, sums: &mut Sums) {
                for i in 0..2 {
                    // SAFETY: inside the group.
                    unsafe {
                        let words = U32x4::load_bytes(codes.add(16 * i));
                        add($low(words), x.add(8 * i), &mut sums[2 * i]);
                        add($high(words), x.add(8 * i + 4), &mut sums[2 * i + 1]);
                    }
                }
            }
        }
    };
}

/// Sign, exponent and significand of binary16 in binary32's places.
#[inline(always)]
fn binary16(top: U32x4) -> F32x4 {
    F32x4::from_bits(top.shr_signed(3).and(U32x4::splat(0x8FFF_E000)))
}

halves!(
    /// bfloat16.
    Bfloat16,
    1.0,
    |words: U32x4| F32x4::from_bits(words.shl(16)),
    |words: U32x4| F32x4::from_bits(words.and(U32x4::splat(0xFFFF_0000)))
);
halves!(
    /// binary16.
    Binary16,
    power_of_two(127 - 15),
    |words: U32x4| binary16(words.shl(16)),
    binary16
);
halves!(
    /// 16-bit integers.
    Int16,
    1.0,
    |words: U32x4| F32x4::from_i32(words.shl(16).shr_signed(16)),
    |words: U32x4| F32x4::from_i32(words.shr_signed(16))
);

/// `2^exponent` of a normal binary32.
pub(super) const fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits(((exponent + 127) as u32) << 23)
}

/// Where the bytes of a vector load end up.
fn byte_source(place: usize) -> usize {
    place % 4 * 4 + place / 4
}

macro_rules! byte_codes {
    ($value:expr) => {
        const GROUP: usize = 16;
        const BYTES: usize = 16;
        fn source(place: usize) -> usize {
            byte_source(place)
        }
        #[inline(always)]
        unsafe fn group(&self, codes: *const u8, x: *const f32, sums: &mut Sums) {
            // SAFETY: inside the group.
            unsafe {
                let words = U32x4::load_bytes(codes);
                // The byte in question at the top of its word.
                add($value(words.shl(24)), x, &mut sums[0]);
                add($value(words.shl(16)), x.add(4), &mut sums[1]);
                add($value(words.shl(8)), x.add(8), &mut sums[2]);
                add($value(words), x.add(12), &mut sums[3]);
            }
        }
    };
}

/// Floats of sign, `E` bits of exponent and the rest of a byte.
pub(super) struct SmallFloat<const E: u32> {
    /// Exponent bias.
    pub(super) bias: i32,
}

impl<const E: u32> Codes for SmallFloat<E> {
    byte_codes!(|top: U32x4| {
        let magnitude = 0x7F << (23 - (7 - E));
        F32x4::from_bits(top.shr_signed(8 - E).and(U32x4::splat(0x8000_0000 | magnitude)))
    });
    fn x_factor(&self) -> f32 {
        power_of_two(127 - self.bias)
    }
}

/// Signed bytes.
pub(super) struct Int8;

impl Codes for Int8 {
    byte_codes!(|top: U32x4| F32x4::from_i32(top.shr_signed(24)));
}

/// Unsigned bytes.
pub(super) struct Unsigned8;

impl Codes for Unsigned8 {
    byte_codes!(|top: U32x4| F32x4::from_i32(top.shr(24)));
}

/// Bytes by a table of their values.
pub(super) struct ByteTable(pub(super) Box<[f32; 256]>);

impl Codes for ByteTable {
    const GROUP: usize = 16;
    const BYTES: usize = 16;
    #[inline(always)]
    unsafe fn group(&self, codes: *const u8, x: *const f32, sums: &mut Sums) {
        for (i, sum) in sums.iter_mut().enumerate() {
            // SAFETY: inside the group.
            unsafe {
                let value = |j: usize| self.0[usize::from(*codes.add(4 * i + j))];
                add(F32x4::from_array([value(0), value(1), value(2), value(3)]), x.add(4 * i), sum);
            }
        }
    }
}

/// 6-bit codes, four in three bytes, by a table.
pub(super) struct SixBitTable(pub(super) Box<[f32; 64]>);

impl Codes for SixBitTable {
    const GROUP: usize = 16;
    const BYTES: usize = 12;
    #[inline(always)]
    unsafe fn group(&self, codes: *const u8, x: *const f32, sums: &mut Sums) {
        for (i, sum) in sums.iter_mut().enumerate() {
            // SAFETY: a word of three bytes of codes and one behind them.
            unsafe {
                let word = u32::from_le(codes.add(3 * i).cast::<u32>().read_unaligned());
                let value = |j: usize| self.0[(word >> (6 * j)) as usize & 63];
                add(F32x4::from_array([value(0), value(1), value(2), value(3)]), x.add(4 * i), sum);
            }
        }
    }
}

/// 16-bit codes by a table.
pub(super) struct HalfTable(pub(super) Vec<f32>);

impl Codes for HalfTable {
    const GROUP: usize = 16;
    const BYTES: usize = 32;
    #[inline(always)]
    unsafe fn group(&self, codes: *const u8, x: *const f32, sums: &mut Sums) {
        for (i, sum) in sums.iter_mut().enumerate() {
            // SAFETY: inside the group; the table has 2^16 entries.
            unsafe {
                let value = |j: usize| {
                    let code = u16::from_le(codes.add(8 * i + 2 * j).cast::<u16>().read_unaligned());
                    *self.0.get_unchecked(usize::from(code))
                };
                add(F32x4::from_array([value(0), value(1), value(2), value(3)]), x.add(4 * i), sum);
            }
        }
    }
}

/// Two values for each byte: those of its low and of its high nibble.
pub(super) type Pairs = Box<[[f32; 2]; 256]>;

/// The pairs of a table of 16.
pub(super) fn pairs(values: &[f32; 16]) -> Pairs {
    Box::new(core::array::from_fn(|byte| [values[byte & 15], values[byte >> 4]]))
}

/// The values of two bytes, the low nibbles in even lanes.
///
/// # Safety
/// Two readable bytes.
#[inline(always)]
unsafe fn pair_lanes(table: &Pairs, bytes: *const u8) -> F32x4 {
    // SAFETY: the caller's promise; entries of the table are two elements.
    unsafe {
        let (low, high) = (&table[usize::from(*bytes)], &table[usize::from(*bytes.add(1))]);
        F32x4::load_pairs(low.as_ptr(), high.as_ptr())
    }
}

/// 4-bit codes in order, the first of two in the low nibble.
pub(super) struct Nibbles(pub(super) Pairs);

impl Codes for Nibbles {
    const GROUP: usize = 16;
    const BYTES: usize = 8;
    #[inline(always)]
    unsafe fn group(&self, codes: *const u8, x: *const f32, sums: &mut Sums) {
        for (i, sum) in sums.iter_mut().enumerate() {
            // SAFETY: inside the group.
            unsafe { add(pair_lanes(&self.0, codes.add(2 * i)), x.add(4 * i), sum) };
        }
    }
}

/// 4-bit codes of which the first `HALF` fill the low nibbles of `HALF` bytes and the others the high ones.
pub(super) struct SplitNibbles<const HALF: usize>(pub(super) Pairs);

impl<const HALF: usize> Codes for SplitNibbles<HALF> {
    const GROUP: usize = 2 * HALF;
    const BYTES: usize = HALF;
    fn source(place: usize) -> usize {
        place / 2 + place % 2 * HALF
    }
    #[inline(always)]
    unsafe fn group(&self, codes: *const u8, x: *const f32, sums: &mut Sums) {
        for i in 0..HALF / 2 {
            // SAFETY: inside the group.
            unsafe { add(pair_lanes(&self.0, codes.add(2 * i)), x.add(4 * i), &mut sums[i % 4]) };
        }
    }
}

/// Posits of 32 bits, rounded to binary32, one at a time.
pub(super) struct Posit32;

impl Codes for Posit32 {
    const GROUP: usize = 16;
    const BYTES: usize = 64;
    #[inline(always)]
    unsafe fn group(&self, codes: *const u8, x: *const f32, sums: &mut Sums) {
        for (i, sum) in sums.iter_mut().enumerate() {
            // SAFETY: inside the group.
            unsafe {
                let value = |j: usize| {
                    posit32(u32::from_le(codes.add(16 * i + 4 * j).cast::<u32>().read_unaligned()))
                };
                add(F32x4::from_array([value(0), value(1), value(2), value(3)]), x.add(4 * i), sum);
            }
        }
    }
}

/// The value of a posit (32 bits, two exponent bits) in binary32, nearest-even; NaR gives a number like any other.
#[inline(always)]
pub(super) fn posit32(code: u32) -> f32 {
    if code == 0 {
        return 0.0;
    }
    let negative = (code as i32) < 0;
    // Without the sign bit: the regime is a run of equal bits from the top.
    let body = if negative { code.wrapping_neg() } else { code } << 1;
    let ones = (body as i32) < 0;
    let run = if ones { (!body).leading_zeros() } else { body.leading_zeros() };
    let regime = if ones { run as i32 - 1 } else { -(run as i32) };
    // The run and the bit that ends it go; shifts of 32 and more leave nothing.
    let rest = u64::from(body) << (run + 1) & 0xFFFF_FFFF;
    let exponent = 4 * regime + (rest >> 30) as i32;
    let fraction = rest << 2 & 0xFFFF_FFFF;
    // At most 27 bits of fraction: exact in binary64.
    let bits = ((exponent + 1023) as u64) << 52 | fraction << 20 | u64::from(negative) << 63;
    f64::from_bits(bits) as f32
}
