//! HEIC and AVIF: brands in the `ftyp` box, sizes in `ispe` boxes.
//!
//! The size is that of the largest `ispe` found (thumbnails and tiles have smaller ones); the boxes are looked for by their name within the
//! first bytes instead of walking the item properties, which is enough to refuse a picture that is too large. A file without
//! one is damaged.

use super::{PictureError, PictureKind, word};

/// Brands of HEVC and of AV1 pictures; `mif1` and `msf1` say neither, and are decided by the others.
const HEVC: [&[u8; 4]; 8] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"];
const AV1: [&[u8; 4]; 2] = [b"avif", b"avis"];
/// Property boxes lie within so many bytes.
const LOOKED_AT: usize = 1 << 16;

/// By the brands, the major one first.
pub(super) fn kind(bytes: &[u8]) -> Option<PictureKind> {
    if bytes.get(4..8) != Some(b"ftyp") {
        return None;
    }
    let len = word(bytes, 0)? as usize;
    let (brands, _) = bytes.get(8..len.min(bytes.len()))?.as_chunks::<4>();
    // The second is a version.
    let brands = || brands.iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, brand)| brand);
    if brands().any(|brand| AV1.contains(&brand)) {
        return Some(PictureKind::Avif);
    }
    let is_heif = |brand: &[u8; 4]| HEVC.contains(&brand) || matches!(brand, b"mif1" | b"msf1");
    brands().any(is_heif).then_some(PictureKind::Heic)
}

pub(super) fn size(bytes: &[u8], kind: PictureKind) -> Result<[u32; 2], PictureError> {
    let looked_at = &bytes[..bytes.len().min(LOOKED_AT)];
    let sizes = looked_at.windows(4).enumerate().filter(|(_, name)| name == b"ispe").filter_map(|(at, _)| {
        // A version and flags, then the size.
        Some([word(bytes, at + 8)?, word(bytes, at + 12)?])
    });
    let largest = sizes.max_by_key(|[width, height]| u64::from(*width) * u64::from(*height));
    let missing =
        if bytes.len() < LOOKED_AT { PictureError::Short(kind) } else { PictureError::Damaged(kind) };
    largest.ok_or(missing)
}
