//! Which kernels share a dispatch.
//!
//! A kernel's level is one more than the highest of those before it that write what it touches or touch what it writes. Kernels of
//! one level are independent: they make one dispatch, unless their arguments or their text grow too long.

use super::shader::{Dispatch, Kernel, Target, conflict};

/// Different kernel texts in one module: beyond that, compilers take long.
const MAX_TEXTS: usize = 12;

/// Dispatches in order.
pub(super) fn schedule(target: Target, kernels: &[Kernel]) -> Vec<Dispatch> {
    let mut levels: Vec<usize> = Vec::with_capacity(kernels.len());
    for (index, kernel) in kernels.iter().enumerate() {
        let level = (0..index)
            .filter(|&earlier| conflict(&kernels[earlier], kernel))
            .map(|earlier| levels[earlier] + 1)
            .max()
            .unwrap_or(0);
        levels.push(level);
    }
    let mut dispatches = Vec::new();
    let last = levels.iter().max().map_or(0, |last| last + 1);
    // Kernels that see the arena in fours cannot share a module with the others.
    for (level, wide) in (0..last).flat_map(|level| [(level, false), (level, true)]) {
        let mut group: Vec<&Kernel> = Vec::new();
        let mut texts: Vec<&str> = Vec::new();
        let mut words = 0;
        let members =
            kernels.iter().zip(&levels).filter(|(kernel, own)| **own == level && kernel.wide == wide);
        for kernel in members.map(|(kernel, _)| kernel) {
            let new_text = !texts.contains(&kernel.body.as_str());
            if !Dispatch::fits(words + kernel.args.len()) || new_text && texts.len() == MAX_TEXTS {
                dispatches.push(Dispatch::of(target, &group));
                group.clear();
                texts.clear();
                words = 0;
            }
            if !texts.contains(&kernel.body.as_str()) {
                texts.push(&kernel.body);
            }
            words += kernel.args.len();
            group.push(kernel);
        }
        if !group.is_empty() {
            dispatches.push(Dispatch::of(target, &group));
        }
    }
    dispatches
}
