//! Places in the arena: parameters and inputs first, then results, which share words when their lives do not overlap.

use std::collections::HashMap;

use super::lower::{Home, Lowered, NamedStep, Place, place_of};
use super::{ALIGNMENT, InputSlot, Kernel, OutputSlot, ParamSlot, Plan, Step, View};
use crate::graph::{Graph, InputId, ParamId};

/// Free runs of words, by offset.
#[derive(Default)]
struct Free {
    runs: Vec<(usize, usize)>,
    end: usize,
}

impl Free {
    /// The smallest run that holds `len` words, else new words at the end.
    fn take(&mut self, len: usize) -> usize {
        let best = (0..self.runs.len()).filter(|&i| self.runs[i].1 >= len).min_by_key(|&i| self.runs[i].1);
        if let Some(index) = best {
            let (offset, size) = self.runs[index];
            if size == len {
                self.runs.remove(index);
            } else {
                self.runs[index] = (offset + len, size - len);
            }
            return offset;
        }
        // The last run may end where the arena does: then only the rest is new.
        if let Some(&(offset, size)) = self.runs.last()
            && offset + size == self.end
        {
            self.runs.pop();
            self.end = offset + len;
            return offset;
        }
        self.end += len;
        self.end - len
    }

    fn give(&mut self, offset: usize, len: usize) {
        let at = self.runs.partition_point(|&(start, _)| start < offset);
        self.runs.insert(at, (offset, len));
        if at + 1 < self.runs.len() && offset + len == self.runs[at + 1].0 {
            self.runs[at].1 += self.runs[at + 1].1;
            self.runs.remove(at + 1);
        }
        if at > 0 && self.runs[at - 1].0 + self.runs[at - 1].1 == self.runs[at].0 {
            self.runs[at - 1].1 += self.runs[at].1;
            self.runs.remove(at);
        }
    }
}

fn aligned(len: usize) -> usize {
    len.max(1).next_multiple_of(ALIGNMENT)
}

pub(super) fn place(graph: &Graph, lowered: Lowered) -> Plan {
    let mut offsets: HashMap<Home, usize> = HashMap::new();
    let mut end = 0;
    let mut reserve = |home, len| {
        offsets.insert(home, end);
        end += aligned(len);
    };
    for (index, param) in graph.params().iter().enumerate() {
        reserve(Home::Param(ParamId(index as u32)), param.shape.len());
    }
    for (index, input) in graph.inputs().iter().enumerate() {
        reserve(Home::Input(InputId(index as u32)), input.shape.len());
    }
    let persistent_len = end;
    let mut free = Free { runs: Vec::new(), end };
    let lives = lives(graph, &lowered.steps);
    for (at, step) in lowered.steps.iter().enumerate() {
        for output in &step.outputs {
            if offsets.contains_key(&output.home) {
                continue;
            }
            let len = lives[&output.home].len;
            // A result may take the place of an input that is read for the last time, element by element.
            let heir = step.inputs.iter().enumerate().find(|(index, input)| {
                let life = lives.get(&input.home);
                matches!(input.home, Home::Node(_))
                    && life.is_some_and(|life| life.last == at && aligned(life.len) == aligned(len))
                    && !step.outputs.iter().any(|other| offsets.get(&other.home) == offsets.get(&input.home))
                    && overwritable(step, *index)
            });
            let offset = match heir {
                Some((_, input)) => offsets[&input.home],
                None => free.take(aligned(len)),
            };
            offsets.insert(output.home, offset);
        }
        // Words whose last reader has run, and results that nothing reads.
        let mut given: Vec<usize> = Vec::new();
        for home in step.inputs.iter().chain(&step.outputs).map(|place| place.home) {
            let Some(life) = lives.get(&home).filter(|life| life.last <= at && matches!(home, Home::Node(_)))
            else {
                continue;
            };
            let offset = offsets[&home];
            let inherited = step.outputs.iter().any(|output| {
                output.home != home
                    && offsets.get(&output.home) == Some(&offset)
                    && lives[&output.home].last > at
            });
            if !given.contains(&offset) && !inherited {
                given.push(offset);
                free.give(offset, aligned(life.len));
            }
        }
    }
    finish(graph, lowered, &offsets, persistent_len, free.end)
}

struct Life {
    len: usize,
    /// Index of the last step that touches it.
    last: usize,
}

fn lives(graph: &Graph, steps: &[NamedStep]) -> HashMap<Home, Life> {
    let mut lives: HashMap<Home, Life> = HashMap::new();
    for (at, step) in steps.iter().enumerate() {
        for place in step.outputs.iter().chain(&step.inputs) {
            let len = match place.home {
                Home::Node(tensor) => graph.shape(tensor).len(),
                _ => place.view.len,
            };
            lives.entry(place.home).or_insert(Life { len, last: at }).last = at;
        }
    }
    for (_, tensor) in graph.outputs() {
        if let Some(life) = lives.get_mut(&place_of(graph, *tensor).home) {
            life.last = usize::MAX;
        }
    }
    lives
}

/// An elementwise step reads the input's words only at the position that it writes.
fn overwritable(step: &NamedStep, index: usize) -> bool {
    let Kernel::Elementwise(program) = &step.kernel else { return false };
    let home = step.inputs[index].home;
    step.inputs.iter().zip(&program.inputs).filter(|(place, _)| place.home == home).all(|(place, access)| {
        place.view.offset == 0 && place.view.len == program.len() && dense(&program.dims, &access.strides)
    })
}

fn dense(dims: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1;
    dims.iter().zip(strides).rev().all(|(&size, &stride)| {
        let fits = stride == expected;
        expected *= size;
        fits
    })
}

fn finish(
    graph: &Graph,
    lowered: Lowered,
    offsets: &HashMap<Home, usize>,
    persistent_len: usize,
    arena_len: usize,
) -> Plan {
    let view = |place: &Place| View {
        offset: offsets.get(&place.home).copied().unwrap_or(0) + place.view.offset,
        len: place.view.len,
    };
    let steps: Vec<Step> = lowered
        .steps
        .into_iter()
        .map(|step| {
            let inputs: Vec<View> = step.inputs.iter().map(view).collect();
            let outputs: Vec<View> = step.outputs.iter().map(view).collect();
            let mut kernel = step.kernel;
            if let Kernel::Elementwise(program) = &mut kernel {
                program.inputs.iter_mut().zip(&inputs).for_each(|(access, view)| access.view = *view);
                program.outputs.iter_mut().zip(&outputs).for_each(|((_, place), view)| *place = *view);
            }
            Step { kernel, inputs, outputs }
        })
        .collect();
    let params = graph.params().iter().enumerate().map(|(index, param)| ParamSlot {
        name: param.name.clone(),
        shape: param.shape.clone(),
        init: param.init,
        role: param.role,
        view: View { offset: offsets[&Home::Param(ParamId(index as u32))], len: param.shape.len() },
    });
    let inputs = graph.inputs().iter().enumerate().map(|(index, input)| InputSlot {
        name: input.name.clone(),
        shape: input.shape.clone(),
        dtype: input.dtype,
        view: View { offset: offsets[&Home::Input(InputId(index as u32))], len: input.shape.len() },
    });
    let outputs = graph.outputs().iter().map(|(name, tensor)| OutputSlot {
        name: name.clone(),
        shape: graph.shape(*tensor).clone(),
        view: view(&place_of(graph, *tensor)),
    });
    Plan {
        params: params.collect(),
        inputs: inputs.collect(),
        outputs: outputs.collect(),
        quantizers: graph.quantizers().to_vec(),
        counters: lowered.counters,
        arena_len,
        persistent_len,
        flop_count: steps.iter().map(flop_count).sum(),
        byte_count: steps.iter().map(byte_count).sum(),
        steps,
    }
}

fn flop_count(step: &Step) -> u64 {
    let output: u64 = step.outputs.iter().map(|view| view.len as u64).sum();
    let input: u64 = step.inputs.iter().map(|view| view.len as u64).sum();
    match &step.kernel {
        Kernel::Elementwise(program) => (program.len() * program.instrs.len()) as u64,
        Kernel::MatMul { batch, m, n, k, .. } => 2 * (*batch as u64) * (m * n) as u64 * *k as u64,
        Kernel::Conv(spec) | Kernel::ConvInputGrad(spec) | Kernel::ConvWeightGrad(spec) => {
            2 * spec.mac_count()
        }
        Kernel::MaxPick(_) | Kernel::MaxRoute(_) | Kernel::AvgPool(_) | Kernel::AvgSpread(_) => {
            input.max(output)
        }
        Kernel::Reduce { .. } | Kernel::ScatterAdd { .. } => input,
        // Greatest, difference, exponential, sum, quotient.
        Kernel::Softmax { .. } => 5 * output,
        Kernel::Rope { .. } => 3 * output,
        Kernel::Random { .. } | Kernel::Round { .. } => output,
        Kernel::Copy { .. } | Kernel::Gather { .. } | Kernel::OneHot { .. } => 0,
    }
}

fn byte_count(step: &Step) -> u64 {
    4 * step.inputs.iter().chain(&step.outputs).map(|view| view.len as u64).sum::<u64>()
}
