//! Tasks: pictures with classes, from the site's data sets or a visitor's own.

use std::cell::RefCell;
use std::rc::Rc;

use experiments::transfer::Pictures;
use protocol::transfer::limits;
use protocol::{Failure, OwnSet};

use crate::worker_host::labs::data;
use crate::worker_host::pace::yield_now;

/// Pictures of a task, at most: the first ones of the file.
const MOST: usize = 750;
/// Sets of a visitor's own that are kept: the present one, and the one before while labs may still use it.
const OWN_KEPT: usize = 2;

/// Pictures to be learnt.
#[derive(Debug)]
pub(in crate::worker_host) struct Task {
    /// The pictures.
    pub pictures: Pictures,
    /// The classes, in the order of labels.
    pub classes: Vec<String>,
}

impl Task {
    /// Pictures of each class.
    pub(in crate::worker_host) fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.classes.len()];
        for label in self.pictures.labels() {
            if let Some(count) = counts.get_mut(usize::from(*label)) {
                *count += 1;
            }
        }
        counts
    }
}

thread_local! {
    /// By name; latest last.
    static TASKS: RefCell<Vec<(String, Rc<Task>)>> = const { RefCell::new(Vec::new()) };
}

fn is_own(name: &str) -> bool {
    name.starts_with("own-")
}

/// A task by name.
pub(in crate::worker_host) async fn task(name: &str) -> Result<Rc<Task>, Failure> {
    let known = |tasks: &Vec<(String, Rc<Task>)>| {
        tasks.iter().find(|(known, _)| known == name).map(|(_, task)| task.clone())
    };
    if let Some(task) = TASKS.with_borrow(known) {
        return Ok(task);
    }
    if is_own(name) {
        return Err(Failure::new("own_missing"));
    }
    let set = data::load(name).await?;
    yield_now().await;
    let pictures =
        Pictures::of(&set).map_err(|_| Failure::new("lab_not_pictures").with("name", name))?.first(MOST);
    let task = Rc::new(Task { pictures, classes: set.classes().to_vec() });
    TASKS.with_borrow_mut(|tasks| tasks.push((name.to_owned(), task.clone())));
    Ok(task)
}

/// Keeps a set of a visitor's own.
pub(in crate::worker_host) fn keep(set: OwnSet) -> Result<(), Failure> {
    let [least, most] = limits::CLASSES;
    let limit = |name: &str, value: usize, low: usize, high: usize| {
        let failure = Failure::new("lab_limit").with("name", name).with("value", value);
        Err(failure.with("low", low).with("high", high))
    };
    if !(least..=most).contains(&set.classes.len()) {
        return limit("classes", set.classes.len(), least, most);
    }
    let pictures_most = most * limits::OWN_PICTURES;
    if set.labels.len() > pictures_most {
        return limit("pictures", set.labels.len(), 0, pictures_most);
    }
    if !is_own(&set.name) || !(1..=limits::SIDE).contains(&set.side) {
        return Err(Failure::new("choice_unknown").with("id", set.name));
    }
    let (side, classes) = (set.side as usize, set.classes.len());
    let refused = |error| Failure::new("head_refused").with("reason", error);
    let len = side * side * 3;
    if set.levels.len() != len * set.labels.len() {
        return limit("levels", set.levels.len(), 0, len * set.labels.len());
    }
    let mut pictures = Pictures::new(side, classes);
    for (levels, label) in set.levels.chunks_exact(len).zip(&set.labels) {
        pictures.push(levels, *label).map_err(refused)?;
    }
    let task = Rc::new(Task { pictures, classes: set.classes });
    TASKS.with_borrow_mut(|tasks| {
        tasks.retain(|(name, _)| *name != set.name);
        let own = tasks.iter().filter(|(name, _)| is_own(name)).count();
        if own >= OWN_KEPT
            && let Some(oldest) = tasks.iter().position(|(name, _)| is_own(name))
        {
            tasks.remove(oldest);
        }
        tasks.push((set.name, task));
    });
    Ok(())
}
