//! One-click configurations with a known outcome, as values of parameters. Everything that they do not name has its default.
//!
//! They are those of the lab's measured presets; a test in the lab's crate says what each is worth.

use super::params::{CONFIGURATION, RIVAL, UNTIL};
use crate::ui::lab::Recipe;
use crate::ui::url_state::UrlState;

/// All, in the order in which they are offered.
pub const RECIPES: &[Recipe] = &[
    Recipe { id: "eight", values: &[] },
    Recipe {
        id: "collapse",
        values: &[("pen", "none"), ("gs", "5"), ("b1", "0.9"), ("gr", "0.001"), ("dr", "0.001")],
    },
    Recipe {
        id: "cure",
        values: &[("pen", "none"), ("gs", "5"), ("gr", "0.001"), ("dr", "0.001"), ("bf", "1")],
    },
    Recipe { id: "wasserstein", values: &[("loss", "wasserstein"), ("ds", "3")] },
    Recipe { id: "fp8", values: &[("p", "e4m3")] },
    Recipe { id: "fp8_scaled", values: &[("p", "e4m3"), ("sc", "dynamic")] },
    Recipe { id: "fp16_all", values: &[("p", "fp16"), ("st", "1")] },
    Recipe { id: "fp16_mixed", values: &[("p", "fp16"), ("sc", "dynamic")] },
    Recipe { id: "race", values: &[("vs", "p.fp16*st.1")] },
    Recipe { id: "digits", values: &[("d", "digits")] },
    Recipe { id: "drawn", values: &[("d", "drawn")] },
];

/// Sets the widget up so.
pub fn apply(recipe: &Recipe, state: UrlState) {
    recipe.apply(state, CONFIGURATION);
    recipe.apply(state, &[&RIVAL, &UNTIL]);
}

/// Whether the widget is set up so, tracked.
pub fn is_current(recipe: &Recipe, state: UrlState) -> bool {
    recipe.is_current(state, CONFIGURATION) && recipe.is_current(state, &[&RIVAL])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_set_what_there_is_to_values_that_are_taken() {
        for recipe in RECIPES {
            for (key, value) in recipe.values {
                let param = CONFIGURATION.iter().chain(&[&RIVAL]).find(|param| param.key == *key);
                assert_eq!(param.and_then(|param| param.accept(value)).as_deref(), Some(*value), "{key}");
            }
        }
    }
}
