//! Fields whose text is in force at every key: the parameter holds the text itself, and the widget says what is wrong with it. What remains to be
//! said here: that a text was too long to be taken at all, or is too long for a link.

use leptos::prelude::*;

use crate::ui::text::{fill, use_text};
use crate::ui::url_state::{Param, ParamKind, UrlState};
use crate::ui::view::dynamic;

/// A parameter that follows a field at every key; cheap to copy.
#[derive(Clone, Copy)]
pub struct Live {
    state: UrlState,
    param: &'static Param,
    /// What the field shows is longer than the parameter takes.
    is_refused: RwSignal<bool>,
    /// What was typed last, while the field has the focus.
    typed: RwSignal<Option<String>>,
}

impl Live {
    /// For a text parameter.
    pub fn new(state: UrlState, param: &'static Param) -> Self {
        Self { state, param, is_refused: RwSignal::new(false), typed: RwSignal::new(None) }
    }

    /// Takes what the field shows.
    pub fn take(self, text: String) {
        let taken = self.state.set(self.param, &text);
        self.is_refused.set(!taken);
        self.typed.set(Some(text));
    }

    /// The field was left. A text that was not taken gives way to the one that holds, which the field must then be made to show.
    pub fn leave(self) -> Option<String> {
        self.typed.set(None);
        let was_refused = self.is_refused.get_untracked();
        self.is_refused.set(false);
        was_refused.then(|| self.state.now(self.param))
    }

    /// Whether what holds was just typed here, so that the field shows it as it stands; tracked.
    pub fn is_being_typed(self) -> bool {
        let value = self.state.get(self.param);
        self.typed.with(|typed| typed.as_ref() == Some(&value))
    }

    /// Whether the text was not taken; tracked.
    pub fn is_refused(self) -> bool {
        self.is_refused.get()
    }
}

/// What is to be said of a field's length.
#[component]
pub fn LiveNote(
    /// The field's.
    live: Live,
) -> impl IntoView {
    let t = use_text();
    let words = move || {
        let limit = match live.param.kind {
            ParamKind::Text { max_chars } => max_chars,
            _ => 0,
        };
        if live.is_refused() {
            Some(fill(t.get().field.not_in_force, &[("limit", &limit.to_string())]))
        } else if live.state.is_too_long(live.param) {
            Some(t.get().field.not_in_link.to_owned())
        } else {
            None
        }
    };
    view! { <small class="field-note" class:bad=move || live.is_refused() role="status" data-testid=format!("live-{}", live.param.key)>{dynamic(words)}</small> }
}
