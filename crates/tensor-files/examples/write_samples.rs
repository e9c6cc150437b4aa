//! Writes one file with each writer into a folder, for `tools/fixtures/check_written.py` to load:
//! `cargo run -p tensor-files --example write_samples -- <folder>`.

use std::error::Error;
use std::fs;
use std::path::Path;

use half::{bf16, f16};
use tensor_files::Dtype;
use tensor_files::write::{CsvWriter, NpyWriter, SafetensorsWriter, TensorSpec};

/// The numbers that every file holds: `(i - 6) / 4` for `i` in `0..12`, exact in every type used.
fn numbers() -> impl Iterator<Item = f32> {
    (0..12u8).map(|i| (f32::from(i) - 6.0) / 4.0)
}

fn bytes(dtype: &Dtype) -> Vec<u8> {
    match dtype {
        Dtype::F64 => numbers().flat_map(|x| f64::from(x).to_le_bytes()).collect(),
        Dtype::F32 => numbers().flat_map(f32::to_le_bytes).collect(),
        Dtype::F16 => numbers().flat_map(|x| f16::from_f32(x).to_le_bytes()).collect(),
        Dtype::Bf16 => numbers().flat_map(|x| bf16::from_f32(x).to_le_bytes()).collect(),
        Dtype::I32 => (0..12i32).flat_map(|i| (i - 6).to_le_bytes()).collect(),
        Dtype::U16 => (0..12u16).flat_map(u16::to_le_bytes).collect(),
        Dtype::I8 => (0..12u8).map(|i| i.wrapping_sub(6)).collect(),
        _ => (0..12).collect(),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;

    let plain = [Dtype::F64, Dtype::F32, Dtype::I32, Dtype::F16, Dtype::U16, Dtype::I8, Dtype::U8];
    for dtype in &plain {
        for fortran_order in [false, true] {
            let mut writer = NpyWriter::new(dtype, &[3, 4], fortran_order)?;
            let mut file = writer.header().to_vec();
            for part in bytes(dtype).chunks(5) {
                writer.advance(part)?;
                file.extend_from_slice(part);
            }
            writer.finish()?;
            let order = if fortran_order { "columns" } else { "rows" };
            fs::write(folder.join(format!("{dtype}-{order}.npy")), file)?;
        }
    }

    // Wide types first, so that each is aligned.
    let narrow = [Dtype::Bf16, Dtype::F8E4m3, Dtype::F8E5m2, Dtype::F8E8m0];
    let mut types: Vec<Dtype> = plain.iter().chain(&narrow).cloned().collect();
    types.sort_by_key(|t| std::cmp::Reverse(t.block().map(|b| b.bytes)));
    let specs: Vec<TensorSpec> = types
        .iter()
        .map(|t| TensorSpec { name: format!("층 \"{t}\""), dtype: t.clone(), shape: vec![3, 4] })
        .collect();
    let mut writer = SafetensorsWriter::new(&specs, &[("format", "pt"), ("note", "한국어 \"and\" \n more")])?;
    let mut file = writer.header().to_vec();
    for dtype in &types {
        let data = bytes(dtype);
        writer.advance(&data)?;
        file.extend_from_slice(&data);
    }
    writer.finish()?;
    fs::write(folder.join("all.safetensors"), file)?;

    let mut writer = CsvWriter::new(6, 2)?;
    let mut text = Vec::new();
    writer.header(&["first", "second, quoted"], &mut text)?;
    writer.push_f32(&numbers().collect::<Vec<_>>(), &mut text)?;
    writer.finish()?;
    fs::write(folder.join("table.csv"), text)?;
    Ok(())
}
