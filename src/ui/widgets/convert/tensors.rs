//! Every tensor in every format, and a mixture of formats: a table of figures coloured by size, the worst tensor, the mixture's choice.

use leptos::prelude::*;
use protocol::{SurveySummary, TensorFigure, TensorReport};
use serde_json::{Value, json};

use super::mix::{Goal, Mix, NoMix, mix};
use super::params::{GOALS, ROW_ORDERS};
use super::session::Session;
use super::{model, params};
use crate::tr;
use crate::ui::charts::Table;
use crate::ui::components::download;
use crate::ui::components::fields::ChoiceField;
use crate::ui::components::typed::NumberField;
use crate::ui::text::{Text, fill, use_text};
use crate::ui::view::dynamic;

/// More tensors than this are folded: the table says how many, and the exported file has them all.
const MAX_ROWS: usize = 60;
/// Where the colours of the table change, dB.
const LEVELS_DB: [f64; 5] = [10.0, 20.0, 30.0, 40.0, 60.0];

/// What the section shows: the survey, the mixture and what it was made for.
#[derive(Clone, PartialEq)]
struct Shown {
    summary: SurveySummary,
    goal: Goal,
    mixed: Result<Mix, NoMix>,
}

/// The section; empty for a source of one tensor.
#[component]
pub fn EachTensor(session: Session) -> impl IntoView {
    let state = session.state;
    let goal = move || match state.get(&params::GOAL).as_str() {
        "minimum" => Goal::Minimum(state.int(&params::BUDGET) as u64),
        "total" => Goal::Total(state.int(&params::BUDGET) as u64),
        _ => Goal::Floor(state.int(&params::FLOOR) as f64),
    };
    let shown = Memo::new(move |_| {
        let summary = session.summary.get().filter(|summary| summary.tensors.len() > 1)?;
        let goal = goal();
        let mixed = mix(&summary.tensors, goal);
        Some(Shown { summary, goal, mixed })
    });
    let has_tensors = Memo::new(move |_| shown.with(Option::is_some));
    dynamic(move || has_tensors.get().then(|| view! { <Section session shown/> }))
}

#[component]
fn Section(session: Session, shown: Memo<Option<Shown>>) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let selected = state.signal(&params::SELECTED);
    let word =
        move |pick: fn(&'static Text) -> &'static str| Signal::derive(move || pick(t.get()).to_owned());
    let save_csv = move |_| {
        if let Some(shown) = shown.get_untracked() {
            download::save_text("tensors.csv", "text/csv", &table(t.now(), &shown).to_csv());
        }
    };
    let save_json = move |_| {
        if let Some(shown) = shown.get_untracked() {
            download::save_text("tensors.json", "application/json", &format!("{:#}", document(&shown)));
        }
    };
    let is_floor = Memo::new(move |_| state.get(&params::GOAL) == "floor");
    view! {
        <section class="each-tensor" data-testid="convert-tensors">
            <h3>{tr!(t, convert.tensors_title)}</h3>
            <p class="status-line" data-testid="convert-worst">{dynamic(move || shown.with(|shown| {
                shown.as_ref().and_then(|shown| worst_line(t.get(), &shown.summary, &selected.get()))
            }))}</p>
            <div class="controls">
                <ChoiceField state param=&params::ROWS options=ROW_ORDERS.to_vec() label=word(|t| t.convert.rows_label)
                    name=Callback::new(move |id: &'static str| t.get().convert.rows.get(id).unwrap_or(id).to_owned()) testid="convert-rows"/>
                <ChoiceField state param=&params::GOAL options=GOALS.to_vec() label=word(|t| t.convert.goal_label)
                    name=Callback::new(move |id: &'static str| t.get().convert.goal.get(id).unwrap_or(id).to_owned()) testid="convert-goal"/>
                {dynamic(move || if is_floor.get() {
                    view! { <NumberField state=session.state param=&params::FLOOR label=word(|t| t.convert.floor_label) testid="convert-floor"/> }.into_any()
                } else {
                    view! { <NumberField state=session.state param=&params::BUDGET label=word(|t| t.convert.budget_label) testid="convert-budget"/> }.into_any()
                })}
            </div>
            <p class="mix-line" role="status" data-testid="convert-mix">{dynamic(move || shown.with(|shown| {
                shown.as_ref().map(|shown| mix_text(t.get(), shown))
            }))}</p>
            <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, convert.heat_label)>
                <table class="data heat" data-testid="convert-heat">
                    {dynamic(move || shown.with(|shown| {
                        shown.as_ref().map(|shown| heat(t.get(), shown, &state.get(&params::ROWS), &selected.get()))
                    }))}
                </table>
            </div>
            <p class="hint table-note">{tr!(t, convert.heat_hint)}</p>
            <p class="table-actions">
                <button class="btn small" on:click=save_csv data-testid="convert-tensors-csv">{tr!(t, shell.export_csv)}</button>
                <button class="btn small" on:click=save_json data-testid="convert-tensors-json">{tr!(t, convert.export_json)}</button>
            </p>
        </section>
    }
}

/// The row of a figure in a survey's formats.
fn place(summary: &SurveySummary, format: &str) -> usize {
    summary.reports.iter().position(|report| report.format == format).unwrap_or_default()
}

/// For orders: what lost numbers is worst of all, zeros without error are best.
fn rank(figure: &TensorFigure) -> f64 {
    match figure {
        figure if figure.lost_count > 0 => f64::NEG_INFINITY,
        figure if figure.sqnr_db.is_nan() => f64::INFINITY,
        figure => figure.sqnr_db,
    }
}

/// Places of tensors in the wanted order.
fn order(summary: &SurveySummary, by: &str, format: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..summary.tensors.len()).collect();
    if by == "worst" {
        let rank = |tensor: usize| summary.tensors[tensor].figures.get(format).map_or(f64::INFINITY, rank);
        order.sort_by(|a, b| rank(*a).total_cmp(&rank(*b)));
    }
    order
}

/// The name shown: that of the file, or how many tensors share the row.
fn name(text: &'static Text, tensor: &TensorReport) -> String {
    if tensor.tensors > 1 {
        fill(text.convert.other_tensors, &[("n", &model::grouped(tensor.tensors.into()))])
    } else if tensor.name.is_empty() {
        text.convert.nameless.to_owned()
    } else {
        tensor.name.clone()
    }
}

fn figure_text(text: &'static Text, figure: &TensorFigure) -> String {
    if figure.lost_count > 0 {
        return text.convert.lost.to_owned();
    }
    match figure.sqnr_db {
        db if db.is_nan() || db == f64::INFINITY => text.convert.exact.to_owned(),
        db => crate::ui::components::number::minus(&format!("{db:.1}")),
    }
}

/// The colour of a figure: 0 for lost numbers and below the first level, 5 for the best.
fn level(figure: &TensorFigure) -> usize {
    LEVELS_DB.iter().filter(|level| rank(figure) >= **level).count()
}

fn worst_line(text: &'static Text, summary: &SurveySummary, selected: &str) -> Option<String> {
    let format = place(summary, selected);
    let tensor = &summary.tensors[*order(summary, "worst", format).first()?];
    let report = summary.reports.get(format)?;
    Some(fill(
        text.convert.worst,
        &[
            ("format", &model::name(&report.format)),
            ("name", &name(text, tensor)),
            ("db", &with_unit(text, tensor.figures.get(format)?)),
        ],
    ))
}

/// A figure inside a sentence.
fn with_unit(text: &'static Text, figure: &TensorFigure) -> String {
    let alone = figure_text(text, figure);
    if figure.lost_count == 0 && figure.sqnr_db.is_finite() { format!("{alone} dB") } else { alone }
}

fn mix_text(text: &'static Text, shown: &Shown) -> String {
    let words = &text.convert;
    let budget = match shown.goal {
        Goal::Floor(_) => String::new(),
        Goal::Minimum(budget) | Goal::Total(budget) => model::grouped(budget),
    };
    let named = |tensor: usize| name(text, &shown.summary.tensors[tensor]);
    let mix = match &shown.mixed {
        Ok(mix) => mix,
        Err(NoMix::Unusable { tensor }) => return fill(words.mix_unusable, &[("name", &named(*tensor))]),
        Err(NoMix::Budget { least_bytes }) => {
            return fill(words.mix_budget, &[("bytes", &model::grouped(*least_bytes)), ("budget", &budget)]);
        }
    };
    let elements: u64 = shown.summary.tensors.iter().map(|tensor| tensor.elements).sum();
    let bits = format!("{:.2}", mix.bytes as f64 * 8.0 / elements.max(1) as f64);
    let floor = match shown.goal {
        Goal::Floor(db) => db.to_string(),
        _ => String::new(),
    };
    let template = match shown.goal {
        Goal::Floor(_) => words.mix_floor,
        Goal::Minimum(_) => words.mix_minimum,
        Goal::Total(_) => words.mix_total,
    };
    let mut line = fill(
        template,
        &[
            ("bytes", &model::grouped(mix.bytes)),
            ("bits", &bits),
            ("total", &model::figure(mix.total_db)),
            ("least", &model::figure(mix.least_db)),
            ("floor", &floor),
            ("budget", &budget),
        ],
    );
    let more = if !mix.short.is_empty() {
        let names: Vec<String> = mix.short.iter().take(5).map(|tensor| named(*tensor)).collect();
        fill(words.mix_short, &[("n", &model::grouped(mix.short.len() as u64)), ("names", &names.join(", "))])
    } else if matches!(shown.goal, Goal::Total(_)) && !mix.is_optimal() {
        fill(words.mix_bound, &[("db", &format!("{:.3}", mix.bound_db - mix.total_db))])
    } else {
        words.mix_optimal.to_owned()
    };
    line.push(' ');
    line.push_str(&more);
    line
}

/// The table's head and rows.
fn heat(text: &'static Text, shown: &Shown, by: &str, selected: &str) -> AnyView {
    let (words, summary) = (&text.convert, &shown.summary);
    let format = place(summary, selected);
    let order = order(summary, by, format);
    let hidden = order.len().saturating_sub(MAX_ROWS);
    let picks = shown.mixed.as_ref().ok().map(|mix| &mix.picks);
    let columns = summary.reports.len();
    let row = |tensor: usize| {
        let report = &summary.tensors[tensor];
        let pick = picks.and_then(|picks| picks.get(tensor)).copied();
        let shape: Vec<String> = report.shape.iter().map(u64::to_string).collect();
        let size = if report.tensors > 1 { String::new() } else { format!(" [{}]", shape.join("×")) };
        let chosen =
            pick.and_then(|pick| summary.reports.get(pick)).map(|report| model::name(&report.format));
        let cells = report.figures.iter().enumerate().map(|(at, figure)| {
            let is_picked = pick == Some(at);
            let mark = is_picked.then(|| view! { <span class="visually-hidden">{words.picked}" "</span> });
            view! { <td class=format!("num heat-{}", level(figure)) class:picked=is_picked>{mark}{figure_text(text, figure)}</td> }
        });
        view! {
            <tr>
                <th scope="row"><bdi>{name(text, report)}</bdi><span class="mono">{size}</span></th>
                <td>{chosen.unwrap_or_default()}</td>
                {cells.collect_view()}
            </tr>
        }
    };
    view! {
        <thead><tr>
            <th scope="col">{words.col_tensor}</th>
            <th scope="col">{words.col_pick}</th>
            {summary.reports.iter().map(|report| view! { <th scope="col" class="num">{model::name(&report.format)}</th> }).collect_view()}
        </tr></thead>
        <tbody>{order.iter().take(MAX_ROWS).map(|tensor| row(*tensor)).collect_view()}</tbody>
        {(hidden > 0).then(|| view! {
            <tfoot><tr><td colspan=(columns + 2).to_string() data-testid="convert-folded">{fill(words.folded, &[("n", &model::grouped(hidden as u64))])}</td></tr></tfoot>
        })}
    }
    .into_any()
}

/// Every tensor with every digit, for export.
fn table(text: &'static Text, shown: &Shown) -> Table {
    let summary = &shown.summary;
    let words = &text.convert;
    let mut head: Vec<String> =
        [words.col_tensor, words.col_shape, words.col_elements, words.col_pick, words.col_bytes]
            .map(str::to_owned)
            .to_vec();
    head.extend(summary.reports.iter().map(|report| format!("{} (dB)", model::name(&report.format))));
    let rows = summary.tensors.iter().enumerate().map(|(tensor, report)| {
        let pick = shown.mixed.as_ref().ok().and_then(|mix| mix.picks.get(tensor)).copied();
        let shape: Vec<String> = report.shape.iter().map(u64::to_string).collect();
        let mut row = vec![
            name(text, report),
            shape.join("×"),
            report.elements.to_string(),
            pick.and_then(|pick| summary.reports.get(pick))
                .map_or_else(String::new, |report| report.format.clone()),
            pick.and_then(|pick| report.figures.get(pick))
                .map_or_else(String::new, |figure| figure.bytes.to_string()),
        ];
        row.extend(report.figures.iter().map(|figure| {
            if figure.lost_count > 0 { words.lost.to_owned() } else { figure.sqnr_db.to_string() }
        }));
        row
    });
    Table { head, rows: rows.collect() }
}

/// The mixture and every figure, for programs. Figures that are infinite are null: an exact tensor says so.
fn document(shown: &Shown) -> Value {
    let summary = &shown.summary;
    let formats: Vec<&str> = summary.reports.iter().map(|report| report.format.as_str()).collect();
    let goal = match shown.goal {
        Goal::Floor(db) => json!({ "objective": "fewest bytes", "floor_db": db }),
        Goal::Minimum(bytes) => json!({ "objective": "best minimum", "budget_bytes": bytes }),
        Goal::Total(bytes) => json!({ "objective": "best total", "budget_bytes": bytes }),
    };
    let mixed = shown.mixed.as_ref().ok();
    let tensors = summary.tensors.iter().enumerate().map(|(at, tensor)| {
        let pick = mixed.and_then(|mix| mix.picks.get(at)).copied();
        let chosen = pick.and_then(|pick| tensor.figures.get(pick));
        let figures = tensor.figures.iter().zip(&formats).map(|(figure, format)| {
            json!({
                "format": format, "bytes": figure.bytes, "sqnr_db": figure.sqnr_db,
                "exact": figure.noise == 0.0 && figure.lost_count == 0, "lost": figure.lost_count,
            })
        });
        json!({
            "name": tensor.name, "shape": tensor.shape, "tensors": tensor.tensors, "elements": tensor.elements,
            "measured": tensor.measured, "not_finite": tensor.non_finite,
            "format": pick.and_then(|pick| formats.get(pick)), "bytes": chosen.map(|figure| figure.bytes),
            "formats": figures.collect::<Vec<_>>(),
        })
    });
    json!({
        "goal": goal,
        "bytes": mixed.map(|mix| mix.bytes),
        "sqnr_db": mixed.map(|mix| mix.total_db),
        "least_sqnr_db": mixed.map(|mix| mix.least_db),
        "optimal": mixed.map(Mix::is_optimal),
        "bound_sqnr_db": mixed.map(|mix| mix.bound_db),
        "below_floor": mixed.map(|mix| mix.short.iter().map(|at| &summary.tensors[*at].name).collect::<Vec<_>>()),
        "result": summary.hash,
        "tensors": tensors.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use protocol::{FormatReport, SourceStats};

    use super::*;
    use crate::ui::text::EN;

    fn shown(names: &[&str]) -> Shown {
        let report = |format: &str| FormatReport { bytes: 8, count: 8, ..model::report(format, 8.0, 30.0) };
        let figure = |bytes, noise: f64| TensorFigure {
            bytes,
            sqnr_db: 10.0 * (1000.0 / noise).log10(),
            signal: 1000.0,
            noise,
            lost_count: 0,
        };
        let tensor = |(at, name): (usize, &&str)| TensorReport {
            name: (*name).to_owned(),
            shape: vec![2, 4],
            tensors: 1,
            elements: 8,
            measured: 8,
            non_finite: 0,
            figures: vec![figure(4, 100.0 * (at + 1) as f64), figure(8, 0.1)],
        };
        let summary = SurveySummary {
            elements: 8,
            source_elements: 8,
            source_stats: SourceStats::default(),
            elapsed_ms: 0.0,
            reports: vec![report("mxfp4"), report("int8-sym")],
            tensors: names.iter().enumerate().map(tensor).collect(),
            hash: String::new(),
            inexact: 0,
        };
        let goal = Goal::Floor(9.0);
        Shown { mixed: mix(&summary.tensors, goal), summary, goal }
    }

    #[test]
    fn names_of_any_kind_come_out_of_an_export_as_they_are() {
        let names =
            ["a,b", "say \"x\"", "two\nlines", "=HYPERLINK(1)", "\u{202E}right", "\\", "<b>&", "한글"];
        let shown = shown(&names);
        let csv = table(&EN, &shown).to_csv();
        for cell in ["\"a,b\"", "\"say \"\"x\"\"\"", "\"two\nlines\"", "'=HYPERLINK(1)", "<b>&"] {
            assert!(csv.contains(&format!("\r\n{cell},")), "{cell}: {csv}");
        }
        let text = document(&shown).to_string();
        let read: Value = serde_json::from_str(&text).expect("JSON");
        let back: Vec<&str> = read["tensors"]
            .as_array()
            .expect("tensors")
            .iter()
            .map(|tensor| tensor["name"].as_str().expect("a name"))
            .collect();
        assert_eq!(back, names);
        assert_eq!(read["tensors"][0]["format"], "mxfp4");
        assert_eq!(read["tensors"][1]["format"], "int8-sym");
        assert_eq!(read["bytes"], 4 + 7 * 8);
    }

    #[test]
    fn the_worst_comes_first_and_lost_numbers_before_it() {
        let mut shown = shown(&["a", "b", "c"]);
        assert_eq!(order(&shown.summary, "worst", 0), [2, 1, 0]);
        assert_eq!(order(&shown.summary, "file", 0), [0, 1, 2]);
        shown.summary.tensors[1].figures[0].lost_count = 3;
        assert_eq!(order(&shown.summary, "worst", 0), [1, 2, 0]);
        assert_eq!(figure_text(&EN, &shown.summary.tensors[1].figures[0]), EN.convert.lost);
        assert_eq!(
            (level(&shown.summary.tensors[1].figures[0]), level(&shown.summary.tensors[1].figures[1])),
            (0, 4)
        );
    }
}
