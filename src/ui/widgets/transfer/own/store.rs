//! The visitor's own classes and pictures. They live as long as the page, so that going to the other language or changing an option loses
//! nothing; they are in no address and in no storage. Nothing here reads them back after a reload.

use std::fmt::Write as _;
use std::sync::Arc;

use leptos::prelude::*;
use protocol::transfer::limits;
use protocol::{Failure, OwnSet, Square};
use sha2::{Digest, Sha256};

/// Pictures of a class from which something can be learnt: one to learn from, one to test with.
pub const LEAST: usize = 2;
/// Characters of a class's name.
pub const NAME_CHARS: usize = 40;

/// A picture of a class.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnPicture {
    /// Its own number.
    pub id: u32,
    /// Its file's name.
    pub name: String,
    /// The square that the base sees.
    pub square: Arc<Square>,
    digest: [u8; 32],
}

/// A file that was not taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Its own number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Why.
    pub failure: Failure,
}

/// A class.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnClass {
    /// Its own number.
    pub id: u32,
    /// As the visitor calls it.
    pub name: String,
    /// What belongs to it.
    pub pictures: Vec<OwnPicture>,
    /// What was not taken.
    pub refused: Vec<Refused>,
}

/// All classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    /// In the order of labels.
    pub classes: Vec<OwnClass>,
    /// Files that are not decoded yet.
    pub pending: usize,
    next: u32,
}

/// Whether people would take two names for one: capitals make no difference.
fn is_same_name(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

thread_local! {
    static OWN: ArcRwSignal<Own> = ArcRwSignal::new(Own::new());
}

/// The page's classes.
pub fn store() -> ArcRwSignal<Own> {
    OWN.with(Clone::clone)
}

impl Own {
    /// Two empty classes.
    pub fn new() -> Own {
        let mut own = Own { classes: Vec::new(), pending: 0, next: 0 };
        own.add_class();
        own.add_class();
        own
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// Another class, unless there are as many as may be.
    pub fn add_class(&mut self) {
        if self.classes.len() < limits::CLASSES[1] {
            let letters = ('A'..='Z').map(String::from);
            let taken = |name: &String| self.classes.iter().any(|class| is_same_name(&class.name, name));
            let name = letters.into_iter().find(|name| !taken(name)).unwrap_or_default();
            let id = self.number();
            self.classes.push(OwnClass { id, name, pictures: Vec::new(), refused: Vec::new() });
        }
    }

    /// Without a class, unless there are as few as may be.
    pub fn remove_class(&mut self, id: u32) {
        if self.classes.len() > limits::CLASSES[0] {
            self.classes.retain(|class| class.id != id);
        }
    }

    fn class(&mut self, id: u32) -> Option<&mut OwnClass> {
        self.classes.iter_mut().find(|class| class.id == id)
    }

    /// Another name, in composed Unicode form. An empty one is refused, one that is too long, and one that another class has: readers, charts
    /// and head files tell classes apart by their names alone.
    pub fn rename(&mut self, id: u32, name: &str) -> Result<(), Failure> {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let name: String = name.chars().filter(|c| !c.is_control()).collect();
        if name.is_empty() {
            return Err(Failure::new("own_name_empty"));
        }
        if name.chars().count() > NAME_CHARS {
            return Err(Failure::new("too_long").with("limit", NAME_CHARS));
        }
        if self.classes.iter().any(|class| class.id != id && is_same_name(&class.name, &name)) {
            return Err(Failure::new("own_name_taken").with("name", name));
        }
        if let Some(class) = self.class(id) {
            class.name = name;
        }
        Ok(())
    }

    /// A picture more; those beyond the limit are refused.
    pub fn add(&mut self, class: u32, name: &str, square: Square) {
        let id = self.number();
        let Some(class) = self.class(class) else { return };
        if class.pictures.len() >= limits::OWN_PICTURES {
            let failure = Failure::new("own_full").with("most", limits::OWN_PICTURES);
            class.refused.push(Refused { id, name: name.to_owned(), failure });
            return;
        }
        let digest = Sha256::digest(&square.levels).into();
        class.pictures.push(OwnPicture { id, name: name.to_owned(), square: Arc::new(square), digest });
    }

    /// A file that was not taken.
    pub fn refuse(&mut self, class: u32, name: &str, failure: Failure) {
        let id = self.number();
        if let Some(class) = self.class(class) {
            class.refused.push(Refused { id, name: name.to_owned(), failure });
        }
    }

    /// Without a picture, or without the line about a refused file.
    pub fn remove(&mut self, id: u32) {
        for class in &mut self.classes {
            class.pictures.retain(|picture| picture.id != id);
            class.refused.retain(|refused| refused.id != id);
        }
    }

    /// Whether every class has enough pictures, and none is on its way.
    pub fn is_ready(&self) -> bool {
        self.pending == 0 && self.classes.iter().all(|class| class.pictures.len() >= LEAST)
    }

    /// The classes' names.
    pub fn names(&self) -> Vec<String> {
        self.classes.iter().map(|class| class.name.clone()).collect()
    }

    /// The set's name: of what is in the pictures and which class they belong to. None before it is ready.
    pub fn name(&self) -> Option<String> {
        if !self.is_ready() {
            return None;
        }
        let mut hash = Sha256::new();
        for (label, class) in self.classes.iter().enumerate() {
            hash.update([label as u8]);
            class.pictures.iter().for_each(|picture| hash.update(picture.digest));
        }
        let mut name = "own-".to_owned();
        for byte in hash.finalize().iter().take(8) {
            let _ = write!(name, "{byte:02x}");
        }
        Some(name)
    }

    /// The set as the worker takes it; none before it is ready.
    pub fn set(&self) -> Option<OwnSet> {
        let name = self.name()?;
        let (mut levels, mut labels) = (Vec::new(), Vec::new());
        for (label, class) in self.classes.iter().enumerate() {
            for picture in &class.pictures {
                levels.extend_from_slice(&picture.square.levels);
                labels.push(label as u8);
            }
        }
        Some(OwnSet { name, classes: self.names(), side: limits::BASE_SIDE, levels, labels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(level: u8) -> Square {
        let side = limits::BASE_SIDE;
        Square { side, levels: vec![level; (side * side * 3) as usize] }
    }

    #[test]
    fn a_set_is_named_by_its_pictures_and_their_classes() {
        let mut own = Own::new();
        let [a, b] = [own.classes[0].id, own.classes[1].id];
        assert_eq!(own.names(), ["A", "B"]);
        assert_eq!(own.name(), None);
        for (class, level) in [(a, 1), (a, 2), (b, 3)] {
            own.add(class, "x.png", square(level));
        }
        assert!(!own.is_ready());
        own.add(b, "y.png", square(4));
        let name = own.name().unwrap();
        assert!(name.len() == 20 && name.starts_with("own-"));
        own.rename(a, "  cat\u{7} ").unwrap();
        assert_eq!(own.rename(b, "  ").unwrap_err().code, "own_name_empty");
        assert_eq!(
            (own.name().unwrap(), own.names()),
            (name.clone(), vec!["cat".to_owned(), "B".to_owned()])
        );
        let set = own.set().unwrap();
        assert_eq!((set.labels, set.levels.len()), (vec![0, 0, 1, 1], 4 * 96 * 96 * 3));
        own.pending = 1;
        assert_eq!(own.name(), None);
        own.pending = 0;
        let last = own.classes[1].pictures[1].id;
        own.remove(last);
        own.add(b, "y.png", square(5));
        assert_ne!(own.name().unwrap(), name);
    }

    #[test]
    fn two_classes_never_have_one_name() {
        let mut own = Own::new();
        let [a, b] = [own.classes[0].id, own.classes[1].id];
        own.rename(a, "cat").unwrap();
        for name in ["cat", " cat ", "CAT", "c\u{7}at"] {
            let failure = own.rename(b, name).unwrap_err();
            assert_eq!(failure.code, "own_name_taken", "{name:?}");
        }
        assert_eq!(own.names(), ["cat", "B"], "what was refused changes nothing");
        own.rename(a, "Cat").unwrap();
        own.rename(b, "black  cat").unwrap();
        assert_eq!(own.names(), ["Cat", "black cat"]);
        assert_eq!(own.rename(b, "black\tCAT").map(|()| own.names()[1].clone()).unwrap(), "black CAT");
        assert_eq!(own.rename(b, &"x".repeat(NAME_CHARS + 1)).unwrap_err().code, "too_long");
        own.rename(a, "a").unwrap();
        own.add_class();
        assert_eq!(own.names()[2], "B", "a new class takes a letter that no class has");
    }

    #[test]
    fn limits_hold_and_nothing_else_is_lost() {
        let mut own = Own::new();
        for _ in 0..9 {
            own.add_class();
        }
        assert_eq!(own.classes.len(), limits::CLASSES[1]);
        let ids: Vec<u32> = own.classes.iter().map(|class| class.id).collect();
        own.remove_class(ids[0]);
        own.add_class();
        assert_eq!(own.names().concat().len(), 6, "letters are used once: {:?}", own.names());
        for id in ids {
            own.remove_class(id);
        }
        assert_eq!(own.classes.len(), limits::CLASSES[0]);
        let class = own.classes[0].id;
        for _ in 0..=limits::OWN_PICTURES {
            own.add(class, "x.png", square(0));
        }
        own.refuse(class, "y.heic", Failure::new("picture_undecodable"));
        let kept = &own.classes[0];
        assert_eq!((kept.pictures.len(), kept.refused.len()), (limits::OWN_PICTURES, 2));
        let refused = kept.refused[0].id;
        own.remove(refused);
        assert_eq!(own.classes[0].refused.len(), 1);
        own.add(999, "z", square(0));
    }
}
