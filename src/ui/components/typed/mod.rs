//! Fields that a visitor types into, and what becomes of the text.
//!
//! One rule for all of them: what a field shows is what holds, or words beside it say otherwise. A text is taken, taken as something near it
//! (clamped), or refused. The first two show what holds now, also where the state has not changed and no signal would say so; the last leaves
//! the text to be corrected, marks the field, and gives way to what holds when the field is left or on Escape.
//!
//! [`TypedField`] is the field itself, [`NumberEntry`] reads numbers in limits, [`NumberField`] and [`TextField`] belong to a parameter.
//! [`live`] is for fields whose text is in force at every key and whose widget says what is wrong with it.

pub mod live;
mod number;
mod param;

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;
use protocol::Failure;
use web_sys::HtmlInputElement;

pub use number::{Limits, NumberEntry};
pub use param::{NumberField, TextField};

use crate::ui::text::{Text, failure_text, fill, use_text};
use crate::ui::view::dynamic;

/// A typed text in a message is cut after so many characters.
const QUOTED_CHARS: usize = 24;

/// What became of a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It holds.
    Taken,
    /// Something else holds instead, and why.
    Instead(Failure),
    /// What held before still does, and why.
    Refused(Failure),
}

/// What is said beside the field, and of which value.
#[derive(Debug, Clone, PartialEq)]
struct Said {
    failure: Failure,
    refused: bool,
    /// What held when it was said: of another value it says nothing.
    value: String,
}

impl Said {
    fn words(&self, text: &'static Text) -> String {
        let known = text.field.get(&self.failure.code);
        let why = known.map_or_else(
            || failure_text(text, &self.failure),
            |template| {
                let mut facts: Vec<(&str, &str)> =
                    self.failure.facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                facts.push(("value", &self.value));
                fill(template, &facts)
            },
        );
        match (self.refused, self.value.is_empty()) {
            (false, _) => why,
            (true, true) => format!("{why} {}", text.field.unchanged),
            (true, false) => format!("{why} {}", fill(text.field.stays, &[("value", &quoted(&self.value))])),
        }
    }
}

/// A typed text as a message quotes it.
pub fn quoted(text: &str) -> String {
    let text = text.trim();
    if text.chars().count() <= QUOTED_CHARS {
        return text.to_owned();
    }
    text.chars().take(QUOTED_CHARS).chain(['…']).collect()
}

/// A name for an element that others refer to.
fn fresh_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("field-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A field with its label, and what became of the last text typed into it.
#[component]
pub fn TypedField(
    /// The label.
    label: Signal<String>,
    /// What holds.
    value: Signal<String>,
    /// Takes a text, or does not.
    take: Callback<String, Verdict>,
    /// Another text by arrow keys: of the text shown, up or down.
    #[prop(optional)]
    step: Option<Callback<(String, bool), Option<String>>>,
    /// Which keyboard a phone shows.
    #[prop(default = "text")]
    inputmode: &'static str,
    /// Classes beside `field`.
    #[prop(default = "narrow")]
    class: &'static str,
    /// Said by the mouse.
    #[prop(optional_no_strip)]
    title: Option<Signal<String>>,
    /// Stands there while it is empty.
    #[prop(default = "")]
    placeholder: &'static str,
    /// For tests.
    #[prop(into)]
    testid: String,
) -> impl IntoView {
    let t = use_text();
    let (id, note_id) = (fresh_id(), fresh_id());
    let note_testid = format!("{testid}-note");
    let said = RwSignal::new(None::<Said>);
    let is_refused = RwSignal::new(false);
    let current = move || said.get().filter(|said| said.value == value.get());
    // Without a signal that changes nothing else would bring the text back.
    let restore = move |input: &HtmlInputElement| {
        is_refused.set(false);
        input.set_value(&value.get_untracked());
    };
    let commit = move |input: &HtmlInputElement, typed: String| {
        if typed == value.get_untracked() {
            said.set(None);
            return restore(input);
        }
        let verdict = untrack(|| take.run(typed));
        let (failure, refused) = match verdict {
            Verdict::Taken => (None, false),
            Verdict::Instead(failure) => (Some(failure), false),
            Verdict::Refused(failure) => (Some(failure), true),
        };
        // Where a view was made anew by what was taken, this field is gone.
        let Some(value) = value.try_get_untracked() else { return };
        said.set(failure.map(|failure| Said { failure, refused, value: value.clone() }));
        is_refused.set(refused);
        if !refused {
            input.set_value(&value);
        }
    };
    let change = move |event: web_sys::Event| {
        let input = event_target::<HtmlInputElement>(&event);
        commit(&input, input.value());
    };
    let key = move |event: web_sys::KeyboardEvent| {
        let input = event_target::<HtmlInputElement>(&event);
        match event.key().as_str() {
            "Escape" => {
                said.set(None);
                restore(&input);
            }
            arrow @ ("ArrowUp" | "ArrowDown") => {
                let next = step.and_then(|step| untrack(|| step.run((input.value(), arrow == "ArrowUp"))));
                if let Some(next) = next {
                    event.prevent_default();
                    commit(&input, next);
                }
            }
            _ => {}
        }
    };
    let leave = move |event: web_sys::FocusEvent| {
        if is_refused.get_untracked() {
            restore(&event_target::<HtmlInputElement>(&event));
        }
    };
    let edit = move |_| {
        said.set(None);
        is_refused.set(false);
    };
    view! {
        <div class=format!("field typed {class}") class:noted=move || current().is_some()>
            <label for=id.clone()>{dynamic(move || label.get())}</label>
            <input id=id type="text" inputmode=inputmode autocomplete="off" autocapitalize="off" spellcheck="false"
                placeholder=placeholder title=move || title.map(|title| title.get())
                prop:value=move || value.get() aria-invalid=move || is_refused.get().to_string() aria-describedby=note_id.clone()
                on:input=edit on:change=change on:keydown=key on:blur=leave data-testid=testid/>
            <small class="field-note" class:bad=move || current().is_some_and(|said| said.refused) id=note_id role="status"
                data-testid=note_testid>
                {dynamic(move || current().map(|said| said.words(t.get())))}
            </small>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::text::{EN, KO};

    #[test]
    fn words_say_what_holds() {
        let failure = Failure::new("not_whole").with("typed", "2.5").with("least", 1).with("most", 10);
        let mut said = Said { failure, refused: true, value: "3".to_owned() };
        assert_eq!(said.words(&EN), "“2.5” is not a whole number. Type one from 1 to 10. 3 stays in force.");
        assert!(said.words(&KO).ends_with("3 값을 그대로 씁니다."));
        said.value.clear();
        assert!(said.words(&EN).ends_with("Type one from 1 to 10. Nothing has changed."));
        let clamped = Failure::new("clamped").with("typed", "99").with("least", 1).with("most", 10);
        let said = Said { failure: clamped, refused: false, value: "10".to_owned() };
        assert_eq!(said.words(&EN), "“99” is outside 1 to 10: 10 is in force.");
        let foreign = Said { failure: Failure::new("number_comma"), refused: true, value: "1".to_owned() };
        assert_eq!(foreign.words(&EN), format!("{} 1 stays in force.", EN.errors.number_comma));
    }

    #[test]
    fn long_texts_are_quoted_in_part() {
        assert_eq!(quoted(" 12 "), "12");
        assert_eq!(quoted(&"가".repeat(99)), format!("{}…", "가".repeat(24)));
    }
}
