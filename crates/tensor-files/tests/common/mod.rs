//! Shared by the tests: reads a whole file through the public interface, cut in any way.
#![allow(dead_code, reason = "each test file uses a part")]

pub mod build;

use tensor_files::{
    BlockDecoder, Catalog, CsvOptions, Dtype, Elements, FileError, FileKind, HeaderReader, Need, SliceReader,
};

pub fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Reads a header, handing over at most `chunk(step)` bytes at a time.
pub fn catalog(
    kind: FileKind,
    file: &[u8],
    options: CsvOptions,
    mut chunk: impl FnMut() -> usize,
) -> Result<Catalog, FileError> {
    let mut reader = HeaderReader::with_csv_options(kind, file.len() as u64, options);
    while let Need::Bytes { offset, .. } = reader.poll() {
        let start = usize::try_from(offset).unwrap().min(file.len());
        let end = (start + chunk().max(1)).min(file.len());
        reader.feed(offset, &file[start..end])?;
    }
    reader.finish()
}

/// Every number of a tensor, as binary64.
pub fn values(
    catalog: &Catalog,
    index: usize,
    file: &[u8],
    slice_bytes: u64,
    decoder: &mut dyn BlockDecoder,
) -> Result<Vec<f64>, FileError> {
    let mut reader = SliceReader::new(catalog, index, slice_bytes)?;
    let mut out = Elements::default();
    let mut all = Vec::new();
    while let Some(range) = reader.next_range() {
        let start = usize::try_from(range.offset).unwrap();
        let end = start + usize::try_from(range.len).unwrap();
        reader.decode(&file[start..end], decoder, &mut out)?;
        match &out {
            Elements::F32(v) => all.extend(v.iter().map(|x| f64::from(*x))),
            Elements::F64(v) => all.extend_from_slice(v),
        }
        assert_eq!(reader.position(), all.len() as u64, "after every range");
    }
    assert_eq!(reader.elements_done(), catalog.tensors[index].elements);
    Ok(all)
}

/// A tensor's numbers as bits, or why there are none.
pub type Numbers = Result<Vec<u64>, FileError>;

/// Reads all that can be read of any bytes. For tests that only ask that nothing worse than a fault happens.
pub fn read_all(
    kind: FileKind,
    file: &[u8],
    options: CsvOptions,
    chunk: impl FnMut() -> usize,
) -> Result<(Catalog, Vec<Numbers>), FileError> {
    let catalog = catalog(kind, file, options, chunk)?;
    let mut tensors = Vec::new();
    for index in 0..catalog.tensors.len() {
        let values = values(&catalog, index, file, 64, &mut ZeroDecoder);
        tensors.push(values.map(|v| v.into_iter().map(f64::to_bits).collect()));
    }
    Ok((catalog, tensors))
}

/// Takes every block type for zeros: what matters to most tests is how many values come out.
pub struct ZeroDecoder;

impl BlockDecoder for ZeroDecoder {
    fn decode(&mut self, dtype: &Dtype, bytes: &[u8], out: &mut Vec<f32>) -> bool {
        let Some(block) = dtype.block() else { return false };
        let count = bytes.len() / block.bytes as usize * block.elements as usize;
        out.extend(std::iter::repeat_n(0.0, count));
        true
    }
}

/// A stand-in for the numerics crate, written from the formats' definitions.
pub struct PlainDecoder;

impl BlockDecoder for PlainDecoder {
    fn decode(&mut self, dtype: &Dtype, bytes: &[u8], out: &mut Vec<f32>) -> bool {
        match dtype {
            Dtype::F8E4m3 => out.extend(
                bytes.iter().map(|b| fp8(*b, 4, 7, if *b & 0x7f == 0x7f { Some(f32::NAN) } else { None })),
            ),
            Dtype::F8E5m2 => out.extend(bytes.iter().map(|b| {
                let special = match b & 0x7f {
                    0x7c => Some(f32::INFINITY),
                    0x7d..=0x7f => Some(f32::NAN),
                    _ => None,
                };
                fp8(*b, 5, 15, special)
            })),
            Dtype::F8E4m3Fnuz | Dtype::F8E5m2Fnuz => out.extend(bytes.iter().map(|b| match (*b, dtype) {
                (0x80, _) => f32::NAN,
                (b, Dtype::F8E4m3Fnuz) => fp8(b, 4, 8, None),
                (b, _) => fp8(b, 5, 16, None),
            })),
            Dtype::F8E8m0 => {
                out.extend(
                    bytes.iter().map(|b| if *b == 255 { f32::NAN } else { 2f32.powi(i32::from(*b) - 127) }),
                );
            }
            Dtype::F4 => out.extend(bytes.iter().flat_map(|b| [e2m1(b & 15), e2m1(b >> 4)])),
            Dtype::Q8_0 => bytes.chunks_exact(34).for_each(|block| {
                let d = half::f16::from_le_bytes([block[0], block[1]]).to_f32();
                out.extend(block[2..].iter().map(|q| d * f32::from(q.cast_signed())));
            }),
            Dtype::Q4_0 => bytes.chunks_exact(18).for_each(|block| {
                let d = half::f16::from_le_bytes([block[0], block[1]]).to_f32();
                out.extend(block[2..].iter().map(|q| d * f32::from((q & 15).cast_signed() - 8)));
                out.extend(block[2..].iter().map(|q| d * f32::from((q >> 4).cast_signed() - 8)));
            }),
            Dtype::Q4K => bytes.chunks_exact(144).for_each(|block| q4_k(block, out)),
            _ => return false,
        }
        true
    }
}

fn e2m1(code: u8) -> f32 {
    let magnitude = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0][usize::from(code & 7)];
    if code & 8 != 0 { -magnitude } else { magnitude }
}

fn fp8(code: u8, exponent_bits: u32, bias: i32, special: Option<f32>) -> f32 {
    let significand_bits = 7 - exponent_bits;
    let exponent = i32::from(code >> significand_bits) & ((1 << exponent_bits) - 1);
    let fraction =
        f32::from(code & ((1 << significand_bits) - 1)) / 2f32.powi(significand_bits.cast_signed());
    let magnitude = if exponent == 0 {
        fraction * 2f32.powi(1 - bias)
    } else {
        (1.0 + fraction) * 2f32.powi(exponent - bias)
    };
    let magnitude = special.unwrap_or(magnitude);
    if code & 0x80 != 0 { -magnitude } else { magnitude }
}

fn q4_k(block: &[u8], out: &mut Vec<f32>) {
    let d = half::f16::from_le_bytes([block[0], block[1]]).to_f32();
    let dmin = half::f16::from_le_bytes([block[2], block[3]]).to_f32();
    let s = &block[4..16];
    for sub in 0..8 {
        let (scale, min) = if sub < 4 {
            (s[sub] & 63, s[sub + 4] & 63)
        } else {
            ((s[sub + 4] & 15) | (s[sub - 4] >> 6) << 4, (s[sub + 4] >> 4) | (s[sub] >> 6) << 4)
        };
        let codes = &block[16 + 32 * (sub / 2)..][..32];
        let code = |q: &u8| if sub % 2 == 0 { q & 15 } else { q >> 4 };
        out.extend(codes.iter().map(|q| d * f32::from(scale) * f32::from(code(q)) - dmin * f32::from(min)));
    }
}
