//! A head without its training: rows in, probabilities out.

use engine::cpu::{Executor, Path};
use engine::graph::{DType, Graph, InputId, Tensor};
use engine::nn::{Activation, Net, WeightInit};
use engine::plan::Plan;
use engine::policy::Policy;
use engine::snapshot::{Snapshot, Weights};

use super::{HeadError, Learner, Scaler};
use crate::classifier::network;
use crate::networks::efficientnet_lite0::add_tuned;

/// Rows that are evaluated together: fewer where each goes through blocks of the base, so that a part of the work stays short.
fn chunk(learner: Learner) -> usize {
    match learner {
        Learner::Network(_) => 16,
        Learner::Blocks(_) => 4,
    }
}

/// A head's network for evaluation.
#[derive(Debug)]
pub struct Judge {
    executor: Executor,
    input: InputId,
    width: usize,
    chunk: usize,
    classes: usize,
    /// By which the rows of training were scaled.
    scaler: Option<Scaler>,
}

impl Judge {
    /// For rows of `width` numbers. `base` is needed by [`Learner::Blocks`] alone. The weights are first ones until some are loaded.
    pub fn new(learner: Learner, width: usize, classes: usize, base: &Weights) -> Result<Judge, HeadError> {
        let shape = learner.shape(width)?;
        let mut net = Net::new(&Policy::FP32);
        let chunk = chunk(learner);
        let rows = net.graph.input("rows", [chunk, width], DType::F32);
        let (logits, tensors) = logits(&mut net, learner, rows, &shape, classes);
        let log = net.graph.log_softmax(logits);
        net.graph.output("log", log);
        let input = net.graph.input_id(rows).unwrap_or_else(|| unreachable!("an input is an input"));
        let inputs = given(&net.graph, &tensors, base)?;
        let mut executor = Executor::new(Plan::new(&net.graph), 0, Path::Wide);
        for (id, values) in inputs {
            executor.input_mut(id).copy_from_slice(&values);
        }
        Ok(Judge { executor, input, width, chunk, classes, scaler: None })
    }

    /// With the scaling of the rows it was trained on, for [`Judge::probabilities`].
    pub fn scale_by(&mut self, scaler: Option<Scaler>) {
        self.scaler = scaler;
    }

    /// The scaling of rows.
    pub fn scaler(&self) -> Option<&Scaler> {
        self.scaler.as_ref()
    }

    /// Rows that are evaluated together.
    pub(super) fn chunk(&self) -> usize {
        self.chunk
    }

    /// Numbers of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The network, for reading weights into it.
    pub(super) fn executor_mut(&mut self) -> &mut Executor {
        &mut self.executor
    }

    /// Takes the weights of a snapshot of another plan, by name.
    pub(super) fn load(&mut self, plan: &Plan, at: &Snapshot) {
        for slot in self.executor.plan().params.clone() {
            let known = plan.params.iter().position(|param| param.name == slot.name);
            if let Some(values) = known.and_then(|index| at.params.get(index)) {
                self.executor.words_mut(slot.view).copy_from_slice(values);
            }
        }
    }

    /// Logarithms of the probabilities of rows as they were trained on, `(rows, classes)`.
    pub(super) fn logs(&mut self, rows: &[f32]) -> Vec<f32> {
        let mut logs = Vec::with_capacity(rows.len() / self.width.max(1) * self.classes);
        for chunk in rows.chunks(self.chunk * self.width) {
            self.executor.input_mut(self.input)[..chunk.len()].copy_from_slice(chunk);
            self.executor.step();
            logs.extend_from_slice(&self.executor.output("log")[..chunk.len() / self.width * self.classes]);
        }
        logs
    }

    /// Probabilities of a row as the base gives it; nothing when it has another width.
    pub fn probabilities(&mut self, row: &[f32]) -> Option<Vec<f32>> {
        if row.len() != self.width {
            return None;
        }
        let mut row = row.to_vec();
        if let Some(scaler) = &self.scaler {
            scaler.apply(&mut row);
        }
        Some(self.logs(&row).into_iter().map(f32::exp).collect())
    }
}

/// Logits of rows, and the inputs that the base's tensors belong in.
pub(super) fn logits(
    net: &mut Net,
    learner: Learner,
    rows: Tensor,
    shape: &[usize; 3],
    classes: usize,
) -> (Tensor, Vec<(InputId, String)>) {
    match learner {
        Learner::Network(kind) => (network(net, kind, rows, shape, classes), Vec::new()),
        Learner::Blocks(blocks) => {
            let count = net.graph.shape(rows).sizes()[0];
            let entry = net.graph.reshape(rows, [count, shape[0], shape[1], shape[2]]);
            let (features, tensors) = add_tuned(net, entry, blocks);
            (net.dense("out", features, classes, WeightInit::Glorot, Activation::Linear), tensors)
        }
    }
}

/// The base's tensors for their inputs.
pub(super) fn given(
    graph: &Graph,
    tensors: &[(InputId, String)],
    base: &Weights,
) -> Result<Vec<(InputId, Vec<f32>)>, HeadError> {
    let tensor = |(id, name): &(InputId, String)| {
        let shape = &graph.inputs()[id.index()].shape;
        let tensor = base.get(name).filter(|tensor| &tensor.shape == shape);
        let tensor = tensor.ok_or_else(|| HeadError::Base(name.clone()))?;
        Ok((*id, tensor.values.clone()))
    };
    tensors.iter().map(tensor).collect()
}
