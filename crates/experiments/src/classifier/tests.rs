use datasets::Dataset;
use engine::policy::Policy;

use super::{Classifier, Config, ConfigError, Network};
use crate::lab::{CpuRun, Lab, LabError, Samples};

const DIGITS: &[u8] = include_bytes!("../../../../public/data/digits.bin");
const TABLE: &[u8] = include_bytes!("../../../../public/data/breast-cancer.bin");

fn config(network: Network) -> Config {
    Config { network, batch: 32, lr: 3e-3, policy: Policy::FP32 }
}

fn accuracy(lab: &mut Classifier, run: &CpuRun) -> f32 {
    lab.view("test", &run.snapshot()).expect("a view").values[0]
}

#[test]
fn digits_are_learned_and_the_same_seed_gives_the_same_weights() {
    let data = Dataset::read(DIGITS).expect("digits");
    for network in [Network::Softmax, Network::Mlp { hidden: 32 }, Network::Cnn { channels: 4 }] {
        let mut lab = Classifier::new(&config(network), &data).expect("a lab");
        let mut run = CpuRun::new(lab.training(), 7);
        let before = accuracy(&mut lab, &run);
        let mut samples = Samples::new(1, 1000);
        assert_eq!(run.run(300, f64::INFINITY, || 0.0, &mut samples), 300);
        let after = accuracy(&mut lab, &run);
        assert!(before < 0.4 && after > 0.85, "{network:?}: {before} {after}");
        let (steps, losses) = samples.take();
        assert!(steps.len() == 300 && losses[299] < losses[0], "{network:?}");

        let hash = run.snapshot().hash();
        run.reset();
        run.run(300, f64::INFINITY, || 0.0, &mut samples);
        assert_eq!((run.snapshot().hash(), samples.take().1), (hash, losses), "{network:?}");

        let confusion = lab.view("confusion", &run.snapshot()).expect("a view");
        let diagonal: f32 = (0..10).map(|class| confusion.values[class * 11]).sum();
        assert!((diagonal / confusion.values.iter().sum::<f32>() - after).abs() < 1e-6);
    }
}

#[test]
fn a_budget_ends_a_slice_and_nonsense_is_refused() {
    let data = Dataset::read(DIGITS).expect("digits");
    let mut lab = Classifier::new(&config(Network::Softmax), &data).expect("a lab");
    let mut run = CpuRun::new(lab.training(), 1);
    let mut clock = 0.0;
    let taken = run.run(
        100,
        5.0,
        || {
            clock += 1.0;
            clock
        },
        &mut Samples::new(1, 10),
    );
    assert_eq!(taken, 5);
    assert!(matches!(lab.view("nonsense", &run.snapshot()), Err(LabError::UnknownView(_))));
    let wide = Network::Mlp { hidden: 100_000 };
    assert!(matches!(Classifier::new(&config(wide), &data), Err(ConfigError::Limit { name: "width", .. })));
    let table = Dataset::read(TABLE).expect("a table");
    assert!(matches!(Classifier::new(&config(wide), &table), Err(ConfigError::NotPictures(_))));
}
