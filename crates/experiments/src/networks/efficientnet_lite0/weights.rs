//! The base's weights from the files of `public/models`: not believed, although they come from this site.
//!
//! A file's length and digest are compared first; then every tensor of the cut must be there once, in its shape and type, with finite
//! values. INT8 weights are `code × scale of the output channel`, one rounding to binary32; other formats are made from the binary32
//! ones by [`engine::policy::calibration::round_weights`], never from INT8.

use std::collections::HashMap;

use engine::Shape;
use engine::cpu::{Executor, Path};
use engine::graph::{DType, ParamRole};
use engine::nn::Net;
use engine::plan::Plan;
use engine::policy::Policy;
use engine::snapshot::{SnapshotError, WeightTensor, Weights};
use sha2::{Digest, Sha256};
use tensor_files::{Dtype, FileError, safetensors_catalog};

use super::{Cut, PREFIX, Shard, add_to, shards};
use crate::weights_file::values;

/// How weights are stored in the files. Biases are binary32 in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Storage {
    /// Symmetric 8-bit integers with a scale for each output channel.
    Int8,
    /// binary32.
    Fp32,
}

/// Files that are not the base's.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BaseError {
    /// Another number of files.
    #[error("{found} files, but the cut needs {expected}")]
    Count {
        /// That the cut needs.
        expected: usize,
        /// That were given.
        found: usize,
    },
    /// Another file, or a damaged one.
    #[error("{file} is not the file on record")]
    Digest {
        /// Its name.
        file: &'static str,
    },
    /// A file that cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A tensor is missing, or has another shape.
    #[error(transparent)]
    Weights(#[from] SnapshotError),
    /// A tensor that is there twice, or of a type that it does not have here.
    #[error("{tensor} is there twice or of the type {dtype}")]
    Tensor {
        /// The tensor.
        tensor: String,
        /// Its type.
        dtype: String,
    },
    /// A number is not finite.
    #[error("{tensor} holds an infinite number or NaN")]
    NotFinite {
        /// The tensor.
        tensor: String,
    },
}

/// The weights of a cut from its files, in the order of [`shards`].
pub fn read(storage: Storage, cut: Cut, files: &[&[u8]]) -> Result<Weights, BaseError> {
    let expected = shards(storage, cut).len();
    if files.len() != expected {
        return Err(BaseError::Count { expected, found: files.len() });
    }
    let mut reader = Reader::new(storage, cut);
    files.iter().try_for_each(|file| reader.add(file))?;
    reader.finish()
}

/// The same a file at a time, so that a worker can listen in between.
#[derive(Debug)]
pub struct Reader {
    cut: Cut,
    /// Those still to come.
    expected: &'static [Shard],
    found: Found,
}

impl Reader {
    /// Of the files of [`shards`].
    pub fn new(storage: Storage, cut: Cut) -> Reader {
        Reader { cut, expected: shards(storage, cut), found: Found::default() }
    }

    /// Takes the next file.
    pub fn add(&mut self, file: &[u8]) -> Result<(), BaseError> {
        let Some((shard, rest)) = self.expected.split_first() else {
            return Err(BaseError::Count { expected: 0, found: 1 });
        };
        check(shard, file)?;
        self.found.collect(file)?;
        self.expected = rest;
        Ok(())
    }

    /// The weights, once all files are there.
    pub fn finish(self) -> Result<Weights, BaseError> {
        if self.expected.is_empty() {
            assemble(self.cut, self.found)
        } else {
            Err(BaseError::Count { expected: self.expected.len(), found: 0 })
        }
    }
}

fn check(shard: &Shard, file: &[u8]) -> Result<(), BaseError> {
    let same = file.len() == shard.bytes && {
        let digest = Sha256::digest(file);
        let hex = |nibble: u8| char::from_digit(u32::from(nibble), 16);
        let found = digest.iter().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]);
        found.eq(shard.sha256.chars().map(Some))
    };
    if same { Ok(()) } else { Err(BaseError::Digest { file: shard.file }) }
}

/// A network's weights with random values, as a control: what a base gives that has learnt nothing.
pub fn random(cut: Cut, seed: u64) -> Weights {
    let plan = smallest(cut);
    let run = Executor::new(plan, seed, Path::Wide);
    let tensors = run.plan().params.iter().map(|slot| WeightTensor {
        name: slot.name.clone(),
        shape: slot.shape.clone(),
        role: slot.role,
        values: run.words(slot.view).to_vec(),
    });
    Weights { tensors: tensors.collect() }
}

/// The network for the smallest image: its parameters are those of every size.
fn smallest(cut: Cut) -> Plan {
    let mut net = Net::new(&Policy::FP32);
    let images = net.graph.input("images", [1, 32, 32, 3], DType::F32);
    let outputs = add_to(&mut net, images, cut);
    net.graph.output("result", outputs.logits.unwrap_or(outputs.features));
    Plan::new(&net.graph)
}

/// The tensors of the files, put together; names without the prefix.
#[derive(Debug, Default)]
struct Found {
    /// binary32, and where a tensor is cut by rows, its parts in order.
    floats: HashMap<String, Vec<f32>>,
    /// Codes of INT8.
    codes: HashMap<String, Vec<f32>>,
}

fn assemble(cut: Cut, mut found: Found) -> Result<Weights, BaseError> {
    let plan = smallest(cut);
    let mut weights = Weights::default();
    for slot in &plan.params {
        let name = slot.name.strip_prefix(PREFIX).unwrap_or(&slot.name);
        let values = found.take(name, slot.shape.last())?;
        if values.len() != slot.shape.len() {
            let found = Shape::new(&[values.len()]);
            return Err(SnapshotError::Shape {
                name: slot.name.clone(),
                expected: slot.shape.clone(),
                found,
            }
            .into());
        }
        if values.iter().any(|x| !x.is_finite()) {
            return Err(BaseError::NotFinite { tensor: name.to_owned() });
        }
        let (name, shape, role) = (slot.name.clone(), slot.shape.clone(), slot.role);
        debug_assert!(role != ParamRole::State);
        weights.tensors.push(WeightTensor { name, shape, role, values });
    }
    Ok(weights)
}

impl Found {
    fn collect(&mut self, file: &[u8]) -> Result<(), BaseError> {
        let catalog = safetensors_catalog(file)?;
        for (index, info) in catalog.tensors.iter().enumerate() {
            let refused = || BaseError::Tensor { tensor: info.name.clone(), dtype: info.dtype.to_string() };
            let into = match info.dtype {
                Dtype::F32 => &mut self.floats,
                Dtype::I8 => &mut self.codes,
                _ => return Err(refused()),
            };
            if into.contains_key(&info.name) {
                return Err(refused());
            }
            into.insert(info.name.clone(), values(file, &catalog, index)?);
        }
        Ok(())
    }

    /// The values of a tensor whose last axis has `channels`.
    fn take(&mut self, name: &str, channels: usize) -> Result<Vec<f32>, BaseError> {
        if let Some(values) = self.floats.remove(name) {
            return Ok(values);
        }
        let missing = |name: &str| BaseError::Weights(SnapshotError::Missing { name: name.to_owned() });
        if let Some(mut codes) = self.codes.remove(name) {
            let scale = format!("{}.scale", name.strip_suffix(".weight").unwrap_or(name));
            let scales = self.floats.remove(&scale).ok_or_else(|| missing(&scale))?;
            if scales.len() != channels || channels == 0 {
                let (expected, found) = (Shape::new(&[channels]), Shape::new(&[scales.len()]));
                return Err(SnapshotError::Shape { name: scale, expected, found }.into());
            }
            for row in codes.chunks_exact_mut(channels) {
                for (code, scale) in row.iter_mut().zip(&scales) {
                    *code *= scale;
                }
            }
            return Ok(codes);
        }
        let mut values = Vec::new();
        for part in 0.. {
            let Some(rows) = self.floats.remove(&format!("{name}.{part}")) else { break };
            values.extend(rows);
        }
        if values.is_empty() { Err(missing(name)) } else { Ok(values) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor_files::write::{SafetensorsWriter, TensorSpec};

    /// Tensors with every value `value`, codes 2.
    fn file(tensors: &[(&str, Dtype, usize)], value: f32) -> Vec<u8> {
        let specs: Vec<TensorSpec> = tensors
            .iter()
            .map(|(name, dtype, count)| TensorSpec {
                name: (*name).into(),
                dtype: dtype.clone(),
                shape: vec![*count as u64],
            })
            .collect();
        let mut writer = SafetensorsWriter::new(&specs, &[]).unwrap();
        let mut file = writer.header().to_vec();
        for (_, dtype, count) in tensors {
            let data: Vec<u8> = match dtype {
                Dtype::F32 => (0..*count).flat_map(|_| value.to_le_bytes()).collect(),
                Dtype::I16 => vec![2; 2 * *count],
                _ => vec![2; *count],
            };
            writer.advance(&data).unwrap();
            file.extend(data);
        }
        file
    }

    /// Every tensor of the shortest cut.
    fn whole(value: f32) -> Vec<(String, Vec<u8>)> {
        let plan = smallest(Cut::Depthwise10);
        let name = |slot: &str| slot.strip_prefix(PREFIX).unwrap().to_owned();
        plan.params
            .iter()
            .map(|slot| (name(&slot.name), file(&[(&name(&slot.name), Dtype::F32, slot.shape.len())], value)))
            .collect()
    }

    fn parsed(files: &[(String, Vec<u8>)]) -> Result<Weights, BaseError> {
        let mut found = Found::default();
        files.iter().try_for_each(|(_, file)| found.collect(file))?;
        assemble(Cut::Depthwise10, found)
    }

    #[test]
    fn tensors_are_found_wherever_they_are() {
        let mut files = whole(0.5);
        files.reverse();
        let weights = parsed(&files).unwrap();
        assert_eq!(weights.tensors[0].name, "base.stem.weight");
        assert!(weights.tensors.iter().all(|tensor| tensor.values.iter().all(|x| *x == 0.5)));
    }

    #[test]
    fn codes_are_multiplied_with_their_channels_scale_and_rows_put_together() {
        let mut files = whole(0.5);
        let at = files.iter().position(|(name, _)| name == "block0.project.weight").unwrap();
        files[at].1 = file(
            &[("block0.project.scale", Dtype::F32, 16), ("block0.project.weight", Dtype::I8, 32 * 16)],
            0.25,
        );
        let at = files.iter().position(|(name, _)| name == "block1.expand.weight").unwrap();
        files[at].1 = file(
            &[("block1.expand.weight.0", Dtype::F32, 96 * 9), ("block1.expand.weight.1", Dtype::F32, 96 * 7)],
            3.0,
        );
        let weights = parsed(&files).unwrap();
        assert!(weights.get("base.block0.project.weight").unwrap().values.iter().all(|x| *x == 0.5));
        assert!(weights.get("base.block1.expand.weight").unwrap().values.iter().all(|x| *x == 3.0));
    }

    #[test]
    fn lying_files_are_refused() {
        let good = whole(0.5);
        let with = |at: usize, bytes: Vec<u8>| {
            let mut files = good.clone();
            files[at].1 = bytes;
            parsed(&files).unwrap_err()
        };
        let one = |name: &str, dtype, count| file(&[(name, dtype, count)], 0.5);
        let missing = with(0, one("stem.wait", Dtype::F32, 864));
        assert!(
            matches!(missing, BaseError::Weights(SnapshotError::Missing { name }) if name == "stem.weight")
        );
        let short = with(0, one("stem.weight", Dtype::F32, 863));
        assert!(matches!(short, BaseError::Weights(SnapshotError::Shape { .. })));
        assert!(matches!(with(0, good[1].1.clone()), BaseError::Tensor { .. }));
        assert!(matches!(with(0, one("stem.weight", Dtype::I16, 432)), BaseError::Tensor { .. }));
        let unscaled = with(0, one("stem.weight", Dtype::I8, 864));
        assert!(
            matches!(unscaled, BaseError::Weights(SnapshotError::Missing { name }) if name == "stem.scale")
        );
        let scales = file(&[("stem.scale", Dtype::F32, 31), ("stem.weight", Dtype::I8, 864)], 0.5);
        assert!(matches!(with(0, scales), BaseError::Weights(SnapshotError::Shape { .. })));
        for value in [f32::NAN, f32::INFINITY] {
            assert!(matches!(
                with(0, file(&[("stem.weight", Dtype::F32, 864)], value)),
                BaseError::NotFinite { .. }
            ));
        }
        assert!(matches!(with(0, good[0].1[..40].to_vec()), BaseError::File(_)));
        assert!(matches!(with(0, Vec::new()), BaseError::File(_)));
    }

    #[test]
    fn other_files_are_refused_before_they_are_read() {
        let files = [&b"a"[..]];
        assert_eq!(
            Reader::new(Storage::Int8, Cut::Block14).finish(),
            Err(BaseError::Count { expected: 2, found: 0 })
        );
        let error = read(Storage::Int8, Cut::Depthwise10, &files).unwrap_err();
        assert!(matches!(error, BaseError::Digest { .. }));
        let error = read(Storage::Int8, Cut::Block14, &files).unwrap_err();
        assert_eq!(error, BaseError::Count { expected: 2, found: 1 });
    }
}
