//! How codes lie in memory.
//!
//! Units: bytes, little endian. 4-bit codes (and narrower) share a byte, the first in the low nibble; 5 to 8
//! bits take a byte, up to 16 two, up to 32 four (TF32's 19-bit codes too), wider ones eight.
//! An odd last nibble leaves the high half of its byte zero.
//! Left out: dense packing of 5 to 7-bit codes; block formats that pack have their own layouts.

/// Storage of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Two codes a byte, low nibble first.
    Nibble,
    /// One byte.
    Byte,
    /// Two bytes.
    Half,
    /// Four bytes.
    Word,
    /// Eight bytes.
    Double,
}

impl Layout {
    /// The layout of codes of `bits` bits.
    pub const fn of(bits: u8) -> Layout {
        match bits {
            0..=4 => Layout::Nibble,
            5..=8 => Layout::Byte,
            9..=16 => Layout::Half,
            17..=32 => Layout::Word,
            _ => Layout::Double,
        }
    }

    /// Bytes of `len` codes.
    pub const fn bytes(self, len: usize) -> usize {
        match self {
            Layout::Nibble => len.div_ceil(2),
            Layout::Byte => len,
            Layout::Half => len * 2,
            Layout::Word => len * 4,
            Layout::Double => len * 8,
        }
    }

    /// Stores what `code_of(i)` gives for every `i` below `len`.
    #[inline(always)]
    pub(super) fn write(self, len: usize, out: &mut [u8], mut code_of: impl FnMut(usize) -> u64) {
        match self {
            Layout::Nibble => {
                for (i, byte) in out[..len.div_ceil(2)].iter_mut().enumerate() {
                    let low = code_of(2 * i) as u8 & 0xF;
                    let high = if 2 * i + 1 < len { code_of(2 * i + 1) as u8 } else { 0 };
                    *byte = low | high << 4;
                }
            }
            Layout::Byte => {
                for (i, byte) in out[..len].iter_mut().enumerate() {
                    *byte = code_of(i) as u8;
                }
            }
            Layout::Half => {
                for (i, bytes) in out[..2 * len].as_chunks_mut::<2>().0.iter_mut().enumerate() {
                    *bytes = (code_of(i) as u16).to_le_bytes();
                }
            }
            Layout::Word => {
                for (i, bytes) in out[..4 * len].as_chunks_mut::<4>().0.iter_mut().enumerate() {
                    *bytes = (code_of(i) as u32).to_le_bytes();
                }
            }
            Layout::Double => {
                for (i, bytes) in out[..8 * len].as_chunks_mut::<8>().0.iter_mut().enumerate() {
                    *bytes = code_of(i).to_le_bytes();
                }
            }
        }
    }

    /// Fills `out` with `value_of(code)` of the stored codes, in order.
    #[inline(always)]
    pub(super) fn read<T>(self, codes: &[u8], out: &mut [T], mut value_of: impl FnMut(u64) -> T) {
        match self {
            Layout::Nibble => {
                let (pairs, last) = out.as_chunks_mut::<2>();
                for (pair, &byte) in pairs.iter_mut().zip(codes) {
                    *pair = [value_of(u64::from(byte & 0xF)), value_of(u64::from(byte >> 4))];
                }
                if let ([last], Some(&byte)) = (last, codes.get(pairs.len())) {
                    *last = value_of(u64::from(byte & 0xF));
                }
            }
            Layout::Byte => {
                for (value, &byte) in out.iter_mut().zip(codes) {
                    *value = value_of(u64::from(byte));
                }
            }
            Layout::Half => {
                for (value, bytes) in out.iter_mut().zip(codes.as_chunks::<2>().0) {
                    *value = value_of(u64::from(u16::from_le_bytes(*bytes)));
                }
            }
            Layout::Word => {
                for (value, bytes) in out.iter_mut().zip(codes.as_chunks::<4>().0) {
                    *value = value_of(u64::from(u32::from_le_bytes(*bytes)));
                }
            }
            Layout::Double => {
                for (value, bytes) in out.iter_mut().zip(codes.as_chunks::<8>().0) {
                    *value = value_of(u64::from_le_bytes(*bytes));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;

    #[test]
    fn every_layout_reads_what_it_wrote() {
        for bits in [1, 4, 5, 6, 8, 9, 16, 19, 32, 33, 64] {
            let layout = Layout::of(bits);
            for len in [0, 1, 2, 3, 17] {
                let code_of =
                    |i: usize| (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - u32::from(bits));
                let mut stored = vec![0xAA; layout.bytes(len)];
                layout.write(len, &mut stored, code_of);
                let mut read = vec![0; len];
                layout.read(&stored, &mut read, |code| code);
                assert_eq!(read, (0..len).map(code_of).collect::<Vec<_>>(), "{bits} bits, {len} codes");
            }
        }
    }

    #[test]
    fn the_first_of_two_nibbles_is_the_low_one() {
        let mut stored = [0; 2];
        Layout::Nibble.write(3, &mut stored, |i| [1, 2, 3][i]);
        assert_eq!(stored, [0x21, 0x03]);
    }
}
