//! Discriminative beside generative: what each network here is trained on, and what it can do.

use leptos::prelude::*;

use super::model;
use super::params;
use super::readings::percent;
use super::session::Duel;
use crate::tr;
use crate::ui::text::{fill, use_text};
use crate::ui::view::dynamic;

/// The panel.
#[component]
pub fn Compare(
    /// The widget's runs.
    duel: Duel,
) -> impl IntoView {
    let t = use_text();
    let right = move || {
        let known =
            duel.first.metric("d.right").filter(|_| duel.first.lab.report.with(|report| report.step > 0));
        let words = t.get();
        known.map_or_else(String::new, |share| {
            fill(words.gan.compare.d_now, &[("share", &percent(f64::from(share)))])
        })
    };
    let made = move || {
        let images = model::is_images(&duel.state.get(&params::DATA));
        if images { t.get().gan.compare.g_now_images } else { t.get().gan.compare.g_now_points }
    };
    view! {
        <section class="part" data-testid="gan-compare">
            <h3>{tr!(t, gan.compare.title)}</h3>
            <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, gan.compare.title)>
                <table class="data compare">
                    <thead><tr>
                        <td></td>
                        <th scope="col">{tr!(t, gan.compare.d_head)}</th>
                        <th scope="col">{tr!(t, gan.compare.g_head)}</th>
                    </tr></thead>
                    <tbody>
                        <tr><th scope="row">{tr!(t, gan.compare.trained_on)}</th><td>{tr!(t, gan.compare.d_trained_on)}</td><td>{tr!(t, gan.compare.g_trained_on)}</td></tr>
                        <tr><th scope="row">{tr!(t, gan.compare.learns)}</th><td>{tr!(t, gan.compare.d_learns)}</td><td>{tr!(t, gan.compare.g_learns)}</td></tr>
                        <tr><th scope="row">{tr!(t, gan.compare.can)}</th><td>{tr!(t, gan.compare.d_can)}</td><td>{tr!(t, gan.compare.g_can)}</td></tr>
                        <tr><th scope="row">{tr!(t, gan.compare.cannot)}</th><td>{tr!(t, gan.compare.d_cannot)}</td><td>{tr!(t, gan.compare.g_cannot)}</td></tr>
                        <tr><th scope="row">{tr!(t, gan.compare.now)}</th><td>{dynamic(right)}</td><td>{dynamic(made)}</td></tr>
                    </tbody>
                </table>
            </div>
        </section>
    }
}
