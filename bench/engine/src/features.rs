//! The base of the transfer widget, up to block 14, behind the exports that `bench/transfer/page/ours.mjs` describes: INT8 files as shipped,
//! one image at a time.

use std::cell::RefCell;

use engine::cpu::Path;
use engine::policy::Policy;
use experiments::networks::efficientnet_lite0::{Cut, Extractor, Storage, read};

/// A base with the image that it looks at.
struct Base {
    extractor: Extractor,
    image: Vec<f32>,
    features: Vec<f32>,
}

thread_local! {
    static FILES: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static BASE: RefCell<Option<Base>> = const { RefCell::new(None) };
}

/// The base for images of a size from files of weights; nothing when those are not the shipped ones.
pub fn base(files: &[Vec<u8>], side: usize) -> Option<Extractor> {
    let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    let weights = read(Storage::Int8, Cut::Block14, &files).ok()?;
    Extractor::new(&weights, Cut::Block14, 1, side, &Policy::FP32, Path::Wide).ok()
}

/// A place for the next file.
#[unsafe(no_mangle)]
pub extern "C" fn ours_features_file(bytes: u32) -> *mut u8 {
    FILES.with_borrow_mut(|files| {
        files.push(vec![0; bytes as usize]);
        files.last_mut().map_or(std::ptr::null_mut(), Vec::as_mut_ptr)
    })
}

/// The base for images of `side`² pixels.
#[unsafe(no_mangle)]
pub extern "C" fn ours_features_prepare(side: u32) -> u32 {
    let side = side as usize;
    let Some(extractor) = FILES.with_borrow(|files| base(files, side)) else { return 0 };
    BASE.set(Some(Base { extractor, image: vec![0.0; side * side * 3], features: vec![0.0; 192] }));
    1
}

/// The image, `(row, column, channel)`, levels from 0 to 255.
#[unsafe(no_mangle)]
pub extern "C" fn ours_features_image() -> *mut f32 {
    BASE.with_borrow_mut(|base| base.as_mut().map_or(std::ptr::null_mut(), |base| base.image.as_mut_ptr()))
}

/// Looks at the image, as often as asked; where its 192 features are.
#[unsafe(no_mangle)]
pub extern "C" fn ours_features_run(count: u32) -> *const f32 {
    BASE.with_borrow_mut(|base| {
        let Some(Base { extractor, image, features }) = base else { return std::ptr::null() };
        for _ in 0..count {
            extractor.run(image);
        }
        features.copy_from_slice(extractor.features());
        features.as_ptr()
    })
}
