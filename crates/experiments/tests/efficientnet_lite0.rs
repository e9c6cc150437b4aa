//! EfficientNet-Lite0 with the shipped weights against PyTorch, which runs the package's own model (`tools/oracles/efficientnet_lite0.py`).

use std::path::Path as FilePath;

use datasets::{Dataset, Split, Values};
use engine::cpu::Path;
use engine::graph::{DType, Graph, ParamRole};
use engine::nn::Net;
use engine::plan::Plan;
use engine::policy::Policy;
use engine::snapshot::Weights;
use experiments::networks::efficientnet_lite0::{
    Cut, Extractor, Precision, Storage, add_to, random, read, shards,
};
use serde_json::Value;

const SIDE: usize = 96;
const COUNT: usize = 20;

fn public(file: &str) -> Vec<u8> {
    std::fs::read(FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../../public").join(file))
        .expect("a shipped file")
}

fn shipped(storage: Storage, cut: Cut) -> Weights {
    let files: Vec<Vec<u8>> =
        shards(storage, cut).iter().map(|shard| public(&format!("models/{}", shard.file))).collect();
    read(storage, cut, &files.iter().map(|file| &file[..]).collect::<Vec<&[u8]>>())
        .expect("the shipped weights")
}

/// The pictures of the golden file: levels of each.
fn pictures() -> Vec<Vec<f32>> {
    let set = Dataset::read(&public("data/clip-art.bin")).expect("the clip-art");
    let test = set.split(Split::Test);
    (0..COUNT)
        .map(|index| match test.get(7 * index).expect("a picture").values {
            Values::Pixels { values, .. } => values.iter().map(|level| f32::from(*level)).collect(),
            Values::Numbers(_) => panic!("a table"),
        })
        .collect()
}

struct Golden {
    header: Value,
    values: Vec<f32>,
}

impl Golden {
    fn read() -> Golden {
        let path =
            |suffix: &str| format!("{}/tests/golden/efficientnet_lite0.{suffix}", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path("f32")).expect("values");
        Golden {
            header: serde_json::from_str(&std::fs::read_to_string(path("json")).expect("a header"))
                .expect("JSON"),
            values: bytes.as_chunks::<4>().0.iter().map(|word| f32::from_le_bytes(*word)).collect(),
        }
    }

    fn rows(&self, tensor: &str) -> impl Iterator<Item = &[f32]> {
        let entry = &self.header[tensor];
        let number = |value: &Value| value.as_u64().expect("a number") as usize;
        let (count, width) = (number(&entry["shape"][0]), number(&entry["shape"][1]));
        self.values[number(&entry["offset"])..][..count * width].chunks_exact(width)
    }
}

/// Length of the difference over the length of what is expected.
fn relative_error(got: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(got.len(), expected.len());
    let square = |x: f64| x * x;
    let off: f64 = got.iter().zip(expected).map(|(a, b)| square(f64::from(*a) - f64::from(*b))).sum();
    (off / expected.iter().map(|x| square(f64::from(*x))).sum::<f64>()).sqrt()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn features(weights: &Weights, cut: Cut, path: Path) -> Vec<Vec<f32>> {
    let mut base = Extractor::new(weights, cut, 1, SIDE, &Policy::FP32, path).expect("its weights");
    pictures()
        .iter()
        .map(|levels| {
            base.run(levels);
            base.features().to_vec()
        })
        .collect()
}

#[test]
fn features_are_pytorchs() {
    let golden = Golden::read();
    let weights = shipped(Storage::Fp32, Cut::Full);
    for (cut, name) in [(Cut::Depthwise10, "d10"), (Cut::Block14, "b14"), (Cut::Full, "full")] {
        let got = features(&weights, cut, Path::Wide);
        assert_eq!(got.len(), golden.rows(name).count());
        let errors: Vec<f64> =
            got.iter().zip(golden.rows(name)).map(|(got, expected)| relative_error(got, expected)).collect();
        let worst = errors.iter().copied().fold(0.0, f64::max);
        println!("{name}: relative error at most {worst:.1e}");
        assert!(worst <= 1e-5, "{name}: {worst:e}");
        // Element by element too, beside the greatest of the picture.
        for (got, expected) in got.iter().zip(golden.rows(name)) {
            let scale = expected.iter().fold(0.0_f32, |scale, x| scale.max(x.abs()));
            let off = got.iter().zip(expected).fold(0.0_f32, |off, (a, b)| off.max((a - b).abs()));
            assert!(off <= 1e-4 * scale, "{name}: {off} of {scale}");
        }
    }
}

fn top5(logits: &[f32]) -> Vec<u64> {
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    order[..5].iter().map(|&class| class as u64).collect()
}

#[test]
fn the_five_likeliest_classes_are_pytorchs() {
    let golden = Golden::read();
    let weights = shipped(Storage::Fp32, Cut::Classifier);
    let mut base =
        Extractor::new(&weights, Cut::Classifier, 1, SIDE, &Policy::FP32, Path::Wide).expect("its weights");
    for (index, levels) in pictures().iter().enumerate() {
        base.run(levels);
        let got = top5(base.logits());
        let expected: Vec<u64> =
            golden.header["top5"][index].as_array().expect("five").iter().filter_map(Value::as_u64).collect();
        assert_eq!(got, expected, "picture {index}");
        for (class, expected) in
            expected.iter().zip(golden.header["logits5"][index].as_array().expect("five"))
        {
            let off = f64::from(base.logits()[*class as usize]) - expected.as_f64().expect("a number");
            assert!(off.abs() < 1e-4, "picture {index}: off by {off:e}");
        }
    }
}

#[test]
fn int8_weights_point_the_same_way() {
    let golden = Golden::read();
    for (cut, name, least) in [(Cut::Depthwise10, "d10", 0.998), (Cut::Block14, "b14", 0.99)] {
        let got = features(&shipped(Storage::Int8, cut), cut, Path::Wide);
        let cosines: Vec<f64> = got.iter().zip(golden.rows(name)).map(|(a, b)| cosine(a, b)).collect();
        let worst = cosines.iter().copied().fold(1.0, f64::min);
        let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
        println!("INT8 {name}: cosine at least {worst:.5}, mean {mean:.5}");
        assert!(worst > least, "{name}: {worst}");
        // And they are not the binary32 weights.
        assert!(worst < 0.999_999_9, "{name}: {worst}");
    }
}

/// The shipped INT8 files hold what rounding the shipped binary32 weights gives.
#[test]
fn int8_files_are_made_of_the_binary32_ones() {
    let rounded = Precision::Int8.round(&shipped(Storage::Fp32, Cut::Block14));
    let files = shipped(Storage::Int8, Cut::Block14);
    let (mut different, mut worst) = (0, 0.0_f32);
    for (a, b) in rounded.weights.tensors.iter().zip(&files.tensors) {
        assert_eq!((&a.name, &a.shape), (&b.name, &b.shape));
        let scale = a.values.iter().fold(0.0_f32, |scale, x| scale.max(x.abs()));
        for (x, y) in a.values.iter().zip(&b.values) {
            different += usize::from(x != y);
            worst = worst.max((x - y).abs() / scale);
        }
    }
    println!("{different} numbers differ, by {worst:e} of their tensor's greatest at most");
    assert_eq!(different, 0);
}

#[test]
fn the_plain_loops_give_the_same_bits() {
    let weights = shipped(Storage::Int8, Cut::Block14);
    let picture = &pictures()[..1];
    let run = |path| {
        let mut base =
            Extractor::new(&weights, Cut::Block14, 1, SIDE, &Policy::FP32, path).expect("its weights");
        base.run(&picture[0]);
        base.map().to_vec()
    };
    let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<u32>>();
    assert_eq!(bits(run(Path::Wide)), bits(run(Path::Reference)));
}

#[test]
fn a_random_base_depends_on_its_seed_alone() {
    let (a, b) = (random(Cut::Depthwise10, 1), random(Cut::Depthwise10, 1));
    assert_eq!(a, b);
    assert_ne!(a, random(Cut::Depthwise10, 2));
    let features = features(&a, Cut::Depthwise10, Path::Wide);
    assert!(features.iter().flatten().all(|x| x.is_finite()));
    assert!(cosine(&features[0], &features[1]) < 0.999_999);
}

fn graph(cut: Cut, side: usize) -> (Graph, u64) {
    let mut net = Net::new(&Policy::FP32);
    let images = net.graph.input("images", [1, side, side, 3], DType::F32);
    let outputs = add_to(&mut net, images, cut);
    net.graph.output("map", outputs.map);
    net.graph.output("result", outputs.logits.unwrap_or(outputs.features));
    let plan = Plan::new(&net.graph);
    (net.graph, plan.flop_count)
}

#[test]
fn sizes_are_those_of_the_paper() {
    let params = |cut| graph(cut, 96).0.params().iter().map(|param| param.shape.len()).sum::<usize>();
    assert_eq!(Cut::ALL.map(params), [617_312, 2_336_304, 3_350_000, 4_631_000]);
    // 4.65 million parameters in the paper's code: each normalisation had a gain beside what is now the bias.
    let (whole, _) = graph(Cut::Classifier, 96);
    let biases = whole.params().iter().filter(|param| param.role == ParamRole::Bias);
    let gains = biases.map(|param| param.shape.len()).sum::<usize>() - 1000;
    assert_eq!(params(Cut::Classifier) + gains, 4_652_008);
    // 407 million multiplications and additions at 224 pixels.
    let (_, flop_count) = graph(Cut::Classifier, 224);
    assert!((flop_count as f64 / 2.0 - 390e6).abs() < 20e6, "{flop_count}");
    for (cut, side, shape) in [
        (Cut::Depthwise10, 96, [1, 6, 6, 672]),
        (Cut::Block14, 96, [1, 3, 3, 192]),
        (Cut::Block14, 128, [1, 4, 4, 192]),
        (Cut::Full, 160, [1, 5, 5, 1280]),
    ] {
        let (graph, _) = graph(cut, side);
        assert_eq!(graph.shape(graph.outputs()[0].1).sizes(), shape);
        assert_eq!(shape[3], cut.channels());
        assert_eq!(shape[1], side.div_ceil(cut.reduction()));
    }
}

#[test]
fn files_on_record_are_those_of_the_manifest() {
    let manifest: Value = serde_json::from_slice(&public("models/manifest.json")).expect("JSON");
    let recorded: Vec<(&str, u64, &str)> = manifest["models"][0]["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| {
            let text = |key: &str| file[key].as_str().expect("a text");
            (text("file"), file["bytes"].as_u64().expect("a length"), text("sha256"))
        })
        .collect();
    let known: Vec<(&str, u64, &str)> = [Storage::Int8, Storage::Fp32]
        .iter()
        .flat_map(|&storage| shards(storage, Cut::Classifier))
        .map(|shard| (shard.file, shard.bytes as u64, shard.sha256))
        .collect();
    assert_eq!(known, recorded);
}
