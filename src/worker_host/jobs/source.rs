//! Where a job's numbers come from, in slices: typed numbers, a seeded distribution, or a file's tensors.
//!
//! Every source is a sequence of tensors, every tensor a sequence of slices of at
//! most about [`SLICE_ELEMENTS`] numbers, in row-major order; a slice never crosses a tensor's end.

use numerics::samples::{Shape, draw};
use protocol::{Distribution, DistributionShape, Failure, Source};
use tensor_files::{Catalog, Elements, SliceReader};
use web_sys::File;

use super::decoder::StoredDecoder;
use super::file::{self, file_failure};
use super::{Cancel, Stop};

/// Numbers of a slice: enough to time, little enough to keep.
pub(super) const SLICE_ELEMENTS: usize = 1 << 18;

/// One tensor of a source.
#[derive(Debug, Clone)]
pub(super) struct TensorHead {
    /// Its name in the file, or a made-up one.
    pub(super) name: String,
    /// Outermost first.
    pub(super) shape: Vec<u64>,
    /// How many numbers.
    pub(super) elements: u64,
}

/// A source, ready to be read, as often as wanted.
pub(super) struct Reader {
    kind: Kind,
    /// Its tensors, in order.
    pub(super) tensors: Vec<TensorHead>,
    /// Keep one slice in this many; 1 keeps all.
    stride: u64,
    /// Of each tensor: integers that were rounded on reading, in the pass that read most of it.
    inexact: Vec<u64>,
}

enum Kind {
    Numbers(Vec<f64>),
    Distribution(Distribution),
    File { file: File, catalog: Box<Catalog>, picked: Vec<usize>, decoder: StoredDecoder },
}

impl Reader {
    /// Opens a source. `sample` is the most elements wanted, 0 for all.
    pub(super) async fn open(
        source: Source,
        file: Option<File>,
        sample: u64,
        cancel: &Cancel,
        progress: impl FnMut(u64, u64),
    ) -> Result<Self, Stop> {
        let (kind, tensors) = match source {
            Source::Numbers(numbers) => {
                let head = TensorHead::flat("numbers", numbers.len() as u64);
                (Kind::Numbers(numbers), vec![head])
            }
            Source::Distribution(distribution) => {
                let head = TensorHead::flat("sample", u64::from(distribution.count));
                (Kind::Distribution(distribution), vec![head])
            }
            Source::File { file: description, tensors } => {
                let file = file.ok_or_else(|| Failure::new("file_missing"))?;
                let catalog = file::catalog(&file, &description, cancel, progress).await?;
                let picked = pick(&catalog, &tensors)?;
                let heads = picked.iter().map(|index| TensorHead::of(&catalog, *index)).collect();
                let decoder = StoredDecoder::default();
                (Kind::File { file, catalog: Box::new(catalog), picked, decoder }, heads)
            }
        };
        let inexact = vec![0; tensors.len()];
        let mut reader = Self { kind, tensors, stride: 1, inexact };
        let total = reader.elements();
        if total == 0 {
            return Err(Failure::new("no_numbers").into());
        }
        if sample > 0 && total > sample && reader.can_skip() {
            reader.stride = total.div_ceil(sample);
        }
        Ok(reader)
    }

    /// Numbers in the whole source.
    pub(super) fn elements(&self) -> u64 {
        self.tensors.iter().map(|tensor| tensor.elements).sum()
    }

    /// Integers that binary64 does not have, rounded while the tensors were read.
    pub(super) fn inexact(&self) -> u64 {
        self.inexact.iter().sum()
    }

    /// Text has to be read from its start.
    fn can_skip(&self) -> bool {
        !matches!(&self.kind, Kind::File { catalog, .. } if catalog.csv.is_some())
    }

    /// Begins tensor `index`.
    pub(super) fn tensor(&self, index: usize) -> Result<TensorReader, Stop> {
        let head = self.tensors.get(index).cloned().ok_or_else(|| Failure::new("no_numbers"))?;
        let slices = match &self.kind {
            Kind::File { catalog, picked, .. } => {
                let element_bytes =
                    catalog.tensors[picked[index]].byte_len.div_ceil(head.elements.max(1)).max(1);
                let target = (SLICE_ELEMENTS as u64 * element_bytes).max(4096);
                let slices =
                    SliceReader::new(catalog, picked[index], target).map_err(|error| file_failure(&error))?;
                Some(slices.one_in(self.stride))
            }
            _ => None,
        };
        Ok(TensorReader {
            index,
            slices,
            ahead: None,
            at: 0,
            elements: head.elements,
            slice_index: 0,
            stride: self.stride,
        })
    }

    /// The next slice of the tensor that `place` reads; none at its end.
    pub(super) async fn next(&mut self, place: &mut TensorReader, out: &mut Elements) -> Result<bool, Stop> {
        match (&mut self.kind, &mut place.slices) {
            (Kind::File { file, decoder, .. }, Some(slices)) => {
                let Some(range) = slices.next_range() else { return Ok(false) };
                let read = match place.ahead.take() {
                    Some(read) => read,
                    None => file::start(file, range.offset, range.len)?,
                };
                let bytes = read.bytes().await?;
                // The browser fetches the next slice while this one is worked on.
                if let Some(next) = slices.range_after_next() {
                    place.ahead = Some(file::start(file, next.offset, next.len)?);
                }
                slices.decode(&bytes, decoder, out).map_err(|error| file_failure(&error))?;
                place.at = slices.position();
                if let Some(inexact) = self.inexact.get_mut(place.index) {
                    *inexact = slices.inexact_count().max(*inexact);
                }
                Ok(true)
            }
            (Kind::Numbers(numbers), _) => {
                Ok(place.advance(out, |from, to| Elements::F64(numbers[from..to].to_vec())))
            }
            (Kind::Distribution(distribution), _) => {
                let Distribution { shape: name, scale, seed, .. } = *distribution;
                let number = |index: usize| draw(shape(name), scale, u64::from(seed), index as u64);
                Ok(place.advance(out, |from, to| Elements::F32((from..to).map(number).collect())))
            }
            (Kind::File { .. }, None) => Ok(false),
        }
    }
}

impl TensorHead {
    fn flat(name: &str, elements: u64) -> Self {
        Self { name: name.to_owned(), shape: vec![elements], elements }
    }

    fn of(catalog: &Catalog, index: usize) -> Self {
        let tensor = &catalog.tensors[index];
        Self { name: tensor.name.clone(), shape: tensor.shape.clone(), elements: tensor.elements }
    }

    /// Numbers in a row of the last dimension, the channel of row-major weights.
    pub(super) fn row_len(&self) -> u64 {
        self.shape.last().copied().filter(|len| *len > 0).unwrap_or(1)
    }
}

/// How far one tensor has been read.
pub(super) struct TensorReader {
    /// Which of the source's tensors.
    index: usize,
    slices: Option<SliceReader>,
    ahead: Option<file::Pending>,
    at: u64,
    elements: u64,
    slice_index: u64,
    stride: u64,
}

impl TensorReader {
    /// Where in the tensor the slice read last ends.
    pub(super) fn position(&self) -> u64 {
        self.at
    }

    fn advance(&mut self, out: &mut Elements, make: impl FnOnce(usize, usize) -> Elements) -> bool {
        while !self.slice_index.is_multiple_of(self.stride) {
            self.slice_index += 1;
            self.at += SLICE_ELEMENTS as u64;
        }
        if self.at >= self.elements {
            return false;
        }
        let end = (self.at + SLICE_ELEMENTS as u64).min(self.elements);
        *out = make(self.at as usize, end as usize);
        self.at = end;
        self.slice_index += 1;
        true
    }
}

/// The tensors asked for, or all that can be read.
fn pick(catalog: &Catalog, wanted: &[u32]) -> Result<Vec<usize>, Stop> {
    let readable =
        |index: usize| catalog.tensors[index].readable.is_ok() && catalog.tensors[index].elements > 0;
    if wanted.is_empty() {
        let all: Vec<usize> = (0..catalog.tensors.len()).filter(|index| readable(*index)).collect();
        return if all.is_empty() { Err(Failure::new("no_numbers").into()) } else { Ok(all) };
    }
    let mut picked = Vec::with_capacity(wanted.len());
    for index in wanted {
        let index = *index as usize;
        let tensor = catalog.tensors.get(index).ok_or_else(|| Failure::new("no_numbers"))?;
        tensor.readable.clone().map_err(|error| file_failure(&error))?;
        if tensor.elements > 0 {
            picked.push(index);
        }
    }
    Ok(picked)
}

/// The sampler's name of a shape.
fn shape(shape: DistributionShape) -> Shape {
    match shape {
        DistributionShape::Normal => Shape::Normal,
        DistributionShape::Laplace => Shape::Laplace,
        DistributionShape::Outliers => Shape::Outliers,
        DistributionShape::Uniform => Shape::Uniform,
    }
}
