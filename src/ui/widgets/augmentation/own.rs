//! A picture of the visitor's own in the grid. It lives as long as the page, is in no address and no storage, and no network trains on it.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::transfer::limits;
use protocol::{Failure, Square};
use web_sys::File;

use super::session::Race;
use super::word;
use crate::tr;
use crate::ui::components::intake::{Intake, decode};
use crate::ui::text::{failure_text, use_text};
use crate::ui::view::dynamic;

/// The picture.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnPicture {
    /// Its file's name.
    pub name: String,
    /// Its middle square.
    pub square: Arc<Square>,
}

thread_local! {
    static OWN: ArcRwSignal<Option<OwnPicture>> = ArcRwSignal::new(None);
}

/// The page's picture, if there is one.
pub fn picture() -> ArcRwSignal<Option<OwnPicture>> {
    OWN.with(Clone::clone)
}

/// Where it comes in.
#[component]
pub fn Own(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let refused = RwSignal::new(None::<(String, Failure)>);
    let asked = StoredValue::new(0_u32);
    let take = Callback::new(move |files: Vec<File>| {
        let Some(file) = files.into_iter().next() else { return };
        let name = file.name();
        let turn = asked.try_update_value(|asked| {
            *asked += 1;
            *asked
        });
        decode(race.worker, file, limits::BASE_SIDE, move |decoded| {
            // Another one was chosen since, or the widget is gone.
            if asked.try_get_value() != turn {
                return;
            }
            match decoded {
                Ok(decoded) => {
                    refused.set(None);
                    let square = Arc::new(decoded.square);
                    picture().set(Some(OwnPicture { name: name.clone(), square }));
                }
                Err(failure) => refused.set(Some((name.clone(), failure))),
            }
        });
    });
    view! {
        <details class="augmentation-own">
            <summary>{tr!(t, augmentation.own_title)}</summary>
            <p class="hint">{tr!(t, augmentation.own_lede)}</p>
            <Intake label=word(t, |t| t.augmentation.own_label) is_many=false testid="augmentation-own-file" on_files=take/>
            <div role="status">{dynamic(move || refused.get().map(|(name, failure)| view! {
                <p class="notice" data-testid="augmentation-own-refused"><strong>{name}</strong>" "{failure_text(t.get(), &failure)}</p>
            }))}</div>
        </details>
    }
}
