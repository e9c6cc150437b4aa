//! Metrics by step, in bounded memory: evenly thinned out when there are many, but for the first ones.

/// Steps and their metrics, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    width: usize,
    stride: u64,
    steps: Vec<u64>,
    values: Vec<f32>,
}

/// Points of a curve, at most.
const LIMIT: usize = 2000;
/// The first steps always stay: on a logarithmic axis they are a good part of the course.
const EARLY: u64 = 32;

impl Curves {
    /// Of `width` metrics a step.
    pub fn new(width: usize) -> Self {
        Self { width, stride: 1, steps: Vec::new(), values: Vec::new() }
    }

    /// Adds steps in order; those that come before the last one known begin anew (a reset).
    pub fn extend(&mut self, steps: &[u64], values: &[f32]) {
        if self.width == 0 || values.len() != steps.len() * self.width {
            return;
        }
        for (&step, values) in steps.iter().zip(values.chunks_exact(self.width)) {
            if self.steps.last().is_some_and(|&last| step <= last) {
                let kept = self.steps.partition_point(|&known| known < step);
                self.steps.truncate(kept);
                self.values.truncate(kept * self.width);
            }
            if !self.keeps(step) {
                continue;
            }
            self.steps.push(step);
            self.values.extend(values);
            if self.steps.len() > LIMIT {
                self.thin();
            }
        }
    }

    /// Forgets what comes after a step, at which the run stands again; at step 0 all of it.
    pub fn end_at(&mut self, step: u64) {
        if self.last_step().is_none_or(|last| last <= step) {
            return;
        }
        if step == 0 {
            *self = Self::new(self.width);
            return;
        }
        let kept = self.steps.partition_point(|&known| known <= step);
        self.steps.truncate(kept);
        self.values.truncate(kept * self.width);
    }

    fn keeps(&self, step: u64) -> bool {
        step <= EARLY || step.is_multiple_of(self.stride)
    }

    fn thin(&mut self) {
        self.stride *= 2;
        let kept: Vec<usize> = (0..self.steps.len()).filter(|&at| self.keeps(self.steps[at])).collect();
        self.values =
            kept.iter().flat_map(|&at| self.values[at * self.width..][..self.width].to_vec()).collect();
        self.steps = kept.into_iter().map(|at| self.steps[at]).collect();
    }

    /// The points of a metric: step and value, finite ones.
    pub fn points(&self, metric: usize) -> Vec<(f64, f64)> {
        if metric >= self.width {
            return Vec::new();
        }
        let values = self.values.iter().skip(metric).step_by(self.width.max(1));
        self.steps
            .iter()
            .zip(values)
            .filter(|(_, value)| value.is_finite())
            .map(|(&step, &value)| (step as f64, f64::from(value)))
            .collect()
    }

    /// The last value of a metric.
    pub fn last(&self, metric: usize) -> Option<f32> {
        let start = self.values.len().checked_sub(self.width)?;
        self.values[start..].get(metric).copied()
    }

    /// The last step kept.
    pub fn last_step(&self) -> Option<u64> {
        self.steps.last().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_steps_stay_few_points_and_keep_their_values() {
        let mut curves = Curves::new(2);
        for step in 1..=10_000_u64 {
            curves.extend(&[step], &[step as f32, f32::NAN]);
        }
        let points = curves.points(0);
        assert!(points.len() <= LIMIT && points.len() > LIMIT / 4, "{}", points.len());
        assert!(points.iter().all(|&(step, value)| step == value));
        assert!((1..=32).all(|step| points[step - 1].0 == step as f64), "the first ones stay");
        assert!(curves.points(1).is_empty() && curves.points(2).is_empty());
    }

    #[test]
    fn going_back_replaces_what_came_after() {
        let mut curves = Curves::new(1);
        curves.extend(&[1, 2, 3], &[1.0, 2.0, 3.0]);
        curves.extend(&[2], &[9.0]);
        assert_eq!(curves.points(0), [(1.0, 1.0), (2.0, 9.0)]);
        assert_eq!(curves.last(0), Some(9.0));
        curves.extend(&[3, 4], &[1.0]);
        assert_eq!(curves.last_step(), Some(2), "lists that do not fit are left out");
        curves.end_at(1);
        assert_eq!(curves.points(0), [(1.0, 1.0)]);
        curves.end_at(5);
        assert_eq!(curves.last_step(), Some(1));
        curves.end_at(0);
        assert_eq!(curves, Curves::new(1));
    }
}
