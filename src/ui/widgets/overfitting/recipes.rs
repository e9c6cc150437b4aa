//! One-click configurations, from underfitting to every cure.

use super::params::{CONFIGURATION, DESCENT, RIVAL, UNTIL};
use crate::ui::lab::Recipe;
use crate::ui::url_state::UrlState;

/// All, in the order in which they are offered.
pub const RECIPES: &[Recipe] = &[
    Recipe { id: "overfit", values: &[] },
    Recipe { id: "underfit", values: &[("k", "1")] },
    Recipe { id: "good", values: &[("k", "4")] },
    Recipe { id: "cure_l2", values: &[("vs", "l2.0.003")] },
    Recipe { id: "cure_data", values: &[("vs", "n.200")] },
    Recipe { id: "cure_stop", values: &[("m", "mlp"), ("n", "12"), ("vs", "es.150")] },
    Recipe { id: "cure_dropout", values: &[("d", "moons"), ("vs", "do.50")] },
    Recipe { id: "precision", values: &[("d", "moons"), ("vs", "p.fp8")] },
    Recipe { id: "pictures", values: &[("d", "digits"), ("vs", "sh.1")] },
    Recipe { id: "network", values: &[("d", "digits"), ("to", "250"), ("vs", "net.cnn")] },
    Recipe { id: "descent", values: &[("d", "digits"), ("n", "100"), ("dd", "1")] },
];

/// Parameters that recipes set beside the configuration.
const OTHERS: &[&crate::ui::url_state::Param] = &[&RIVAL, &UNTIL, &DESCENT];

/// Sets the widget up so.
pub fn apply(recipe: &Recipe, state: UrlState) {
    recipe.apply(state, CONFIGURATION);
    recipe.apply(state, OTHERS);
}

/// Whether the widget is set up so, tracked.
pub fn is_current(recipe: &Recipe, state: UrlState) -> bool {
    recipe.is_current(state, CONFIGURATION) && recipe.is_current(state, &[&RIVAL, &DESCENT])
}

#[cfg(test)]
mod tests {
    use super::super::params::RIVALRY;
    use super::*;
    use crate::ui::lab::Rival;

    #[test]
    fn recipes_set_what_there_is_to_values_that_are_taken() {
        for recipe in RECIPES {
            for (key, value) in recipe.values {
                let param = CONFIGURATION.iter().chain(OTHERS).find(|param| param.key == *key);
                assert_eq!(param.and_then(|param| param.accept(value)).as_deref(), Some(*value), "{key}");
                if *key == RIVAL.key {
                    assert_eq!(Rival::parse(value, RIVALRY).text(), *value, "{}", recipe.id);
                }
            }
        }
    }
}
