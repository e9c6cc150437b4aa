//! Convert: every tensor of a source to one format, into a file, slice by slice.
//!
//! `.safetensors` takes any number of tensors; `.npy` one; `.csv` the restored values
//! of one. Formats without a type name of the file's own are stored as unsigned
//! integers (element codes) or bytes (blocks), and the metadata says what they are.

use std::rc::Rc;

use protocol::{ConvertSpec, ConvertSummary, Event, Failure, JobId, Outcome};
use sha2::{Digest as _, Sha256};
use tensor_files::write::{CsvWriter, NpyWriter, SafetensorsWriter, TensorSpec};
use tensor_files::{Dtype, Elements, FileError};
use web_sys::File;

use super::file::file_failure;
use super::output::Output;
use super::ranges::Ranges;
use super::source::{Reader, TensorHead};
use super::survey::{Work, first_pass};
use super::target::{Stored, Target};
use super::{Cancel, Stop, post};
use crate::worker_host::clock::now_ms;
use crate::worker_host::hex::hex;

/// Converts and posts the file.
pub(super) async fn run(
    job: JobId,
    spec: ConvertSpec,
    file: Option<File>,
    cancel: &Cancel,
) -> Result<(), Stop> {
    let started = now_ms();
    let stem = stem(&spec, file.as_ref());
    let mut target = Target::new(&spec.format, &spec.rounding, &spec.blocks, spec.scale_to_range)?;
    let report_progress = |done, total| post::event(job, Event::Progress { done, total });
    let mut reader = Reader::open(spec.source.clone(), file, 0, cancel, report_progress).await?;
    let total = reader.elements();
    reader.tensors.iter().for_each(|head| target.add_size(head));
    let first: u64 =
        reader.tensors.iter().filter(|head| target.needs(head).any()).map(|head| head.elements).sum();
    let mut work = Work { job, done: 0, total: total + first, last_progress: 0.0, last_report: 0.0 };

    // The header of a safetensors file comes first and holds each tensor's scale: all ranges are found before.
    let mut ranges = Vec::with_capacity(reader.tensors.len());
    for index in 0..reader.tensors.len() {
        let needs = target.needs(&reader.tensors[index]);
        ranges.push(Rc::new(first_pass(&mut reader, index, needs, cancel, &mut work).await?));
    }
    let mut container = Container::new(&spec, &reader.tensors, &mut target, &ranges)?;
    let mut output = Output::create().await;
    let mut hasher = Sha256::new();
    output.write(container.header())?;

    for (index, ranges) in ranges.iter().enumerate() {
        let head = reader.tensors[index].clone();
        target.begin(&head, ranges);
        let mut place = reader.tensor(index)?;
        let mut slice = Elements::default();
        while reader.next(&mut place, &mut slice).await? {
            let start = place.position() - slice.len() as u64;
            if target.push(&slice, start) {
                let bytes = container.data(&target)?;
                hasher.update(&*bytes);
                output.write(&bytes)?;
            }
            work.advance(slice.len() as u64);
            work.maybe_breathe(cancel).await?;
        }
        target.end();
    }
    container.finish()?;
    let blob = output.finish().await?;
    let summary = ConvertSummary {
        file_name: format!("{stem}-{}.{}", spec.format, spec.container),
        bytes: blob.size() as u64,
        elements: total,
        elapsed_ms: now_ms() - started,
        report: target.report(),
        hash: hex(&hasher.finalize()),
        inexact: reader.inexact(),
    };
    post::event_with_blob(job, Event::Done(Outcome::Converted(summary)), &blob);
    Ok(())
}

/// The source's name without its extension.
fn stem(spec: &ConvertSpec, file: Option<&File>) -> String {
    let name = match (&spec.source, file) {
        (protocol::Source::File { .. }, Some(file)) => file.name(),
        (protocol::Source::Distribution(_), _) => "sample".to_owned(),
        _ => "numbers".to_owned(),
    };
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    if stem.is_empty() { "tensor".to_owned() } else { stem.to_owned() }
}

/// The file format being written.
enum Container {
    Safetensors(SafetensorsWriter),
    Npy(NpyWriter),
    Csv(CsvWriter),
}

impl Container {
    fn new(
        spec: &ConvertSpec,
        tensors: &[TensorHead],
        target: &mut Target,
        ranges: &[Rc<Ranges>],
    ) -> Result<Self, Stop> {
        let made = match spec.container.as_str() {
            "safetensors" => safetensors(spec, tensors, target, ranges).map(Self::Safetensors),
            container => {
                let [head] = tensors else { return Err(Failure::new("one_tensor_only").into()) };
                if container == "csv" {
                    let columns = head.row_len();
                    CsvWriter::new(head.elements / columns, columns).map(Self::Csv)
                } else {
                    let (dtype, shape) = stored_type(target, head);
                    NpyWriter::new(&dtype, &shape, false).map(Self::Npy)
                }
            }
        };
        made.map_err(|error| file_failure(&error).into())
    }

    fn header(&self) -> &[u8] {
        match self {
            Self::Safetensors(writer) => writer.header(),
            Self::Npy(writer) => writer.header(),
            Self::Csv(_) => &[],
        }
    }

    /// The bytes that the target's last chunk becomes.
    fn data<'a>(&mut self, target: &'a Target) -> Result<std::borrow::Cow<'a, [u8]>, Stop> {
        let fail = |error: FileError| Stop::from(file_failure(&error));
        match self {
            Self::Safetensors(writer) => {
                writer.advance(target.codes()).map_err(fail)?;
                Ok(target.codes().into())
            }
            Self::Npy(writer) => {
                writer.advance(target.codes()).map_err(fail)?;
                Ok(target.codes().into())
            }
            Self::Csv(writer) => {
                let mut text = Vec::new();
                writer.push_f64(&target.restored(), &mut text).map_err(fail)?;
                Ok(text.into())
            }
        }
    }

    fn finish(self) -> Result<(), Stop> {
        match self {
            Self::Safetensors(writer) => writer.finish(),
            Self::Npy(writer) => writer.finish(),
            Self::Csv(writer) => writer.finish(),
        }
        .map_err(|error| file_failure(&error).into())
    }
}

fn safetensors(
    spec: &ConvertSpec,
    tensors: &[TensorHead],
    target: &mut Target,
    ranges: &[Rc<Ranges>],
) -> Result<SafetensorsWriter, FileError> {
    let mut specs = Vec::with_capacity(tensors.len());
    let mut metadata = vec![
        ("format".to_owned(), spec.format.clone()),
        ("rounding".to_owned(), spec.rounding.mode.clone()),
        ("blocks_end_with_rows".to_owned(), spec.blocks.end_with_rows.to_string()),
        ("written_by".to_owned(), "Precision Playground".to_owned()),
    ];
    for (head, ranges) in tensors.iter().zip(ranges) {
        let (dtype, shape) = stored_type(target, head);
        let own_type = shape == head.shape;
        if !own_type {
            let dims: Vec<String> = head.shape.iter().map(u64::to_string).collect();
            metadata.push((format!("{}.shape", head.name), dims.join(",")));
        }
        target.begin(head, ranges);
        if target.needs(head).range {
            let stats = &ranges.stats;
            metadata.push((format!("{}.absmax", head.name), stats.absmax.to_string()));
            metadata.push((format!("{}.range", head.name), format!("{},{}", stats.min, stats.max)));
        }
        if target.tensor_scale() != 1.0 {
            metadata.push((format!("{}.scale", head.name), target.tensor_scale().to_string()));
        }
        specs.push(TensorSpec { name: head.name.clone(), dtype, shape });
    }
    let metadata: Vec<(&str, &str)> =
        metadata.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    SafetensorsWriter::new(&specs, &metadata)
}

/// The type and shape under which a tensor is stored: the format's own where files have a name for it.
fn stored_type(target: &Target, head: &TensorHead) -> (Dtype, Vec<u64>) {
    let bytes = || (Dtype::U8, vec![target.tensor_bytes(head)]);
    match target.stored() {
        Stored::Bytes => bytes(),
        Stored::Element { bits, .. } if bits <= 4 => bytes(),
        Stored::Element { id, bits } => {
            let own = match id {
                "fp64" => Some(Dtype::F64),
                "fp32" => Some(Dtype::F32),
                "fp16" => Some(Dtype::F16),
                "bf16" => Some(Dtype::Bf16),
                "e4m3" => Some(Dtype::F8E4m3),
                "e5m2" => Some(Dtype::F8E5m2),
                "e4m3fnuz" => Some(Dtype::F8E4m3Fnuz),
                "e5m2fnuz" => Some(Dtype::F8E5m2Fnuz),
                "e8m0" => Some(Dtype::F8E8m0),
                "int8" | "mxint8" => Some(Dtype::I8),
                "int16" => Some(Dtype::I16),
                "int32" => Some(Dtype::I32),
                _ => None,
            };
            let codes = match bits {
                0..=8 => Dtype::U8,
                9..=16 => Dtype::U16,
                17..=32 => Dtype::U32,
                _ => Dtype::U64,
            };
            (own.unwrap_or(codes), head.shape.clone())
        }
    }
}
