//! Layers as `.safetensors` files of limited size.
//!
//! A layer `x` is `x.weight` and `x.bias` in binary32, or in INT8 `x.weight` with `x.scale`: symmetric, one scale for each output channel,
//! `greatest magnitude / 127` rounded to binary32, codes `round(weight / scale)` with ties to even; the bias stays in binary32. A layer
//! larger than a file is cut along its first axis into `x.weight.0`, `x.weight.1`, …

use anyhow::{Result, ensure};
use tensor_files::Dtype;
use tensor_files::write::{SafetensorsWriter, TensorSpec};

use super::Files;
use super::fold::Layer;

/// Data of one file, at most; headers come on top.
const MAX_BYTES: usize = 2_450_000;

/// How weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    Fp32,
    Int8,
}

struct Tensor {
    spec: TensorSpec,
    data: Vec<u8>,
}

fn tensor(name: String, dtype: Dtype, shape: &[usize], data: Vec<u8>) -> Tensor {
    Tensor { spec: TensorSpec { name, dtype, shape: shape.iter().map(|&size| size as u64).collect() }, data }
}

fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The tensors of a layer, those of wide elements first.
fn tensors(layer: &Layer, storage: Storage) -> Vec<Tensor> {
    let channels = layer.bias.len();
    let name = |what: &str| format!("{}.{what}", layer.name);
    let bias = tensor(name("bias"), Dtype::F32, &[channels], f32_bytes(&layer.bias));
    match storage {
        Storage::Fp32 => {
            let rows = layer.shape[0];
            let row = layer.weights.len() / rows;
            let pieces = (4 * layer.weights.len()).div_ceil(MAX_BYTES);
            if pieces == 1 {
                let weight = tensor(name("weight"), Dtype::F32, &layer.shape, f32_bytes(&layer.weights));
                return vec![bias, weight];
            }
            let mut all = vec![bias];
            for (piece, part) in layer.weights.chunks(rows.div_ceil(pieces) * row).enumerate() {
                let mut shape = layer.shape.clone();
                shape[0] = part.len() / row;
                all.push(tensor(name(&format!("weight.{piece}")), Dtype::F32, &shape, f32_bytes(part)));
            }
            all
        }
        Storage::Int8 => {
            let (scales, codes) = int8(&layer.weights, channels);
            vec![
                bias,
                tensor(name("scale"), Dtype::F32, &[channels], f32_bytes(&scales)),
                tensor(name("weight"), Dtype::I8, &layer.shape, codes),
            ]
        }
    }
}

/// Scales by channel, and codes.
fn int8(weights: &[f32], channels: usize) -> (Vec<f32>, Vec<u8>) {
    let mut scales = vec![0.0_f32; channels];
    for row in weights.chunks_exact(channels) {
        for (scale, weight) in scales.iter_mut().zip(row) {
            *scale = scale.max(weight.abs());
        }
    }
    for scale in &mut scales {
        *scale /= 127.0;
    }
    let code = |(weight, scale): (&f32, &f32)| {
        if *scale == 0.0 { 0 } else { (weight / scale).round_ties_even().clamp(-127.0, 127.0) as i8 as u8 }
    };
    let codes = weights.chunks_exact(channels).flat_map(|row| row.iter().zip(&scales).map(code)).collect();
    (scales, codes)
}

/// The files of some layers in order, named `prefix-1.safetensors` and so on.
pub fn files(prefix: &str, layers: &[Layer], storage: Storage) -> Result<Files> {
    let mut shards: Vec<Vec<Tensor>> = vec![Vec::new()];
    let mut bytes = 0;
    for tensor in layers.iter().flat_map(|layer| tensors(layer, storage)) {
        ensure!(tensor.data.len() <= MAX_BYTES, "{} is too large for a file", tensor.spec.name);
        if bytes + tensor.data.len() > MAX_BYTES {
            shards.push(Vec::new());
            bytes = 0;
        }
        bytes += tensor.data.len();
        if let Some(shard) = shards.last_mut() {
            shard.push(tensor);
        }
    }
    let mut files = Vec::new();
    for (number, mut shard) in (1..).zip(shards) {
        shard.sort_by_key(|tensor| tensor.spec.dtype == Dtype::I8);
        let specs: Vec<TensorSpec> = shard.iter().map(|tensor| tensor.spec.clone()).collect();
        let mut writer = SafetensorsWriter::new(&specs, &[])?;
        let mut file = writer.header().to_vec();
        for tensor in shard {
            writer.advance(&tensor.data)?;
            file.extend(tensor.data);
        }
        writer.finish()?;
        files.push((format!("{prefix}-{number}.safetensors"), file));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_nearest_multiples_of_a_channels_scale() {
        let (scales, codes) = int8(&[127.0, 0.0, 2.5, 0.0, -3.5, -0.0], 2);
        assert_eq!(scales, [1.0, 0.0]);
        assert_eq!(codes, [127, 0, 2, 0, (-4_i8) as u8, 0]);
    }

    #[test]
    fn a_layer_larger_than_a_file_is_cut_by_rows() {
        let layer = Layer {
            name: "x".into(),
            shape: vec![3, 300_000],
            weights: vec![1.0; 900_000],
            bias: vec![0.0; 300_000],
        };
        let parts = tensors(&layer, Storage::Fp32);
        let shapes: Vec<&[u64]> = parts.iter().map(|part| &part.spec.shape[..]).collect();
        assert_eq!(shapes, [&[300_000][..], &[2, 300_000], &[1, 300_000]]);
        let files = files("p", &[layer], Storage::Fp32).unwrap();
        assert!(files.iter().all(|(_, file)| file.len() < 2_500_000), "{}", files.len());
        assert_eq!(files[1].0, "p-2.safetensors");
    }
}
