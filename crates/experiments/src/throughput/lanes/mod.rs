//! 128 bits as two `f64` or as integers, beside the `f32` lanes of [`engine::simd`].
//!
//! Only what the kernels here need. [`F64x2::mul_add`] rounds twice, except in builds with `relaxed-simd`, where it rounds once on
//! machines that can. Integers wrap.

#[cfg(any(test, not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64"))))]
mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

#[cfg(not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64")))]
pub(super) use portable::{F64x2, Integers};
#[cfg(target_arch = "x86_64")]
pub(super) use sse2::{F64x2, Integers};
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) use wasm::{F64x2, Integers};

/// Integers that are multiplied and summed in 32 bits.
pub(super) trait Integer: Copy + Default + 'static {
    /// Numbers taken at a time.
    const LANES: usize;
    /// [`Self::LANES`] numbers, widened to what is multiplied.
    ///
    /// # Safety
    /// `source` must be valid for reading that many numbers.
    unsafe fn load(source: *const Self) -> Integers;
    /// Adds the products of all lanes to four sums of 32 bits.
    fn multiply_add(sums: Integers, a: Integers, b: Integers) -> Integers;
    /// The number.
    fn wide(self) -> i64;
    /// From a number that fits.
    fn narrow(wide: i64) -> Self;
}

macro_rules! integer {
    ($type:ty, $lanes:expr, $load:ident, $product:ident) => {
        impl Integer for $type {
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn load(source: *const Self) -> Integers {
                // SAFETY: the caller promises as many readable numbers as are loaded.
                unsafe { Integers::$load(source.cast()) }
            }
            #[inline(always)]
            fn multiply_add(sums: Integers, a: Integers, b: Integers) -> Integers {
                sums.add32(a.$product(b))
            }
            fn wide(self) -> i64 {
                i64::from(self)
            }
            fn narrow(wide: i64) -> Self {
                wide as $type
            }
        }
    };
}

// Bytes become 16-bit numbers while they are loaded; pairs of 16-bit products are added by the multiplying instruction.
integer!(i8, 8, load_bytes, dot16);
integer!(i16, 8, load, dot16);
integer!(i32, 4, load, mul32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_does_what_arrays_do() {
        let bytes: Vec<u8> = (0..64_u32).map(|i| (i * 89 + 7) as u8).collect();
        for at in 0..32 {
            let (p, q) = (bytes[at..].as_ptr(), bytes[32 - at / 2..].as_ptr());
            // SAFETY: 16 bytes from both places lie in the vector.
            let (ours, plain) = unsafe {
                (
                    (Integers::load(p), Integers::load(q)),
                    (portable::Integers::load(p), portable::Integers::load(q)),
                )
            };
            let (a, b) = ours;
            let (c, d) = plain;
            assert_eq!(a.to_array(), c.to_array());
            assert_eq!(a.add32(b).to_array(), c.add32(d).to_array());
            assert_eq!(a.mul32(b).to_array(), c.mul32(d).to_array());
            assert_eq!(a.dot16(b).to_array(), c.dot16(d).to_array());
            // SAFETY: as above.
            let (a, c) = unsafe { (Integers::load_bytes(p), portable::Integers::load_bytes(p)) };
            assert_eq!(a.to_array(), c.to_array());
        }
        assert_eq!(Integers::splat16(-2).to_array(), portable::Integers::splat16(-2).to_array());
        assert_eq!(Integers::splat32(-2).to_array(), portable::Integers::splat32(-2).to_array());
        let values = [1.5, -2.25, 1e300];
        // SAFETY: two elements from the second place lie in the array.
        let (a, c) = unsafe {
            let second = values.as_ptr().add(1);
            (
                F64x2::load(second).mul_add(F64x2::load_splat(second), F64x2::splat(3.0)),
                portable::F64x2::load(second)
                    .mul_add(portable::F64x2::load_splat(second), portable::F64x2::splat(3.0)),
            )
        };
        assert_eq!(a.to_array(), c.to_array());
        assert_eq!(a.add(a).to_array(), c.add(c).to_array());
    }
}
