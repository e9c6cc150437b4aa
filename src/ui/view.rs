//! Parts of a view that follow signals, all of one type.

use leptos::prelude::*;

/// A part that is made anew when a signal it reads changes.
pub type Dynamic = Box<dyn Fn() -> AnyView + Send>;

/// `make` as a part of a view. Every closure has a type of its own, and the framework's code for showing it would exist once for each; boxed and
/// erased it exists once, and the program is that much smaller.
pub fn dynamic<V: IntoView + 'static>(make: impl Fn() -> V + Send + 'static) -> Dynamic {
    Box::new(move || make().into_any())
}
