//! Metrics of steps on their way to a chart: at most so many, evenly thinned out.

/// Steps with their metrics. When there are too many, every second one goes and the distance between those kept doubles.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    width: usize,
    limit: usize,
    stride: u64,
    /// The steps kept, ascending.
    pub steps: Vec<u64>,
    /// Their metrics, step by step.
    pub values: Vec<f32>,
}

impl Samples {
    /// Of `width` metrics a step, at most `limit` steps (at least 2).
    pub fn new(width: usize, limit: usize) -> Samples {
        Samples { width, limit: limit.max(2), stride: 1, steps: Vec::new(), values: Vec::new() }
    }

    /// Takes a step's metrics, or leaves them out. Steps come in order.
    pub fn push(&mut self, step: u64, metrics: impl Iterator<Item = f32>) {
        if !self.keeps(step) {
            return;
        }
        if self.steps.len() == self.limit {
            self.stride *= 2;
            self.thin();
            if !self.keeps(step) {
                return;
            }
        }
        self.steps.push(step);
        self.values.extend(metrics);
        debug_assert_eq!(self.values.len(), self.steps.len() * self.width, "metrics of a step");
    }

    /// Whether a step stays. The first ones of a run always do: a good part of its course is in them, and of a logarithmic axis.
    fn keeps(&self, step: u64) -> bool {
        step <= self.limit as u64 / 4 || step.is_multiple_of(self.stride)
    }

    fn thin(&mut self) {
        let width = self.width;
        let mut kept = 0;
        for at in 0..self.steps.len() {
            if self.keeps(self.steps[at]) {
                self.steps[kept] = self.steps[at];
                self.values.copy_within(at * width..(at + 1) * width, kept * width);
                kept += 1;
            }
        }
        self.steps.truncate(kept);
        self.values.truncate(kept * width);
    }

    /// What has been kept; begins anew, with every step.
    pub fn take(&mut self) -> (Vec<u64>, Vec<f32>) {
        self.stride = 1;
        (std::mem::take(&mut self.steps), std::mem::take(&mut self.values))
    }
}

#[cfg(test)]
mod tests {
    use super::Samples;

    #[test]
    fn many_steps_are_thinned_evenly_and_keep_their_values() {
        let mut samples = Samples::new(2, 8);
        for step in 1..=100_u64 {
            samples.push(step, [step as f32, -(step as f32)].into_iter());
        }
        let (steps, values) = samples.take();
        assert_eq!(steps, [1, 2, 16, 32, 48, 64, 80, 96]);
        assert!(steps.iter().zip(values.chunks(2)).all(|(&step, v)| v == [step as f32, -(step as f32)]));
        samples.push(101, [1.0, 2.0].into_iter());
        assert_eq!(samples.take().0, [101], "after taking, every step counts again");
    }
}
