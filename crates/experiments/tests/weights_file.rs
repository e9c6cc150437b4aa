//! Weights go to a file and come back; a file from the Python package is read; a wrong file changes nothing.

use datasets::Dataset;
use engine::cpu::{Executor, Path};
use engine::policy::Policy;
use engine::snapshot::{Snapshot, SnapshotError, Weights};
use experiments::classifier::{Classifier, Config, Network};
use experiments::lab::Lab;
use experiments::weights_file::{WeightsFileError, read_safetensors, to_safetensors};

const DIGITS: &[u8] = include_bytes!("../../../public/data/digits.bin");
/// What `to_safetensors` wrote and the Python package `safetensors` wrote again: `tools/fixtures/weights.py`.
const FROM_PYTHON: &[u8] = include_bytes!("fixtures/softmax.safetensors");

fn lab() -> Classifier {
    let data = Dataset::read(DIGITS).expect("digits");
    let config = Config { network: Network::Softmax, batch: 32, lr: 1e-2, policy: Policy::FP32 };
    Classifier::new(&config, &data).expect("a lab")
}

fn snapshot(lab: &Classifier, seed: u64) -> Snapshot {
    Executor::new(lab.training().plan.clone(), seed, Path::Wide).snapshot()
}

fn file(lab: &Classifier, seed: u64) -> Vec<u8> {
    let weights = Weights::of(&lab.training().plan, &snapshot(lab, seed)).expect("its own plan");
    to_safetensors(&weights).expect("a file")
}

#[test]
fn weights_come_back_bit_for_bit() {
    let lab = lab();
    let plan = &lab.training().plan;
    let mut other = snapshot(&lab, 2);
    read_safetensors(&file(&lab, 1), plan, &mut other).expect("the same network");
    let (got, expected) = (Weights::of(plan, &other), Weights::of(plan, &snapshot(&lab, 1)));
    assert_eq!(got, expected);
    assert_ne!(expected, Weights::of(plan, &snapshot(&lab, 2)));
}

#[test]
fn a_file_from_the_python_package_is_read() {
    let lab = lab();
    let mut other = snapshot(&lab, 2);
    read_safetensors(FROM_PYTHON, &lab.training().plan, &mut other).expect("the same network");
    let plan = &lab.training().plan;
    assert_eq!(Weights::of(plan, &other), Weights::of(plan, &snapshot(&lab, 1)));
}

#[test]
fn wrong_files_change_nothing() {
    let lab = lab();
    let plan = &lab.training().plan;
    let before = snapshot(&lab, 2);
    let mut at = before.clone();
    let good = file(&lab, 1);
    let mut refused = |file: &[u8]| {
        let error = read_safetensors(file, plan, &mut at).expect_err("refused");
        assert_eq!(at, before);
        error
    };
    for len in [0, 7, 40, good.len() - 1] {
        assert!(matches!(refused(&good[..len]), WeightsFileError::File(_)), "{len}");
    }
    let find = |text: &[u8]| good.windows(text.len()).position(|part| part == text).expect("in the header");
    let renamed = find(b"out.bias");
    let mut wrong = good.clone();
    wrong[renamed] = b'O';
    assert!(
        matches!(refused(&wrong), WeightsFileError::Weights(SnapshotError::Missing { name }) if name == "out.bias")
    );
    let mut wrong = good.clone();
    let end = wrong.len();
    wrong[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(matches!(refused(&wrong), WeightsFileError::NotFinite { .. }));
    // [64,10] said to be [10,64].
    let shape = find(b"[64,10]");
    let mut wrong = good.clone();
    wrong[shape..shape + 7].copy_from_slice(b"[10,64]");
    assert!(matches!(refused(&wrong), WeightsFileError::Weights(SnapshotError::Shape { .. })));
    let mut wrong = good.clone();
    wrong[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(matches!(refused(&wrong), WeightsFileError::File(_)));
}
