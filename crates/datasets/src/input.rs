//! A cursor over the header's bytes that never reads past their end.

use crate::DatasetError;
use crate::limits::MAX_NAME_BYTES;

pub(crate) struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Input<'a> {
        Input { rest: bytes }
    }

    /// Bytes not read yet.
    pub(crate) fn left(&self) -> u64 {
        self.rest.len() as u64
    }

    pub(crate) fn take(&mut self, count: u64, field: &'static str) -> Result<&'a [u8], DatasetError> {
        let split = usize::try_from(count).ok().and_then(|count| self.rest.split_at_checked(count));
        let (taken, rest) =
            split.ok_or(DatasetError::Truncated { field, needed: count.saturating_sub(self.left()) })?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DatasetError> {
        let (taken, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(DatasetError::Truncated { field, needed: (N as u64).saturating_sub(self.left()) })?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DatasetError> {
        self.array(field).map(u8::from_le_bytes)
    }

    /// A count that must lie between `least` and `most`.
    pub(crate) fn count_u8(
        &mut self,
        field: &'static str,
        least: u64,
        most: u64,
    ) -> Result<u64, DatasetError> {
        in_range(self.u8(field)? as u64, field, least, most)
    }

    pub(crate) fn count_u16(
        &mut self,
        field: &'static str,
        least: u64,
        most: u64,
    ) -> Result<u64, DatasetError> {
        in_range(u16::from_le_bytes(self.array(field)?) as u64, field, least, most)
    }

    pub(crate) fn count_u32(
        &mut self,
        field: &'static str,
        least: u64,
        most: u64,
    ) -> Result<u64, DatasetError> {
        in_range(u32::from_le_bytes(self.array(field)?) as u64, field, least, most)
    }

    pub(crate) fn name(&mut self, field: &'static str) -> Result<String, DatasetError> {
        let length = self.count_u8(field, 1, MAX_NAME_BYTES)?;
        let bytes = self.take(length, field)?;
        let allowed = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
        if !bytes.iter().all(allowed) {
            return Err(DatasetError::BadName { field });
        }
        Ok(bytes.iter().map(|&byte| char::from(byte)).collect())
    }

    /// `count` names, no two alike.
    pub(crate) fn names(&mut self, count: u64, field: &'static str) -> Result<Vec<String>, DatasetError> {
        let mut names: Vec<String> = Vec::new();
        for _ in 0..count {
            let name = self.name(field)?;
            if names.contains(&name) {
                return Err(DatasetError::DoubleName { field, name });
            }
            names.push(name);
        }
        Ok(names)
    }
}

pub(crate) fn in_range(value: u64, field: &'static str, least: u64, most: u64) -> Result<u64, DatasetError> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(DatasetError::OutOfRange { field, value, least, most })
    }
}
