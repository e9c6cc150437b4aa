//! VGG16 against counts made elsewhere, and against the engine's own plan of its graph.

use engine::plan::Plan;
use experiments::networks::{LayerKind, vgg16};
use serde_json::Value;

#[test]
fn layers_are_those_of_the_golden_file() {
    let golden: Value = serde_json::from_str(include_str!("golden/vgg16.json")).unwrap();
    let golden = &golden["imagenet_224"];
    let (_, cost) = vgg16::build();
    // Flattening is no layer of work here.
    let expected: Vec<&Value> =
        golden["layers"].as_array().unwrap().iter().filter(|layer| layer["kind"] != "flatten").collect();
    assert_eq!(cost.layers.len(), expected.len());
    for (layer, expected) in cost.layers.iter().zip(expected) {
        let number = |key: &str| expected[key].as_u64().unwrap();
        assert_eq!(layer.name, expected["name"].as_str().unwrap());
        let kind = match expected["kind"].as_str().unwrap() {
            "convolution" => LayerKind::Convolution,
            "max_pooling" => LayerKind::Pooling,
            _ => LayerKind::Dense,
        };
        assert_eq!(layer.kind, kind, "{}", layer.name);
        assert_eq!(
            (layer.param_count, layer.mac_count),
            (number("parameters"), number("macs")),
            "{}",
            layer.name
        );
        assert_eq!(layer.output.iter().product::<usize>() as u64, number("activations"), "{}", layer.name);
    }
    assert_eq!(cost.param_count(), 138_357_544);
    assert_eq!(cost.mac_count(), 15_470_264_320);
    assert_eq!(cost.param_count(), golden["totals"]["parameters"].as_u64().unwrap());
}

#[test]
fn biases_relus_and_comparisons_are_counted() {
    let (_, cost) = vgg16::build();
    let other = |name: &str| cost.layers.iter().find(|layer| layer.name == name).unwrap().other_flop_count;
    assert_eq!(other("block1_conv1"), 2 * 224 * 224 * 64);
    assert_eq!(other("block1_pool"), 3 * 112 * 112 * 64);
    assert_eq!(other("fc1"), 2 * 4096);
    assert_eq!(other("predictions"), 1000);
}

#[test]
fn the_plan_counts_the_same() {
    let (graph, cost) = vgg16::build();
    let plan = Plan::new(&graph);
    let params: usize = plan.params.iter().map(|param| param.shape.len()).sum();
    assert_eq!(params as u64, cost.param_count());
    let others: u64 = cost.layers.iter().map(|layer| layer.other_flop_count).sum();
    let counted = 2 * cost.mac_count() + others;
    let difference = plan.flop_count.abs_diff(counted) as f64 / counted as f64;
    assert!(difference < 1e-3, "plan {} against {counted}", plan.flop_count);
}
