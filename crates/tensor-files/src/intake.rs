//! Takes a header in chunks of any size and hands it on item by item.
//!
//! A machine says how long its next item is, or how far to jump, and gets each item whole. What is
//! announced is first compared with the file's length, so nothing is ever waited for that cannot come,
//! and nothing is allocated before its bytes are there.

use crate::error::FileError;

#[derive(Debug)]
pub(crate) struct Intake {
    file_bytes: u64,
    /// The end that no item may cross: the file's length or the header's limit.
    limit: u64,
    /// Offset of the next byte to take.
    position: u64,
    need: usize,
    item: Vec<u8>,
}

impl Intake {
    pub(crate) fn new(file_bytes: u64, limit: u64) -> Self {
        Self { file_bytes, limit, position: 0, need: 0, item: Vec::new() }
    }

    /// Where the next byte to hand over lies.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    pub(crate) fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// Bytes the current item still lacks.
    pub(crate) fn missing(&self) -> u64 {
        self.need.saturating_sub(self.item.len()) as u64
    }

    /// Bytes of the file beyond the current position.
    pub(crate) fn remaining(&self) -> u64 {
        self.file_bytes.saturating_sub(self.position)
    }

    /// Announces an item of `bytes` bytes.
    pub(crate) fn expect(&mut self, bytes: u64) -> Result<(), FileError> {
        self.check(bytes)?;
        // An item longer than memory can address cannot be held; it cannot be in the file either.
        self.need = usize::try_from(bytes)
            .map_err(|_| FileError::HeaderTooLong { found: bytes, limit: self.limit })?;
        Ok(())
    }

    /// Jumps over `bytes` bytes, which then are never asked for.
    pub(crate) fn skip(&mut self, bytes: u64) -> Result<(), FileError> {
        self.check(bytes)?;
        self.position += bytes;
        Ok(())
    }

    fn check(&self, bytes: u64) -> Result<(), FileError> {
        if bytes > self.remaining() {
            return Err(FileError::Truncated {
                offset: self.position,
                expected: bytes,
                found: self.remaining(),
            });
        }
        let end = self.position + bytes;
        if end > self.limit {
            return Err(FileError::HeaderTooLong { found: end, limit: self.limit });
        }
        Ok(())
    }

    /// Takes what the current item lacks from `chunk`, which begins at file offset `start`.
    /// Returns the item when it is whole; the caller gives it back through [`Self::recycle`].
    pub(crate) fn take(&mut self, start: u64, chunk: &[u8]) -> Option<Vec<u8>> {
        let missing = self.need.saturating_sub(self.item.len());
        let from = usize::try_from(self.position.checked_sub(start)?).ok()?;
        let rest = chunk.get(from..).unwrap_or(&[]);
        let part = &rest[..rest.len().min(missing)];
        self.item.extend_from_slice(part);
        self.position += part.len() as u64;
        (self.item.len() == self.need).then(|| std::mem::take(&mut self.item))
    }

    /// Gives an item's buffer back, to be filled again.
    pub(crate) fn recycle(&mut self, mut item: Vec<u8>) {
        item.clear();
        // One long item must not be kept for thousands of short ones.
        item.shrink_to(4096);
        self.item = item;
    }
}

/// A little-endian unsigned integer of up to eight bytes at `at`; bytes that are not there count as zero
/// (machines ask for whole items, so all are there).
pub(crate) fn le(item: &[u8], at: usize, bytes: usize) -> u64 {
    item.iter().skip(at).take(bytes).rev().fold(0, |n, b| n << 8 | u64::from(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_cross_chunks_and_jumps_are_not_read() {
        let file = b"abcdefghij";
        let mut intake = Intake::new(10, 100);
        intake.expect(3).unwrap();
        assert_eq!(intake.take(0, &file[..2]), None);
        let item = intake.take(2, &file[2..3]).unwrap();
        assert_eq!(item, b"abc");
        intake.recycle(item);
        intake.skip(4).unwrap();
        intake.expect(2).unwrap();
        assert_eq!(intake.take(3, &file[3..5]), None);
        assert_eq!(intake.position(), 7);
        assert_eq!(intake.take(7, &file[7..]).unwrap(), b"hi");
    }

    #[test]
    fn promises_are_compared_with_the_file_and_the_limit() {
        let mut intake = Intake::new(10, 8);
        assert_eq!(intake.expect(11).unwrap_err().code(), "truncated");
        assert_eq!(intake.expect(9).unwrap_err().code(), "header-too-long");
        assert_eq!(intake.skip(u64::MAX).unwrap_err().code(), "truncated");
    }

    #[test]
    fn little_endian() {
        assert_eq!(le(&[1, 2, 3, 4], 1, 2), 0x0302);
        assert_eq!(le(&[1], 0, 8), 1);
    }
}
