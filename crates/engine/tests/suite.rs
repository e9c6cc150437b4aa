//! Every operation: gradients against finite differences in binary64, executors against binary64 and against each other.

use engine::cases::{self, Case};
use engine::cpu::{Executor, Path};
use engine::graph::Op;
use engine::mutants::Mutant;
use engine::plan::Plan;
use engine::reference::Values;

const STEP: f64 = 1e-5;

fn wide(values: &[f32], integer: bool) -> Vec<f64> {
    values.iter().map(|x| if integer { f64::from(x.to_bits()) } else { f64::from(*x) }).collect()
}

fn reference(case: &Case, params: &[Vec<f64>]) -> Values {
    let inputs: Vec<Vec<f64>> = case.inputs.iter().map(|input| wide(input, true)).collect();
    Values::evaluate(&case.graph, params, &inputs, 11, 0)
}

fn output(case: &Case, values: &Values, name: &str) -> Vec<f64> {
    let (_, tensor) = case.graph.outputs().iter().find(|(known, _)| known == name).expect("an output");
    values.of(*tensor).to_vec()
}

/// The greatest difference, relative to the greatest magnitude (at least 1).
fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let scale = b.iter().fold(1.0_f64, |m, x| m.max(x.abs()));
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs() / scale)
        .fold(0.0, |m, d| if d.is_nan() { f64::NAN } else { m.max(d) })
}

/// Derivatives checked and the greatest distance of one of the case's gradients from finite differences.
fn finite_differences(case: &Case) -> (usize, f64) {
    let params: Vec<Vec<f64>> = case.params.iter().map(|param| wide(param, false)).collect();
    let values = reference(case, &params);
    let (mut checked, mut worst) = (0, 0.0_f64);
    for (of, to) in [("loss", "grad"), ("loss2", "grad2")] {
        for (index, leaf) in case.leaves.iter().enumerate() {
            let Op::Param(id) = case.graph.node(*leaf).op else { panic!("a leaf is a parameter") };
            let gradient = output(case, &values, &format!("{to}.{index}"));
            let mut moved = params.clone();
            // At most twelve elements of each leaf, spread over it.
            let stride = gradient.len().div_ceil(12).max(1);
            let places: Vec<usize> = (0..gradient.len()).step_by(stride).collect();
            let differences: Vec<f64> = places
                .iter()
                .map(|&at| {
                    let mut loss_at = |shift: f64| {
                        moved[id.index()][at] = params[id.index()][at] + shift;
                        output(case, &reference(case, &moved), of)[0]
                    };
                    let slope = (loss_at(STEP) - loss_at(-STEP)) / (2.0 * STEP);
                    moved[id.index()][at] = params[id.index()][at];
                    slope
                })
                .collect();
            let gradient: Vec<f64> = places.iter().map(|&at| gradient[at]).collect();
            let off = distance(&gradient, &differences);
            worst = if off.is_nan() { off } else { worst.max(off) };
            checked += places.len();
        }
    }
    (checked, worst)
}

/// What a gradient may be off by, in binary64.
const TOLERANCE: f64 = 1e-6;

#[test]
fn gradients_equal_finite_differences() {
    let (mut derivatives, mut worst) = (0, (0.0, String::new()));
    for case in cases::all() {
        let (checked, off) = finite_differences(&case);
        assert!(off < TOLERANCE, "{}: {off:e}", case.name);
        derivatives += checked;
        if off > worst.0 {
            worst = (off, case.name);
        }
    }
    println!("{derivatives} derivatives, the worst off by {:e} in {}", worst.0, worst.1);
    assert!(derivatives > 2000, "{derivatives}");
}

/// The suite notices mistakes in gradients: the cases that fail, of those in which the mistake can be made.
#[test]
fn mutants_fail_finite_differences() {
    for mutant in [Mutant::DroppedBiasGradient, Mutant::TransposedOperand] {
        let (mut possible, mut failed) = (0, 0);
        for mut case in cases::all() {
            let loss = case.graph.outputs().iter().find(|(name, _)| name == "loss").expect("a loss").1;
            if mutant.apply(&mut case.graph, loss) == 0 {
                continue;
            }
            possible += 1;
            let (_, off) = finite_differences(&case);
            if off < TOLERANCE {
                println!("{mutant:?} is not noticed in {}", case.name);
            } else {
                failed += 1;
            }
        }
        println!("{mutant:?}: {failed} of {possible} cases fail");
        assert!(possible > 0 && failed == possible, "{mutant:?}: {failed} of {possible}");
    }
}

fn run(case: &Case, path: Path) -> Executor {
    let mut executor = Executor::new(Plan::new(&case.graph), 11, path);
    for (slot, values) in executor.plan().params.clone().iter().zip(&case.params) {
        executor.words_mut(slot.view).copy_from_slice(values);
    }
    for (slot, values) in executor.plan().inputs.clone().iter().zip(&case.inputs) {
        executor.words_mut(slot.view).copy_from_slice(values);
    }
    executor.step();
    executor
}

#[test]
fn the_cpu_agrees_with_binary64_and_its_paths_with_each_other() {
    let mut worst = (0.0, String::new());
    for case in cases::all() {
        let params: Vec<Vec<f64>> = case.params.iter().map(|param| wide(param, false)).collect();
        let values = reference(&case, &params);
        let (plain, fast) = (run(&case, Path::Reference), run(&case, Path::Wide));
        for (name, _) in case.graph.outputs() {
            let expected = output(&case, &values, name);
            let got = plain.output(name);
            let off = distance(&wide(got, false), &expected);
            assert!(off < 2e-5, "{} {name}: {off:e}\n{got:?}\n{expected:?}", case.name);
            if off > worst.0 {
                worst = (off, format!("{} {name}", case.name));
            }
            let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(got), bits(fast.output(name)), "{} {name}", case.name);
        }
    }
    println!("the worst is off by {:e} in {}", worst.0, worst.1);
}
