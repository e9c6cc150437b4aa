//! The dictionary of an `.npy` header, as a strict subset of Python's literal syntax.
//!
//! Exactly the keys `descr` (a string), `fortran_order` (`True` or `False`) and `shape` (a tuple of
//! integers), each once, in any order, with a trailing comma or without. Strings have no escapes. The suffix
//! `L` of Python 2's long integers is read, as NumPy reads it.

use crate::error::{FileError, excerpt};
use crate::limits::MAX_RANK;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NpyDict {
    pub(crate) descr: String,
    pub(crate) fortran_order: bool,
    pub(crate) shape: Vec<u64>,
}

/// Parses `text`, which begins at byte `offset` of the file.
pub(crate) fn parse(text: &str, offset: u64) -> Result<NpyDict, FileError> {
    Parser { bytes: text.as_bytes(), at: 0, offset }.dictionary()
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    offset: u64,
}

impl<'a> Parser<'a> {
    fn dictionary(&mut self) -> Result<NpyDict, FileError> {
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        self.require(b'{', "`{`")?;
        while !self.accept(b'}') {
            let key = self.string()?;
            self.require(b':', "`:`")?;
            let twice = match key {
                "descr" => descr.replace(self.descr()?).is_some(),
                "fortran_order" => fortran_order.replace(self.boolean()?).is_some(),
                "shape" => shape.replace(self.tuple()?).is_some(),
                other => return Err(FileError::UnknownKey { key: excerpt(other.as_bytes()) }),
            };
            if twice {
                return Err(FileError::DuplicateKey { key: key.to_owned() });
            }
            if !self.accept(b',') {
                self.require(b'}', "`,` or `}`")?;
                break;
            }
        }
        self.space();
        if self.at < self.bytes.len() {
            return self.fault("the end of the header");
        }
        Ok(NpyDict {
            descr: descr.ok_or(FileError::MissingKey { key: "descr" })?.to_owned(),
            fortran_order: fortran_order.ok_or(FileError::MissingKey { key: "fortran_order" })?,
            shape: shape.ok_or(FileError::MissingKey { key: "shape" })?,
        })
    }

    /// A structured type is a list of fields.
    fn descr(&mut self) -> Result<&'a str, FileError> {
        self.space();
        if self.bytes.get(self.at) == Some(&b'[') {
            return Err(FileError::UnsupportedKind { what: "npy (with structured records)" });
        }
        self.string()
    }

    fn string(&mut self) -> Result<&'a str, FileError> {
        self.space();
        let Some(quote @ (b'\'' | b'"')) = self.bytes.get(self.at).copied() else {
            return self.fault("a string");
        };
        let start = self.at + 1;
        let rest = self.bytes.get(start..).unwrap_or(&[]);
        let Some(length) = rest.iter().position(|b| *b == quote || matches!(b, b'\\' | b'\n' | b'\r')) else {
            return self.fault("the end of a string");
        };
        if rest[length] != quote {
            self.at = start + length;
            return self.fault("a plain character");
        }
        self.at = start + length + 1;
        // Both ends lie beside an ASCII quote, so the slice is whole UTF-8.
        std::str::from_utf8(&rest[..length])
            .map_err(|_| FileError::NotUtf8 { offset: self.offset + start as u64 })
    }

    fn boolean(&mut self) -> Result<bool, FileError> {
        self.space();
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        for (word, value) in [("True", true), ("False", false)] {
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.fault("True or False")
    }

    fn tuple(&mut self) -> Result<Vec<u64>, FileError> {
        self.require(b'(', "`(`")?;
        let mut shape = Vec::new();
        while !self.accept(b')') {
            shape.push(self.integer()?);
            if shape.len() as u64 > MAX_RANK {
                return Err(FileError::TooMany {
                    what: "dimensions",
                    found: shape.len() as u64,
                    limit: MAX_RANK,
                });
            }
            if !self.accept(b',') {
                // `(3)` is a number in Python, not a tuple.
                self.require(b')', "`,` or `)`")?;
                if shape.len() == 1 {
                    self.at -= 1;
                    return self.fault("`,`");
                }
                break;
            }
        }
        Ok(shape)
    }

    fn integer(&mut self) -> Result<u64, FileError> {
        self.space();
        let start = self.at;
        let mut value = 0u64;
        while let Some(digit @ b'0'..=b'9') = self.bytes.get(self.at) {
            let next = value.checked_mul(10).and_then(|v| v.checked_add(u64::from(digit - b'0')));
            value = next.ok_or(FileError::ShapeOverflow { tensor: String::new() })?;
            self.at += 1;
        }
        if self.at == start {
            return self.fault("a digit");
        }
        if self.bytes.get(self.at) == Some(&b'L') {
            self.at += 1;
        }
        Ok(value)
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn accept(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn require(&mut self, byte: u8, name: &str) -> Result<(), FileError> {
        if self.accept(byte) { Ok(()) } else { self.fault(name) }
    }

    fn fault<T>(&self, expected: &str) -> Result<T, FileError> {
        Err(FileError::HeaderSyntax { offset: self.offset + self.at as u64, expected: expected.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        parse(text, 0).unwrap_err().code()
    }

    #[test]
    fn reads_what_numpy_writes() {
        let d = parse("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }      \n", 10).unwrap();
        assert_eq!(d, NpyDict { descr: "<f4".into(), fortran_order: false, shape: vec![3, 4] });
        let d = parse("{\"shape\":(5,),\"descr\":\"|u1\",\"fortran_order\":True}", 0).unwrap();
        assert_eq!(d, NpyDict { descr: "|u1".into(), fortran_order: true, shape: vec![5] });
        let d = parse("{'descr': '<i8', 'fortran_order': False, 'shape': ()}", 0).unwrap();
        assert!(d.shape.is_empty());
        let d = parse("{'descr': '<i8', 'fortran_order': False, 'shape': (3L, 10L)}", 0).unwrap();
        assert_eq!(d.shape, [3, 10]);
    }

    #[test]
    fn refuses_the_rest_by_name() {
        assert_eq!(code(""), "header-syntax");
        assert_eq!(code("{'descr': '<f4', 'fortran_order': False}"), "missing-key");
        assert_eq!(code("{'descr': '<f4', 'descr': '<f4'}"), "duplicate-key");
        assert_eq!(code("{'descr': '<f4', 'order': 1}"), "unknown-key");
        assert_eq!(
            code("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}"),
            "unsupported-kind"
        );
        assert_eq!(code("{'descr': '<\\x66'}"), "header-syntax");
        assert_eq!(code("{'shape': (3)}"), "header-syntax");
        assert_eq!(code("{'shape': (-3,)}"), "header-syntax");
        assert_eq!(code("{'shape': (,)}"), "header-syntax");
        assert_eq!(code("{'shape': (18446744073709551616,)}"), "shape-overflow");
        assert_eq!(code(&format!("{{'shape': ({})}}", "1,".repeat(65))), "too-many");
        assert_eq!(code("{'fortran_order': 0}"), "header-syntax");
        assert_eq!(code("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x"), "header-syntax");
    }

    #[test]
    fn faults_point_at_the_byte() {
        let e = parse("{'shape': (3 4)}", 100).unwrap_err();
        assert_eq!(e, FileError::HeaderSyntax { offset: 113, expected: "`,` or `)`".into() });
    }
}
