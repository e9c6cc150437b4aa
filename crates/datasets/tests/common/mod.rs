//! Files for the tests, good ones and broken ones.
#![allow(dead_code, reason = "each test program uses some of it")]

use datasets::{DIGEST_BYTES, Kind, MAGIC, Parts, VERSION, Values, encode};
use miniz_oxide::deflate::compress_to_vec;
use sha2::{Digest, Sha256};

/// Three images of 1×2 pixels in two classes, the last one for testing.
pub fn small() -> Vec<u8> {
    encode(&Parts {
        kind: Kind::Images,
        name: "small",
        shape: &[1, 2],
        classes: &["a", "b-2"],
        columns: &[],
        train: 2,
        labels: &[0, 1, 1],
        values: Values::Pixels { values: &[0, 16, 3, 4, 5, 6], full_scale: 16 },
    })
    .unwrap()
}

/// Puts the right digest at the end again, as one who forges a file would.
pub fn seal(file: &mut Vec<u8>) {
    let body = file.len().saturating_sub(DIGEST_BYTES);
    file.truncate(body);
    let digest = Sha256::digest(&file);
    file.extend_from_slice(&digest);
}

/// A file field by field, without any of the encoder's checks.
#[derive(Clone)]
pub struct Raw {
    pub kind: u8,
    pub value_type: u8,
    pub full_scale: u8,
    pub train: u32,
    pub test: u32,
    pub shape: Vec<u32>,
    pub name: Vec<u8>,
    pub classes: Vec<Vec<u8>>,
    pub columns: Vec<Vec<u8>>,
    pub payload: Vec<u8>,
    /// After the deflate stream, counted as part of it.
    pub behind_stream: Vec<u8>,
    /// After the payload.
    pub behind_payload: Vec<u8>,
}

impl Raw {
    /// What [`small`] holds.
    pub fn images() -> Raw {
        Raw {
            kind: 0,
            value_type: 0,
            full_scale: 16,
            train: 2,
            test: 1,
            shape: vec![1, 2],
            name: b"small".to_vec(),
            classes: vec![b"a".to_vec(), b"b-2".to_vec()],
            columns: Vec::new(),
            payload: vec![0, 1, 1, 0, 16, 3, 4, 5, 6],
            behind_stream: Vec::new(),
            behind_payload: Vec::new(),
        }
    }

    /// One row of two columns.
    pub fn table() -> Raw {
        Raw {
            kind: 1,
            value_type: 1,
            full_scale: 0,
            train: 1,
            test: 0,
            shape: vec![2],
            columns: vec![b"x".to_vec(), b"y".to_vec()],
            payload: [&[1][..], &1.5_f32.to_le_bytes(), &(-0.0_f32).to_le_bytes()].concat(),
            ..Raw::images()
        }
    }

    pub fn file(&self) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.extend([VERSION, self.kind, self.value_type, self.full_scale]);
        file.extend(self.train.to_le_bytes());
        file.extend(self.test.to_le_bytes());
        file.push(self.shape.len() as u8);
        for extent in &self.shape {
            file.extend(extent.to_le_bytes());
        }
        push_name(&mut file, &self.name);
        for names in [&self.classes, &self.columns] {
            file.extend((names.len() as u16).to_le_bytes());
            for name in names {
                push_name(&mut file, name);
            }
        }
        let stream = [compress_to_vec(&self.payload, 10), self.behind_stream.clone()].concat();
        file.extend((stream.len() as u32).to_le_bytes());
        file.extend(stream);
        file.extend(&self.behind_payload);
        file.extend([0; DIGEST_BYTES]);
        seal(&mut file);
        file
    }
}

fn push_name(file: &mut Vec<u8>, name: &[u8]) {
    file.push(name.len() as u8);
    file.extend(name);
}
