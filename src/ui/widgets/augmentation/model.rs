//! What the widget knows without a page: recipes, presets, warnings, figures over runs. No DOM.

use protocol::augmentation::RecipeSpec;
use protocol::{AugmentSpec, Precision, Square, VariantsSpec};

use super::params::{self, CONTROLS};
use crate::ui::lab;
use crate::ui::url_state::UrlState;

/// Variants in the grid.
pub const GRID: u32 = 20;
/// Points of a run's curve, step 0 aside.
const POINTS: u64 = 20;

/// Everything that the figures depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// The task.
    pub data: String,
    /// Labels of a class.
    pub per_class: u32,
    /// Steps of a run.
    pub steps: u64,
    /// Runs.
    pub runs: usize,
    /// What is rounded.
    pub precision: String,
    /// Range and probability of every transform.
    pub recipe: RecipeSpec,
    /// Variants over which answers are averaged; 0 without averaging.
    pub variants: u32,
    /// Of the first run; the others follow.
    pub seed: u64,
}

impl Setup {
    /// Of the address, tracked.
    pub fn of(state: UrlState) -> Self {
        Self {
            data: state.get(&params::DATA),
            per_class: state.get(&params::LABELS).parse().unwrap_or(10),
            steps: state.get(&params::STEPS).parse().unwrap_or(300),
            runs: state.int(&params::RUNS) as usize,
            precision: state.get(&params::PRECISION),
            recipe: recipe(state),
            variants: if state.flag(&params::AVERAGE) {
                state.get(&params::VARIANTS).parse().unwrap_or(8)
            } else {
                0
            },
            seed: lab::params::seed(state),
        }
    }

    /// An arm's lab in a run, and the run's seed. The arm without augmentation depends on the recipe only when answers are averaged.
    pub fn spec(&self, arm: &str, run: usize) -> (AugmentSpec, u64) {
        let none = RecipeSpec::default();
        let spec = AugmentSpec {
            data: self.data.clone(),
            per_class: self.per_class,
            recipe: if arm == "plain" { none } else { self.recipe },
            test_recipe: if self.variants > 0 { self.recipe } else { none },
            precision: Precision::Preset(self.precision.clone()),
        };
        (spec, self.seed + run as u64)
    }

    /// Steps between two points of a curve; divides the steps.
    pub fn stride(&self) -> u64 {
        (self.steps / POINTS).max(1)
    }

    /// The grid's variants, of a labelled picture or the visitor's own.
    pub fn grid(&self, picture: u32, own: Option<Square>) -> VariantsSpec {
        VariantsSpec {
            data: self.data.clone(),
            picture,
            per_class: self.per_class,
            recipe: self.recipe,
            seed: self.seed,
            count: GRID,
            own,
        }
    }

    /// What is wrong with the recipe for this task, if anything is known to be.
    pub fn warning(&self) -> Option<Warning> {
        let on = |at: usize| self.recipe[at][0] > 0 && self.recipe[at][1] > 0;
        let turned = on(0) && self.recipe[0][0] > 90;
        match self.data.as_str() {
            "mnist" if turned || on(3) && on(4) => Some(Warning::SixNine),
            "mnist" if on(3) || on(4) => Some(Warning::Mirrored),
            "mnist" => None,
            _ if turned || on(4) => Some(Warning::UpsideDown),
            _ => None,
        }
    }
}

/// A recipe that does not keep labels true, or makes what does not occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// A six becomes a nine.
    SixNine,
    /// Digits in mirror writing.
    Mirrored,
    /// Things upside down, which the test pictures never are.
    UpsideDown,
}

/// The recipe of the address, tracked.
pub fn recipe(state: UrlState) -> RecipeSpec {
    let mut recipe = RecipeSpec::default();
    for (row, control) in recipe.iter_mut().zip(&CONTROLS) {
        let number = |param| u32::try_from(state.int(param)).unwrap_or_default();
        let probability = number(control.probability);
        let range = control.range.map_or(1, number);
        // What is never done is one recipe, however far it would go.
        *row = if range > 0 && probability > 0 { [range, probability] } else { [0, 0] };
    }
    recipe
}

/// A named recipe: transforms by id with range and probability; the others are off.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// Key of its name.
    pub id: &'static str,
    /// What is on.
    pub on: &'static [(&'static str, &'static str, &'static str)],
    /// On digits, where its harm is known.
    pub on_digits: bool,
}

/// All, in the order in which they are offered.
pub const PRESETS: [Preset; 5] = [
    Preset { id: "none", on: &[], on_digits: false },
    Preset {
        id: "mild",
        on: &[("rotate", "10", "100"), ("zoom", "10", "100"), ("shift", "8", "100")],
        on_digits: false,
    },
    Preset {
        id: "strong",
        on: &[
            ("rotate", "15", "100"),
            ("zoom", "20", "100"),
            ("shift", "10", "100"),
            ("shear", "15", "100"),
            ("cutout", "30", "50"),
        ],
        on_digits: false,
    },
    Preset { id: "flips", on: &[("flip-h", "1", "50"), ("flip-v", "1", "50")], on_digits: true },
    Preset { id: "turned", on: &[("rotate", "180", "100")], on_digits: true },
];

impl Preset {
    /// Sets the widget up so.
    pub fn apply(&self, state: UrlState) {
        if self.on_digits {
            state.set(&params::DATA, "mnist");
        }
        for control in &CONTROLS {
            let on = self.on.iter().find(|(id, ..)| *id == control.id);
            match (control.range, on) {
                (Some(range), Some((_, far, often))) => {
                    state.set(range, far);
                    state.set(control.probability, often);
                }
                (Some(range), None) => {
                    state.set(range, "0");
                    state.set(control.probability, control.probability.default);
                }
                (None, on) => {
                    state.set(control.probability, on.map_or("0", |(_, _, often)| often));
                }
            }
        }
    }

    /// As a recipe.
    pub fn recipe(&self) -> RecipeSpec {
        let mut recipe = RecipeSpec::default();
        for (row, control) in recipe.iter_mut().zip(&CONTROLS) {
            if let Some((_, far, often)) = self.on.iter().find(|(id, ..)| *id == control.id) {
                *row = [far.parse().unwrap_or_default(), often.parse().unwrap_or_default()];
            }
        }
        recipe
    }
}

/// A finished run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Finished {
    /// Test accuracy in percent by step.
    pub points: Vec<(u64, f64)>,
    /// Counts by true and predicted class.
    pub confusion: Vec<f32>,
    /// Share of right answers when they are averaged over variants.
    pub averaged: Option<f32>,
    /// Hash of the weights; none on a graphics processor.
    pub hash: Option<String>,
}

impl Finished {
    /// At the end, percent.
    pub fn accuracy(&self) -> f64 {
        self.points.last().map_or(f64::NAN, |point| point.1)
    }
}

/// Mean and standard deviation (of a sample; NaN of one value).
pub fn mean_sd(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0)).sqrt())
}

/// Mean and standard deviation at every step that all finished runs and the present one have.
pub fn band(runs: &[Vec<(u64, f64)>]) -> Vec<(u64, f64, f64)> {
    let Some(longest) = runs.iter().max_by_key(|points| points.len()) else { return Vec::new() };
    let steps = longest.iter().map(|point| point.0);
    steps
        .map(|step| {
            let at =
                |points: &Vec<(u64, f64)>| points.iter().find(|point| point.0 == step).map(|point| point.1);
            let (mean, sd) = mean_sd(&runs.iter().filter_map(at).collect::<Vec<f64>>());
            (step, mean, sd)
        })
        .collect()
}

/// Sum of the runs' counts.
pub fn confusion(runs: &[Finished]) -> Vec<f32> {
    let mut sum = runs.first().map(|run| vec![0.0; run.confusion.len()]).unwrap_or_default();
    for run in runs {
        sum.iter_mut().zip(&run.confusion).for_each(|(sum, count)| *sum += count);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::augmentation::TRANSFORMS;

    fn setup(recipe: RecipeSpec) -> Setup {
        Setup {
            data: "mnist".to_owned(),
            per_class: 10,
            steps: 300,
            runs: 3,
            precision: "fp32".to_owned(),
            recipe,
            variants: 0,
            seed: 1,
        }
    }

    #[test]
    fn controls_are_the_protocols_transforms_and_usual_values_are_taken() {
        for (control, (id, most)) in CONTROLS.iter().zip(TRANSFORMS) {
            assert_eq!(control.id, id);
            assert_eq!(control.range.is_none(), most == 1);
            let [range, probability] = control.usual;
            assert!(control.range.is_none_or(|param| param.accept(range).as_deref() == Some(range)));
            assert_eq!(control.probability.accept(probability).as_deref(), Some(probability));
        }
        for preset in PRESETS {
            for (id, range, probability) in preset.on {
                let control = CONTROLS.iter().find(|control| control.id == *id).expect("a transform");
                assert!(
                    control.range.is_none_or(|param| param.accept(range).as_deref() == Some(*range)),
                    "{id}"
                );
                assert_eq!(control.probability.accept(probability).as_deref(), Some(*probability));
            }
        }
    }

    #[test]
    fn the_arm_without_does_not_change_with_the_recipe() {
        let (mild, strong) = (setup(PRESETS[1].recipe()), setup(PRESETS[2].recipe()));
        assert_eq!(mild.spec("plain", 2), strong.spec("plain", 2));
        assert_ne!(mild.spec("augmented", 0).0, strong.spec("augmented", 0).0);
        assert_eq!(mild.spec("augmented", 2).1, 3);
        let averaged = Setup { variants: 8, ..mild.clone() };
        assert_eq!(averaged.spec("plain", 0).0.test_recipe, averaged.recipe);
        assert!(mild.steps.is_multiple_of(mild.stride()));
    }

    #[test]
    fn harm_is_named() {
        let warning = |at: usize, data: &str| {
            let setup = setup(PRESETS[at].recipe());
            Setup { data: data.to_owned(), ..setup }.warning()
        };
        assert_eq!([1, 2].map(|at| warning(at, "mnist")), [None, None]);
        assert_eq!([3, 4].map(|at| warning(at, "mnist")), [Some(Warning::SixNine); 2]);
        assert_eq!(warning(4, "emoji"), Some(Warning::UpsideDown));
        let mut mirrored = RecipeSpec::default();
        mirrored[3] = [1, 50];
        assert_eq!(setup(mirrored).warning(), Some(Warning::Mirrored));
    }

    #[test]
    fn bands_take_the_runs_that_are_there() {
        let band = band(&[vec![(0, 10.0), (20, 30.0)], vec![(0, 14.0)]]);
        assert_eq!((band[0].0, band[0].1), (0, 12.0));
        assert!((band[0].2 - 8_f64.sqrt()).abs() < 1e-12);
        assert!(band[1].1 == 30.0 && band[1].2.is_nan());
        let run = |count: f32| Finished { confusion: vec![count, 1.0], ..Finished::default() };
        assert_eq!(confusion(&[run(2.0), run(3.0)]), [5.0, 2.0]);
    }
}
