//! Light, dark, or as the system says.

use leptos::prelude::*;

use super::{storage, url_state};

/// Key of the remembered choice; `public/page.js` reads it before first paint.
const THEME_KEY: &str = "pp-theme";

/// The choices, as they stand in storage and in an embed's `theme=`.
pub const CHOICES: [&str; 3] = ["system", "light", "dark"];

/// The chosen theme.
#[derive(Clone, Copy)]
pub struct Theme(RwSignal<&'static str>);

impl Theme {
    /// The remembered or asked-for choice, applied to the document from now on.
    pub fn start() -> Self {
        let query = url_state::parse_query(&url_state::current_search());
        let asked = query.get("theme").cloned().or_else(|| storage::read(THEME_KEY)).unwrap_or_default();
        let choice = CHOICES.into_iter().find(|choice| *choice == asked).unwrap_or("system");
        let theme = Self(RwSignal::new(choice));
        Effect::new(move |_| apply(theme.0.get()));
        theme
    }

    /// The choice, tracked.
    pub fn get(self) -> &'static str {
        self.0.get()
    }

    /// Chooses and remembers.
    pub fn set(self, choice: &str) {
        let Some(choice) = CHOICES.into_iter().find(|known| *known == choice) else { return };
        storage::write(THEME_KEY, choice);
        self.0.set(choice);
    }
}

fn apply(choice: &str) {
    if let Some(root) = document().document_element() {
        let _ = match choice {
            "system" => root.remove_attribute("data-theme"),
            _ => root.set_attribute("data-theme", choice),
        };
    }
}

/// The theme, from the context the root provides.
pub fn use_theme() -> Theme {
    expect_context::<Theme>()
}

/// Changes whenever colours change, by choice or by the system: charts redraw on it.
pub fn use_colour_epoch() -> Signal<u32> {
    let theme = use_theme();
    let epoch = RwSignal::new(0_u32);
    if let Ok(Some(query)) = window().match_media("(prefers-color-scheme: dark)") {
        let listener = gloo_events::EventListener::new(&query, "change", move |_| {
            epoch.update(|count| *count += 1);
        });
        let listener = StoredValue::new_local(Some(listener));
        on_cleanup(move || {
            let _ = listener.try_update_value(Option::take);
        });
    }
    Signal::derive(move || {
        let choice = CHOICES.iter().position(|choice| *choice == theme.get()).unwrap_or_default();
        epoch.get() * 4 + choice as u32
    })
}
