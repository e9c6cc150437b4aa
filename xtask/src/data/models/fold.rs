//! From PyTorch's parameters to layers of weights and biases, as the engine has them.
//!
//! A batch normalisation that follows a convolution is a factor `γ / √(variance + ε)` and an addend for each output channel; they go into
//! the convolution's weights and bias, computed in binary64 and rounded once. Weights are laid out `(kh,kw,in,out)`, of depthwise convolutions
//! `(kh,kw,channels)`, of 1×1 convolutions and dense layers `(in,out)`: the output channel is always the last axis.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use tensor_files::{CsvOptions, Elements, FileKind, NoDecoder, SliceReader, catalog_of, limits};

/// The normalisations' ε.
const EPSILON: f64 = 1e-3;

/// A named layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub name: String,
    /// Of the weights; the last size is the number of output channels.
    pub shape: Vec<usize>,
    pub weights: Vec<f32>,
    pub bias: Vec<f32>,
}

/// Shape and elements.
type Array = (Vec<usize>, Vec<f32>);

/// A trained state: arrays by name.
pub struct State(BTreeMap<String, Array>);

impl State {
    /// From the bytes of a `.safetensors` file of binary32.
    pub fn read(file: &[u8]) -> Result<State> {
        let catalog = catalog_of(FileKind::Safetensors, file, CsvOptions::default())?;
        let mut arrays = BTreeMap::new();
        for (index, info) in catalog.tensors.iter().enumerate() {
            let mut reader = SliceReader::new(&catalog, index, limits::DEFAULT_SLICE_BYTES)?;
            let (mut values, mut slice) = (Vec::new(), Elements::default());
            while let Some(range) = reader.next_range() {
                let bytes = &file[range.offset as usize..][..range.len as usize];
                reader.decode(bytes, &mut NoDecoder, &mut slice)?;
                let Elements::F32(part) = &slice else { bail!("{} is not of binary32", info.name) };
                values.extend_from_slice(part);
            }
            let shape = info.shape.iter().map(|&size| size as usize).collect();
            arrays.insert(info.name.clone(), (shape, values));
        }
        Ok(State(arrays))
    }

    /// Whether there is an array of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn get(&self, name: &str) -> Result<&Array> {
        self.0.get(name).with_context(|| format!("the state has no {name}"))
    }

    fn row(&self, name: &str, count: usize) -> Result<&[f32]> {
        let (shape, values) = self.get(name)?;
        ensure!(*shape == [count], "{name} is of shape {shape:?}");
        Ok(values)
    }

    /// The convolution `convolution.weight` with the normalisation `norm` folded in.
    pub fn convolution(&self, name: &str, convolution: &str, norm: &str) -> Result<Layer> {
        let (shape, values) = self.get(&format!("{convolution}.weight"))?;
        let &[co, ci, kh, kw] = &shape[..] else { bail!("{convolution} is of shape {shape:?}") };
        let row = |what: &str| self.row(&format!("{norm}.{what}"), co);
        let (gain, shift, mean, variance) =
            (row("weight")?, row("bias")?, row("running_mean")?, row("running_var")?);
        let factors: Vec<f64> = gain
            .iter()
            .zip(variance)
            .map(|(gain, variance)| f64::from(*gain) / (f64::from(*variance) + EPSILON).sqrt())
            .collect();
        let bias = (0..co).map(|o| (f64::from(shift[o]) - f64::from(mean[o]) * factors[o]) as f32).collect();
        let mut weights = Vec::with_capacity(values.len());
        for window in 0..kh * kw {
            for i in 0..ci {
                for o in 0..co {
                    let value = values[(o * ci + i) * kh * kw + window];
                    weights.push((f64::from(value) * factors[o]) as f32);
                }
            }
        }
        // A depthwise convolution has one input channel for each output.
        let shape = match (kh * kw, ci) {
            (1, _) => vec![ci, co],
            (_, 1) => vec![kh, kw, co],
            _ => vec![kh, kw, ci, co],
        };
        Ok(Layer { name: name.to_owned(), shape, weights, bias })
    }

    /// The dense layer `dense.weight` and `dense.bias`.
    pub fn dense(&self, name: &str, dense: &str) -> Result<Layer> {
        let (shape, values) = self.get(&format!("{dense}.weight"))?;
        let &[outputs, inputs] = &shape[..] else { bail!("{dense} is of shape {shape:?}") };
        let weights = (0..inputs).flat_map(|i| (0..outputs).map(move |o| values[o * inputs + i])).collect();
        let bias = self.row(&format!("{dense}.bias"), outputs)?.to_vec();
        Ok(Layer { name: name.to_owned(), shape: vec![inputs, outputs], weights, bias })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(arrays: &[(&str, &[usize], &[f32])]) -> State {
        State(
            arrays
                .iter()
                .map(|(name, shape, values)| ((*name).to_owned(), (shape.to_vec(), values.to_vec())))
                .collect(),
        )
    }

    #[test]
    fn a_normalisation_becomes_factors_and_addends() {
        let state = state(&[
            ("c.weight", &[2, 2, 1, 1], &[1.0, 2.0, 3.0, 4.0]),
            ("n.weight", &[2], &[2.0, 1.0]),
            ("n.bias", &[2], &[0.5, -0.5]),
            ("n.running_mean", &[2], &[1.0, 2.0]),
            // With ε: variances of 4 and 1.
            ("n.running_var", &[2], &[3.999, 0.999]),
        ]);
        let layer = state.convolution("x", "c", "n").unwrap();
        assert_eq!(layer.shape, [2, 2]);
        let expected = [1.0, 3.0, 2.0, 4.0];
        assert!(layer.weights.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{:?}", layer.weights);
        assert!((layer.bias[0] + 0.5).abs() < 1e-6 && (layer.bias[1] + 2.5).abs() < 1e-6);
        assert!(state.convolution("x", "c", "m").is_err());
    }

    #[test]
    fn layouts_have_the_output_channel_last() {
        let values: Vec<f32> = (0..8).map(|x| x as f32).collect();
        let ones: &[f32] = &[1.0, 1.0];
        let zeros: &[f32] = &[0.0, 0.0];
        let variance: &[f32] = &[0.999, 0.999];
        let state = state(&[
            ("c.weight", &[2, 1, 2, 2], &values),
            ("n.weight", &[2], ones),
            ("n.bias", &[2], zeros),
            ("n.running_mean", &[2], zeros),
            ("n.running_var", &[2], variance),
            ("d.weight", &[2, 4], &values),
            ("d.bias", &[2], ones),
        ]);
        let depthwise = state.convolution("x", "c", "n").unwrap();
        assert_eq!(depthwise.shape, [2, 2, 2]);
        assert!(
            depthwise
                .weights
                .iter()
                .zip([0.0, 4.0, 1.0, 5.0, 2.0, 6.0, 3.0, 7.0])
                .all(|(a, b)| (a - b).abs() < 1e-5)
        );
        let dense = state.dense("y", "d").unwrap();
        assert_eq!((dense.shape, dense.weights), (vec![4, 2], vec![0.0, 4.0, 1.0, 5.0, 2.0, 6.0, 3.0, 7.0]));
    }
}
