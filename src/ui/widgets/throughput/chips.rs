//! Peaks of known chips, each with the document that prints it. No DOM.
//!
//! Source: `chips.json`; its first field says how it counts. Rates there are 10^12 operations a second, here operations a
//! second. Left out: clocks other than those of the documents, prices, power.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use protocol::Work;
use serde::Deserialize;

/// A document.
#[derive(Debug, Clone, Deserialize)]
pub struct Source {
    /// Its title.
    pub title: String,
    /// Who publishes it; for papers the author too.
    pub publisher: String,
    /// Year, month or day.
    pub date: String,
    /// Where in it the figure stands.
    pub at: String,
    /// Where it is.
    pub url: String,
}

/// A chip, board or machine.
#[derive(Debug, Clone, Deserialize)]
pub struct Chip {
    /// Stable identifier, used in addresses.
    pub id: String,
    /// As its maker names it.
    pub name: String,
    /// Of its introduction.
    pub year: u32,
    source: String,
    /// 10^9 bytes a second.
    pub bandwidth_gb_s: Option<f64>,
    derived: Option<String>,
    note: Option<String>,
    rates: Vec<Rate>,
}

#[derive(Debug, Clone, Deserialize)]
struct Rate {
    formats: Vec<String>,
    unit: String,
    dense: f64,
    sparse: Option<f64>,
    formula: Option<Factors>,
    source: Option<String>,
    note: Option<String>,
    derived: Option<String>,
    measured: Option<String>,
}

/// The formula's numbers, from the documents.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Factors {
    /// Cores, or a GPU's lanes.
    pub cores: f64,
    /// Clock, GHz.
    pub ghz: f64,
    /// Operations a cycle and core.
    pub flop_per_cycle: f64,
}

#[derive(Debug, Default, Deserialize)]
struct File {
    sources: BTreeMap<String, Source>,
    chips: Vec<Chip>,
}

/// One figure: a chip's peak in one format on one kind of unit.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Whose.
    pub chip: &'static Chip,
    /// `fp64` … `int4`, or `unstated`.
    pub format: &'static str,
    /// `vector`, `matrix`, `neural`, `system`.
    pub unit: &'static str,
    /// Operations a second.
    pub dense: f64,
    /// Operations a second, skipped ones counted.
    pub sparse: Option<f64>,
    /// Computed from these, not printed.
    pub factors: Option<Factors>,
    /// Keys of remarks in the locale files.
    pub remarks: Vec<&'static str>,
    /// A benchmark that measured it; otherwise it is a peak.
    pub measured: Option<&'static str>,
    /// The document.
    pub source: Option<&'static Source>,
}

impl Figure {
    /// Integer operations or floating-point ones.
    pub fn work(&self) -> Work {
        if self.format.starts_with("int") || self.format == "unstated" && self.unit == "neural" {
            Work::Op
        } else {
            Work::Flop
        }
    }
}

fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    // The tests read the same bytes, so an empty table is not what a visitor gets.
    FILE.get_or_init(|| serde_json::from_str(include_str!("chips.json")).unwrap_or_default())
}

/// Every chip.
pub fn chips() -> &'static [Chip] {
    &file().chips
}

/// A chip by its identifier.
pub fn by_id(id: &str) -> Option<&'static Chip> {
    chips().iter().find(|chip| chip.id == id)
}

/// Every figure of one chip.
pub fn figures_of(chip: &'static Chip) -> Vec<Figure> {
    let mut figures = Vec::new();
    for rate in &chip.rates {
        for format in &rate.formats {
            let remarks = [&chip.note, &rate.note, &rate.derived];
            // A chip's `derived` speaks of its bandwidth, except where a system's figures were divided.
            let divided = chip.derived.as_deref().filter(|derived| *derived == "eighth_of_system");
            figures.push(Figure {
                chip,
                format,
                unit: &rate.unit,
                dense: rate.dense * 1e12,
                sparse: rate.sparse.map(|sparse| sparse * 1e12),
                factors: rate.formula,
                remarks: remarks.into_iter().filter_map(Option::as_deref).chain(divided).collect(),
                measured: rate.measured.as_deref(),
                source: file().sources.get(rate.source.as_ref().unwrap_or(&chip.source)),
            });
        }
    }
    figures
}

/// Every figure in a format (`all`: in any), fastest first.
pub fn figures(format: &str) -> Vec<Figure> {
    let mut figures: Vec<Figure> = chips()
        .iter()
        .flat_map(figures_of)
        .filter(|figure| format == "all" || figure.format == format)
        .collect();
    figures.sort_by(|a, b| b.dense.total_cmp(&a.dense));
    figures
}

/// Figures that are computed from the formula's numbers: examples for it.
pub fn examples() -> Vec<Figure> {
    chips().iter().flat_map(figures_of).filter(|figure| figure.factors.is_some()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_its_document_and_makes_sense() {
        assert!(chips().len() >= 15);
        let all = figures("all");
        assert!(all.len() > 50);
        for figure in &all {
            let source = figure.source.unwrap_or_else(|| panic!("{} has no source", figure.chip.id));
            assert!(source.url.starts_with("https://"), "{}", source.url);
            assert!(!source.title.is_empty() && !source.at.is_empty() && !source.publisher.is_empty());
            assert!(figure.dense > 1e6 && figure.dense < 1e19);
            if let Some(sparse) = figure.sparse {
                assert!((sparse / figure.dense - 2.0).abs() < 0.05, "{} {}", figure.chip.id, figure.format);
            }
        }
        assert!(all.windows(2).all(|pair| pair[0].dense >= pair[1].dense));
    }

    #[test]
    fn computed_figures_are_their_formulas() {
        let examples = examples();
        assert!(examples.len() >= 8);
        for figure in examples {
            let factors = figure.factors.expect("an example has factors");
            let computed = factors.cores * factors.ghz * 1e9 * factors.flop_per_cycle;
            assert!((computed / figure.dense - 1.0).abs() < 1e-9, "{} {}", figure.chip.id, figure.format);
        }
    }

    #[test]
    fn no_two_examples_have_the_same_numbers() {
        // The choice among them says whose numbers stand in the fields.
        let examples = examples();
        for (at, figure) in examples.iter().enumerate() {
            assert!(examples[..at].iter().all(|other| other.factors != figure.factors), "{}", figure.chip.id);
        }
    }

    #[test]
    fn remarks_have_words_in_both_languages() {
        for text in [&crate::ui::text::EN, &crate::ui::text::KO] {
            for figure in figures("all") {
                for remark in &figure.remarks {
                    assert!(text.throughput.remark.get(remark).is_some(), "{remark}");
                }
                assert!(text.throughput.chip_unit.get(figure.unit).is_some(), "{}", figure.unit);
                assert!(super::super::params::CHIP_FORMATS.contains(&figure.format), "{}", figure.format);
            }
        }
    }
}
