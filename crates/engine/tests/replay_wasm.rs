//! The runs of `common` in a browser give the bits that they give natively.
#![cfg(target_family = "wasm")]

mod common;

use engine::cpu::Path;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const PATHS: [Path; 2] = [Path::Reference, Path::Wide];

#[wasm_bindgen_test]
fn the_hash_of_a_run_is_the_native_one() {
    for path in PATHS {
        assert_eq!(common::run_hash(path), common::RUN, "{path:?}");
    }
}

#[wasm_bindgen_test]
fn the_hash_of_the_suite_is_the_native_one() {
    for path in PATHS {
        assert_eq!(common::suite_hash(path), common::SUITE, "{path:?}");
    }
}

#[wasm_bindgen_test]
fn the_hash_of_the_presets_runs_is_the_native_one() {
    for path in PATHS {
        assert_eq!(common::presets_hash(path), common::PRESET_RUNS, "{path:?}");
    }
}
