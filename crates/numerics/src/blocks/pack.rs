//! Codes to bytes and back: the first code sits in the lowest bits of the first byte.
//!
//! 8 bits: one a byte. 4 bits: two a byte, low nibble first. 6 bits: four codes in three bytes,
//! a 24-bit little-endian word, so that the stated bits per value are what is really stored.
//! GGUF has its own order inside a block and packs for itself.

/// Bytes that `count` codes of `bits` bits take, rounded up to whole bytes.
pub(super) const fn packed_bytes(count: usize, bits: u32) -> usize {
    let bits = bits as usize;
    // count * bits / 8 without overflow for any count.
    (count / 8).saturating_mul(bits).saturating_add(((count % 8) * bits).div_ceil(8))
}

/// Appends codes of 4, 6 or 8 bits. Bits above the code width must be zero.
#[inline]
pub(super) fn pack(bits: u32, codes: &[u8], out: &mut Vec<u8>) {
    match bits {
        4 => {
            let (pairs, rest) = codes.as_chunks::<2>();
            out.extend(pairs.iter().map(|[low, high]| low | high << 4));
            out.extend_from_slice(rest);
        }
        6 => {
            let (quads, rest) = codes.as_chunks::<4>();
            for quad in quads {
                out.extend_from_slice(&pack_six(*quad));
            }
            if !rest.is_empty() {
                let mut quad = [0_u8; 4];
                quad[..rest.len()].copy_from_slice(rest);
                out.extend_from_slice(&pack_six(quad)[..packed_bytes(rest.len(), 6)]);
            }
        }
        _ => out.extend_from_slice(codes),
    }
}

/// Reads `codes.len()` codes. Bytes that are not there read as zero.
#[inline]
pub(super) fn unpack(bits: u32, bytes: &[u8], codes: &mut [u8]) {
    match bits {
        4 => {
            let (pairs, rest) = codes.as_chunks_mut::<2>();
            for (pair, &byte) in pairs.iter_mut().zip(bytes) {
                *pair = [byte & 15, byte >> 4];
            }
            if let [last] = rest {
                *last = bytes.get(pairs.len()).map_or(0, |byte| byte & 15);
            }
        }
        6 => {
            for (quad, triple) in codes.chunks_mut(4).zip(bytes.chunks(3)) {
                let mut word = [0_u8; 4];
                word[..triple.len()].copy_from_slice(triple);
                let word = u32::from_le_bytes(word);
                for (i, code) in quad.iter_mut().enumerate() {
                    *code = (word >> (6 * i) & 63) as u8;
                }
            }
        }
        _ => codes.copy_from_slice(&bytes[..codes.len()]),
    }
}

#[inline]
fn pack_six(quad: [u8; 4]) -> [u8; 3] {
    let [a, b, c, d] = quad.map(u32::from);
    let [x, y, z, _] = (a | b << 6 | c << 12 | d << 18).to_le_bytes();
    [x, y, z]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_code_in_the_lowest_bits() {
        let mut out = Vec::new();
        pack(4, &[0x1, 0xA, 0xF], &mut out);
        assert_eq!(out, [0xA1, 0x0F]);
        out.clear();
        pack(6, &[0b00_0001, 0b11_1111, 0, 0b10_0000], &mut out);
        assert_eq!(out, [0b1100_0001, 0b0000_1111, 0b1000_0000]);
    }

    #[test]
    fn every_length_comes_back() {
        for bits in [4, 6, 8] {
            for len in 0..40_usize {
                let mask = (1_u16 << bits) - 1;
                let codes: Vec<u8> = (0..len).map(|i| ((i * 41 + 7) as u16 & mask) as u8).collect();
                let mut bytes = Vec::new();
                pack(bits, &codes, &mut bytes);
                assert_eq!(bytes.len(), packed_bytes(len, bits));
                let mut back = vec![0xFF; len];
                unpack(bits, &bytes, &mut back);
                assert_eq!(back, codes);
            }
        }
    }
}
