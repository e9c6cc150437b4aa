//! The texts of one language, as the app has them: `locales/<lang>.<area>.json`, keys joined with dots.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, bail};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::project::Project;

/// Texts by key: `bits.title`, `glossary.gflops.term`, and `code.0`, `code.1` for a list.
pub struct Locale {
    language: String,
    texts: BTreeMap<String, String>,
    /// The names inside a group in the order they were written, by the group's key.
    order: BTreeMap<String, Vec<String>>,
}

impl Locale {
    pub fn load(project: &Project, language: &str) -> Result<Locale> {
        let mut locale = Locale::empty(language);
        let folder = project.path("locales");
        for entry in std::fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let area =
                name.strip_prefix(language).and_then(|rest| rest.strip_prefix('.')?.strip_suffix(".json"));
            let Some(area) = area else { continue };
            let text = project.read(&format!("locales/{name}"))?;
            locale.add_area(area, &text).with_context(|| format!("locales/{name}"))?;
        }
        if locale.texts.is_empty() {
            bail!("locales/ has no text in `{language}`");
        }
        Ok(locale)
    }

    fn empty(language: &str) -> Locale {
        Locale { language: language.to_owned(), texts: BTreeMap::new(), order: BTreeMap::new() }
    }

    fn add_area(&mut self, area: &str, json: &str) -> Result<()> {
        let node: Node = serde_json::from_str(json)?;
        self.add(area, node);
        Ok(())
    }

    fn add(&mut self, key: &str, node: Node) {
        match node {
            Node::Text(text) => {
                self.texts.insert(key.to_owned(), text);
            }
            Node::Group(entries) => {
                self.order.insert(key.to_owned(), entries.iter().map(|(name, _)| name.clone()).collect());
                for (name, node) in entries {
                    self.add(&format!("{key}.{name}"), node);
                }
            }
            Node::List(items) => {
                for (index, node) in items.into_iter().enumerate() {
                    self.add(&format!("{key}.{index}"), node);
                }
            }
        }
    }

    /// A text, or an error that names the key.
    pub fn text(&self, key: &str) -> Result<&str> {
        let text = self.texts.get(key).map(String::as_str);
        text.with_context(|| format!("the static pages need the text `{key}` in `{}`", self.language))
    }

    /// The names inside a group, in the order they were written.
    pub fn names_in(&self, key: &str) -> &[String] {
        self.order.get(key).map_or(&[], Vec::as_slice)
    }

    pub fn into_texts(self) -> BTreeMap<String, String> {
        self.texts
    }
}

/// A locale file's value. Written out here because the order of a group's entries is the glossary's order,
/// which `serde_json::Value` keeps only with a feature that would change it for every package of the workspace.
enum Node {
    Text(String),
    Group(Vec<(String, Node)>),
    List(Vec<Node>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list of texts or a group of texts")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Group(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_lists_become_dotted_keys_in_order() {
        let mut locale = Locale::empty("en");
        locale.add_area("g", r#"{"z": {"term": "Z"}, "a": ["one", "two"]}"#).unwrap();
        assert_eq!(locale.text("g.z.term").unwrap(), "Z");
        assert_eq!(locale.text("g.a.1").unwrap(), "two");
        assert_eq!(locale.names_in("g"), ["z", "a"]);
        assert!(locale.text("g.none").unwrap_err().to_string().contains("g.none"));
        assert!(locale.add_area("n", "{\"a\": 1}").is_err());
    }
}
