//! What is measured: the list of cases, and the kernel of each.

use super::convert::{self, Conversion, Direction};
use super::emulated::{self, EmulatedDots};
use super::matmul::{MatMul32, MatMul64, MatMulInteger};
use super::matvec::{MatVec, Way, Weights, matvec_formats};
use super::memory::{self, Memory};
use super::peaks;
use super::{Arithmetic, Failure, Kernel, Part, Unit, VECTORS, Work};

/// Bytes of the memory kernels' buffers: beyond the caches of the machines that browsers run on.
const MEMORY_BYTES: usize = 64 << 20;
/// Sides of products.
const SIDES: [usize; 4] = [64, 256, 512, 1024];
/// Sides of products in other formats than binary32.
const FEWER_SIDES: [usize; 2] = [256, 1024];
/// Sides of matrix–vector products are multiples of this, and at most the other.
const SIDE_STEP: usize = 256;
const MAX_SIDE: usize = 16384;

/// What to measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// Formats of matrix–vector products and conversions, by `numerics`' id; unknown ones are passed over.
    pub formats: Vec<String>,
    /// Side of the matrix of [`Part::MatVec`], brought to a multiple of 256 of at most 16384.
    pub matvec_side: usize,
    /// Selects the operands.
    pub seed: u64,
}

impl Plan {
    /// The side of the matrix as it is measured.
    pub fn side(&self) -> usize {
        (self.matvec_side / SIDE_STEP).clamp(1, MAX_SIDE / SIDE_STEP) * SIDE_STEP
    }
}

/// One kernel to be measured.
#[derive(Clone)]
pub struct Case {
    /// Unique, such as `matvec.e4m3`.
    pub id: String,
    /// Its family.
    pub part: Part,
    /// The format of its numbers; empty for bytes.
    pub format: String,
    /// What runs it.
    pub unit: Unit,
    /// How its arithmetic is done.
    pub arithmetic: Arithmetic,
    /// What is counted.
    pub work: Work,
    /// Side of matrices, or number of elements; 0 where there is none.
    pub size: usize,
    what: What,
    seed: u64,
}

#[derive(Clone)]
enum What {
    Peak,
    Memory(memory::Way),
    MatMul,
    MatVec(Weights, Way),
    Conversion(Direction),
    Emulated,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.id)
    }
}

impl Case {
    /// Its kernel, not yet prepared.
    pub(super) fn kernel(&self) -> Result<Box<dyn Kernel>, Failure> {
        let (format, size, seed) = (self.format.as_str(), self.size, self.seed);
        let kernel: Option<Box<dyn Kernel>> = match &self.what {
            What::Peak if self.unit == Unit::RelaxedSimd && VECTORS != Unit::RelaxedSimd => {
                return Err(Failure::NoRelaxedSimd);
            }
            What::Peak => peaks::kernel(format, self.unit),
            What::Memory(way) => Some(Box::new(Memory::new(*way, MEMORY_BYTES))),
            What::MatMul => match format {
                "fp64" => Some(Box::new(MatMul64::new(size, seed))),
                "int8" => Some(Box::new(MatMulInteger::<i8>::new(size, seed))),
                "int16" => Some(Box::new(MatMulInteger::<i16>::new(size, seed))),
                "int32" => Some(Box::new(MatMulInteger::<i32>::new(size, seed))),
                _ => Some(Box::new(MatMul32::new(size, seed))),
            },
            What::MatVec(weights, way) => boxed(MatVec::new(weights, format, *way)),
            What::Conversion(direction) => boxed(Conversion::new(format, *direction, seed)),
            What::Emulated => boxed(EmulatedDots::new(format, seed)),
        };
        // Cases are made from the same lists as kernels.
        kernel.ok_or(Failure::WrongResult { error: f64::NAN })
    }
}

fn boxed<K: Kernel + 'static>(kernel: Option<K>) -> Option<Box<dyn Kernel>> {
    kernel.map(|kernel| Box::new(kernel) as Box<dyn Kernel>)
}

/// The cases of a plan, in order.
pub fn cases(plan: &Plan) -> Vec<Case> {
    plan.parts.iter().flat_map(|part| part_cases(*part, plan)).collect()
}

fn work_of(format: &str) -> Work {
    if format.starts_with("int") { Work::Op } else { Work::Flop }
}

fn part_cases(part: Part, plan: &Plan) -> Vec<Case> {
    let case = |id: String, format: &str, what: What| Case {
        id,
        part,
        format: format.to_owned(),
        unit: if work_of(format) == Work::Op { Unit::Simd128 } else { VECTORS },
        arithmetic: Arithmetic::Native,
        work: work_of(format),
        size: 0,
        what,
        seed: plan.seed,
    };
    match part {
        Part::Peaks => {
            let mut list = Vec::new();
            for format in ["fp32", "fp64", "int32", "int16", "int8"] {
                let short = format.replace("fp", "f").replace("int", "i");
                let peak = |unit: &str| case(format!("peak.{unit}.{short}"), format, What::Peak);
                list.push(Case { unit: Unit::Scalar, ..peak("scalar") });
                list.push(Case { unit: Unit::Simd128, ..peak("simd128") });
                if work_of(format) == Work::Flop {
                    list.push(Case { unit: Unit::RelaxedSimd, ..peak("relaxed-simd") });
                }
            }
            list
        }
        Part::Memory => {
            let memory = |way: memory::Way| Case {
                unit: Unit::Simd128,
                work: Work::Byte,
                size: MEMORY_BYTES,
                ..case(format!("memory.{}", way.id()), "", What::Memory(way))
            };
            memory::Way::ALL.map(memory).to_vec()
        }
        Part::MatMul => {
            let sizes = |format: &'static str| {
                let sides: &[usize] = if format == "fp32" { &SIDES } else { &FEWER_SIDES };
                sides.iter().map(move |side| (format, *side))
            };
            ["fp32", "fp64", "int32", "int16", "int8"]
                .into_iter()
                .flat_map(sizes)
                .map(|(format, size)| Case {
                    size,
                    ..case(format!("matmul.{format}.{size}"), format, What::MatMul)
                })
                .collect()
        }
        Part::MatVec => matvec_cases(plan, &case),
        Part::Conversions => {
            let known: Vec<&String> = plan
                .formats
                .iter()
                .filter(|id| Conversion::new(id, Direction::To, plan.seed).is_some())
                .collect();
            let directions = [(Direction::To, "to"), (Direction::From, "from")];
            known
                .into_iter()
                .flat_map(|id| directions.map(|(direction, word)| (id, direction, word)))
                .map(|(id, direction, word)| Case {
                    unit: Unit::Simd128,
                    arithmetic: Arithmetic::Decoded,
                    work: Work::Element,
                    size: convert::COUNT,
                    ..case(format!("convert.{word}.{id}"), id, What::Conversion(direction))
                })
                .collect()
        }
        Part::Emulated => emulated::FORMATS
            .iter()
            .map(|id| Case {
                arithmetic: Arithmetic::Emulated,
                work: Work::Flop,
                size: emulated::LEN,
                ..case(format!("emulated.dot.{id}"), id, What::Emulated)
            })
            .collect(),
    }
}

fn matvec_cases(plan: &Plan, case: &dyn Fn(String, &str, What) -> Case) -> Vec<Case> {
    let side = plan.side();
    let weights = Weights::new(side, plan.seed);
    let mut list = Vec::new();
    for id in &plan.formats {
        let Some(id) = matvec_formats().find(|known| known == id) else { continue };
        let native = matches!(id, "fp32" | "fp64");
        list.push(Case {
            arithmetic: if native { Arithmetic::Native } else { Arithmetic::Decoded },
            unit: VECTORS,
            work: Work::Flop,
            size: side,
            ..case(format!("matvec.{id}"), id, What::MatVec(weights.clone(), Way::Stored))
        });
        if MatVec::new(&weights, id, Way::NativeInteger).is_some() {
            list.push(Case {
                size: side,
                ..case(format!("matvec.{id}.native"), id, What::MatVec(weights.clone(), Way::NativeInteger))
            });
        }
    }
    list
}
