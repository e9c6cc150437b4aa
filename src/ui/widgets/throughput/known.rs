//! The table of known chips: peaks as their documents print them, this device's own among them.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use protocol::{Measurement, Rate, Work};

use super::chips::{self, Figure};
use super::session::Session;
use super::stage::sheet_format;
use super::{model, params, plots, units};
use crate::tr;
use crate::ui::components::fields::{ChoiceField, FlagField};
use crate::ui::text::{Text, fill, use_text};

/// A row: printed or measured here.
enum Row {
    Chip(Figure),
    Here { rate: Rate, work: Work, unit: protocol::Unit, format: String },
}

impl Row {
    fn rate(&self) -> f64 {
        match self {
            Self::Chip(figure) => figure.dense,
            Self::Here { rate, .. } => rate.best,
        }
    }
}

fn rows(format: &str, found: &[Measurement]) -> Vec<Row> {
    let mut rows: Vec<Row> = chips::figures(format).into_iter().map(Row::Chip).collect();
    for own in model::peak_formats(found).into_iter().filter(|own| format == "all" || own == format) {
        for unit in [protocol::Unit::Simd128, protocol::Unit::RelaxedSimd, protocol::Unit::WebGpu] {
            if let Some(rate) = model::peak(found, &own, unit) {
                let work = if own.starts_with("int") { Work::Op } else { Work::Flop };
                rows.push(Row::Here { rate, work, unit, format: own.clone() });
            }
        }
    }
    rows.sort_by(|a, b| b.rate().total_cmp(&a.rate()));
    rows
}

/// The table with its filter.
#[component]
pub fn Known(session: Session) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    view! {
        <section class="part" aria-labelledby="chips-head">
            <h2 id="chips-head">{tr!(t, throughput.chips_title)}</h2>
            <p class="part-note">{tr!(t, throughput.chips_note)}</p>
            <div class="controls">
                <ChoiceField state param=&params::CHIP_FORMAT options=params::CHIP_FORMATS.to_vec()
                    label=Signal::derive(move || t.get().throughput.col_format.to_owned())
                    name=Callback::new(move |id: &'static str| if id == "all" { t.get().throughput.formats.all.to_owned() } else { sheet_format(t.get(), id) })
                    testid="throughput-chip-format"/>
                <FlagField state param=&params::SPARSE label=Signal::derive(move || t.get().throughput.sparse_label.to_owned()) testid="throughput-sparse"/>
            </div>
            <div class="table-scroll chips-scroll" tabindex="0" role="region" aria-label=tr!(t, throughput.chips_title)>
                <table class="data chips-table" data-testid="throughput-chips">
                    <thead><tr>
                        <th scope="col">{tr!(t, throughput.col_chip)}</th>
                        <th scope="col" class="num">{tr!(t, throughput.col_dense)}</th>
                        {dynamic(move || state.flag(&params::SPARSE).then(|| view! { <th scope="col" class="num">{t.get().throughput.col_sparse}</th> }))}
                        <th scope="col">{tr!(t, throughput.col_format)}</th>
                        <th scope="col">{tr!(t, throughput.col_unit)}</th>
                        <th scope="col">{tr!(t, throughput.col_source)}</th>
                    </tr></thead>
                    <tbody>{dynamic(move || {
                        let sparse = state.flag(&params::SPARSE);
                        let rows = session.found.with(|found| rows(&state.get(&params::CHIP_FORMAT), found));
                        rows.into_iter().map(|row| row_view(t.get(), row, sparse)).collect_view()
                    })}</tbody>
                </table>
            </div>
        </section>
    }
}

fn row_view(text: &'static Text, row: Row, sparse: bool) -> AnyView {
    let words = &text.throughput;
    match row {
        Row::Here { rate, work, unit, format } => view! {
            <tr class="here" data-testid="throughput-chip-here" data-measured="">
                <th scope="row">{words.this_device}</th>
                <td class="num">{units::rate(rate.best, work)}<small>{fill(words.spread, &[("share", &units::spread(&rate))])}</small></td>
                {sparse.then(|| view! { <td class="num">"\u{2014}"</td> })}
                <td>{sheet_format(text, &format)}</td>
                <td>{plots::unit_name(text, unit)}</td>
                <td>{words.measured_here}</td>
            </tr>
        }
        .into_any(),
        Row::Chip(figure) => {
            let work = figure.work();
            let mut remarks: Vec<String> =
                figure.remarks.iter().filter_map(|key| words.remark.get(key)).map(str::to_owned).collect();
            if let Some(factors) = figure.factors {
                remarks.insert(
                    0,
                    fill(
                        words.computed,
                        &[
                            ("cores", &factors.cores.to_string()),
                            ("ghz", &factors.ghz.to_string()),
                            ("per_cycle", &factors.flop_per_cycle.to_string()),
                        ],
                    ),
                );
            }
            if let Some(benchmark) = figure.measured {
                remarks.insert(0, fill(words.measured_by, &[("benchmark", benchmark)]));
            }
            let source = figure.source.map(|source| {
                view! {
                    <a href=source.url.clone() target="_blank" rel="noopener">{source.title.clone()}</a>
                    {format!(", {}, {}, {}", source.publisher, source.date, source.at)}
                }
            });
            view! {
                <tr>
                    <th scope="row">{figure.chip.name.clone()}<small>{figure.chip.year}</small></th>
                    <td class="num">{units::rate(figure.dense, work)}</td>
                    {sparse.then(|| view! { <td class="num">{figure.sparse.map_or_else(|| "\u{2014}".to_owned(), |rate| units::rate(rate, work))}</td> })}
                    <td>{sheet_format(text, figure.format)}</td>
                    <td>{words.chip_unit.get(figure.unit).unwrap_or(figure.unit)}</td>
                    <td class="cited">{source}{(!remarks.is_empty()).then(|| view! { <small>{remarks.join(" ")}</small> })}</td>
                </tr>
            }
            .into_any()
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Part, Unit};

    use super::super::model::tests::measured;
    use super::*;

    #[test]
    fn this_device_stands_among_the_chips_by_its_rate() {
        let found = [measured("peak.simd128.f32", Part::Peaks, "fp32", Unit::Simd128, 1e12)];
        let rows = rows("fp32", &found);
        let here = rows.iter().position(|row| matches!(row, Row::Here { .. })).expect("this device is there");
        assert!(here > 0 && here + 1 < rows.len());
        assert!(rows.windows(2).all(|pair| pair[0].rate() >= pair[1].rate()));
        assert!(super::rows("int4", &found).iter().all(|row| matches!(row, Row::Chip(_))));
    }
}
