//! How fast tensors are read from memory, in MB of file a second: the median of seven runs.
//! `cargo run --release -p tensor-files --example speed`.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use tensor_files::limits::DEFAULT_SLICE_BYTES;
use tensor_files::write::{CsvWriter, NpyWriter};
use tensor_files::{Catalog, CsvOptions, Dtype, Elements, FileKind, NoDecoder, SliceReader, catalog_of};

const DATA_BYTES: usize = 64 << 20;
const RUNS: usize = 7;

/// Bytes that look like numbers of ordinary size in every type: a fixed linear congruential sequence.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

fn read(catalog: &Catalog, file: &[u8]) -> Result<f64, Box<dyn Error>> {
    let mut reader = SliceReader::new(catalog, 0, DEFAULT_SLICE_BYTES)?;
    let mut out = Elements::default();
    let start = Instant::now();
    while let Some(range) = reader.next_range() {
        let from = usize::try_from(range.offset)?;
        reader.decode(&file[from..from + usize::try_from(range.len)?], &mut NoDecoder, &mut out)?;
        black_box(&out);
    }
    Ok(start.elapsed().as_secs_f64())
}

fn report(name: &str, bytes: usize, mut seconds: Vec<f64>) {
    seconds.sort_by(f64::total_cmp);
    let rate = |s: f64| bytes as f64 / s / 1e6;
    let (median, slowest, fastest) = (seconds[RUNS / 2], seconds[RUNS - 1], seconds[0]);
    println!("{name:>12} {:7.0} MB/s ({:.0} to {:.0})", rate(median), rate(slowest), rate(fastest));
}

fn main() -> Result<(), Box<dyn Error>> {
    let data = noise(DATA_BYTES);
    for dtype in [Dtype::F32, Dtype::F64, Dtype::F16, Dtype::I16, Dtype::I8, Dtype::I32, Dtype::I64] {
        let width = dtype.block().map_or(1, |b| b.bytes) as usize;
        let mut file = NpyWriter::new(&dtype, &[(DATA_BYTES / width) as u64], false)?.header().to_vec();
        file.extend_from_slice(&data);
        let catalog = catalog_of(FileKind::Npy, &file, CsvOptions::default())?;
        let runs: Result<Vec<f64>, _> = (0..RUNS).map(|_| read(&catalog, &file)).collect();
        report(dtype.name(), DATA_BYTES, runs?);
    }

    let values: Vec<f32> = data.as_chunks::<4>().0[..1 << 21]
        .iter()
        .map(|b| f32::from_le_bytes(*b) % 1000.0)
        .map(|x| if x.is_finite() { x } else { 0.5 })
        .collect();
    let mut text = Vec::new();
    CsvWriter::new(1 << 18, 8)?.push_f32(&values, &mut text)?;
    let catalog = catalog_of(FileKind::Csv, &text, CsvOptions::default())?;
    let runs: Result<Vec<f64>, _> = (0..RUNS).map(|_| read(&catalog, &text)).collect();
    report("csv read", text.len(), runs?);
    let scan = || {
        let start = Instant::now();
        black_box(catalog_of(FileKind::Csv, &text, CsvOptions::default()).is_ok());
        start.elapsed().as_secs_f64()
    };
    report("csv scan", text.len(), (0..RUNS).map(|_| scan()).collect());
    Ok(())
}
