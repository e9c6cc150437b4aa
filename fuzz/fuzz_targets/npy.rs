//! Chunking changes nothing; no tensor leaves the file; every fault has a code.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use tensor_files::{CsvOptions, FileKind};

fuzz_target!(|data: &[u8]| {
    let _ = common::read(FileKind::Npy, data, CsvOptions::default());
});
