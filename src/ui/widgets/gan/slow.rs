//! Slow motion: the next round stage by stage, with the numbers that flow. They come from the view `stages`.

use leptos::prelude::*;

use super::session::Duel;
use super::{model, params};
use crate::tr;
use crate::ui::components::number::figure;
use crate::ui::text::{Text, fill, use_text};
use crate::ui::view::dynamic;

/// Kinds of stage in the order of the lab's numbers, as keys of their texts.
const KINDS: [&str; 9] =
    ["latents", "generate", "real", "judge_real", "judge_fake", "loss", "slopes", "gradients", "update"];
/// A stage begins with who, update, kind, rows, columns.
const HEAD: usize = 5;

/// A stage of a round.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// It is the generator's update, not the discriminator's.
    pub is_generator: bool,
    /// Which update, from 0.
    pub step: usize,
    /// Index into the kinds.
    kind: usize,
    columns: usize,
    values: Vec<f32>,
}

/// What a stage puts on the stage of points.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shown {
    /// Generated points.
    pub fakes: Vec<[f32; 2]>,
    /// Real points.
    pub reals: Vec<[f32; 2]>,
    /// Rows of x, y, 0, direction.
    pub arrows: Vec<[f32; 5]>,
}

/// The stages of a view's values, as far as they make sense.
pub fn stages(mut values: &[f32]) -> Vec<Stage> {
    let mut stages = Vec::new();
    while let Some((head, rest)) = values.split_at_checked(HEAD) {
        let [who, step, kind, rows, columns] = [0, 1, 2, 3, 4].map(|at| head[at] as usize);
        let Some((numbers, rest)) =
            rest.split_at_checked(rows.saturating_mul(columns)).filter(|_| kind < KINDS.len())
        else {
            break;
        };
        stages.push(Stage { is_generator: who == 0, step, kind, columns, values: numbers.to_vec() });
        values = rest;
    }
    stages
}

impl Stage {
    fn pairs(&self) -> Vec<[f32; 2]> {
        if self.columns == 2 { self.values.as_chunks::<2>().0.to_vec() } else { Vec::new() }
    }

    fn is(&self, kind: &str) -> bool {
        KINDS[self.kind] == kind
    }

    fn mean(&self) -> f64 {
        self.values.iter().map(|&x| f64::from(x)).sum::<f64>() / self.values.len().max(1) as f64
    }

    fn norm(&self) -> f64 {
        self.values.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt()
    }

    /// The figure that its sentence names.
    fn figure(&self) -> f64 {
        match KINDS[self.kind] {
            "judge_real" | "judge_fake" => self.mean(),
            "loss" => self.values.first().map_or(f64::NAN, |&x| f64::from(x)),
            "update" => {
                // Norms of change and of what is changed, in pairs.
                let part = |at: usize| {
                    self.values.iter().skip(at).step_by(2).map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt()
                };
                100.0 * part(0) / part(1)
            }
            _ => self.norm(),
        }
    }
}

/// What is on the stage of points after `at` stages, the last one included.
pub fn shown(stages: &[Stage], at: usize) -> Shown {
    let mut shown = Shown::default();
    let Some(current) = stages.get(at) else { return shown };
    let same = |stage: &&Stage| stage.is_generator == current.is_generator && stage.step == current.step;
    for stage in stages[..=at].iter().filter(same) {
        if stage.is("generate") {
            shown.fakes = stage.pairs();
        } else if stage.is("real") {
            shown.reals = stage.pairs();
        }
    }
    if current.is("slopes") {
        // The discriminator's slopes begin with those at real examples. An arrow points to where the loss falls.
        let slopes = current.pairs();
        let places = if current.is_generator {
            shown.fakes.clone()
        } else {
            shown.reals.iter().chain(&shown.fakes).copied().collect()
        };
        shown.arrows =
            places.iter().zip(slopes).map(|(at, slope)| [at[0], at[1], 0.0, -slope[0], -slope[1]]).collect();
    }
    shown
}

/// The parts of the drawing that a stage lights.
fn lit(stage: &Stage) -> &'static [&'static str] {
    match (KINDS[stage.kind], stage.is_generator) {
        ("latents", _) => &["z"],
        ("generate", _) => &["z", "g", "fake"],
        ("real", _) => &["real"],
        ("judge_real", _) => &["real", "d"],
        ("judge_fake", _) => &["fake", "d"],
        ("loss", _) => &["d", "loss"],
        ("slopes", true) => &["loss", "d", "fake"],
        ("slopes", false) => &["loss", "d", "fake", "real"],
        ("gradients", true) => &["loss", "d", "fake", "g"],
        ("gradients", false) => &["loss", "d"],
        (_, true) => &["g"],
        (_, false) => &["d"],
    }
}

fn sentence(text: &'static Text, stage: &Stage) -> String {
    let words = &text.gan.slow;
    let key = format!("{}_{}", if stage.is_generator { "g" } else { "d" }, KINDS[stage.kind]);
    let count = (stage.values.len() / stage.columns.max(1)).to_string();
    fill(
        words.get(&key).unwrap_or_default(),
        &[("n", &count), ("columns", &stage.columns.to_string()), ("figure", &figure(stage.figure()))],
    )
}

/// Where slow motion stands.
#[derive(Clone, Copy)]
pub struct Slow {
    duel: Duel,
    /// The stages of the next round.
    stages: RwSignal<Vec<Stage>>,
    at: RwSignal<usize>,
}

impl Slow {
    /// Standing at the first stage of every round.
    pub fn new(duel: Duel) -> Self {
        let looked = duel.first.look("stages");
        let slow = Self { duel, stages: RwSignal::new(Vec::new()), at: RwSignal::new(0) };
        let round = StoredValue::new(u64::MAX);
        Effect::new(move |_| {
            let Some(view) = looked.get() else { return slow.stages.set(Vec::new()) };
            if round.get_value() != view.step {
                round.set_value(view.step);
                slow.at.set(0);
            }
            slow.stages.set(stages(&view.values));
        });
        slow
    }

    /// What the stage of points shows instead of samples; tracked.
    pub fn shown(self) -> Option<Shown> {
        let points = !model::is_images(&self.duel.state.get(&params::DATA));
        let at = self.at.get();
        (points && self.duel.slow.get())
            .then(|| self.stages.with(|stages| shown(stages, at)))
            .filter(|_| self.stages.with(|stages| !stages.is_empty()))
    }

    fn turn(self) {
        let on = !self.duel.slow.get_untracked();
        if on {
            self.duel.pause();
        }
        self.duel.slow.set(on);
    }

    fn next(self) {
        let count = self.stages.with_untracked(Vec::len);
        if self.at.get_untracked() + 1 < count {
            self.at.update(|at| *at += 1);
        } else {
            // The round itself; its view brings the next one's stages.
            self.duel.step(1);
        }
    }

    fn back(self) {
        self.at.update(|at| *at = at.saturating_sub(1));
    }
}

/// The panel.
#[component]
pub fn SlowPanel(
    /// Where it stands.
    slow: Slow,
) -> impl IntoView {
    let t = use_text();
    let stage = Memo::new(move |_| slow.stages.with(|stages| stages.get(slow.at.get()).cloned()));
    view! {
        <section class="part slow" data-visit="" data-testid="gan-slow">
            <div class="part-head">
                <h3>{tr!(t, gan.slow_title)}</h3>
                <button class="btn small" aria-pressed=move || slow.duel.slow.get().to_string() on:click=move |_| slow.turn() data-testid="gan-slow-turn">
                    {dynamic(move || if slow.duel.slow.get() { t.get().gan.slow_off } else { t.get().gan.slow_on })}
                </button>
            </div>
            {dynamic(move || if slow.duel.slow.get() { view! {
                <div class="slow-body">
                    {dynamic(move || stage.get().map(|stage| drawing(t.get(), &stage)))}
                    <p class="slow-words" role="status" data-testid="gan-slow-words">{dynamic(move || stage.get().map(|stage| {
                        let text = t.get();
                        let who = if stage.is_generator { text.gan.generator } else { text.gan.discriminator };
                        let count = slow.stages.with(Vec::len).to_string();
                        let place = fill(text.gan.slow_place, &[
                            ("who", who), ("n", &(stage.step + 1).to_string()),
                            ("at", &(slow.at.get() + 1).to_string()), ("count", &count),
                        ]);
                        view! { <b>{place}</b>" "{sentence(text, &stage)} }
                    }))}</p>
                    <div class="share-actions">
                        <button class="btn" on:click=move |_| slow.back() disabled=move || slow.at.get() == 0 data-testid="gan-slow-back">{tr!(t, gan.slow_back)}</button>
                        <button class="btn on" on:click=move |_| slow.next() data-testid="gan-slow-next">{tr!(t, gan.slow_next)}</button>
                    </div>
                </div>
            }.into_any() } else { view! { <p class="part-note">{tr!(t, gan.slow_lede)}</p> }.into_any() })}
        </section>
    }
}

/// The two networks as boxes; those of a stage are lit, and the thick line says which way the numbers go.
fn drawing(text: &'static Text, stage: &Stage) -> AnyView {
    let lit = lit(stage);
    let words = &text.gan.nodes;
    let backwards = matches!(KINDS[stage.kind], "slopes" | "gradients");
    let node = |id: &'static str, x: i32, y: i32, name: &'static str| {
        view! {
            <g class="node" class:on=lit.contains(&id)>
                <rect x=x y=y width="96" height="38" rx="5"/>
                <text x=x + 48 y=y + 24 text-anchor="middle">{name}</text>
            </g>
        }
    };
    let edge = |from: &'static str, to: &'static str, path: &'static str| {
        let on = lit.contains(&from) && lit.contains(&to);
        view! { <path class="edge" class:on=on class:back=on && backwards d=path/> }
    };
    view! {
        <svg class="slow-drawing" viewBox="0 0 660 130" role="img" aria-label=text.gan.slow_title>
            {edge("z", "g", "M100 98H138")}
            {edge("g", "fake", "M236 98H274")}
            {edge("fake", "d", "M372 98C396 98 396 72 420 68")}
            {edge("real", "d", "M372 30C396 30 396 58 420 62")}
            {edge("d", "loss", "M508 65H546")}
            {node("z", 4, 79, words.z)}
            {node("g", 140, 79, words.g)}
            {node("fake", 276, 79, words.fake)}
            {node("real", 276, 11, words.real)}
            {node("d", 412, 46, words.d)}
            {node("loss", 548, 46, words.loss)}
        </svg>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Vec<f32> {
        let mut values = vec![1.0, 0.0, 1.0, 2.0, 2.0, 0.1, 0.2, 0.3, 0.4];
        values.extend([1.0, 0.0, 2.0, 2.0, 2.0, 0.5, 0.6, 0.7, 0.8]);
        values.extend([1.0, 0.0, 6.0, 4.0, 2.0, 1.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 2.0]);
        values.extend([1.0, 0.0, 8.0, 2.0, 2.0, 3.0, 4.0, 4.0, 3.0]);
        values
    }

    #[test]
    fn a_round_is_read_stage_by_stage() {
        let stages = stages(&example());
        assert_eq!(stages.len(), 4);
        assert!(!stages[0].is_generator && stages[3].is("update"));
        assert_eq!(shown(&stages, 0).fakes, [[0.1, 0.2], [0.3, 0.4]]);
        let arrows = shown(&stages, 2).arrows;
        assert_eq!(arrows[0], [0.5, 0.6, 0.0, -1.0, -0.0], "real examples first");
        assert_eq!(arrows[3], [0.3, 0.4, 0.0, -0.0, -2.0]);
        assert!((stages[3].figure() - 100.0).abs() < 1e-9, "5 of 5");
        assert_eq!(shown(&stages, 9), Shown::default());
    }

    #[test]
    fn a_torn_view_gives_what_is_whole() {
        let values = example();
        assert_eq!(stages(&values[..20]).len(), 2);
        assert!(stages(&[0.0, 0.0, 99.0, 1.0, 1.0, 5.0]).is_empty());
        assert!(stages(&[0.0, 0.0, 1.0, f32::INFINITY, 2.0]).is_empty());
    }
}
