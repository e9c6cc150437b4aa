//! From runs to charts. No DOM.

use leptos::prelude::*;
use protocol::View;

use super::params;
use super::session::{Duel, Runner};
use crate::ui::charts::{Line, Marks, Plot, Scale};
use crate::ui::lab::precision;
use crate::ui::text::{Text, fill};

/// Exponent of the first bin of the lab's histograms, and their bins.
const FIRST_EXPONENT: i32 = -48;
const BINS: usize = 72;

/// Positions in the view `score`.
pub mod score {
    /// Modes covered.
    pub const COVERED: usize = 0;
    /// Modes.
    pub const MODES: usize = 1;
    /// Share of high quality.
    pub const QUALITY: usize = 2;
    /// Jensen–Shannon divergence, bits.
    pub const JS: usize = 3;
    /// Kullback–Leibler divergence, bits.
    pub const KL: usize = 4;
    /// Floor of JS: mean, 5 %, 95 %.
    pub const JS_FLOOR: usize = 5;
    /// The same, upper end.
    pub const JS_FLOOR_HIGH: usize = 7;
    /// Mean of the floor of KL.
    pub const KL_FLOOR: usize = 8;
}

/// Positions in the view `judge`, which begins with the shares of the ten classes and their entropy.
pub mod judge {
    /// Mean probability of the likeliest class.
    pub const CONFIDENCE: usize = 11;
    /// 1 to 10.
    pub const SCORE: usize = 12;
    /// The judge's own accuracy.
    pub const ACCURACY: usize = 13;
}

/// A run's name in charts and tables: its precision, with a letter where two race.
pub fn names(text: &'static Text, duel: Duel) -> Vec<String> {
    let of = |spec: protocol::GanSpec| match (spec.generator.precision, spec.discriminator.precision) {
        (protocol::Precision::Preset(g), protocol::Precision::Preset(d)) if g == d => {
            precision::name(text, &g)
        }
        (protocol::Precision::Preset(g), protocol::Precision::Preset(d)) => {
            format!("{} / {}", precision::name(text, &g), precision::name(text, &d))
        }
        _ => String::new(),
    };
    let first = of(super::model::first(duel.state));
    match super::model::second(duel.state) {
        None => vec![first],
        Some(second) => vec![format!("A · {first}"), format!("B · {}", of(second))],
    }
}

fn curve(runner: Runner, at: usize) -> Vec<(f64, f64)> {
    runner.scores.with(|scores| scores.points(at))
}

/// How far the points are from the law, or what the judge says of images, by round.
pub fn figure_plot(text: &'static Text, duel: Duel, images: bool) -> Plot {
    let words = &text.gan;
    let figure = duel.state.get(&params::FIGURE);
    let (at, floor, y_label) = match figure.as_str() {
        _ if images => (judge::SCORE, None, words.judge_score),
        "kl" => (score::KL, Some(score::KL_FLOOR), words.kl_bits),
        "modes" => (score::COVERED, None, words.modes),
        "quality" => (score::QUALITY, None, words.quality),
        _ => (score::JS, Some(score::JS_FLOOR), words.js_bits),
    };
    let runners = duel.runners();
    let mut lines: Vec<Line> = names(text, duel)
        .into_iter()
        .zip(&runners)
        .enumerate()
        .map(|(style, (name, runner))| Line { name, style, points: curve(*runner, at) })
        .collect();
    let last =
        runners.iter().filter_map(|runner| runner.scores.with(crate::ui::lab::Curves::last_step)).max();
    let floor = floor
        .and_then(|at| duel.first.scores.with(|scores| scores.last(at)))
        .filter(|floor| floor.is_finite());
    if let (Some(floor), Some(last)) = (floor, last) {
        let ends = vec![(0.0, f64::from(floor)), (last.max(1) as f64, f64::from(floor))];
        lines.push(Line { name: words.floor_line.to_owned(), style: 2, points: ends });
    }
    Plot {
        x_label: words.rounds.to_owned(),
        y_label: y_label.to_owned(),
        y_scale: if floor.is_some() { Scale::Log } else { Scale::Linear },
        marks: Marks::Lines(lines),
        legend: true,
        ..Plot::default()
    }
}

/// Both losses by round.
pub fn loss_plot(text: &'static Text, duel: Duel) -> Plot {
    let words = &text.gan;
    let mut lines = Vec::new();
    let names = names(text, duel);
    let racing = names.len() > 1;
    for (index, (runner, name)) in duel.runners().into_iter().zip(names).enumerate() {
        for (part, metric, network) in [(0, "d.loss", words.discriminator), (1, "g.loss", words.generator)] {
            let Some(at) = runner.lab.metric(metric) else { continue };
            lines.push(Line {
                name: if racing { format!("{network}, {name}") } else { network.to_owned() },
                style: 2 * index + part,
                points: runner.lab.curves.with(|curves| curves.points(at)),
            });
        }
    }
    Plot {
        x_label: words.rounds.to_owned(),
        y_label: words.loss.to_owned(),
        marks: Marks::Lines(lines),
        legend: true,
        ..Plot::default()
    }
}

/// Magnitudes by binary exponent, as shares of all numbers, with what the format holds drawn in.
pub fn exponents_plot(text: &'static Text, view: Option<&View>, ranges: [Option<[f64; 3]>; 2]) -> Plot {
    let words = &text.gan;
    let rows: Vec<&[f32]> = view.map_or_else(Vec::new, |view| view.values.chunks_exact(BINS + 4).collect());
    let mut lines = Vec::new();
    for (style, (row, name)) in rows.iter().zip([words.generator, words.discriminator]).enumerate() {
        lines.push(Line { name: name.to_owned(), style, points: outline(row) });
    }
    let highest = lines.iter().flat_map(|line| &line.points).map(|point| point.1).fold(0.01, f64::max);
    let bounds = |range: [f64; 3], name: &str, style| {
        let wall = |x: f64| [(x, 0.0), (x, highest), (x, f64::NAN)];
        Line { name: name.to_owned(), style, points: [wall(range[0]), wall(range[2])].concat() }
    };
    match ranges {
        [Some(g), Some(d)] if g == d => lines.push(bounds(g, words.range_line, 2)),
        [g, d] => {
            for (range, network, style) in [(g, words.generator, 2), (d, words.discriminator, 3)] {
                let name = fill(words.range_line_of, &[("who", network)]);
                lines.extend(range.map(|range| bounds(range, &name, style)));
            }
        }
    }
    Plot {
        x_label: words.exponent.to_owned(),
        y_label: words.share.to_owned(),
        marks: Marks::Lines(lines),
        legend: true,
        ..Plot::default()
    }
}

/// The outline of the filled part of a histogram.
fn outline(row: &[f32]) -> Vec<(f64, f64)> {
    let total: f64 = row.iter().map(|&count| f64::from(count)).sum::<f64>().max(1.0);
    let bins = &row[..BINS];
    let Some(first) = bins.iter().position(|&count| count > 0.0) else { return Vec::new() };
    let last = bins.iter().rposition(|&count| count > 0.0).unwrap_or(first);
    let mut points = vec![(f64::from(FIRST_EXPONENT) + first as f64, 0.0)];
    for (bin, &count) in bins.iter().enumerate().take(last + 1).skip(first) {
        let (left, share) = (f64::from(FIRST_EXPONENT) + bin as f64, f64::from(count) / total);
        points.extend([(left, share), (left + 1.0, share)]);
    }
    points.push((f64::from(FIRST_EXPONENT) + (last + 1) as f64, 0.0));
    points
}

/// Share of a row's numbers that are zero.
pub fn zero_share(view: &View, row: usize) -> Option<f64> {
    let row = view.values.chunks_exact(BINS + 4).nth(row)?;
    let total: f64 = row.iter().map(|&count| f64::from(count)).sum();
    (total > 0.0).then(|| f64::from(row[BINS]) / total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_is_outlined_where_it_is_filled() {
        let mut row = vec![0.0; BINS + 4];
        (row[40], row[42], row[BINS]) = (30.0, 10.0, 60.0);
        let points = outline(&row);
        assert_eq!(points.first(), Some(&(-8.0, 0.0)));
        assert_eq!(points.last(), Some(&(-5.0, 0.0)));
        assert!(
            points.contains(&(-8.0, 0.3)) && points.contains(&(-7.0, 0.0)) && points.contains(&(-6.0, 0.1))
        );
        assert!(points.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        assert!(outline(&vec![0.0; BINS + 4]).is_empty());
        let view = View { name: String::new(), step: 0, shape: vec![1, 76], values: row };
        assert_eq!((zero_share(&view, 0), zero_share(&view, 1)), (Some(0.6), None));
    }
}
