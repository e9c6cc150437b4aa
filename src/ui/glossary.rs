//! The glossary: its entries in the source's order, and which widgets belong to each.

use super::text::{
    GlossaryActive, GlossaryAugmentation, GlossaryDataTypes, GlossaryFederated, GlossaryGenerative,
    GlossaryGflops, GlossaryLlm, GlossaryOverfitting, GlossaryTransfer, Text,
};

/// One entry. The id is the anchor on the home page and the key of its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Anchor and locale key.
    pub id: &'static str,
    /// Widgets that are there, in order.
    pub widgets: &'static [&'static str],
}

/// All entries.
pub const ENTRIES: [Entry; 9] = [
    Entry { id: "data_types", widgets: &["bits", "convert"] },
    Entry { id: "gflops", widgets: &["throughput"] },
    Entry { id: "overfitting", widgets: &["overfitting"] },
    Entry { id: "augmentation", widgets: &["augmentation"] },
    Entry { id: "transfer", widgets: &["transfer"] },
    Entry { id: "active", widgets: &[] },
    Entry { id: "federated", widgets: &[] },
    Entry { id: "generative", widgets: &["gan"] },
    Entry { id: "llm", widgets: &[] },
];

/// An entry's texts.
#[derive(Debug, Clone, Copy)]
pub struct EntryText {
    /// The term.
    pub term: &'static str,
    /// What stands under it in small.
    pub sub: &'static str,
    /// The definition.
    pub body: &'static str,
    /// What is more exact.
    pub exact: &'static str,
}

macro_rules! entry_text {
    ($($kind:ident),+) => {
        $(impl From<&$kind> for EntryText {
            fn from(from: &$kind) -> Self {
                Self { term: from.term, sub: from.sub, body: from.body, exact: from.exact }
            }
        })+
    };
}
entry_text!(
    GlossaryDataTypes,
    GlossaryGflops,
    GlossaryOverfitting,
    GlossaryAugmentation,
    GlossaryTransfer,
    GlossaryActive,
    GlossaryFederated,
    GlossaryGenerative,
    GlossaryLlm
);

impl Entry {
    /// Its texts in the language of `text`.
    pub fn text(self, text: &'static Text) -> EntryText {
        let entries = &text.glossary;
        match self.id {
            "gflops" => (&entries.gflops).into(),
            "overfitting" => (&entries.overfitting).into(),
            "augmentation" => (&entries.augmentation).into(),
            "transfer" => (&entries.transfer).into(),
            "active" => (&entries.active).into(),
            "federated" => (&entries.federated).into(),
            "generative" => (&entries.generative).into(),
            "llm" => (&entries.llm).into(),
            _ => (&entries.data_types).into(),
        }
    }
}

/// The entry a widget belongs to.
pub fn entry_of(widget: &str) -> &'static Entry {
    ENTRIES.iter().find(|entry| entry.widgets.contains(&widget)).unwrap_or(&ENTRIES[0])
}
