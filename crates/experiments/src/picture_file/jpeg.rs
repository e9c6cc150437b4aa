//! JPEG: segments one after the other, until a frame header has the size. Between segments, bytes that are no marker are skipped, as
//! decoders do.

use super::{PictureError, PictureKind};

const KIND: PictureKind = PictureKind::Jpeg;

/// Width and height of the first frame (SOF0 to SOF15 without the tables DHT, JPG and DAC, which share their numbers).
pub(super) fn size(bytes: &[u8]) -> Result<[u32; 2], PictureError> {
    let (short, damaged) = (PictureError::Short(KIND), PictureError::Damaged(KIND));
    let mut at = 2;
    loop {
        // Stray bytes, then any number of fill bytes.
        while *bytes.get(at).ok_or(short)? != 0xFF {
            at += 1;
        }
        while *bytes.get(at).ok_or(short)? == 0xFF {
            at += 1;
        }
        let marker = bytes[at];
        at += 1;
        match marker {
            // A stuffed byte, which is no marker, or a segment without a body.
            0x00 | 0x01 | 0xD0..=0xD8 => continue,
            // The picture's data or end before any frame.
            0xD9 | 0xDA => return Err(damaged),
            _ => {}
        }
        let len = match bytes.get(at..at + 2) {
            Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
            _ => return Err(short),
        };
        if len < 2 {
            return Err(damaged);
        }
        if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
            if len < 8 {
                return Err(damaged);
            }
            let [height, width] = super::pair(bytes, at + 3, u16::from_be_bytes).ok_or(short)?;
            return Ok([width, height]);
        }
        at += len;
    }
}
