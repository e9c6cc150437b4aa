//! Turns `locales/<lang>.<area>.json` into one typed table per language.
//!
//! Every key becomes a field, so a misspelt key does not compile. The two
//! languages must have the same keys and the same `{placeholders}`; a
//! difference stops the build and names the key. A widget's own texts are in the
//! programs that have the widget; the others know its title and its question.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Map, Value};

const LANGS: [&str; 2] = ["en", "ko"];

/// Words that a field may only be named as `r#word`.
const KEYWORDS: [&str; 21] = [
    "as", "box", "break", "const", "dyn", "else", "enum", "fn", "for", "if", "in", "loop", "match", "mod",
    "move", "mut", "ref", "static", "type", "use", "where",
];

fn main() {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-env-changed=PP_BUILD_ID");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let mut tables = LANGS.map(|lang| read_tables(&root.join("locales"), lang));
    compare(&Value::Object(tables[0].clone()), &Value::Object(tables[1].clone()), "");
    let widgets = widgets(&root);
    for table in &mut tables {
        leave_out_absent(table, &widgets);
    }

    let mut code = String::new();
    write_struct(&mut code, "Text", &tables[0]);
    for (lang, table) in LANGS.iter().zip(&tables) {
        let _ = writeln!(code, "/// The texts of `{lang}`.");
        let _ = writeln!(code, "pub static {}: Text = {};", lang.to_uppercase(), literal("Text", table));
    }
    let _ = writeln!(
        code,
        "/// Widgets that have a page, in the order of `locales/routes.json`.\npub const WIDGET_IDS: &[&str] = &{widgets:?};"
    );
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    fs::write(out.join("text.rs"), code).expect("OUT_DIR is writable");
}

/// All areas of one language under their names: `en.bits.json` is `bits`.
fn read_tables(folder: &Path, lang: &str) -> Map<String, Value> {
    let mut areas = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("locales/ is there") {
        let path = entry.expect("locales/ is readable").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let Some(area) = name.strip_prefix(&format!("{lang}.")).and_then(|rest| rest.strip_suffix(".json"))
        else {
            continue;
        };
        let text = fs::read_to_string(&path).expect("a locale file is readable");
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        areas.insert(area.to_owned(), value);
    }
    areas.into_iter().collect()
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

fn compare(en: &Value, ko: &Value, at: &str) {
    match (en, ko) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()) {
                let here = format!("{at}.{key}");
                match (a.get(key), b.get(key)) {
                    (Some(x), Some(y)) => compare(x, y, &here),
                    _ => panic!("locale key {here} is in one language only"),
                }
            }
        }
        (Value::String(a), Value::String(b)) => {
            assert_eq!(placeholders(a), placeholders(b), "placeholders differ at {at}");
            assert!(!a.trim().is_empty() && !b.trim().is_empty(), "empty text at {at}");
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (x, y)) in a.iter().zip(b).enumerate() {
                compare(x, y, &format!("{at}.{index}"));
            }
        }
        _ => panic!("locale values of different kinds at {at}"),
    }
}

fn type_name(parent: &str, key: &str) -> String {
    let mut name = if parent == "Text" { String::new() } else { parent.to_owned() };
    for part in key.split('_') {
        let mut letters = part.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn field(key: &str) -> String {
    if KEYWORDS.contains(&key) { format!("r#{key}") } else { key.to_owned() }
}

fn write_struct(code: &mut String, name: &str, table: &Map<String, Value>) {
    let _ = writeln!(code, "#[allow(missing_docs)]\npub struct {name} {{");
    for (key, value) in table {
        let kind = match value {
            Value::Object(_) => type_name(name, key),
            Value::Array(_) => "&'static [&'static str]".to_owned(),
            _ => "&'static str".to_owned(),
        };
        let _ = writeln!(code, "    pub {}: {kind},", field(key));
    }
    let _ = writeln!(code, "}}\n#[allow(dead_code)]\nimpl {name} {{");
    let _ =
        writeln!(code, "    /// A text by a key known only at run time (an error's code, a format's id).");
    let _ =
        writeln!(code, "    pub fn get(&self, key: &str) -> Option<&'static str> {{\n        match key {{");
    for (key, value) in table {
        if value.is_string() {
            let _ = writeln!(code, "            {key:?} => Some(self.{}),", field(key));
        }
    }
    let _ = writeln!(code, "            _ => None,\n        }}\n    }}\n}}");
    for (key, value) in table {
        if let Value::Object(inner) = value {
            write_struct(code, &type_name(name, key), inner);
        }
    }
}

fn literal(name: &str, table: &Map<String, Value>) -> String {
    let mut out = format!("{name} {{ ");
    for (key, value) in table {
        let text = match value {
            Value::Object(inner) => literal(&type_name(name, key), inner),
            Value::Array(items) => {
                format!(
                    "&{:?}",
                    items.iter().filter_map(Value::as_str).map(held_together).collect::<Vec<_>>()
                )
            }
            other => format!("{:?}", held_together(other.as_str().unwrap_or_default())),
        };
        let _ = writeln!(out, "{}: {text},", field(key));
    }
    out.push('}');
    out
}

/// With a word joiner where a Korean particle follows a sign: browsers break a line there, whatever the style says.
fn held_together(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = ' ';
    for letter in text.chars() {
        if matches!(last, '%' | ')' | '”' | '’' | '²' | '³') && ('\u{AC00}'..='\u{D7A3}').contains(&letter)
        {
            out.push('\u{2060}');
        }
        out.push(letter);
        last = letter;
    }
    out
}

/// The ids of the widgets, from the table that the static pages use too.
fn widgets(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join("locales/routes.json")).expect("locales/routes.json is there");
    let value: Value = serde_json::from_str(&text).expect("locales/routes.json is JSON");
    let rows = value["widgets"].as_array().into_iter().flatten();
    rows.filter_map(|widget| widget["id"].as_str()).map(str::to_owned).collect()
}

/// Keeps of a widget that this program has not what every program says of it.
fn leave_out_absent(table: &mut Map<String, Value>, widgets: &[String]) {
    for id in widgets {
        let feature = format!("CARGO_FEATURE_{}", id.to_uppercase().replace('-', "_"));
        if env::var_os(feature).is_some() {
            continue;
        }
        if let Some(Value::Object(texts)) = table.get_mut(id) {
            texts.retain(|key, _| matches!(key.as_str(), "title" | "lede"));
        }
    }
}
