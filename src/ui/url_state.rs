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

/// Milliseconds of quiet before the address follows the controls.
pub const WRITE_DELAY_MS: u64 = 300;

/// A longer value is not read from the query, nor written to it.
pub const MAX_VALUE_BYTES: usize = 4000;

/// What a parameter may hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamKind {
    /// Any text of at most so many characters.
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
            ParamKind::Flag => ("flag", json!({})),
        };
        let mut row =
            json!({ "key": self.key, "kind": kind, "default": self.default, "hideable": self.hideable });
        if let (Some(row), Value::Object(bounds)) = (row.as_object_mut(), bounds) {
            row.extend(bounds);
        }
        row
    }

    /// `raw` as this parameter takes it: clamped, or nothing when it makes no sense.
    pub fn accept(&self, raw: &str) -> Option<String> {
        if raw.len() > MAX_VALUE_BYTES {
            return None;
        }
        match self.kind {
            ParamKind::Text { max_chars } => {
                let plain = raw.chars().all(|c| !c.is_control() || c == '\n' || c == '\t');
                (plain && raw.chars().count() <= max_chars).then(|| raw.to_owned())
            }
            ParamKind::Choice(choices) => choices.contains(&raw).then(|| raw.to_owned()),
            ParamKind::Int { min, max } => {
                raw.parse::<i64>().ok().map(|value| value.clamp(min, max).to_string())
            }
            ParamKind::Flag => matches!(raw, "0" | "1").then(|| raw.to_owned()),
        }
    }
}

/// The values of a query string, decoded; malformed escapes are kept as they are.
pub fn parse_query(search: &str) -> BTreeMap<String, String> {
    let Ok(params) = web_sys::UrlSearchParams::new_with_str(search) else { return BTreeMap::new() };
    let mut values = BTreeMap::new();
    for entry in js_sys::try_iter(&params).ok().flatten().into_iter().flatten().flatten() {
        let pair = js_sys::Array::from(&entry);
        if let (Some(key), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            values.entry(key).or_insert(value);
        }
    }
    values
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
            if signal.get_untracked() != value {
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

    /// The shortest query that reproduces this state, without `?`; tracked.
    pub fn query(self) -> String {
        let Ok(params) = web_sys::UrlSearchParams::new() else { return String::new() };
        for (param, signal) in self.table.iter().zip(self.values.get_value()) {
            let value = signal.get();
            if value != param.default && value.len() <= MAX_VALUE_BYTES {
                params.append(param.key, &value);
            }
        }
        String::from(params.to_string())
    }
}

fn initial(param: &Param, query: &BTreeMap<String, String>) -> String {
    query.get(param.key).and_then(|raw| param.accept(raw)).unwrap_or_else(|| param.default.to_owned())
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
    let Ok(params) = web_sys::UrlSearchParams::new_with_str(query) else { return };
    for (key, value) in kept {
        params.append(&key, &value);
    }
    let search = String::from(params.to_string());
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
        assert_eq!(text.accept("a\u{0}b"), None);
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

    proptest::proptest! {
        #[test]
        fn accepted_values_are_accepted_again_unchanged(raw in ".*", low in -5_i64..5, high in 5_i64..50) {
            for param in [
                Param::text("t", "", 40),
                Param::choice("c", "a", &["a", "b", ""]),
                Param::int("i", "0", low, high),
                Param::flag("f", "0"),
            ] {
                if let Some(value) = param.accept(&raw) {
                    let again = param.accept(&value);
                    proptest::prop_assert_eq!(again.as_deref(), Some(value.as_str()));
                }
            }
        }
    }
}
