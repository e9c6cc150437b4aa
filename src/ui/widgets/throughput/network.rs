//! What a network costs: operations, bytes, and the time they take at a rate. No DOM.
//!
//! Times are arithmetic, not measurements: operations over a rate, weights over a bandwidth, the larger of the two.

use protocol::{LayerCost, NetworkCost};

use super::model::stored_bits;

/// Operations of a layer for one input; a multiply-accumulate counts two.
pub fn layer_flop(layer: &LayerCost) -> f64 {
    2.0 * layer.mac_count as f64 + layer.other_flop_count as f64
}

/// Bytes of a layer's weights and biases in a format.
pub fn layer_bytes(layer: &LayerCost, format: &str) -> Option<f64> {
    stored_bits(format, layer.param_count as usize).map(|bits| bits * layer.param_count as f64 / 8.0)
}

/// Sums over all layers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Totals {
    /// Weights and biases.
    pub params: f64,
    /// Operations for one input.
    pub flop: f64,
    /// Multiply-accumulates for one input.
    pub macs: f64,
}

/// The sums of a network.
pub fn totals(network: &NetworkCost) -> Totals {
    network.layers.iter().fold(Totals::default(), |sum, layer| Totals {
        params: sum.params + layer.param_count as f64,
        flop: sum.flop + layer_flop(layer),
        macs: sum.macs + layer.mac_count as f64,
    })
}

/// Bytes of all weights in a format.
pub fn total_bytes(network: &NetworkCost, format: &str) -> Option<f64> {
    network.layers.iter().map(|layer| layer_bytes(layer, format)).sum()
}

/// The share of kind `kind` in a sum over layers.
pub fn share_of(network: &NetworkCost, kind: &str, of: impl Fn(&LayerCost) -> f64) -> f64 {
    let all: f64 = network.layers.iter().map(&of).sum();
    let part: f64 = network.layers.iter().filter(|layer| layer.kind == kind).map(&of).sum();
    if all > 0.0 { part / all } else { 0.0 }
}

/// Seconds for one input, at the least.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Operations over the rate.
    pub compute_s: f64,
    /// Weights over the bandwidth, where that is known.
    pub memory_s: Option<f64>,
}

impl Estimate {
    /// From operations, bytes, operations a second and bytes a second.
    pub fn new(flop: f64, bytes: f64, rate: f64, bandwidth: Option<f64>) -> Self {
        Self { compute_s: flop / rate, memory_s: bandwidth.map(|bandwidth| bytes / bandwidth) }
    }

    /// The larger of both.
    pub fn least_s(self) -> f64 {
        self.memory_s.map_or(self.compute_s, |memory_s| memory_s.max(self.compute_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network() -> NetworkCost {
        let layer = |kind: &str, param_count: u64, mac_count: u64, other_flop_count: u64| LayerCost {
            name: kind.to_owned(),
            kind: kind.to_owned(),
            output: [1, 1, 1],
            param_count,
            mac_count,
            other_flop_count,
        };
        let layers =
            vec![layer("conv", 1000, 50_000, 100), layer("pool", 0, 0, 500), layer("dense", 3000, 3000, 30)];
        NetworkCost { network: "small".to_owned(), input: [1, 1, 1], layers }
    }

    #[test]
    fn totals_count_a_multiply_accumulate_twice() {
        let sums = totals(&network());
        assert_eq!((sums.params, sums.macs, sums.flop), (4000.0, 53_000.0, 106_630.0));
        assert_eq!(total_bytes(&network(), "fp16"), Some(8000.0));
        assert_eq!(total_bytes(&network(), "tf32"), Some(16_000.0));
        assert_eq!(total_bytes(&network(), "nothing"), None);
        assert_eq!(share_of(&network(), "dense", |layer| layer.param_count as f64), 0.75);
    }

    #[test]
    fn the_slower_of_compute_and_memory_decides() {
        assert_eq!(Estimate::new(100.0, 10.0, 50.0, Some(2.0)).least_s(), 5.0);
        assert_eq!(Estimate::new(100.0, 10.0, 50.0, Some(100.0)).least_s(), 2.0);
        assert_eq!(Estimate::new(100.0, 10.0, 50.0, None).least_s(), 2.0);
    }
}
