//! A feed with room for what it writes.

use std::sync::Arc;

use engine::graph::InputId;
use engine::plan::Plan;

use super::Feed;

/// Nothing is allocated once it stands.
#[derive(Debug)]
pub(super) struct Fed {
    feed: Arc<dyn Feed>,
    values: Vec<Vec<f32>>,
}

impl Fed {
    pub(super) fn new(feed: Arc<dyn Feed>, plan: &Plan) -> Fed {
        let values = feed.inputs().iter().map(|&input| vec![0.0; plan.input(input).view.len]).collect();
        Fed { feed, values }
    }

    /// What the step after `step` steps reads.
    pub(super) fn write(&mut self, seed: u64, step: u64) -> impl Iterator<Item = (InputId, &[f32])> {
        self.feed.write(seed, step, &mut self.values);
        self.feed.inputs().iter().copied().zip(self.values.iter().map(Vec::as_slice))
    }
}
