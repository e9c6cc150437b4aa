//! Snapshots as bytes, to be kept or sent. What is read is not believed: counts are compared with the limits and with the bytes that are
//! there before memory is asked for.
//!
//! Layout, little-endian: magic `PPSN`, version (1 byte), seed (8), step (8), count of parameters (4); for each parameter its length in
//! words (4) and its words (binary32, 4 each); a check (8) of the seed and [`Snapshot::hash`]. The check tells damage, not forgery.

use numerics::bulk::mix64;

use super::Snapshot;

/// The first bytes.
const MAGIC: [u8; 4] = *b"PPSN";
/// The version of the layout.
pub const VERSION: u8 = 1;
/// Parameters of one snapshot.
pub const MAX_PARAMS: u32 = 65_536;
/// Words of all parameters: 1 GiB.
pub const MAX_WORDS: u64 = 1 << 28;

/// Bytes that are no snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotBytesError {
    /// They begin otherwise.
    #[error("no snapshot: the first bytes are others")]
    Magic,
    /// A layout that is not known here.
    #[error("version {found} of the layout is not known")]
    Version {
        /// The version.
        found: u8,
    },
    /// They end too early.
    #[error("{missing} bytes are missing")]
    Truncated {
        /// How many at least.
        missing: u64,
    },
    /// They go on after the end.
    #[error("{count} bytes follow the end")]
    Trailing {
        /// How many.
        count: u64,
    },
    /// More than the limit.
    #[error("{found} {what}, the limit is {limit}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: u64,
        /// How many may be.
        limit: u64,
    },
    /// The check is not that of the values.
    #[error("damaged: the check is another")]
    Check,
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], SnapshotBytesError> {
        let there = self.0.len() as u64;
        if count > there {
            return Err(SnapshotBytesError::Truncated { missing: count - there });
        }
        let (head, tail) = self.0.split_at(count as usize);
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SnapshotBytesError> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N as u64)?);
        Ok(bytes)
    }
}

impl Snapshot {
    /// As bytes. Beyond the limits they would not be read again.
    pub fn to_bytes(&self) -> Vec<u8> {
        let words: usize = self.params.iter().map(|values| 1 + values.len()).sum();
        let mut bytes = Vec::with_capacity(33 + 4 * words);
        bytes.extend_from_slice(&MAGIC);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.seed.to_le_bytes());
        bytes.extend_from_slice(&self.step.to_le_bytes());
        bytes.extend_from_slice(&(self.params.len() as u32).to_le_bytes());
        for values in &self.params {
            bytes.extend_from_slice(&(values.len() as u32).to_le_bytes());
            values.iter().for_each(|x| bytes.extend_from_slice(&x.to_bits().to_le_bytes()));
        }
        bytes.extend_from_slice(&self.check_word().to_le_bytes());
        bytes
    }

    /// From bytes. Whether it belongs to a plan is [`Snapshot::check`]'s to say.
    pub fn from_bytes(bytes: &[u8]) -> Result<Snapshot, SnapshotBytesError> {
        let mut input = Input(bytes);
        if input.array()? != MAGIC {
            return Err(SnapshotBytesError::Magic);
        }
        let [found] = input.array()?;
        if found != VERSION {
            return Err(SnapshotBytesError::Version { found });
        }
        let seed = u64::from_le_bytes(input.array()?);
        let step = u64::from_le_bytes(input.array()?);
        let count = u32::from_le_bytes(input.array()?);
        if count > MAX_PARAMS {
            let (found, limit) = (count.into(), MAX_PARAMS.into());
            return Err(SnapshotBytesError::TooMany { what: "parameters", found, limit });
        }
        let mut params = Vec::new();
        let mut total = 0_u64;
        for _ in 0..count {
            let len = u64::from(u32::from_le_bytes(input.array()?));
            total += len;
            if total > MAX_WORDS {
                return Err(SnapshotBytesError::TooMany { what: "words", found: total, limit: MAX_WORDS });
            }
            let words = input.take(4 * len)?.chunks_exact(4);
            params.push(
                words
                    .map(|word| f32::from_bits(u32::from_le_bytes([word[0], word[1], word[2], word[3]])))
                    .collect(),
            );
        }
        let check = u64::from_le_bytes(input.array()?);
        if !input.0.is_empty() {
            return Err(SnapshotBytesError::Trailing { count: input.0.len() as u64 });
        }
        let snapshot = Snapshot { seed, step, params };
        if snapshot.check_word() == check { Ok(snapshot) } else { Err(SnapshotBytesError::Check) }
    }

    fn check_word(&self) -> u64 {
        mix64(self.hash() ^ mix64(self.seed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        Snapshot {
            seed: 7,
            step: 1 << 40,
            params: vec![vec![1.0, -0.0, f32::MIN_POSITIVE / 2.0], vec![], vec![3.5]],
        }
    }

    #[test]
    fn bytes_come_back_bit_for_bit() {
        let snapshot = snapshot();
        let back = Snapshot::from_bytes(&snapshot.to_bytes()).expect("a snapshot");
        assert_eq!(back, snapshot);
        assert_eq!(back.params[0][1].to_bits(), 0x8000_0000);
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_an_error() {
        let bytes = snapshot().to_bytes();
        for len in 0..bytes.len() {
            assert!(Snapshot::from_bytes(&bytes[..len]).is_err(), "cut to {len}");
        }
        for at in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[at] ^= 0x10;
            assert!(Snapshot::from_bytes(&wrong).is_err(), "byte {at}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(Snapshot::from_bytes(&longer), Err(SnapshotBytesError::Trailing { count: 1 }));
    }

    #[test]
    fn announced_counts_are_not_believed() {
        let mut bytes = snapshot().to_bytes();
        bytes[21..25].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(Snapshot::from_bytes(&bytes), Err(SnapshotBytesError::TooMany { .. })));
        let mut bytes = snapshot().to_bytes();
        bytes[25..29].copy_from_slice(&(1_u32 << 27).to_le_bytes());
        assert!(matches!(Snapshot::from_bytes(&bytes), Err(SnapshotBytesError::Truncated { .. })));
        bytes[25..29].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(Snapshot::from_bytes(&bytes), Err(SnapshotBytesError::TooMany { .. })));
    }
}
