//! Blocks that may be trained: which, what comes into them, and what each part of the network costs.

use engine::cpu::{Executor, Path};
use engine::graph::{DType, InputId};
use engine::nn::Net;
use engine::plan::Plan;
use engine::policy::Policy;
use engine::snapshot::Weights;

use super::{BaseError, Builder, Cut, add_parts, blocks};
use crate::networks::cost::{LayerCost, LayerKind, layer};

/// Blocks of [`Cut::Block14`] that fine-tuning may train: those whose maps are a thirty-second of the side. Earlier ones work on four to a
/// hundred times as many pixels, so that a step would take longer than a page may wait.
pub const TUNABLE: [usize; 4] = [11, 12, 13, 14];

/// A choice of [`TUNABLE`] blocks, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Blocks(u32);

impl Blocks {
    /// Block 14 alone.
    pub const LAST: Blocks = Blocks(1 << 14);

    /// These blocks, in any order; nothing when there is none, or one that may not be trained.
    pub fn of(indices: &[usize]) -> Option<Blocks> {
        let bits = indices
            .iter()
            .try_fold(0, |bits, index| TUNABLE.contains(index).then(|| bits | 1_u32 << index))?;
        (bits != 0).then_some(Blocks(bits))
    }

    /// The earliest: what comes into it can be kept.
    pub fn first(self) -> usize {
        self.0.trailing_zeros() as usize
    }

    /// How many.
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether a block is among them.
    pub fn contains(self, index: usize) -> bool {
        index < 32 && self.0 >> index & 1 == 1
    }

    /// Their numbers, ascending.
    pub fn indices(self) -> impl Iterator<Item = usize> {
        TUNABLE.into_iter().filter(move |index| self.contains(*index))
    }
}

/// Channels that come into a block.
pub fn entry_channels(index: usize) -> usize {
    blocks().nth(index).map_or(0, |block| block.inputs)
}

/// The map that comes into a later block, from the one that comes into the first of [`TUNABLE`]: rows of both are flattened maps.
#[derive(Debug)]
pub struct Tail {
    executor: Executor,
    input: InputId,
    rows: usize,
    /// Numbers of a row that comes in.
    width: usize,
}

impl Tail {
    /// Up to the entry of block `until`, for maps of `side`² pixels into block 11, `rows` at a time.
    pub fn new(weights: &Weights, until: usize, side: usize, rows: usize) -> Result<Tail, BaseError> {
        let first = TUNABLE[0];
        let channels = entry_channels(first);
        let mut net = Net::new(&Policy::FP32);
        let entry = net.graph.input("entry", [rows, side, side, channels], DType::F32);
        let mut builder = Builder { net: &mut net, base: None };
        let mut x = entry;
        for (index, block) in blocks().enumerate().filter(|(index, _)| (first..until).contains(index)) {
            x = builder.block(index, block, x, false);
        }
        // A name for the case that nothing lies between.
        let x = net.graph.scale(x, 1.0);
        net.graph.output("entry", x);
        let mut executor = Executor::new(Plan::new(&net.graph), 0, Path::Wide);
        let mut snapshot = executor.snapshot();
        weights.write_to(executor.plan(), &mut snapshot)?;
        executor.restore(&snapshot)?;
        let input = net.graph.input_id(entry).unwrap_or_else(|| unreachable!("an input is an input"));
        Ok(Tail { executor, input, rows, width: side * side * channels })
    }

    /// Rows of the later entry for at most as many rows as it takes at a time; numbers that fill no row are left out.
    pub fn run(&mut self, entries: &[f32]) -> &[f32] {
        let count = (entries.len() / self.width.max(1)).min(self.rows);
        let input = self.executor.input_mut(self.input);
        input.fill(0.0);
        input[..count * self.width].copy_from_slice(&entries[..count * self.width]);
        self.executor.step();
        let out = self.executor.output("entry");
        &out[..out.len() / self.rows.max(1) * count]
    }
}

/// What every part of the network up to a cut costs for one image of `side`² pixels: `stem`, `block0` and so on, `head`, `classifier`.
pub fn parts(cut: Cut, side: usize) -> Vec<LayerCost> {
    let mut net = Net::new(&Policy::FP32);
    let images = net.graph.input("images", [1, side, side, 3], DType::F32);
    let (mut costs, mut from) = (Vec::new(), net.graph.nodes().len());
    add_parts(&mut net, images, cut, &mut |graph, name, output| {
        costs.push(layer(graph, name, LayerKind::Convolution, from, output));
        from = graph.nodes().len();
    });
    costs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_of_blocks_that_may_be_trained() {
        let two = Blocks::of(&[14, 12]).unwrap();
        assert_eq!((two.first(), two.count()), (12, 2));
        assert!(two.contains(12) && !two.contains(13) && two.contains(14));
        assert_eq!(two.indices().collect::<Vec<_>>(), [12, 14]);
        assert_eq!(Blocks::of(&[]), None);
        assert_eq!(Blocks::of(&[10, 14]), None);
        // Beyond the bits of a set.
        assert_eq!(Blocks::of(&[14, 40]), None);
        assert_eq!(Blocks::of(&[14]), Some(Blocks::LAST));
        assert_eq!(TUNABLE.map(entry_channels), [112, 192, 192, 192]);
    }

    #[test]
    fn parts_add_up_to_the_network() {
        let parts = parts(Cut::Block14, 96);
        assert_eq!(parts.len(), 16);
        let sum = |count: fn(&LayerCost) -> u64| parts.iter().map(count).sum::<u64>();
        // Multiply-accumulates and parameters as in `data`'s table of cuts: 61 M at 96 pixels, 2.34 M.
        assert_eq!(sum(|part| part.mac_count) / 1_000_000, 61);
        assert_eq!(sum(|part| part.param_count) / 10_000, 233);
        assert_eq!(parts[0].output, [48, 48, 32]);
        assert_eq!((parts[15].name.as_str(), parts[15].output), ("block14", [3, 3, 192]));
        assert_eq!(parts[12].output, [3, 3, 192]);
        assert_eq!(parts[11].output, [6, 6, 112]);
    }
}
