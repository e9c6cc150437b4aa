//! Data sets of pictures and their classes as readers know them.

use crate::ui::text::Text;

/// A data set's name; its id where there is none.
pub fn set_name(text: &'static Text, id: &str) -> String {
    text.images.data.get(&key(id)).map_or_else(|| id.to_owned(), str::to_owned)
}

/// A class's name; the file's own where there is none.
pub fn class_name(text: &'static Text, class: &str) -> String {
    text.images.classes.get(&key(class)).map_or_else(|| class.to_owned(), str::to_owned)
}

/// Keys of texts are identifiers.
fn key(id: &str) -> String {
    id.replace('-', "_")
}
