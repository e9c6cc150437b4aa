//! What a device can do: peaks of arithmetic, bandwidth, products, and products of a matrix with a vector whose weights are stored narrow.
//!
//! A probe is prepared once, repeats its kernel until the device is done, and says what that was in FLOP and bytes; the caller has the
//! clock. Every probe can compare its results with the CPU's. Peaks are those of plain WGSL: tensor cores are out of its reach.
//!
//! Units: an addition or multiplication is one FLOP, also of integers; bytes are those of the operands, read and written once.

mod data;
mod texts;

use super::job::Job;
use super::native::{Native, module};
use super::{Device, Executor, GpuError};
use crate::graph::{DType, Graph};
use crate::plan::Plan;
use data::{BAND, chain, chain_of_dots, normals, operands, stored, unpack};
use texts::{copy, dots, fma, matvec};

/// How a matrix is stored that its kernel decodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// binary32.
    F32,
    /// binary16.
    F16,
    /// bfloat16.
    Bf16,
    /// E4M3.
    E4m3,
    /// 8-bit integers with a scale for each row.
    Int8,
    /// 4-bit integers with a scale for each row.
    Int4,
}

impl Storage {
    /// All of them.
    pub const ALL: [Storage; 6] =
        [Storage::F32, Storage::F16, Storage::Bf16, Storage::E4m3, Storage::Int8, Storage::Int4];

    /// Bits of a weight.
    pub fn bits(self) -> usize {
        match self {
            Storage::F32 => 32,
            Storage::F16 | Storage::Bf16 => 16,
            Storage::E4m3 | Storage::Int8 => 8,
            Storage::Int4 => 4,
        }
    }
}

/// What is probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeKind {
    /// Fused products and sums of binary32, in registers.
    FmaF32,
    /// The same of binary16.
    FmaF16,
    /// Dot products of four packed 8-bit integers.
    DotI8,
    /// Copying words of a buffer.
    Copy {
        /// Bytes copied.
        bytes: usize,
    },
    /// An `n × n` product in binary32, by the executor's kernel.
    Product {
        /// Rows.
        n: usize,
    },
    /// An `n × n` product in native narrow arithmetic.
    NativeProduct {
        /// Rows, a multiple of 32.
        n: usize,
        /// In what.
        native: Native,
    },
    /// A matrix times a vector.
    MatVec {
        /// Rows and columns, a multiple of 8.
        n: usize,
        /// How the weights are stored.
        storage: Storage,
    },
}

/// What one repetition does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Work {
    /// Additions and multiplications.
    pub flop: f64,
    /// Bytes of operands and results.
    pub bytes: f64,
}

#[derive(Debug)]
enum Way {
    Plan(Box<Executor>),
    Job(Job),
}

/// A probe that is ready.
#[derive(Debug)]
pub struct Probe {
    kind: ProbeKind,
    way: Way,
    work: Work,
    words: Vec<u32>,
    invocations: usize,
    iterations: usize,
}

impl Probe {
    /// Prepares a probe. Fails with [`GpuError::Unsupported`] where the device has not got what is probed or a size does not fit.
    pub async fn new(device: &Device, kind: ProbeKind) -> Result<Probe, GpuError> {
        let target = device.target();
        let unsupported = |what: &str| GpuError::Unsupported { what: what.to_owned() };
        let (invocations, iterations) = if target.software { (1 << 9, 1 << 9) } else { (1 << 18, 1 << 9) };
        let arithmetic = (invocations * iterations) as f64;
        let probe = |text: String, words: Vec<u32>, groups: usize, flop: f64, bytes: f64| {
            (text, words, groups, Work { flop, bytes })
        };
        let (text, words, groups, work) = match kind {
            ProbeKind::FmaF16 if !device.has_shader_f16() => return Err(unsupported("shader-f16")),
            ProbeKind::FmaF32 => {
                let words = [0.999_f32, 0.125].map(f32::to_bits).into_iter().chain(vec![0; invocations]);
                let groups = invocations / 64;
                probe(fma("", "f32", iterations), words.collect(), groups, 64.0 * arithmetic, 0.0)
            }
            ProbeKind::FmaF16 => {
                let words = [0.75_f32, 0.125].map(f32::to_bits).into_iter().chain(vec![0; invocations]);
                let groups = invocations / 64;
                probe(
                    fma("enable f16;\n", "f16", iterations),
                    words.collect(),
                    groups,
                    64.0 * arithmetic,
                    0.0,
                )
            }
            ProbeKind::DotI8 => {
                let words = [0x0102_FD04, 7].into_iter().chain(vec![0; invocations]);
                probe(dots(iterations), words.collect(), invocations / 64, 64.0 * arithmetic, 0.0)
            }
            ProbeKind::Copy { bytes } => {
                let fours = (bytes / 16).max(1);
                let words: Vec<u32> = (0..8 * fours as u32).map(|i| i.wrapping_mul(0x9E37_79B9)).collect();
                probe(copy(fours), words, fours.div_ceil(64), 0.0, 32.0 * fours as f64)
            }
            ProbeKind::Product { n } => return Probe::product(device, n).await,
            ProbeKind::NativeProduct { n, native } => {
                if !native.is_on(device) {
                    return Err(unsupported("shader-f16"));
                }
                let (text, groups) = module(target, native, n)?;
                let packed = 2 * n * n / native.packed();
                let results = n * n / native.results();
                let words = operands(native, n).into_iter().chain(vec![0; results]).collect();
                let flop = 2.0 * (n as f64).powi(3);
                probe(text, words, groups, flop, 4.0 * (packed + results) as f64)
            }
            ProbeKind::MatVec { n, storage } => {
                if !n.is_multiple_of(8) || n == 0 {
                    return Err(unsupported("a matrix whose rows are no multiple of 8"));
                }
                let (words, _) = stored(storage, n);
                let groups = if target.software { n.div_ceil(64) } else { n };
                let bytes = (n * n * storage.bits() / 8 + 8 * n) as f64;
                probe(matvec(target, storage, n), words, groups, 2.0 * (n * n) as f64, bytes)
            }
        };
        let job = Job::new(device, &text, &words, groups).await?;
        Ok(Probe { kind, way: Way::Job(job), work, words, invocations, iterations })
    }

    async fn product(device: &Device, n: usize) -> Result<Probe, GpuError> {
        let mut graph = Graph::new();
        let (a, b) = (graph.input("a", [n, n], DType::F32), graph.input("b", [n, n], DType::F32));
        let product = graph.matmul(a, b);
        graph.output("product", product);
        let executor = Executor::new(device, Plan::new(&graph), 0).await?;
        for (index, slot) in executor.plan().inputs.iter().enumerate() {
            executor.write(slot.view, &normals(index as u32, n * n));
        }
        let work = Work { flop: 2.0 * (n as f64).powi(3), bytes: 12.0 * (n * n) as f64 };
        let way = Way::Plan(Box::new(executor));
        Ok(Probe {
            kind: ProbeKind::Product { n },
            way,
            work,
            words: Vec::new(),
            invocations: 0,
            iterations: 0,
        })
    }

    /// What one repetition does.
    pub fn work(&self) -> Work {
        self.work
    }

    /// Repeats until the device is done; what was done in all.
    pub async fn run(&mut self, reps: u32) -> Result<Work, GpuError> {
        match &mut self.way {
            Way::Plan(executor) => {
                executor.submit(reps.into())?;
                executor.done().await?;
            }
            Way::Job(job) => job.run(reps).await?,
        }
        Ok(Work { flop: self.work.flop * f64::from(reps), bytes: self.work.bytes * f64::from(reps) })
    }

    /// How far the results of a repetition lie from the CPU's: the greatest difference over the sum of magnitudes, at some places.
    /// Below [`Probe::tolerance`] where the device computes as it says.
    pub async fn verify(&mut self) -> Result<f64, GpuError> {
        self.run(1).await?;
        let mut worst = 0.0_f64;
        let mut see = |got: f64, (expected, scale): (f64, f64)| {
            let off = (got - expected).abs() / scale.max(f64::MIN_POSITIVE);
            worst = if off.is_nan() { f64::INFINITY } else { worst.max(off) };
        };
        match (self.kind, &self.way) {
            (ProbeKind::Product { n }, Way::Plan(executor)) => {
                let (a, b) = (normals(0, n * n), normals(1, n * n));
                let got = executor.read_output("product").await?;
                for (i, j) in places(n) {
                    see(
                        got[i * n + j].into(),
                        dot((0..n).map(|l| (a[i * n + l].into(), b[l * n + j].into()))),
                    );
                }
            }
            (ProbeKind::FmaF32 | ProbeKind::FmaF16 | ProbeKind::DotI8, Way::Job(job)) => {
                let got = job.read(2, self.invocations).await?;
                for at in [0, 1, 63, self.invocations - 1] {
                    let word = got[at];
                    if self.kind == ProbeKind::DotI8 {
                        let expected =
                            f64::from(chain_of_dots(self.words[0], self.words[1], at, self.iterations));
                        see((word as i32).into(), (expected, expected.abs().max(1.0)));
                    } else {
                        let expected = chain(&self.words, at, self.iterations);
                        see(f32::from_bits(word).into(), (expected, expected.abs()));
                    }
                }
            }
            (ProbeKind::Copy { bytes }, Way::Job(job)) => {
                let words = 4 * (bytes / 16).max(1);
                let got = job.read(words, words).await?;
                let wrong = got.iter().zip(&self.words[..words]).filter(|(a, b)| a != b).count();
                see(wrong as f64, (0.0, 1.0));
            }
            (ProbeKind::NativeProduct { n, native }, Way::Job(job)) => {
                let factors = |word: u32| unpack(native, word);
                let words = n / native.packed();
                let got = job.read(2 * n * words, n * n / native.results()).await?;
                for (i, j) in places(n) {
                    let pairs = (0..words).flat_map(|l| {
                        let (a, b) = (self.words[i * words + l], self.words[(n + j) * words + l]);
                        factors(a).into_iter().zip(factors(b))
                    });
                    let at = i * n + j;
                    let value = if native == Native::I8 {
                        f64::from(got[at] as i32)
                    } else {
                        unpack(native, got[at / 2])[at % 2]
                    };
                    see(value, dot(pairs));
                }
            }
            (ProbeKind::MatVec { n, storage }, Way::Job(job)) => {
                let (words, weights) = stored(storage, n);
                let got = job.read(words.len() - n, n).await?;
                let x = normals(7, n);
                for (i, _) in places(n) {
                    let row = &weights[i % BAND * n..][..n];
                    let sum = dot(row.iter().zip(&x).map(|(w, x)| (f64::from(*w), f64::from(*x))));
                    see(f32::from_bits(got[i]).into(), sum);
                }
            }
            // Each kind has its way.
            _ => {}
        }
        Ok(worst)
    }

    /// What [`Probe::verify`] stays below: the arithmetic's own rounding.
    pub fn tolerance(&self) -> f64 {
        match self.kind {
            ProbeKind::DotI8
            | ProbeKind::Copy { .. }
            | ProbeKind::NativeProduct { native: Native::I8, .. } => 0.0,
            ProbeKind::NativeProduct { native: Native::F16, .. } => 1e-3,
            ProbeKind::NativeProduct { native: Native::F16Sums, n } => 5e-4 * (n as f64).sqrt(),
            ProbeKind::FmaF16 => 4e-3,
            _ => 1e-5,
        }
    }
}

/// Sixteen places of an `n × n` matrix.
fn places(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..16).map(move |at| (at * 37 % n, (at * 53 + 11) % n))
}

/// A sum of products, and the sum of their magnitudes.
fn dot(pairs: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    pairs.fold((0.0, 0.0), |(sum, size), (a, b)| (sum + a * b, size + (a * b).abs()))
}
