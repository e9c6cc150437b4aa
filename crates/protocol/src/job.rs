//! Jobs: what the page asks for and what comes back while it runs.
//!
//! Units: `_bytes` are bytes, `_ms` milliseconds, element counts are plain.

use serde::{Deserialize, Serialize};

use crate::augmentation::{VariantSheet, VariantsSpec};
use crate::overfitting::{OverfitStudy, StudyPoint};
use crate::table::{TableChoice, TableFound};
use crate::throughput::{Measurement, NetworkCost, NotMeasured, ThroughputSpec, ThroughputSummary};
use crate::transfer::{
    BaseSpeed, BaseSpeedSpec, Decoded, FeaturesSpec, FeaturesSummary, Guesses, HeadSummary, OwnSet,
    PictureRows, PictureSheet, PicturesSpec, RowsSpec, Square,
};

/// One job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Reads a file's header: which tensors are in it.
    Catalog(FileSource),
    /// Measures the error of several formats on one source.
    Survey(SurveySpec),
    /// Converts a source to one format and writes the result to a file.
    Convert(ConvertSpec),
    /// Re-runs the conformance digests in the browser.
    SelfTest {
        /// Only rows that take well under a second each.
        quick: bool,
    },
    /// Measures what this device does.
    Throughput(ThroughputSpec),
    /// Counts a network's parameters and operations: `vgg16`.
    Network(String),
    /// Computes the features that a base gives for a task's pictures, and keeps them for labs.
    Features(FeaturesSpec),
    /// Hands out pictures of a task.
    Pictures(PicturesSpec),
    /// Decodes the attached picture and hands out its middle square.
    Decode {
        /// Pixels along the square's side, at most [`crate::transfer::limits::SIDE`].
        side: u32,
    },
    /// Keeps pictures of a visitor's own as a task.
    OwnSet(OwnSet),
    /// What arms see of one picture.
    Rows(RowsSpec),
    /// How long bases of several precisions take for a picture.
    BaseSpeed(BaseSpeedSpec),
    /// What ImageNet's classifier says of a picture.
    ImageNet(Square),
    /// Reads the attached head and says what it is.
    OpenHead,
    /// What the attached head says of a picture.
    Judge(Square),
    /// Many fits, against what varies.
    Overfit(Box<OverfitStudy>),
    /// Changes a picture in several ways.
    Variants(VariantsSpec),
}

/// A file attached to the message. Its bytes never leave the worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSource {
    /// The name it had, for the choice of parser and of the result's name.
    pub name: String,
    /// How its text is laid out, if it is text.
    pub table: TableChoice,
}

/// Where numbers come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Source {
    /// Typed or pasted numbers, already read exactly to binary64.
    Numbers(Vec<f64>),
    /// A seeded distribution.
    Distribution(Distribution),
    /// Tensors of the attached file, by index in its catalogue; none means all that are readable.
    File {
        /// The file.
        file: FileSource,
        /// Indices in the catalogue.
        tensors: Vec<u32>,
    },
}

/// A seeded sample. The same seed gives the same numbers on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Which one.
    pub shape: DistributionShape,
    /// How many numbers.
    pub count: u32,
    /// Standard deviation (normal, Laplace, outliers) or half-width (uniform).
    pub scale: f64,
    /// Selects the sample.
    pub seed: u32,
}

/// The distributions on offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DistributionShape {
    /// Gaussian.
    Normal,
    /// Double exponential.
    Laplace,
    /// Gaussian with one value in 256 multiplied by 20.
    Outliers,
    /// Even over the interval.
    Uniform,
}

/// Rounding as the page chose it; ids are `numerics`' own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundingChoice {
    /// `nearest-even`, `nearest-away`, `toward-zero`, `up`, `down`, `odd`, `stochastic`.
    pub mode: String,
    /// Clamp instead of overflowing to Inf or NaN.
    pub saturate: bool,
    /// For stochastic rounding.
    pub seed: u32,
}

/// How blocks and groups are formed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockChoice {
    /// `floor`, `ceil`, `even`, `rceil`.
    pub scale_rule: String,
    /// `tensor`, `channel`, `group`.
    pub grouping: String,
    /// Elements of a group.
    pub group_len: u32,
    /// Blocks end with the rows of a tensor, in formats that allow for it; otherwise they run on from row to row.
    pub end_with_rows: bool,
}

/// Which formats to measure, on what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurveySpec {
    /// The numbers.
    pub source: Source,
    /// Format ids, element and block formats alike, or custom descriptors.
    pub formats: Vec<String>,
    /// Rounding of element formats.
    pub rounding: RoundingChoice,
    /// Block formation.
    pub blocks: BlockChoice,
    /// Scale each tensor to where the format has its digits before rounding, for element formats of eight bits and fewer.
    pub scale_to_range: bool,
    /// At most so many elements, evenly spaced blocks of the source; 0 means all.
    pub sample: u64,
}

/// Convert everything to one format and write a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConvertSpec {
    /// The numbers.
    pub source: Source,
    /// The target.
    pub format: String,
    /// Rounding of element formats.
    pub rounding: RoundingChoice,
    /// Block formation.
    pub blocks: BlockChoice,
    /// As in [`SurveySpec`].
    pub scale_to_range: bool,
    /// `safetensors`, `npy`, `csv`.
    pub container: String,
}

/// What happens while a job runs. `Done`, `Failed` and `Cancelled` end it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Work done so far, in the job's own unit (bytes read, elements or rows).
    Progress {
        /// So far.
        done: u64,
        /// In all.
        total: u64,
    },
    /// Bytes fetched so far, before the work begins.
    Fetched {
        /// So far.
        bytes: u64,
        /// In all.
        total: u64,
    },
    /// One format's figures so far or at the end.
    Report(Vec<FormatReport>),
    /// One self-test row.
    SelfTestRow(SelfTestRow),
    /// One kernel's figures.
    Measured(Measurement),
    /// One kernel that could not be measured.
    NotMeasured(NotMeasured),
    /// Some of a study's figures; those of a series replace earlier ones of the same place and seed.
    Studied(Vec<StudyPoint>),
    /// The end, with what came of it.
    Done(Outcome),
    /// The end, with why.
    Failed(Failure),
    /// The end, as asked.
    Cancelled,
}

/// What a finished job brings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// Of [`Request::Catalog`].
    Catalog(CatalogSummary),
    /// Of [`Request::Survey`].
    Survey(SurveySummary),
    /// Of [`Request::Convert`]; the file is attached to the message.
    Converted(ConvertSummary),
    /// Of [`Request::SelfTest`].
    SelfTest {
        /// Rows run.
        rows: u32,
        /// Rows whose digest differs from the oracles'.
        mismatches: u32,
    },
    /// Of [`Request::Throughput`].
    Throughput(ThroughputSummary),
    /// Of [`Request::Network`].
    Network(NetworkCost),
    /// Of [`Request::Features`].
    Features(FeaturesSummary),
    /// Of [`Request::Pictures`].
    Pictures(PictureSheet),
    /// Of [`Request::Decode`].
    Decoded(Decoded),
    /// Of [`Request::OwnSet`].
    OwnSet,
    /// Of [`Request::Rows`].
    Rows(PictureRows),
    /// Of [`Request::BaseSpeed`], in the order asked for.
    BaseSpeed(Vec<BaseSpeed>),
    /// Of [`Request::ImageNet`].
    ImageNet(Guesses),
    /// Of [`Request::OpenHead`].
    Head(HeadSummary),
    /// Of [`Request::Judge`]: probabilities by class.
    Judged(Vec<f32>),
    /// Of [`Request::Overfit`], whose figures came on the way.
    Studied,
    /// Of [`Request::Variants`].
    Variants(VariantSheet),
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CatalogSummary {
    /// `npy`, `safetensors`, `csv`, `gguf`.
    pub kind: String,
    /// The file's length.
    pub file_bytes: u64,
    /// Its tensors in file order, cut at [`MAX_LISTED_TENSORS`].
    pub tensors: Vec<TensorSummary>,
    /// Tensors in the file, listed or not.
    pub tensor_count: u64,
    /// What its text turned out to be, if it is text.
    pub table: Option<TableFound>,
    /// Bytes after the last tensor that are not read, where the format allows them.
    pub trailing_bytes: u64,
}

/// More than this many tensors are not listed one by one.
pub const MAX_LISTED_TENSORS: usize = 4096;

/// One tensor of a catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TensorSummary {
    /// Its name in the file.
    pub name: String,
    /// Its type as the file says it.
    pub dtype: String,
    /// Its shape, outermost first.
    pub shape: Vec<u64>,
    /// Elements in all.
    pub elements: u64,
    /// Bytes in the file.
    pub bytes: u64,
    /// Why it cannot be read, if so.
    pub unreadable: Option<Failure>,
}

/// What a survey ran on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurveySummary {
    /// Elements measured.
    pub elements: u64,
    /// Elements in the source.
    pub source_elements: u64,
    /// Range, mean and spread of the finite source values measured, and how many are not finite.
    pub source_stats: SourceStats,
    /// From the first byte to the last figure.
    pub elapsed_ms: f64,
    /// The final figures.
    pub reports: Vec<FormatReport>,
    /// The figures of each tensor, in the source's order, cut at [`MAX_TENSOR_REPORTS`]; none for a source of one tensor.
    pub tensors: Vec<TensorReport>,
    /// SHA-256 of the configuration and the figures, in hexadecimal; timings are not in it.
    pub hash: String,
    /// Integers of the file that binary64 does not have and that were rounded on reading, among those measured.
    pub inexact: u64,
}

/// The source's own figures.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct SourceStats {
    /// Smallest finite value.
    pub min: f64,
    /// Largest finite value.
    pub max: f64,
    /// Mean of the finite values.
    pub mean: f64,
    /// Standard deviation of the finite values.
    pub std: f64,
    /// NaNs in the source, left out of the figures above.
    pub nan_count: u64,
    /// Infinities in the source, left out too.
    pub infinite_count: u64,
}

/// Tensors of a source that have figures of their own. The others share one last report.
pub const MAX_TENSOR_REPORTS: usize = 512;

/// One tensor in every format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TensorReport {
    /// Its name in the file; empty for the report of all tensors beyond the limit.
    pub name: String,
    /// Its shape, outermost first; empty for that report.
    pub shape: Vec<u64>,
    /// How many tensors these are.
    pub tensors: u32,
    /// Numbers in it.
    pub elements: u64,
    /// Those that were measured.
    pub measured: u64,
    /// NaNs and infinities among them.
    pub non_finite: u64,
    /// Its figures, in the order of the survey's reports.
    pub figures: Vec<TensorFigure>,
}

/// One tensor in one format. Sums are over the whole tensor: what was measured, times the share of it that was; and all of a survey are
/// divided by one power of two, so that only their ratios mean something.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TensorFigure {
    /// Bytes, scales included.
    pub bytes: u64,
    /// Signal to quantisation noise, dB; infinite when every value is exact, NaN when nothing but zeros is.
    pub sqnr_db: f64,
    /// Sum of squares of the numbers.
    pub signal: f64,
    /// Sum of squares of their errors.
    pub noise: f64,
    /// Finite numbers restored as NaN or infinity: they are not in the sums.
    pub lost_count: u64,
}

/// One format's error on the source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormatReport {
    /// The format.
    pub format: String,
    /// Bits a value, scales included.
    pub bits_per_value: f64,
    /// Bytes of the whole source in this format.
    pub bytes: u64,
    /// Elements measured.
    pub count: u64,
    /// Largest |error|.
    pub max_abs: f64,
    /// Mean |error|.
    pub mean_abs: f64,
    /// Mean error, signed.
    pub mean_signed: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Signal to quantisation noise, dB; infinite when every value is exact.
    pub sqnr_db: f64,
    /// Cosine between the source and the result.
    pub cosine: f64,
    /// Finite values that became Inf or NaN or were clamped.
    pub overflow_count: u64,
    /// Nonzero values that became zero.
    pub underflow_count: u64,
    /// NaN in the result.
    pub nan_count: u64,
    /// Finite values that became NaN or Inf: no error sum can hold them.
    pub lost_count: u64,
    /// Values stored without error.
    pub exact_count: u64,
    /// Counts by binary order of the relative error; `numerics::metrics` defines the bins.
    pub histogram: Vec<u64>,
    /// What each tensor was divided by before rounding: empty for nothing, else `range`, `rms`, `absmax-<n>` as `numerics::scaling` has it, or
    /// `mixed` where tensors differ.
    pub scaling: String,
    /// Zeros that fill last blocks, in the whole source.
    pub padding: u64,
    /// Some blocks lie in two rows.
    pub runs_on: bool,
}

/// One conformance row, re-run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelfTestRow {
    /// Format id.
    pub format: String,
    /// `decode` or `encode`.
    pub what: String,
    /// Rounding mode, empty for decode.
    pub mode: String,
    /// Overflow handling, empty for decode.
    pub overflow: String,
    /// Inputs.
    pub count: u64,
    /// Equal to the oracles' digest.
    pub equal: bool,
    /// Who produced the digest.
    pub oracles: Vec<String>,
}

/// The converted file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConvertSummary {
    /// Suggested name.
    pub file_name: String,
    /// Its length.
    pub bytes: u64,
    /// Elements written.
    pub elements: u64,
    /// From the first byte to the last.
    pub elapsed_ms: f64,
    /// The error on every element.
    pub report: FormatReport,
    /// SHA-256 of the file's tensor bytes, in hexadecimal.
    pub hash: String,
    /// Integers of the source that binary64 does not have and that were rounded on reading.
    pub inexact: u64,
}

/// Why a job failed: a stable code that the page has words for, and the facts to put into them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Key of the text, `errors.<code>`.
    pub code: String,
    /// Values for the text's placeholders.
    pub facts: Vec<(String, String)>,
}

impl Failure {
    /// A failure without facts.
    pub fn new(code: &str) -> Self {
        Self { code: code.to_owned(), facts: Vec::new() }
    }

    /// Adds a fact.
    #[must_use]
    #[allow(
        clippy::needless_pass_by_value,
        reason = "numbers and texts alike read best by value at the call"
    )]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.facts.push((name.to_owned(), value.to_string()));
        self
    }
}
