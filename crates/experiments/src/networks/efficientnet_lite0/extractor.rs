//! The base at work: levels of images in, features out, on the CPU.

use engine::cpu::{Executor, Path};
use engine::graph::{DType, InputId};
use engine::nn::Net;
use engine::plan::Plan;
use engine::policy::Policy;
use engine::snapshot::Weights;

use super::{BaseError, Cut, add_to};

/// A base with its weights, for images of one size.
#[derive(Debug)]
pub struct Extractor {
    executor: Executor,
    input: InputId,
    batch: usize,
    side: usize,
}

impl Extractor {
    /// A base up to a cut for `batch` images of `side`² pixels at a time. `weights` may be those of a longer cut; `policy` rounds
    /// activations and weights on their way.
    pub fn new(
        weights: &Weights,
        cut: Cut,
        batch: usize,
        side: usize,
        policy: &Policy,
        path: Path,
    ) -> Result<Extractor, BaseError> {
        let mut net = Net::new(policy);
        let images = net.graph.input("images", [batch, side, side, 3], DType::F32);
        let outputs = add_to(&mut net, images, cut);
        net.graph.output("map", outputs.map);
        net.graph.output("features", outputs.features);
        if let Some(entry) = outputs.entry {
            net.graph.output("entry", entry);
        }
        if let Some(logits) = outputs.logits {
            net.graph.output("logits", logits);
        }
        let mut executor = Executor::new(Plan::new(&net.graph), 0, path);
        let mut snapshot = executor.snapshot();
        weights.write_to(executor.plan(), &mut snapshot)?;
        executor.restore(&snapshot)?;
        // The net's only input.
        let input = net.graph.input_id(images).unwrap_or_else(|| unreachable!("an input is an input"));
        Ok(Extractor { executor, input, batch, side })
    }

    /// Images at a time.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Pixels along a side.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The plan, for counts of work and memory.
    pub fn plan(&self) -> &Plan {
        self.executor.plan()
    }

    /// Runs the base on one batch: `(batch, side, side, 3)` levels from 0 to 255, row-major.
    ///
    /// # Panics
    /// With another number of levels.
    pub fn run(&mut self, levels: &[f32]) {
        self.executor.input_mut(self.input).copy_from_slice(levels);
        self.executor.step();
    }

    /// The same, adding to `times` what `clock` says that each kernel took.
    pub fn run_timed(&mut self, levels: &[f32], clock: impl FnMut() -> f64, times: &mut [f64]) {
        self.executor.input_mut(self.input).copy_from_slice(levels);
        self.executor.step_timed(clock, times);
    }

    /// The means over pixels of the last batch, `(batch, channels)`.
    pub fn features(&self) -> &[f32] {
        self.executor.output("features")
    }

    /// The feature map of the last batch, `(batch, h, w, channels)`.
    pub fn map(&self) -> &[f32] {
        self.executor.output("map")
    }

    /// What came into block 11, `(batch, 2h, 2w, 112)`; empty with cuts before it.
    pub fn entry(&self) -> &[f32] {
        self.executor.output("entry")
    }

    /// The logits of the last batch, `(batch, 1000)`; empty without the classifier.
    pub fn logits(&self) -> &[f32] {
        self.executor.output("logits")
    }
}
