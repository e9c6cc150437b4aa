//! One-click configurations: values of parameters under a name.

use crate::ui::url_state::{Param, UrlState};

/// A recipe. Everything that it does not name has its default.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// Key of its name and of its sentence.
    pub id: &'static str,
    /// Parameters by key.
    pub values: &'static [(&'static str, &'static str)],
}

impl Recipe {
    fn value(&self, param: &Param) -> &'static str {
        self.values.iter().find(|(known, _)| *known == param.key).map_or(param.default, |(_, value)| value)
    }

    /// Gives the parameters of a table its values.
    pub fn apply(&self, state: UrlState, table: &[&'static Param]) {
        for &param in table {
            state.set(param, self.value(param));
        }
    }

    /// Whether the parameters of a table have its values, tracked.
    pub fn is_current(&self, state: UrlState, table: &[&'static Param]) -> bool {
        table.iter().all(|param| state.get(param) == self.value(param))
    }
}
