//! A widget's state in the query string, from one table per widget.
//!
//! The table (`&[Param]`) is at once the address format, the validation and the
//! list of what an embed may hide. Reading clamps or falls back to the default
//! and ignores unknown keys, so a hostile query is merely a default. Writing
//! leaves out what equals its default, and is delayed by [`WRITE_DELAY_MS`],
//! because browsers limit how often an address may change.

use std::collections::BTreeMap;
use std::time::Duration;

use leptos::prelude::*;
use serde_json::{Value, json};

use super::query;
pub use super::query::parse as parse_query;

/// Milliseconds of quiet before the address follows the controls.
pub const WRITE_DELAY_MS: u64 = 300;

/// A longer value is not read from the query, nor written to it; a widget may still hold it ([`UrlState::is_too_long`]).
pub const MAX_VALUE_BYTES: usize = 4000;

/// What a parameter may hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamKind {
    /// Any text of at most so many characters. Line ends become `\n`; other control characters become U+FFFD, which no reader of numbers or
    /// names takes for something else: what came with them is shown and refused, never dropped unseen.
    Text {
        /// The longest.
        max_chars: usize,
    },
    /// One of these.
    Choice(&'static [&'static str]),
    /// A whole number in this range, clamped.
    Int {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// `1` or `0`.
    Flag,
    /// A number in this range, clamped and in its shortest binary32 form; empty where the default is, for what the widget suggests.
    Number {
        /// The smallest.
        least: f32,
        /// The largest.
        most: f32,
        /// Without a fraction.
        whole: bool,
    },
}

/// One row of a widget's table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Param {
    /// Key in the query.
    pub key: &'static str,
    /// Value when the query has none, or a bad one.
    pub default: &'static str,
    /// What it may hold.
    pub kind: ParamKind,
    /// An embed may hide its control with `hide=<key>`.
    pub hideable: bool,
}

impl Param {
    /// A free text.
    pub const fn text(key: &'static str, default: &'static str, max_chars: usize) -> Self {
        Self { key, default, kind: ParamKind::Text { max_chars }, hideable: true }
    }

    /// One of a list.
    pub const fn choice(key: &'static str, default: &'static str, choices: &'static [&'static str]) -> Self {
        Self { key, default, kind: ParamKind::Choice(choices), hideable: true }
    }

    /// A clamped whole number.
    pub const fn int(key: &'static str, default: &'static str, min: i64, max: i64) -> Self {
        Self { key, default, kind: ParamKind::Int { min, max }, hideable: true }
    }

    /// On or off.
    pub const fn flag(key: &'static str, default: &'static str) -> Self {
        Self { key, default, kind: ParamKind::Flag, hideable: true }
    }

    /// The row as a host page reads it.
    fn description(&self) -> Value {
        let (kind, bounds) = match self.kind {
            ParamKind::Text { max_chars } => ("text", json!({ "max_chars": max_chars })),
            ParamKind::Choice(choices) => ("choice", json!({ "choices": choices })),
            ParamKind::Int { min, max } => ("int", json!({ "min": min, "max": max })),
            ParamKind::Number { least, most, whole } => {
                ("number", json!({ "min": least, "max": most, "whole": whole }))
            }
            ParamKind::Flag => ("flag", json!({})),
        };
        let mut row =
            json!({ "key": self.key, "kind": kind, "default": self.default, "hideable": self.hideable });
        if let (Some(row), Value::Object(bounds)) = (row.as_object_mut(), bounds) {
            row.extend(bounds);
        }
        row
    }

    /// A clamped number; with an empty default it may be left to the widget.
    pub const fn number(key: &'static str, default: &'static str, [least, most]: [f32; 2]) -> Self {
        Self { key, default, kind: ParamKind::Number { least, most, whole: false }, hideable: true }
    }

    /// The same without fractions.
    pub const fn whole(key: &'static str, default: &'static str, [least, most]: [f32; 2]) -> Self {
        Self { key, default, kind: ParamKind::Number { least, most, whole: true }, hideable: true }
    }

    /// `raw` as this parameter takes it: clamped, or nothing when it makes no sense.
    pub fn accept(&self, raw: &str) -> Option<String> {
        match self.kind {
            ParamKind::Text { max_chars } => {
                let text = plain_lines(raw);
                (text.chars().count() <= max_chars).then_some(text)
            }
            ParamKind::Choice(choices) => choices.contains(&raw).then(|| raw.to_owned()),
            ParamKind::Int { min, max } => {
                raw.trim().parse::<i64>().ok().map(|value| value.clamp(min, max).to_string())
            }
            ParamKind::Flag => matches!(raw, "0" | "1").then(|| raw.to_owned()),
            ParamKind::Number { .. } if raw.trim().is_empty() => self.default.is_empty().then(String::new),
            ParamKind::Number { least, most, whole } => {
                let value = raw.trim().parse::<f32>().ok().filter(|value| value.is_finite())?;
                (!whole || value.fract() == 0.0).then(|| shortest(value.clamp(least, most)))
            }
        }
    }
}

/// The shortest text of a binary32 number; with an exponent where it would begin with many zeros.
pub fn shortest(value: f32) -> String {
    // Zero has one spelling.
    let value = value + 0.0;
    if value != 0.0 && value.abs() < 1e-6 { format!("{value:e}") } else { value.to_string() }
}

/// A text of lines: `\r\n`, `\r` and the other ends of lines and pages become `\n`, further control characters U+FFFD.
fn plain_lines(raw: &str) -> String {
    raw.replace("\r\n", "\n")
        .chars()
        .map(|c| match c {
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' => '\n',
            '\n' | '\t' => c,
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

/// A widget's live state: one signal per parameter.
#[derive(Clone, Copy)]
pub struct UrlState {
    table: &'static [Param],
    values: StoredValue<Vec<RwSignal<String>>>,
    /// Parameters of the address that belong to no widget (`hide`, `lang`, `theme`).
    hidden: StoredValue<Vec<String>>,
}

impl UrlState {
    /// Reads the current address and, unless the widget is a part of another page, keeps it in step.
    pub fn new(table: &'static [Param], follow_address: bool) -> Self {
        let search = if follow_address { current_search() } else { String::new() };
        let query = parse_query(&search);
        let values = table.iter().map(|param| RwSignal::new(initial(param, &query))).collect();
        let hidden =
            query.get("hide").map(|list| list.split(',').map(str::to_owned).collect()).unwrap_or_default();
        let state = Self { table, values: StoredValue::new(values), hidden: StoredValue::new(hidden) };
        if follow_address {
            state.follow();
        }
        state
    }

    fn follow(self) {
        let search = leptos_router::hooks::use_location().search;
        Effect::watch(
            move || search.get(),
            move |search: &String, previous, _| {
                if previous != Some(search) {
                    self.read(search);
                }
            },
            false,
        );
        let now = use_context::<SearchNow>();
        let page = page_name();
        let mut write = leptos::leptos_dom::helpers::debounce(
            Duration::from_millis(WRITE_DELAY_MS),
            move |query: String| {
                // The visitor may have gone to another page by then.
                if page_name() == page {
                    write_search(&query, now);
                }
            },
        );
        Effect::watch(move || self.query(), move |query: &String, _, _| write(query.clone()), false);
    }

    fn read(self, search: &str) {
        let query = parse_query(search);
        for (param, signal) in self.table.iter().zip(self.values.get_value()) {
            let value = initial(param, &query);
            let now = signal.get_untracked();
            // No address can carry it, so that this one does not says nothing: going to the other language must not lose it.
            let is_kept = now.len() > MAX_VALUE_BYTES && !query.contains_key(param.key);
            if now != value && !is_kept {
                signal.set(value);
            }
        }
    }

    /// The signal of a parameter. `param` must be a row of this widget's table.
    pub fn signal(self, param: &Param) -> RwSignal<String> {
        let index = self.table.iter().position(|row| row.key == param.key).unwrap_or_default();
        self.values.with_value(|values| values[index])
    }

    /// A parameter's text, tracked.
    pub fn get(self, param: &Param) -> String {
        self.signal(param).get()
    }

    /// A parameter's text, untracked, for event handlers and requests.
    pub fn now(self, param: &Param) -> String {
        self.signal(param).get_untracked()
    }

    /// A parameter's number, tracked; only for `Int` rows.
    pub fn int(self, param: &Param) -> i64 {
        self.get(param).parse().unwrap_or_default()
    }

    /// Whether a flag is on, tracked.
    pub fn flag(self, param: &Param) -> bool {
        self.get(param) == "1"
    }

    /// Sets a parameter if it takes the value; says whether it did.
    pub fn set(self, param: &Param, raw: &str) -> bool {
        let Some(value) = param.accept(raw) else { return false };
        let signal = self.signal(param);
        if signal.get_untracked() != value {
            signal.set(value);
        }
        true
    }

    /// Sets a parameter by its key, for messages from a host page.
    pub fn set_by_key(self, key: &str, raw: &str) -> bool {
        self.table.iter().find(|param| param.key == key).is_some_and(|param| self.set(param, raw))
    }

    /// Everything back to its default.
    pub fn reset(self) {
        for (param, signal) in self.table.iter().zip(self.values.get_value()) {
            if signal.get_untracked() != param.default {
                signal.set(param.default.to_owned());
            }
        }
    }

    /// Whether the host page asked to hide this control.
    pub fn is_hidden(self, param: &Param) -> bool {
        param.hideable && self.hidden.with_value(|hidden| hidden.iter().any(|key| key == param.key))
    }

    /// All values under their keys, tracked.
    pub fn values(self) -> Vec<(&'static str, String)> {
        self.table
            .iter()
            .zip(self.values.get_value())
            .map(|(param, signal)| (param.key, signal.get()))
            .collect()
    }

    /// The whole table, as a host page reads it.
    pub fn description(self) -> Value {
        self.table.iter().map(Param::description).collect()
    }

    /// Whether a parameter's text is too long for a link, which then leaves it out; tracked.
    pub fn is_too_long(self, param: &Param) -> bool {
        self.signal(param).with(|value| value.len() > MAX_VALUE_BYTES)
    }

    /// The shortest query that reproduces this state, without `?`; tracked.
    pub fn query(self) -> String {
        let mut text = String::new();
        for (param, signal) in self.table.iter().zip(self.values.get_value()) {
            let value = signal.get();
            if value != param.default && value.len() <= MAX_VALUE_BYTES {
                query::append(&mut text, param.key, &value);
            }
        }
        text
    }
}

fn initial(param: &Param, query: &BTreeMap<String, String>) -> String {
    let given = query.get(param.key).filter(|raw| raw.len() <= MAX_VALUE_BYTES);
    given.and_then(|raw| param.accept(raw)).unwrap_or_else(|| param.default.to_owned())
}

/// The query of the current address, with its `?`.
pub fn current_search() -> String {
    window().location().search().unwrap_or_default()
}

/// The last part of the path, which both languages share.
fn page_name() -> String {
    let path = window().location().pathname().unwrap_or_default();
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}

/// The state's own keys replaced in the address, keys of others kept.
fn write_search(query: &str, now: Option<SearchNow>) {
    let location = window().location();
    let kept = parse_query(&current_search())
        .into_iter()
        .filter(|(key, _)| ["hide", "lang", "theme", "origin"].contains(&key.as_str()));
    let mut search = query.to_owned();
    for (key, value) in kept {
        query::append(&mut search, &key, &value);
    }
    let path = location.pathname().unwrap_or_default();
    let address = if search.is_empty() { path } else { format!("{path}?{search}") };
    if let Ok(history) = window().history() {
        // A browser that limits address changes throws; the next change tries again.
        let state = history.state().unwrap_or_default();
        let _ = history.replace_state_with_url(&state, "", Some(&address));
    }
    if let Some(SearchNow(signal)) = now {
        signal.set(search);
    }
}

/// The query as last written, so that links to the other language carry it.
#[derive(Clone, Copy)]
pub struct SearchNow(pub RwSignal<String>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_values_become_nothing() {
        let mode = Param::choice("m", "a", &["a", "b"]);
        assert_eq!(mode.accept("b").as_deref(), Some("b"));
        assert_eq!(mode.accept("<script>"), None);
        let seed = Param::int("s", "1", 0, 10);
        assert_eq!(seed.accept("99").as_deref(), Some("10"));
        assert_eq!(seed.accept("-9223372036854775808").as_deref(), Some("0"));
        assert_eq!(seed.accept("1e3"), None);
        let text = Param::text("v", "", 3);
        assert_eq!(text.accept("한글로"), Some("한글로".to_owned()));
        assert_eq!(text.accept("abcd"), None);
        assert_eq!(Param::flag("x", "0").accept("true"), None);
    }

    #[test]
    fn a_description_names_kind_default_and_bounds() {
        let row = Param::int("s", "1", 0, 10).description();
        assert_eq!(
            row,
            json!({ "key": "s", "kind": "int", "default": "1", "hideable": true, "min": 0, "max": 10 })
        );
        let row = Param::choice("m", "a", &["a", "b"]).description();
        assert_eq!(row["choices"], json!(["a", "b"]));
        assert_eq!(Param::text("t", "", 40).description()["max_chars"], 40);
        assert_eq!(Param::flag("z", "0").description()["kind"], "flag");
    }

    #[test]
    fn control_characters_end_lines_or_are_seen() {
        let text = Param::text("t", "0.1", 20);
        assert_eq!(text.accept("1\r\n2\r\n3").as_deref(), Some("1\n2\n3"));
        assert_eq!(text.accept("1\r2\u{b}3\u{c}4\u{85}5").as_deref(), Some("1\n2\n3\n4\n5"));
        assert_eq!(text.accept("1\t2").as_deref(), Some("1\t2"));
        assert_eq!(text.accept("1\u{0}2\u{1b}").as_deref(), Some("1\u{fffd}2\u{fffd}"));
    }

    #[test]
    fn numbers_are_clamped_and_have_one_spelling() {
        let rate = Param::number("lr", "", [1e-6, 1.0]);
        for (raw, expected) in [
            ("2e-3", Some("0.002")),
            ("+0.5", Some("0.5")),
            (" 9 ", Some("1")),
            ("-4", Some("0.000001")),
            ("", Some("")),
            (" ", Some("")),
            ("NaN", None),
            ("inf", None),
            ("0,5", None),
            ("x", None),
        ] {
            assert_eq!(rate.accept(raw).as_deref(), expected, "{raw}");
        }
        let count = Param::whole("n", "4", [4.0, 600.0]);
        assert_eq!(count.accept("1e9").as_deref(), Some("600"));
        assert_eq!(count.accept("12.5"), None);
        assert_eq!(count.accept(""), None);
        let weight = Param::number("l2", "0", [0.0, 10.0]);
        assert_eq!(weight.accept("0.00000012345678").as_deref(), Some("1.2345679e-7"));
        assert_eq!(weight.accept("-0").as_deref(), Some("0"));
        assert_eq!(Param::int("seed", "1", 0, 10).accept(" +5").as_deref(), Some("5"));
    }

    #[test]
    fn a_query_carries_what_a_link_can() {
        let param = Param::text("t", "0.1", 100_000);
        let query = |len: usize| BTreeMap::from([("t".to_owned(), "1".repeat(len))]);
        assert_eq!(initial(&param, &query(MAX_VALUE_BYTES)).len(), MAX_VALUE_BYTES);
        assert_eq!(initial(&param, &query(MAX_VALUE_BYTES + 1)), "0.1");
        assert!(param.accept(&"1".repeat(MAX_VALUE_BYTES + 1)).is_some(), "typed, it may be longer");
    }

    proptest::proptest! {
        #[test]
        fn accepted_values_are_accepted_again_unchanged(raw in "(?s).*|-?[0-9]{1,3}(\\.[0-9]{1,9})?(e-?[0-9])?", low in -5_i64..5, high in 5_i64..50) {
            for param in [
                Param::text("t", "", 40),
                Param::choice("c", "a", &["a", "b", ""]),
                Param::int("i", "0", low, high),
                Param::flag("f", "0"),
                Param::number("n", "", [low as f32 / 7.0, high as f32 / 7.0]),
            ] {
                if let Some(value) = param.accept(&raw) {
                    let again = param.accept(&value);
                    proptest::prop_assert_eq!(again.as_deref(), Some(value.as_str()));
                }
            }
        }
    }
}
