//! A known network's cost, layer by layer.

use experiments::networks::{LayerKind, vgg16};
use protocol::{Event, Failure, JobId, LayerCost, NetworkCost, Outcome};

use super::{Stop, post};

/// Counts a network by its name.
pub(super) fn run(job: JobId, network: String) -> Result<(), Stop> {
    if network != "vgg16" {
        return Err(Failure::new("unknown").with("code", network).into());
    }
    let (_, cost) = vgg16::build();
    let layers = cost.layers.into_iter().map(|layer| LayerCost {
        name: layer.name,
        kind: match layer.kind {
            LayerKind::Convolution => "conv",
            LayerKind::Pooling => "pool",
            LayerKind::Dense => "dense",
        }
        .to_owned(),
        output: layer.output.map(|size| size as u32),
        param_count: layer.param_count,
        mac_count: layer.mac_count,
        other_flop_count: layer.other_flop_count,
    });
    let cost = NetworkCost { network, input: cost.input.map(|size| size as u32), layers: layers.collect() };
    post::event(job, Event::Done(Outcome::Network(cost)));
    Ok(())
}
