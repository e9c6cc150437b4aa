//! One view of a lab by itself.

use std::rc::Rc;

use leptos::prelude::*;
use protocol::View;

use super::LabSession;

/// A view by itself: changes only when that view does.
pub type Looked = RwSignal<Option<Rc<View>>, LocalStorage>;

impl LabSession {
    /// A view by its name.
    pub fn look(self, name: &'static str) -> Looked {
        let looked = RwSignal::new_local(None::<Rc<View>>);
        Effect::new(move |_| {
            let now = self.views.with(|views| views.get(name).cloned());
            let same = looked.with_untracked(|before| match (before, &now) {
                (Some(before), Some(now)) => Rc::ptr_eq(before, now),
                (None, None) => true,
                _ => false,
            });
            if !same {
                looked.set(now);
            }
        });
        looked
    }
}
