//! What the benchmark page calls: the bulk conversions as raw exports, without generated glue.
//!
//! Units: pointers and lengths address the module's own memory; lengths count elements unless named `_bytes`.
//! The page writes inputs into pages that it grew itself and passes their addresses, so that it decides whether
//! an output page has been touched before. Left out: anything that a product would call.

// Addresses cross the boundary as numbers: the page vouches for them.
#![allow(unsafe_code, clippy::missing_safety_doc)]

use numerics::bulk::Quantizer;
use numerics::{Format, Overflow, Rounding, by_id};

/// The conversions of the benchmark, by the number that the page passes.
pub const KINDS: [(&str, Overflow); 5] = [
    ("fp16", Overflow::Native),
    ("bf16", Overflow::Native),
    ("e4m3", Overflow::Native),
    ("e4m3", Overflow::Saturate),
    ("e5m2", Overflow::Native),
];

/// The quantizer of a kind; `portable` leaves the simd128 kernels out. `None` for an unknown kind.
pub fn quantizer(kind: u32, portable: bool) -> Option<Quantizer> {
    let &(id, overflow) = KINDS.get(kind as usize)?;
    let format: &Format = by_id(id)?;
    let quantizer = Quantizer::new(format, &Rounding { overflow, ..Rounding::default() });
    Some(if portable { quantizer.portable() } else { quantizer })
}

/// Encodes `len` binary32 numbers at `x` to codes at `codes`.
///
/// # Safety
/// Both addresses must lie in memory that the caller owns, with room for `len` elements and not overlapping.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn encode(kind: u32, portable: u32, x: *const f32, len: usize, codes: *mut u8) {
    let Some(quantizer) = quantizer(kind, portable != 0) else { return };
    // SAFETY: promised by the caller.
    let (x, codes) = unsafe {
        (
            std::slice::from_raw_parts(x, len),
            std::slice::from_raw_parts_mut(codes, quantizer.storage_bytes(len)),
        )
    };
    quantizer.encode(x, codes);
}

/// Decodes `len` codes at `codes` to binary32 numbers at `out`.
///
/// # Safety
/// As for [`encode`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn decode(kind: u32, portable: u32, codes: *const u8, len: usize, out: *mut f32) {
    let Some(quantizer) = quantizer(kind, portable != 0) else { return };
    // SAFETY: promised by the caller.
    let (codes, out) = unsafe {
        (
            std::slice::from_raw_parts(codes, quantizer.storage_bytes(len)),
            std::slice::from_raw_parts_mut(out, len),
        )
    };
    quantizer.decode(codes, out);
}

/// Rounds `len` numbers at `x` to `out`, without codes.
///
/// # Safety
/// As for [`encode`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn round(kind: u32, x: *const f32, len: usize, out: *mut f32) {
    let Some(quantizer) = quantizer(kind, false) else { return };
    // SAFETY: promised by the caller.
    let (x, out) = unsafe { (std::slice::from_raw_parts(x, len), std::slice::from_raw_parts_mut(out, len)) };
    quantizer.round(x, out);
}

/// `memory.copy`.
///
/// # Safety
/// As for [`encode`], in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn copy(from: *const u8, len_bytes: usize, to: *mut u8) {
    // SAFETY: promised by the caller.
    unsafe { std::ptr::copy_nonoverlapping(from, to, len_bytes) }
}

/// Disagreements between simd128 and scalar kernels over `count` patterns from `first` on: 0 is the answer.
#[unsafe(no_mangle)]
pub extern "C" fn mismatches(first: u32, count: f64) -> f64 {
    numerics::bulk::mismatches(first, count as u64) as f64
}
