//! What a survey finds, while numbers pass: every format on the whole source and on each tensor. Neither clock nor input.

use std::rc::Rc;

use numerics::moments::Moments;
use protocol::{Failure, FormatReport, SourceStats, SurveySpec, SurveySummary, TensorReport};
use sha2::{Digest as _, Sha256};
use tensor_files::Elements;

use super::ranges::{Needs, Ranges};
use super::source::TensorHead;
use super::target::Target;
use super::tensors::Tensors;
use crate::worker_host::hex::hex;

/// More formats than this in one survey are refused.
const MAX_FORMATS: usize = 128;

/// The state of one survey.
pub(super) struct Figures {
    targets: Vec<Target>,
    tensors: Tensors,
    all: Moments,
    /// Numbers of the tensors before this one that are not finite.
    non_finite: u64,
}

impl Figures {
    /// Of nothing yet.
    pub(super) fn new(spec: &SurveySpec) -> Result<Self, Failure> {
        if spec.formats.len() > MAX_FORMATS {
            return Err(Failure::new("too_many_formats").with("limit", MAX_FORMATS));
        }
        let target = |id: &String| Target::new(id, &spec.rounding, &spec.blocks, spec.scale_to_range);
        let targets = spec.formats.iter().map(target).collect::<Result<_, _>>()?;
        Ok(Self { targets, tensors: Tensors::new(0), all: Moments::new(), non_finite: 0 })
    }

    /// Counts what the source's tensors take. Gives the numbers that a first pass has to read.
    pub(super) fn add_sizes(&mut self, heads: &[TensorHead]) -> u64 {
        self.tensors = Tensors::new(heads.len());
        for head in heads {
            self.targets.iter_mut().for_each(|target| target.add_size(head));
        }
        heads.iter().filter(|head| self.needs(head).any()).map(|head| head.elements).sum()
    }

    /// What a first pass over a tensor has to find for all formats.
    pub(super) fn needs(&self, head: &TensorHead) -> Needs {
        self.targets.iter().map(|target| target.needs(head)).fold(Needs::default(), Needs::and)
    }

    /// Starts a tensor.
    pub(super) fn begin(&mut self, head: &TensorHead, ranges: &Rc<Ranges>) {
        self.targets.iter_mut().for_each(|target| target.begin(head, ranges));
    }

    /// Takes a slice into the source's own figures. Each target is then given it too.
    pub(super) fn observe(&mut self, slice: &Elements) {
        match slice {
            Elements::F32(values) => values.iter().for_each(|value| self.all.push(f64::from(*value))),
            Elements::F64(values) => values.iter().for_each(|value| self.all.push(*value)),
        }
    }

    /// The formats.
    pub(super) fn targets(&mut self) -> &mut [Target] {
        &mut self.targets
    }

    /// Ends a tensor.
    pub(super) fn end(&mut self, head: &TensorHead) {
        self.targets.iter_mut().for_each(Target::flush);
        let so_far = self.all.count() - self.all.finite_count;
        self.tensors.end(head, so_far - self.non_finite, &mut self.targets);
        self.non_finite = so_far;
    }

    /// The figures so far.
    pub(super) fn reports(&self) -> Vec<FormatReport> {
        self.targets.iter().map(Target::report).collect()
    }

    /// The figures at the end; `inexact` integers were rounded on reading.
    pub(super) fn finish(
        self,
        spec: &SurveySpec,
        source_elements: u64,
        inexact: u64,
        elapsed_ms: f64,
    ) -> SurveySummary {
        let reports = self.reports();
        let tensors = self.tensors.finish();
        let source_stats = SourceStats {
            min: self.all.min(),
            max: self.all.max(),
            mean: self.all.mean(),
            std: self.all.std(),
            nan_count: self.all.nan_count,
            infinite_count: self.all.infinite_count,
        };
        let hash = hash(spec, &reports, &tensors, &source_stats);
        SurveySummary {
            elements: self.all.count(),
            source_elements,
            source_stats,
            elapsed_ms,
            reports,
            tensors,
            hash,
            inexact,
        }
    }
}

/// The same configuration on the same numbers gives the same hash on every machine: timings are left out.
fn hash(
    spec: &SurveySpec,
    reports: &[FormatReport],
    tensors: &[TensorReport],
    stats: &SourceStats,
) -> String {
    hex(&Sha256::digest(protocol::encode(&(spec, reports, tensors, stats)).unwrap_or_default()))
}
