//! From the page's description of an augmented training to its lab.

use std::rc::Rc;

use datasets::Dataset;
use experiments::augmentation::{Augmented, AugmentedConfig, AugmentedError, Recipe, Rows, Transform};
use experiments::transfer::{Draw, PicturesError};
use protocol::augmentation::{RecipeSpec, TRANSFORMS, limits};
use protocol::{AugmentSpec, Failure};

use super::{data, precision};
use crate::worker_host::pace::yield_now;

/// Test pictures of a class, at most.
const TEST_PER_CLASS: usize = 100;

/// Builds the lab, fetching its data first.
pub(super) async fn build(spec: &AugmentSpec, seed: u64) -> Result<Augmented, Failure> {
    let (set, draw) = drawn(&spec.data, spec.per_class, seed).await?;
    let config = AugmentedConfig {
        test_recipe: recipe(&spec.test_recipe)?,
        policy: precision::policy(&spec.precision)?,
        ..AugmentedConfig::new(recipe(&spec.recipe)?)
    };
    let rows = |indices: &[usize]| Rows::of(&set, indices).map_err(|error| refused(&error));
    let train = rows(&draw.train)?;
    yield_now().await;
    let test = rows(&draw.test)?;
    yield_now().await;
    Augmented::new(&config, train, test, seed).map_err(|error| match error {
        AugmentedError::Limit(name) => Failure::new("choice_unknown").with("id", name),
        AugmentedError::Rows { .. } => Failure::new("lab_not_pictures").with("name", &spec.data),
    })
}

/// A data set, and which of its pictures a seed labels.
pub(in crate::worker_host) async fn drawn(
    name: &str,
    per_class: u32,
    seed: u64,
) -> Result<(Rc<Dataset>, Draw), Failure> {
    let [low, high] = limits::PER_CLASS;
    if !(low..=high).contains(&per_class) {
        let failure = Failure::new("lab_limit").with("name", "labels").with("value", per_class);
        return Err(failure.with("low", low).with("high", high));
    }
    let set = data::load(name).await?;
    let draw = Draw::new(set.all().labels(), set.classes().len(), per_class as usize, TEST_PER_CLASS, seed);
    Ok((set, draw))
}

/// Ranges from the page's units.
pub(in crate::worker_host) fn recipe(spec: &RecipeSpec) -> Result<Recipe, Failure> {
    let mut recipe = Recipe::NONE;
    for ((transform, (id, most)), &[range, percent]) in Transform::ALL.into_iter().zip(TRANSFORMS).zip(spec) {
        for (value, high) in [(range, most), (percent, 100)] {
            if value > high {
                let failure = Failure::new("lab_limit").with("name", id).with("value", value);
                return Err(failure.with("low", 0).with("high", high));
            }
        }
        recipe = recipe.with(transform, range as f32 / unit(transform), percent as f32 / 100.0);
    }
    Ok(recipe)
}

/// What of the page's unit makes 1.
fn unit(transform: Transform) -> f32 {
    match transform {
        Transform::Rotate | Transform::Shear | Transform::FlipHorizontal | Transform::FlipVertical => 1.0,
        _ => 100.0,
    }
}

pub(in crate::worker_host) fn refused(error: &PicturesError) -> Failure {
    match error {
        PicturesError::NotPictures(name) => Failure::new("lab_not_pictures").with("name", name),
        other => Failure::new("lab_not_pictures").with("name", other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_and_the_lab_name_the_same_transforms_and_limits() {
        for (at, (transform, (id, most))) in Transform::ALL.into_iter().zip(TRANSFORMS).enumerate() {
            assert_eq!(transform.id(), id);
            let mut spec = RecipeSpec::default();
            spec[at] = [most, 100];
            let full = recipe(&spec).expect("within limits");
            assert_eq!((full.get(transform).range, full.fault()), (transform.most(), None), "{id}");
            spec[at] = [most + 1, 100];
            assert_eq!(recipe(&spec).map_err(|failure| failure.code), Err("lab_limit".to_owned()));
        }
    }
}
