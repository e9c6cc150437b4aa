//! As the others, and: what is accepted here, the reference implementation accepts too and reads alike.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use tensor_files::{CsvOptions, Dtype, FileKind};

fuzz_target!(|data: &[u8]| {
    let Some(Ok(found)) = common::read(FileKind::Safetensors, data, CsvOptions::default()) else { return };
    // A type the reference does not know makes it refuse the whole file.
    if found.tensors.iter().any(|t| matches!(t.dtype, Dtype::Unknown(_))) {
        return;
    }
    let (header, reference) = safetensors::SafeTensors::read_metadata(&data[2..])
        .expect("the reference accepts what is accepted here");
    let data_start = 8 + header as u64;
    assert_eq!(reference.tensors().len(), found.tensors.len());
    for tensor in &found.tensors {
        let info = reference.info(&tensor.name).expect("the reference knows the tensor");
        let shape: Vec<u64> = info.shape.iter().map(|d| *d as u64).collect();
        assert_eq!((tensor.dtype.to_string(), &tensor.shape), (info.dtype.to_string(), &shape));
        let (begin, end) = info.data_offsets;
        assert_eq!(
            (tensor.byte_offset, tensor.byte_end()),
            (data_start + begin as u64, data_start + end as u64)
        );
    }
});
