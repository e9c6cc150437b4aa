//! Trained parameters as `.safetensors`, with their names and shapes, and back.
//!
//! Written: binary32, in the plan's order; the metadata say `format: pt`, as the Python libraries expect. Dense weights are
//! `(in, out)` and convolutions `(h, w, in, out)`: PyTorch's are the transposes. Read: any plain type of element, rounded to
//! binary32 where it is wider; the tensors are found by name and must have the plan's shapes. Left out: optimiser state.

use engine::graph::ParamRole;
use engine::plan::Plan;
use engine::snapshot::{Snapshot, SnapshotError, WeightTensor, Weights};
use tensor_files::write::{SafetensorsWriter, TensorSpec};
use tensor_files::{
    Catalog, Dtype, Elements, FileError, NoDecoder, SliceReader, limits, safetensors_catalog,
};

/// A file that is not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WeightsFileError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its tensors are not the network's.
    #[error(transparent)]
    Weights(#[from] SnapshotError),
    /// A number is not finite.
    #[error("{tensor} holds an infinite number or NaN")]
    NotFinite {
        /// The tensor.
        tensor: String,
    },
}

/// The file of these weights.
pub fn to_safetensors(weights: &Weights) -> Result<Vec<u8>, FileError> {
    to_safetensors_with(weights, &[("format", "pt")])
}

/// The same with other metadata.
pub fn to_safetensors_with(weights: &Weights, metadata: &[(&str, &str)]) -> Result<Vec<u8>, FileError> {
    let specs: Vec<TensorSpec> = weights
        .tensors
        .iter()
        .map(|tensor| TensorSpec {
            name: tensor.name.clone(),
            dtype: Dtype::F32,
            shape: tensor.shape.sizes().iter().map(|&size| size as u64).collect(),
        })
        .collect();
    let mut writer = SafetensorsWriter::new(&specs, metadata)?;
    let mut file = writer.header().to_vec();
    for tensor in &weights.tensors {
        let bytes: Vec<u8> = tensor.values.iter().flat_map(|x| x.to_le_bytes()).collect();
        writer.advance(&bytes)?;
        file.extend_from_slice(&bytes);
    }
    writer.finish()?;
    Ok(file)
}

/// Reads a file's tensors into the trained parameters of a run. Nothing changes when one is missing, has another shape or holds a number
/// that is not finite; tensors that the plan has not are passed over unread.
pub fn read_safetensors(file: &[u8], plan: &Plan, snapshot: &mut Snapshot) -> Result<(), WeightsFileError> {
    let catalog = safetensors_catalog(file)?;
    let mut weights = Weights::default();
    for (index, info) in catalog.tensors.iter().enumerate() {
        let slot = plan.params.iter().find(|slot| slot.name == info.name && slot.role != ParamRole::State);
        let Some(slot) = slot else { continue };
        let sizes: Vec<u64> = slot.shape.sizes().iter().map(|&size| size as u64).collect();
        if sizes != info.shape {
            return Err(WeightsFileError::Weights(SnapshotError::Shape {
                name: info.name.clone(),
                expected: slot.shape.clone(),
                // For the message alone: nothing is made of this size.
                found: engine::Shape::new(&info.shape.iter().map(|&size| size as usize).collect::<Vec<_>>()),
            }));
        }
        let values = values(file, &catalog, index)?;
        if values.iter().any(|x| !x.is_finite()) {
            return Err(WeightsFileError::NotFinite { tensor: info.name.clone() });
        }
        weights.tensors.push(WeightTensor {
            name: slot.name.clone(),
            shape: slot.shape.clone(),
            role: slot.role,
            values,
        });
    }
    weights.write_to(plan, snapshot)?;
    Ok(())
}

/// All values of the tensor at `index` of a file that is in memory, whose catalogue this is.
pub(crate) fn values(file: &[u8], catalog: &Catalog, index: usize) -> Result<Vec<f32>, FileError> {
    let mut reader = SliceReader::new(catalog, index, limits::DEFAULT_SLICE_BYTES)?;
    let (mut values, mut slice) = (Vec::new(), Elements::default());
    while let Some(range) = reader.next_range() {
        // The catalogue has compared every range with the file's length.
        let (start, len) = (range.offset as usize, range.len as usize);
        let bytes = file.get(start..).and_then(|rest| rest.get(..len)).unwrap_or_default();
        reader.decode(bytes, &mut NoDecoder, &mut slice)?;
        match &slice {
            Elements::F32(part) => values.extend_from_slice(part),
            Elements::F64(part) => values.extend(part.iter().map(|&x| x as f32)),
        }
    }
    Ok(values)
}
