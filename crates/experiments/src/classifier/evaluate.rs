//! How well the network does on examples that it was not trained on.

use datasets::{Dataset, Split};
use engine::cpu::{Executor, Path};
use engine::graph::{DType, InputId};
use engine::nn::Net;
use engine::plan::Plan;
use engine::policy::calibration::SiteScales;
use engine::snapshot::Snapshot;

use super::{Config, levels, network};

/// Examples that go through the network together.
const CHUNK: usize = 250;

/// The network without its training, and the test split.
#[derive(Debug)]
pub(super) struct Evaluation {
    executor: Executor,
    input: Option<InputId>,
    pixels: Vec<f32>,
    labels: Vec<u8>,
    width: usize,
    classes: usize,
}

impl Evaluation {
    /// Under the configuration's policy, with fixed scales of activations.
    pub(super) fn calibrated(config: &Config, data: &Dataset, scales: &SiteScales) -> Evaluation {
        let mut net = Net::calibrated(&config.policy, scales);
        let test = data.split(Split::Test);
        let (width, classes) = (data.example_len(), data.classes().len());
        let chunk = CHUNK.min(test.len()).max(1);
        let x = net.graph.input("pixels", [chunk, width], DType::F32);
        let logits = network(&mut net, config.network, x, data.shape(), classes);
        let log = net.graph.log_softmax(logits);
        net.graph.output("log", log);
        Evaluation {
            input: net.graph.input_id(x),
            executor: Executor::new(Plan::new(&net.graph), 0, Path::Wide),
            pixels: levels(test.values()),
            labels: test.labels().to_vec(),
            width,
            classes,
        }
    }

    /// Share of right answers and mean cross-entropy.
    pub(super) fn score(&mut self, plan: &Plan, at: &Snapshot) -> (f32, f32) {
        let (mut right, mut loss) = (0_u32, 0.0_f64);
        self.each(plan, at, |label, log, best| {
            right += u32::from(best == label);
            loss -= f64::from(log[label]);
        });
        let count = self.labels.len().max(1) as f64;
        ((f64::from(right) / count) as f32, (loss / count) as f32)
    }

    /// Number of classes, then counts by true class and predicted class.
    pub(super) fn confusion(&mut self, plan: &Plan, at: &Snapshot) -> (usize, Vec<f32>) {
        let classes = self.classes;
        let mut counts = vec![0.0; classes * classes];
        self.each(plan, at, |label, _, best| counts[label * classes + best] += 1.0);
        (classes, counts)
    }

    /// Calls `f` with each example's class, the logarithms of its probabilities and the most probable class.
    fn each(&mut self, plan: &Plan, at: &Snapshot, mut f: impl FnMut(usize, &[f32], usize)) {
        for slot in self.executor.plan().params.clone() {
            let known = plan.params.iter().position(|param| param.name == slot.name);
            if let Some(values) = known.and_then(|index| at.params.get(index)) {
                self.executor.words_mut(slot.view).copy_from_slice(values);
            }
        }
        let Some(input) = self.input else { return };
        let chunk = self.executor.plan().input(input).shape.sizes()[0];
        for (labels, pixels) in self.labels.chunks(chunk).zip(self.pixels.chunks(chunk * self.width)) {
            self.executor.input_mut(input)[..pixels.len()].copy_from_slice(pixels);
            self.executor.step();
            let log = self.executor.output("log").chunks_exact(self.classes);
            for (&label, log) in labels.iter().zip(log) {
                let best = (0..log.len()).fold(0, |best, at| if log[at] > log[best] { at } else { best });
                f(label.into(), log, best);
            }
        }
    }
}
