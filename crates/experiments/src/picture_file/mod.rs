//! What a picture file says of itself: its kind and its size in pixels, read from its header before anything decodes it.
//!
//! The bytes are not believed: every length is compared with what is there, loops end with the bytes, and a size of zero is a damaged file.
//! Sources: PNG (W3C, third edition), JPEG (ITU-T T.81), WebP container (RFC 9649), GIF89a, HEIF and AVIF brands (ISO/IEC 23008-12,
//! AV1 image file format). Sizes are those stored; a camera's note to turn the picture is left to whoever decodes. Left out: pixels.

mod iso;
mod jpeg;

/// Kinds that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureKind {
    /// Portable Network Graphics.
    Png,
    /// JPEG, baseline or progressive.
    Jpeg,
    /// WebP: lossy, lossless or extended.
    Webp,
    /// GIF; its first picture counts.
    Gif,
    /// HEIF with HEVC, as phones write it.
    Heic,
    /// HEIF with AV1.
    Avif,
}

impl PictureKind {
    /// A short name.
    pub fn id(self) -> &'static str {
        match self {
            PictureKind::Png => "PNG",
            PictureKind::Jpeg => "JPEG",
            PictureKind::Webp => "WebP",
            PictureKind::Gif => "GIF",
            PictureKind::Heic => "HEIC",
            PictureKind::Avif => "AVIF",
        }
    }
}

/// A file's kind and size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureHeader {
    /// Its kind.
    pub kind: PictureKind,
    /// Pixels of a row, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
}

impl PictureHeader {
    /// Pixels in all.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// Why a header cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The first bytes are of no kind known here.
    #[error("no kind of picture known here")]
    Unknown,
    /// The size lies beyond these bytes: more of the file is needed, or the file is cut off.
    #[error("the {} file ends before its size", .0.id())]
    Short(PictureKind),
    /// The header contradicts itself.
    #[error("the header of the {} file is damaged", .0.id())]
    Damaged(PictureKind),
}

/// The kind and size of a file that begins with these bytes.
pub fn header(bytes: &[u8]) -> Result<PictureHeader, PictureError> {
    let kind = kind(bytes).ok_or(PictureError::Unknown)?;
    let size = match kind {
        PictureKind::Png => png(bytes)?,
        PictureKind::Jpeg => jpeg::size(bytes)?,
        PictureKind::Webp => webp(bytes)?,
        PictureKind::Gif => pair(bytes, 6, u16::from_le_bytes).ok_or(PictureError::Short(kind))?,
        PictureKind::Heic | PictureKind::Avif => iso::size(bytes, kind)?,
    };
    let [width, height] = size;
    if width == 0 || height == 0 {
        return Err(PictureError::Damaged(kind));
    }
    Ok(PictureHeader { kind, width, height })
}

/// By the first bytes alone.
fn kind(bytes: &[u8]) -> Option<PictureKind> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(PictureKind::Png);
    }
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Some(PictureKind::Jpeg);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(PictureKind::Webp);
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Some(PictureKind::Gif);
    }
    iso::kind(bytes)
}

/// Two 16-bit numbers at a place.
fn pair(bytes: &[u8], at: usize, read: fn([u8; 2]) -> u16) -> Option<[u32; 2]> {
    let (pairs, _) = bytes.get(at..at + 4)?.as_chunks::<2>();
    Some([read(pairs[0]).into(), read(pairs[1]).into()])
}

/// A 32-bit number, most significant byte first.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?))
}

/// IHDR is the first chunk and has 13 bytes; sizes are below 2^31.
fn png(bytes: &[u8]) -> Result<[u32; 2], PictureError> {
    let short = PictureError::Short(PictureKind::Png);
    let is_header = word(bytes, 8) == Some(13) && bytes.get(12..16) == Some(b"IHDR");
    if bytes.len() >= 16 && !is_header {
        return Err(PictureError::Damaged(PictureKind::Png));
    }
    let size = [word(bytes, 16).ok_or(short)?, word(bytes, 20).ok_or(short)?];
    if size.iter().any(|side| *side > i32::MAX as u32) {
        return Err(PictureError::Damaged(PictureKind::Png));
    }
    Ok(size)
}

/// The first chunk is `VP8 ` (lossy), `VP8L` (lossless) or `VP8X` (a canvas).
fn webp(bytes: &[u8]) -> Result<[u32; 2], PictureError> {
    let kind = PictureKind::Webp;
    let (short, damaged) = (PictureError::Short(kind), PictureError::Damaged(kind));
    let chunk = bytes.get(12..16).ok_or(short)?;
    let body = bytes.get(20..30).ok_or(short)?;
    match chunk {
        b"VP8 " => {
            // A key frame's tag, its start code, then sizes with two bits of scaling above fourteen.
            if body[0] & 1 != 0 || body[3..6] != [0x9D, 0x01, 0x2A] {
                return Err(damaged);
            }
            let size = pair(body, 6, u16::from_le_bytes).ok_or(short)?;
            Ok(size.map(|side| side & 0x3FFF))
        }
        b"VP8L" => {
            if body[0] != 0x2F {
                return Err(damaged);
            }
            let bits = u32::from_le_bytes([body[1], body[2], body[3], body[4]]);
            Ok([(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1])
        }
        b"VP8X" => {
            let less_one = |at: usize| u32::from_le_bytes([body[at], body[at + 1], body[at + 2], 0]);
            Ok([less_one(4) + 1, less_one(7) + 1])
        }
        _ => Err(damaged),
    }
}

#[cfg(test)]
mod tests;
