//! Every tensor of a source in every format: its own figures, up to a number of tensors, and one sum of the others.

use numerics::metrics::{Metrics, Scaled};
use protocol::{MAX_TENSOR_REPORTS, TensorFigure, TensorReport};

use super::source::TensorHead;
use super::target::Target;

/// Gathers the reports as tensors end.
pub(super) struct Tensors {
    /// Those that get a report of their own.
    own: usize,
    entries: Vec<Entry>,
}

/// One report before its sums are divided by what all have in common.
struct Entry {
    report: TensorReport,
    signal: Vec<Scaled>,
    noise: Vec<Scaled>,
}

impl Tensors {
    /// For a source of so many tensors.
    pub(super) fn new(tensors: usize) -> Self {
        let own = if tensors > MAX_TENSOR_REPORTS { MAX_TENSOR_REPORTS - 1 } else { tensors };
        // One tensor is the source itself.
        Self { own: if tensors > 1 { own } else { 0 }, entries: Vec::new() }
    }

    /// Ends a tensor in every format.
    pub(super) fn end(&mut self, head: &TensorHead, non_finite: u64, targets: &mut [Target]) {
        let metrics: Vec<Metrics> = targets.iter_mut().map(Target::end).collect();
        if self.own == 0 {
            return;
        }
        let bytes: Vec<u64> = targets.iter().map(|target| target.size_of(head).bytes).collect();
        let entry = Entry::new(head, non_finite, &metrics, &bytes);
        if let Some(rest) = self.entries.get_mut(self.own) {
            rest.add(&entry);
            return;
        }
        let is_rest = self.entries.len() == self.own;
        self.entries.push(entry);
        if let Some(rest) = self.entries.last_mut().filter(|_| is_rest) {
            (rest.report.name, rest.report.shape) = (String::new(), Vec::new());
        }
    }

    /// All reports, their sums divided by one power of two.
    pub(super) fn finish(self) -> Vec<TensorReport> {
        let sums = || self.entries.iter().flat_map(|entry| entry.signal.iter().chain(&entry.noise));
        let common = sums().filter(|sum| sum.value != 0.0).map(|sum| sum.exponent).max().unwrap_or_default();
        let divided = |entry: &Entry| {
            let mut report = entry.report.clone();
            for ((figure, signal), noise) in report.figures.iter_mut().zip(&entry.signal).zip(&entry.noise) {
                figure.sqnr_db = numerics::metrics::decibels(*signal, *noise);
                (figure.signal, figure.noise) = (signal.over(common), noise.over(common));
            }
            report
        };
        self.entries.iter().map(divided).collect()
    }
}

impl Entry {
    fn new(head: &TensorHead, non_finite: u64, metrics: &[Metrics], bytes: &[u64]) -> Self {
        let measured = metrics.first().map_or(0, |first| first.count);
        // A sample stands for the whole tensor.
        let whole = |sum: Scaled| {
            let share =
                if measured == head.elements { 1.0 } else { head.elements as f64 / measured.max(1) as f64 };
            Scaled { value: sum.value * share, exponent: sum.exponent }
        };
        let figures = metrics.iter().zip(bytes).map(|(own, &bytes)| TensorFigure {
            bytes,
            sqnr_db: own.sqnr_db,
            signal: 0.0,
            noise: 0.0,
            lost_count: own.lost_count,
        });
        Self {
            report: TensorReport {
                name: head.name.clone(),
                shape: head.shape.clone(),
                tensors: 1,
                elements: head.elements,
                measured,
                non_finite,
                figures: figures.collect(),
            },
            signal: metrics.iter().map(|own| whole(own.signal)).collect(),
            noise: metrics.iter().map(|own| whole(own.noise)).collect(),
        }
    }

    fn add(&mut self, other: &Self) {
        self.report.tensors += 1;
        self.report.elements += other.report.elements;
        self.report.measured += other.report.measured;
        self.report.non_finite += other.report.non_finite;
        for (figure, more) in self.report.figures.iter_mut().zip(&other.report.figures) {
            figure.bytes += more.bytes;
            figure.lost_count += more.lost_count;
        }
        for (sum, more) in
            self.signal.iter_mut().zip(&other.signal).chain(self.noise.iter_mut().zip(&other.noise))
        {
            *sum = sum.plus(*more);
        }
    }
}
