//! Whole networks against PyTorch in binary64: values, losses, every gradient, ten steps of training.
//!
//! The files and their format come from `tools/oracles/engine_golden.py`. The engine computes in binary32; a tensor passes when no
//! element is off by more than 1e-5 of the tensor's greatest magnitude.

use std::cell::Cell;
use std::panic::catch_unwind;

use engine::cpu::{Executor, Path};
use engine::graph::{DType, Graph, Init, Padding, ParamRole, Tensor, UnaryOp};
use engine::mutants::Mutant;
use engine::nn::optimiser::{Optimiser, minimise};
use engine::nn::{self, Activation, Net};
use engine::plan::Plan;
use engine::policy::Policy;
use serde_json::Value;

const TOLERANCE: f64 = 1e-5;

struct Golden {
    name: String,
    header: Value,
    values: Vec<f64>,
}

impl Golden {
    fn read(name: &str) -> Golden {
        let path = |suffix: &str| format!("{}/tests/golden/{name}.{suffix}", env!("CARGO_MANIFEST_DIR"));
        let header: Value =
            serde_json::from_str(&std::fs::read_to_string(path("json")).expect("a header")).expect("JSON");
        let bytes = std::fs::read(path("f64")).expect("values");
        let values =
            bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().expect("8 bytes"))).collect();
        Golden { name: name.to_owned(), header, values }
    }

    fn get(&self, tensor: &str) -> &[f64] {
        let entry = &self.header["tensors"][tensor];
        let number =
            |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{tensor} in {}", self.name)) as usize;
        let len = entry["shape"].as_array().expect("a shape").iter().map(number).product::<usize>();
        &self.values[number(&entry["offset"])..][..len]
    }

    fn shape(&self, tensor: &str) -> Vec<usize> {
        let sizes = self.header["tensors"][tensor]["shape"].as_array().expect("a shape");
        sizes.iter().map(|size| size.as_u64().expect("a size") as usize).collect()
    }

    fn check(&self, what: &str, got: &[f32], tensor: &str) -> f64 {
        let expected = self.get(tensor);
        assert_eq!(got.len(), expected.len(), "{} {what}", self.name);
        let scale = expected.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        let off = got.iter().zip(expected).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
        // A gradient that is 0 up to rounding is compared with 1.
        let scale = if scale < 1e-6 { 1.0 } else { scale };
        assert!(off <= TOLERANCE * scale, "{} {what} ({tensor}): off by {off:e} of {scale:e}", self.name);
        off / scale
    }
}

/// What a model's builder leaves behind.
struct Model {
    net: Net,
    loss: Tensor,
    /// Tensors to compare, by their names in the file.
    values: Vec<(&'static str, Tensor)>,
}

/// Parameters are named as in the file; `rename` translates from the layers' names.
fn value_of(golden: &Golden, rename: &[(&str, &str)], name: &str) -> Option<Vec<f32>> {
    let key = renamed(rename, name);
    golden.header["tensors"].get(&key)?;
    Some(golden.get(&key).iter().map(|&x| x as f32).collect())
}

fn renamed(rename: &[(&str, &str)], name: &str) -> String {
    rename.iter().fold(name.to_owned(), |key, (from, to)| key.replace(from, to))
}

/// The file's tensor as a parameter that is not trained, so that it has a gradient.
fn constant(golden: &Golden, graph: &mut Graph, name: &str) -> Tensor {
    graph.param(name, engine::Shape::new(&golden.shape(name)), Init::Constant(0.0), ParamRole::State)
}

fn load(golden: &Golden, rename: &[(&str, &str)], executor: &mut Executor) {
    for slot in executor.plan().params.clone() {
        if let Some(values) = value_of(golden, rename, &slot.name) {
            executor.words_mut(slot.view).copy_from_slice(&values);
        }
    }
    for slot in executor.plan().inputs.clone() {
        let values: Vec<f32> = golden.get(&slot.name).iter().map(|&x| f32::from_bits(x as u32)).collect();
        assert_eq!(slot.dtype, DType::U32);
        executor.words_mut(slot.view).copy_from_slice(&values);
    }
}

thread_local! {
    /// The mistake that [`check`] makes.
    static MUTANT: Cell<Option<Mutant>> = const { Cell::new(None) };
}

/// A plan of the graph, wrong if a mutant is asked for.
fn planned(mut graph: Graph, loss: Tensor) -> Plan {
    if let Some(mutant) = MUTANT.get() {
        mutant.apply(&mut graph, loss);
    }
    Plan::new(&graph)
}

/// Values and gradients, then training runs.
fn check(name: &str, rename: &[(&str, &str)], build: impl Fn(&Golden) -> Model) {
    let golden = Golden::read(name);
    let mut model = build(&golden);
    let graph = &mut model.net.graph;
    let params: Vec<(String, Tensor)> = graph
        .nodes()
        .iter()
        .enumerate()
        .filter(|(_, node)| matches!(node.op, engine::graph::Op::Param(_)))
        .map(|(index, _)| graph.tensor(index))
        .map(|tensor| {
            let id = graph.param_id(tensor).expect("a parameter");
            (graph.params()[id.index()].name.clone(), tensor)
        })
        .filter(|(name, _)| golden.header["tensors"].get(format!("grad.{}", renamed(rename, name))).is_some())
        .collect();
    let tensors: Vec<Tensor> = params.iter().map(|(_, tensor)| *tensor).collect();
    assert!(params.len() >= 4, "{name}: only {} gradients", params.len());
    let gradients = graph.grad(model.loss, &tensors);
    for ((name, _), gradient) in params.iter().zip(gradients) {
        graph.output(&format!("grad.{}", renamed(rename, name)), gradient);
    }
    graph.output("loss", model.loss);
    for (name, tensor) in &model.values {
        graph.output(name, *tensor);
    }
    let plan = planned(std::mem::take(graph), model.loss);
    let mut executor = Executor::new(plan, 0, Path::Wide);
    load(&golden, rename, &mut executor);
    executor.step();
    let mut worst = 0.0_f64;
    let outputs: Vec<String> = executor.plan().outputs.iter().map(|output| output.name.clone()).collect();
    for output in &outputs {
        worst = worst.max(golden.check("first step", executor.output(output), output));
    }
    println!("{name}: {} tensors, the worst off by {worst:e}", outputs.len());

    let adam = |weight_decay| Optimiser::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay };
    for (run, lr, rule) in [
        ("sgd", 0.1, Optimiser::Sgd),
        ("momentum", 0.1, Optimiser::Momentum { momentum: 0.9 }),
        ("adam", 0.01, adam(0.0)),
        ("adamw_weights", 0.01, adam(0.1)),
    ] {
        let curve = format!("{run}.losses");
        if golden.header["tensors"].get(&curve).is_none() {
            continue;
        }
        let mut model = build(&golden);
        let trained = model.net.parameters("");
        let rate = model.net.graph.constant(lr);
        minimise(&mut model.net, "optimiser", model.loss, &trained, rate, rule);
        model.net.graph.output("loss", model.loss);
        let plan = planned(std::mem::take(&mut model.net.graph), model.loss);
        let mut executor = Executor::new(plan, 0, Path::Wide);
        load(&golden, rename, &mut executor);
        let losses: Vec<f32> = (0..10)
            .map(|_| {
                executor.step();
                executor.output("loss")[0]
            })
            .collect();
        let off = golden.check(run, &losses, &curve);
        let mut after = 0;
        for slot in executor.plan().params.clone() {
            let key = format!("{run}.after.{}", renamed(rename, &slot.name));
            if golden.header["tensors"].get(&key).is_some() {
                golden.check(run, executor.words(slot.view), &key);
                after += 1;
            }
        }
        assert!(after > 0, "{name} {run}: no parameter to compare");
        println!("{name} {run}: losses off by {off:e}");
    }
}

fn dense(net: &mut Net, name: &str, x: Tensor, outputs: usize, activation: Activation) -> Tensor {
    net.dense(name, x, outputs, nn::WeightInit::He, activation)
}

fn labels(golden: &Golden, graph: &mut Graph, name: &str) -> Tensor {
    graph.input(name, engine::Shape::new(&golden.shape(name)), DType::U32)
}

#[test]
fn a_perceptron() {
    check("mlp", &[], |golden| {
        let mut net = Net::new(&Policy::FP32);
        let x = constant(golden, &mut net.graph, "x");
        let h1 = dense(&mut net, "l1", x, 32, Activation::Relu);
        let h2 = dense(&mut net, "l2", h1, 16, Activation::Tanh);
        let logits = dense(&mut net, "l3", h2, 10, Activation::Linear);
        let label = labels(golden, &mut net.graph, "label");
        let loss = nn::cross_entropy(&mut net.graph, logits, label);
        Model { net, loss, values: vec![("h1", h1), ("h2", h2), ("logits", logits)] }
    });
}

#[test]
fn a_convolutional_net() {
    check("convnet", &[("bn.gain", "bn.gamma"), ("bn.bias", "bn.beta")], |golden| {
        let mut net = Net::new(&Policy::FP32);
        let x = constant(golden, &mut net.graph, "x");
        let y = net.conv2d("conv", x, 3, 8, 1, Padding::Same, Activation::Relu);
        let y = nn::batch_norm(&mut net, "bn", y, 1e-5, 0.1);
        let pool = net.graph.max_pool(y, 2, 2, Padding::Valid);
        let weight = net.trained("depthwise.weight", [3, 3, 8], Init::Constant(0.0), ParamRole::Weight);
        let bias = net.trained("depthwise.bias", [8], Init::Constant(0.0), ParamRole::Bias);
        let y = net.graph.depthwise_conv2d(pool, weight, 2, Padding::Same);
        let y = net.graph.add(y, bias);
        let depthwise = net.graph.unary(UnaryOp::Relu6, y);
        let pointwise = net.conv2d("pointwise", depthwise, 1, 12, 1, Padding::Same, Activation::Relu);
        let features = net.graph.global_avg_pool(pointwise);
        let logits = dense(&mut net, "dense", features, 10, Activation::Linear);
        let label = labels(golden, &mut net.graph, "label");
        let loss = nn::cross_entropy(&mut net.graph, logits, label);
        let values = vec![
            ("pool", pool),
            ("depthwise", depthwise),
            ("pointwise", pointwise),
            ("features", features),
            ("logits", logits),
        ];
        Model { net, loss, values }
    });
}

#[test]
fn a_transformer() {
    let rename = [
        ("attention.query.weight", "wq"),
        ("attention.key.weight", "wk"),
        ("attention.value.weight", "wv"),
        ("attention.output.weight", "wo"),
        ("embedding.weight", "embedding"),
    ];
    check("transformer", &rename, |golden| {
        let mut net = Net::new(&Policy::FP32);
        let tokens = labels(golden, &mut net.graph, "tokens");
        let mut x = net.embedding("embedding", tokens, 17, 16);
        let mut values = vec![("embedded", x)];
        let names =
            [["layer0.after_attention", "layer0.after_mlp"], ["layer1.after_attention", "layer1.after_mlp"]];
        for (layer, [attention, mlp]) in names.into_iter().enumerate() {
            let unit = nn::rms_norm(&mut net, &format!("layer{layer}.norm1"), x, 1e-5);
            let mixed = nn::attention(&mut net, &format!("layer{layer}.attention"), unit, 2, Some(10_000.0));
            x = net.graph.add(x, mixed);
            values.push((attention, x));
            let unit = nn::rms_norm(&mut net, &format!("layer{layer}.norm2"), x, 1e-5);
            let hidden = dense(&mut net, &format!("layer{layer}.mlp1"), unit, 32, Activation::Gelu);
            let out = dense(&mut net, &format!("layer{layer}.mlp2"), hidden, 16, Activation::Linear);
            x = net.graph.add(x, out);
            values.push((mlp, x));
        }
        let unit = nn::layer_norm(&mut net, "norm", x, 1e-5);
        let weight = net.trained("output.weight", [16, 17], Init::Constant(0.0), ParamRole::Weight);
        let logits = net.graph.matmul(unit, weight);
        values.push(("logits", logits));
        let label = labels(golden, &mut net.graph, "label");
        let loss = nn::cross_entropy(&mut net.graph, logits, label);
        Model { net, loss, values }
    });
}

#[test]
fn recurrent_cells() {
    let rename = [
        ("cell.input.weight", "w_x"),
        ("cell.hidden.weight", "w_h"),
        ("cell.input.bias", "b_x"),
        ("cell.hidden.bias", "b_h"),
    ];
    for (name, long) in [("gru", false), ("lstm", true)] {
        check(name, &rename, |golden| {
            let mut net = Net::new(&Policy::FP32);
            let x = constant(golden, &mut net.graph, "x");
            let target = constant(golden, &mut net.graph, "target");
            let last = if long { nn::lstm(&mut net, "cell", x, 8) } else { nn::gru(&mut net, "cell", x, 8) };
            let y = dense(&mut net, "dense", last, 3, Activation::Linear);
            let loss = nn::mse(&mut net.graph, y, target);
            Model { net, loss, values: vec![("y", y)] }
        });
    }
}

#[test]
fn gradient_penalties() {
    for (name, activation) in
        [("penalty_tanh", Activation::Tanh), ("penalty_leaky_relu", Activation::LeakyRelu)]
    {
        check(name, &[], |golden| {
            let mut net = Net::new(&Policy::FP32);
            let x = constant(golden, &mut net.graph, "x");
            let h = dense(&mut net, "l1", x, 16, activation);
            let h = dense(&mut net, "l2", h, 16, activation);
            let critic = dense(&mut net, "l3", h, 1, Activation::Linear);
            let graph = &mut net.graph;
            let sum = graph.sum(critic);
            let slope = graph.grad(sum, &[x])[0];
            let square = graph.unary(UnaryOp::Square, slope);
            let norm = graph.sum_axis(square, 1);
            let norm = graph.unary(UnaryOp::Sqrt, norm);
            let off = graph.offset(norm, -1.0);
            let square = graph.unary(UnaryOp::Square, off);
            let loss = graph.mean(square);
            Model { net, loss, values: vec![("critic", critic), ("slope", slope), ("norm", norm)] }
        });
    }
}

#[test]
fn a_gradient_leak() {
    check("gradient_leak", &[], |golden| {
        let mut net = Net::new(&Policy::FP32);
        let x = constant(golden, &mut net.graph, "x");
        let label_logits = constant(golden, &mut net.graph, "label_logits");
        let h = dense(&mut net, "l1", x, 8, Activation::Sigmoid);
        let logits = dense(&mut net, "l2", h, 3, Activation::Linear);
        let params = net.parameters("");
        let graph = &mut net.graph;
        let probabilities = graph.softmax(label_logits);
        let log = graph.log_softmax(logits);
        let terms = graph.mul(probabilities, log);
        let sum = graph.sum(terms);
        let inner = graph.scale(sum, -0.5);
        let dummy = graph.grad(inner, &params);
        let mut total: Option<Tensor> = None;
        for (&gradient, name) in dummy.iter().zip(["l1.weight", "l1.bias", "l2.weight", "l2.bias"]) {
            let target = constant(golden, graph, &format!("target.{name}"));
            let difference = graph.sub(gradient, target);
            let square = graph.unary(UnaryOp::Square, difference);
            let sum = graph.sum(square);
            total = Some(total.map_or(sum, |total| graph.add(total, sum)));
        }
        let values = vec![
            ("logits", logits),
            ("dummy.l1.weight", dummy[0]),
            ("dummy.l1.bias", dummy[1]),
            ("dummy.l2.weight", dummy[2]),
            ("dummy.l2.bias", dummy[3]),
        ];
        Model { loss: total.expect("four terms"), net, values }
    });
}

/// Every network notices every mistake that can be made in its gradients or its optimiser.
#[test]
fn mutants_fail_the_golden_files() {
    let networks: [(&str, fn()); 6] = [
        ("perceptron", a_perceptron),
        ("convolutional net", a_convolutional_net),
        ("transformer", a_transformer),
        ("recurrent cells", recurrent_cells),
        ("gradient penalties", gradient_penalties),
        ("gradient leak", a_gradient_leak),
    ];
    for mutant in [Mutant::DroppedBiasGradient, Mutant::TransposedOperand, Mutant::NoBiasCorrection] {
        let mut failed = Vec::new();
        for (name, network) in networks {
            MUTANT.set(Some(mutant));
            if catch_unwind(network).is_err() {
                failed.push(name);
            }
            MUTANT.set(None);
        }
        println!("{mutant:?}: {} of {} fail: {failed:?}", failed.len(), networks.len());
        assert!(failed.contains(&"perceptron") && failed.contains(&"transformer"), "{mutant:?}: {failed:?}");
    }
}
