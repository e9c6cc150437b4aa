//! Reads the golden files that `tools/oracles/blocks_*.py` write.
//!
//! Container, little-endian: u8 length of the name, name, u32 count of bytes, the bytes; repeated.

#![allow(dead_code)] // each test binary uses its part

use numerics::blocks::{BlockFormat, BlockOptions, TensorStats, block_by_id};

/// Records of one golden file, in order.
pub struct Golden(Vec<(String, Vec<u8>)>);

impl Golden {
    pub fn read(data: &[u8]) -> Self {
        let mut records = Vec::new();
        let mut rest = data;
        while let Some((&name_len, tail)) = rest.split_first() {
            let (name, tail) = tail.split_at(name_len.into());
            let (count, tail) = tail.split_first_chunk().unwrap();
            let (bytes, tail) = tail.split_at(u32::from_le_bytes(*count) as usize);
            records.push((String::from_utf8(name.to_vec()).unwrap(), bytes.to_vec()));
            rest = tail;
        }
        Self(records)
    }

    pub fn bytes(&self, name: &str) -> &[u8] {
        &self.0.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no record {name}")).1
    }

    pub fn floats(&self, name: &str) -> Vec<f32> {
        to_floats(self.bytes(name))
    }

    /// Every record as f32 values, in order.
    pub fn tensors(&self) -> Vec<(String, Vec<f32>)> {
        self.0.iter().map(|(name, bytes)| (name.clone(), to_floats(bytes))).collect()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

fn to_floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&word| f32::from_le_bytes(word)).collect()
}

/// The input tensors that every oracle of the block formats uses.
pub fn inputs() -> Vec<(String, Vec<f32>)> {
    Golden::read(include_bytes!("../golden/blocks/inputs.bin")).tensors()
}

pub fn format(id: &str) -> &'static BlockFormat {
    block_by_id(id).unwrap_or_else(|| panic!("no block format {id}"))
}

/// Bytes of one whole tensor.
pub fn quantize(format: &BlockFormat, x: &[f32], o: &BlockOptions) -> Vec<u8> {
    let mut out = Vec::new();
    format.quantize(x, &TensorStats::of(x), o, &mut out);
    assert_eq!(out.len(), format.stored_bytes(o, x.len()), "{}", format.id);
    out
}

/// A tensor, encoded and read back.
pub fn restore(format: &BlockFormat, x: &[f32], o: &BlockOptions) -> Vec<f32> {
    let mut out = Vec::new();
    format.dequantize(&quantize(format, x, o), x.len(), &TensorStats::of(x), o, &mut out).unwrap();
    assert_eq!(out.len(), x.len());
    out
}

/// Compares bytes and says where they first differ.
pub fn assert_bytes(what: &str, ours: &[u8], golden: &[u8]) {
    assert_eq!(ours.len(), golden.len(), "{what}: length");
    let differing = ours.iter().zip(golden).filter(|(a, b)| a != b).count();
    if let Some(i) = ours.iter().zip(golden).position(|(a, b)| a != b) {
        panic!("{what}: {differing} bytes differ, first at {i}: {:#04x}, golden {:#04x}", ours[i], golden[i]);
    }
}

/// Compares floats bit for bit; any NaN equals any NaN.
pub fn assert_floats(what: &str, ours: &[f32], golden: &[f32]) {
    assert_eq!(ours.len(), golden.len(), "{what}: length");
    for (i, (a, b)) in ours.iter().zip(golden).enumerate() {
        let same = a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
        assert!(same, "{what}: value {i} is {a:e}, golden {b:e}");
    }
}

/// Root of the mean squared error.
pub fn rmse(x: &[f32], restored: &[f32]) -> f64 {
    let sum: f64 = x.iter().zip(restored).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
    (sum / x.len() as f64).sqrt()
}

/// A reproducible stream: SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// Uniform in 0..1.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Close to a standard normal.
    pub fn normal(&mut self) -> f32 {
        ((0..12).map(|_| self.uniform()).sum::<f64>() - 6.0) as f32
    }

    pub fn normals(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.normal()).collect()
    }
}
