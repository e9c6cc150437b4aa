//! Room on the disk: a build that runs out of it fails with anything but that reason (a linker dies of a bus error).
//!
//! Sizes in bytes. What cannot be read is passed over: this only explains, it decides nothing.

use crate::project::Project;

const GIB: u64 = 1 << 30;
/// What every stage together writes from a bare checkout, with something to spare.
const WANTED: u64 = 16 * GIB;
/// Less than this left after a failure: the disk is likely why.
const FULL: u64 = GIB / 2;

fn free(project: &Project) -> Option<u64> {
    fs4::available_space(project.root()).ok()
}

/// Before the stages: a warning when a bare checkout's build would not fit.
pub fn say_if_small(project: &Project) {
    if let Some(text) = free(project).and_then(small) {
        println!("{text}");
    }
}

/// After them: the likely reason of a failure.
pub fn say_if_full(project: &Project) {
    if let Some(text) = free(project).and_then(full) {
        println!("{text}");
    }
}

fn small(free: u64) -> Option<String> {
    (free < WANTED).then(|| {
        format!(
            "note: {} MiB are free on this disk; a first run of every stage wants about {} GiB",
            free >> 20,
            WANTED / GIB
        )
    })
}

fn full(free: u64) -> Option<String> {
    (free < FULL).then(|| {
        format!(
            "note: {} MiB are free on this disk: a stage that failed likely failed of that; `cargo clean` makes room",
            free >> 20
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{FULL, WANTED, full, small};

    #[test]
    fn room_enough_is_passed_over_in_silence() {
        assert_eq!(small(WANTED), None);
        assert_eq!(full(FULL), None);
        assert!(small(WANTED - 1).is_some_and(|text| text.contains("16383 MiB are free")));
        assert!(full(0).is_some_and(|text| text.contains("cargo clean")));
    }
}
