//! The graphics processor's part of a measurement: the engine's probes, each verified and warmed up, then timed in turns until the
//! device is done.
//!
//! A run is one submission of as many repetitions as the loop of `experiments` asks for, and its time includes one wait for the
//! device; runs are long enough for that not to count. Before each measured run one repetition is not timed. Between runs a
//! cancellation is heard. As on the CPU, probes take turns in groups of bounded memory. Left out: sliced preparation. A probe makes its
//! operands at once, which takes about a second for the largest matrix.

use engine::gpu::{Device, GpuError, Native, Probe, ProbeKind, Storage};
use experiments::throughput::{
    self as kernels, Meter, Settings, Spread, Stage, Turns, row_scaled_error, unscaled_error,
};
use protocol::{Arithmetic, Failure, Measurement, NotMeasured, Part, StoredError, Unit, Work};

use super::super::labs::acquire;
use super::throughput::{Report, rate_of};
use super::{Cancel, Stop, breathe};
use crate::worker_host::clock::now_ms;

/// Probes gather until a repetition of each moves so many bytes; their buffers hold as many.
const GROUP_BYTES: f64 = (256_u32 << 20) as f64;
/// Bytes of the copy, if a buffer may hold twice as many.
const COPY_BYTES: usize = 64 << 20;
/// Sides of products: of processors, and of software that plays one.
const SIDES: [usize; 2] = [512, 1024];
const SOFTWARE_SIDES: [usize; 1] = [256];

/// One probe and what its figures are called.
pub(super) struct Case {
    id: String,
    format: &'static str,
    kind: ProbeKind,
    arithmetic: Arithmetic,
    work: Work,
    size: usize,
    /// Bytes of stored weights.
    stored: usize,
}

/// The device, or why there is none.
pub(super) async fn device() -> Result<Device, Failure> {
    acquire().await.map_err(|error| failure(&error, None))
}

/// What is probed on a device, with matrices of this side for products with a vector.
pub(super) fn cases(device: &Device, side: usize) -> Vec<Case> {
    let case = |id: &str, format: &'static str, kind: ProbeKind, work: Work, size: usize| Case {
        id: format!("gpu.{id}"),
        format,
        kind,
        arithmetic: Arithmetic::Native,
        work,
        size,
        stored: 0,
    };
    let copy = COPY_BYTES.min((device.max_buffer_bytes() / 2) as usize / 16 * 16);
    let mut list = vec![
        case("peak.f32", "fp32", ProbeKind::FmaF32, Work::Flop, 0),
        case("peak.f16", "fp16", ProbeKind::FmaF16, Work::Flop, 0),
        case("peak.i8", "int8", ProbeKind::DotI8, Work::Op, 0),
        case("copy", "", ProbeKind::Copy { bytes: copy }, Work::Byte, copy),
    ];
    let sides: &[usize] = if device.is_software() { &SOFTWARE_SIDES } else { &SIDES };
    for &n in sides {
        list.push(case(&format!("matmul.fp32.{n}"), "fp32", ProbeKind::Product { n }, Work::Flop, n));
        for (native, format, work) in [(Native::F16, "fp16", Work::Flop), (Native::I8, "int8", Work::Op)] {
            let kind = ProbeKind::NativeProduct { n, native };
            list.push(case(&format!("matmul.{format}.{n}"), format, kind, work, n));
        }
    }
    for storage in Storage::ALL {
        let kind = ProbeKind::MatVec { n: side, storage };
        let format = format_of(storage);
        let scales = if row_bits(storage).is_some() { 4 * side } else { 0 };
        let native = storage == Storage::F32;
        list.push(Case {
            arithmetic: if native { Arithmetic::Native } else { Arithmetic::Decoded },
            stored: side * side * storage.bits() / 8 + scales,
            ..case(&format!("matvec.{format}"), format, kind, Work::Flop, side)
        });
    }
    list
}

/// The format's id; integers have a scale for each row.
fn format_of(storage: Storage) -> &'static str {
    match storage {
        Storage::F32 => "fp32",
        Storage::F16 => "fp16",
        Storage::Bf16 => "bf16",
        Storage::E4m3 => "e4m3",
        Storage::Int8 => "int8-sym",
        Storage::Int4 => "int4-sym",
    }
}

/// Bits of integers with a scale for each row.
fn row_bits(storage: Storage) -> Option<usize> {
    matches!(storage, Storage::Int8 | Storage::Int4).then(|| storage.bits())
}

impl Case {
    /// The case as one that could not be measured.
    pub(super) fn missing(&self, failure: Failure) -> NotMeasured {
        NotMeasured { id: self.id.clone(), part: Part::Graphics, failure }
    }

    /// Verifies the probe and warms it up.
    async fn warm(
        &self,
        device: &Device,
        settings: Settings,
        cancel: &Cancel,
    ) -> Result<Result<Seat<'_>, Failure>, Stop> {
        let mut probe = match Probe::new(device, self.kind).await {
            Ok(probe) => probe,
            Err(error) => return Ok(Err(failure(&error, Some(self.kind)))),
        };
        breathe(cancel).await?;
        let result_error = match probe.verify().await {
            Ok(error) if error <= probe.tolerance() => error,
            Ok(error) => return Ok(Err(Failure::new("wrong_result").with("error", error))),
            Err(error) => return Ok(Err(failure(&error, Some(self.kind)))),
        };
        let mut seat = Seat { case: self, probe, result_error, meter: Meter::new(settings) };
        while !seat.meter.is_warm() {
            if let Err(failure) = seat.turn(cancel).await? {
                return Ok(Err(failure));
            }
        }
        Ok(Ok(seat))
    }

    fn measurement(&self, probe: &Probe, spread: Spread, result_error: f64, seed: u64) -> Measurement {
        let work = probe.work();
        let work_per_call = if self.work == Work::Byte { work.bytes } else { work.flop };
        let error = match self.kind {
            ProbeKind::MatVec { n, storage } => stored_error(storage, n, seed),
            _ => None,
        };
        let is_sum = matches!(
            self.kind,
            ProbeKind::Product { .. } | ProbeKind::NativeProduct { .. } | ProbeKind::MatVec { .. }
        );
        Measurement {
            id: self.id.clone(),
            part: Part::Graphics,
            format: self.format.to_owned(),
            unit: Unit::WebGpu,
            arithmetic: self.arithmetic,
            work: self.work,
            size: self.size as u32,
            work_per_call,
            bytes_per_call: work.bytes,
            rate: rate_of(spread.times(work_per_call)),
            stored_bytes: self.stored as u64,
            error,
            result_error: is_sum.then_some(result_error),
        }
    }
}

/// A probe that has turns.
struct Seat<'a> {
    case: &'a Case,
    probe: Probe,
    result_error: f64,
    meter: Meter,
}

impl Seat<'_> {
    /// One run; the spread after the last one.
    async fn turn(&mut self, cancel: &Cancel) -> Result<Result<Option<Spread>, Failure>, Stop> {
        breathe(cancel).await?;
        let failed = |error: GpuError| Ok(Err(failure(&error, Some(self.case.kind))));
        if self.meter.is_warm()
            && let Err(error) = self.probe.run(1).await
        {
            return failed(error);
        }
        let started = now_ms();
        if let Err(error) = self.probe.run(self.meter.calls()).await {
            return failed(error);
        }
        Ok(match self.meter.ended(now_ms() - started) {
            Ok(Stage::Measured(spread)) => Ok(Some(spread)),
            Ok(Stage::Running | Stage::RunEnded) => Ok(None),
            Err(_) => Err(Failure::new("clock_stopped")),
        })
    }
}

/// Turns that so many probes take, warm-up being one.
pub(super) fn turns(probes: usize, settings: Settings) -> u64 {
    probes as u64 * (u64::from(settings.runs) + 1)
}

/// Measures the probes, group by group.
pub(super) async fn measure(
    device: &Device,
    probes: &[Case],
    settings: Settings,
    seed: u64,
    cancel: &Cancel,
    report: &mut Report,
) -> Result<(), Stop> {
    let mut waiting = probes.iter();
    loop {
        let (mut seats, mut held) = (Vec::new(), 0.0);
        while held < GROUP_BYTES
            && let Some(case) = waiting.next()
        {
            report.left(turns(waiting.len() + seats.len() + 1, settings) - seats.len() as u64);
            match case.warm(device, settings, cancel).await? {
                Ok(seat) => {
                    held += seat.probe.work().bytes;
                    seats.push(seat);
                }
                Err(failure) => report.missing(case.missing(failure)),
            }
        }
        if seats.is_empty() {
            return Ok(());
        }
        let mut order = Turns::new(seats.len());
        while let Some(index) = order.take() {
            let had: u64 = seats.iter().map(|seat| u64::from(seat.meter.measured_runs()) + 1).sum();
            report.left(turns(waiting.len() + seats.len(), settings) - had);
            let seat = &mut seats[index];
            match seat.turn(cancel).await? {
                Ok(None) => continue,
                Ok(Some(spread)) => {
                    report.measured(seat.case.measurement(&seat.probe, spread, seat.result_error, seed));
                }
                Err(failure) => report.missing(seat.case.missing(failure)),
            }
            order.retire(index);
        }
    }
}

/// The error of weights stored as the probe stores them.
fn stored_error(storage: Storage, side: usize, seed: u64) -> Option<StoredError> {
    let error: kernels::StoredError = match row_bits(storage) {
        Some(bits) => row_scaled_error(bits, side, seed)?,
        None => unscaled_error(format_of(storage), seed)?,
    };
    Some(StoredError { relative_rmse: error.relative_rmse, sqnr_db: error.sqnr_db })
}

fn failure(error: &GpuError, kind: Option<ProbeKind>) -> Failure {
    match error {
        GpuError::NoAdapter(_) | GpuError::NoDevice(_) => Failure::new("no_adapter"),
        GpuError::Unsupported { .. } if is_f16(kind) => Failure::new("no_shader_f16"),
        // A browser without packed products refuses the shader that calls one.
        GpuError::Refused(reason) if is_packed(kind) && reason.contains("dot4I8Packed") => {
            Failure::new("no_packed_dot")
        }
        GpuError::TooLarge { bytes, .. } => Failure::new("out_of_memory").with("bytes", bytes),
        other => Failure::new("gpu_failed").with("reason", other),
    }
}

fn is_f16(kind: Option<ProbeKind>) -> bool {
    matches!(
        kind,
        Some(ProbeKind::FmaF16 | ProbeKind::NativeProduct { native: Native::F16 | Native::F16Sums, .. })
    )
}

fn is_packed(kind: Option<ProbeKind>) -> bool {
    matches!(kind, Some(ProbeKind::DotI8 | ProbeKind::NativeProduct { native: Native::I8, .. }))
}
