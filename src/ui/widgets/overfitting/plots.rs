//! The charts of the runs as data. No DOM.

use protocol::View;

use super::bands::Spread;
use crate::ui::charts::{Band, Line, Marks, Plot, Point, Scale, Series, Table};
use crate::ui::text::{Text, fill};

/// Beyond these the fitted curve is not drawn: degree 12 leaves every page.
pub(super) const CURVE_BOUNDS: [f64; 2] = [-2.6, 2.6];

/// One run's part in a chart.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// Its name; empty where there is one run.
    pub name: String,
    /// How many seeds it is of.
    pub seeds: usize,
    /// Training values by step.
    pub train: Spread,
    /// Validation values by step.
    pub validation: Spread,
    /// The first seed, its best validation step, and the loss there.
    pub best: Option<(u64, f64, f64)>,
}

fn named(run: &str, what: &str) -> String {
    if run.is_empty() { what.to_owned() } else { format!("{run}: {what}") }
}

/// Losses, or shares of right ones, against steps: of several seeds the mean and the room between the least and the greatest. Upright lines at
/// the first seed's best validation step.
pub fn course_plot(text: &'static Text, courses: &[Course], is_loss: bool) -> Plot {
    let words = &text.overfitting;
    let (mut lines, mut bands) = (Vec::new(), Vec::new());
    for (at, course) in courses.iter().enumerate() {
        for (part, spread) in [&course.train, &course.validation].into_iter().enumerate() {
            let what = named(&course.name, if part == 0 { words.train } else { words.validation });
            let style = 2 * at + part;
            let of = |template| fill(template, &[("what", &what), ("n", &course.seeds.to_string())]);
            let name = if course.seeds > 1 {
                let ends = [of(words.band_least), of(words.band_greatest)];
                bands.push(Band { name: of(words.band), ends, style, points: spread.band.clone() });
                of(words.band_mean)
            } else {
                what
            };
            lines.push(Line { name, style, points: spread.mean.clone() });
        }
    }
    let all = || {
        let ends = bands.iter().flat_map(|band| &band.points).flat_map(|point| [point.1, point.2]);
        lines.iter().flat_map(|line| &line.points).map(|point| point.1).chain(ends)
    };
    let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), y| (l.min(y), h.max(y)));
    if low < high && is_loss {
        for (at, course) in courses.iter().enumerate() {
            if let Some((seed, step, _)) = course.best {
                let name = match course.seeds {
                    0 | 1 => format!("{} {step}", words.best_step),
                    _ => {
                        fill(words.best_step_of, &[("seed", &seed.to_string()), ("step", &step.to_string())])
                    }
                };
                let name = named(&course.name, &name);
                lines.push(Line { name, style: 4 + at, points: vec![(step, low), (step, high)] });
            }
        }
    }
    Plot {
        x_label: text.lab.steps.to_owned(),
        y_label: if is_loss { words.loss_axis } else { words.accuracy_axis }.to_owned(),
        x_scale: Scale::Log,
        y_scale: if is_loss { Scale::Log } else { Scale::Linear },
        marks: Marks::Lines(lines),
        bands,
        legend: true,
        ..Plot::default()
    }
}

/// What the curve's stage shows of a run.
#[derive(Debug, Clone)]
pub struct Fit<'a> {
    /// Its name; empty where there is one run.
    pub name: String,
    /// The view `fit`.
    pub view: &'a View,
}

/// The curve: points, truth, fits.
pub fn curve_plot(
    text: &'static Text,
    [data, rival]: [Option<&View>; 2],
    fits: &[Fit<'_>],
    validation: bool,
    best: bool,
) -> Plot {
    let words = &text.overfitting;
    let mut series = [words.training_rows, words.validation_rows]
        .into_iter()
        .enumerate()
        .map(|(part, name)| Series { name: name.to_owned(), style: [0, 3][part], points: Vec::new() })
        .collect::<Vec<_>>();
    let (rows, _) = data.map_or(&[][..], |view| view.values.as_slice()).as_chunks::<4>();
    for &[x, y, _, kind] in rows {
        let part = usize::from(kind > 0.5);
        if part == 1 && !validation {
            continue;
        }
        let (x, y) = (f64::from(x), f64::from(y));
        let note = format!("{}: {x:.3}, {y:.3}", series[part].name);
        series[part].points.push(Point {
            x,
            y,
            filled: part == 0,
            radius_px: if part == 0 { 0.0 } else { 2.5 },
            note,
            ..Point::default()
        });
    }
    // Rows of the rival's own, where it has another number of them.
    if let Some(rival) = rival.filter(|rival| data.is_some_and(|data| data.shape != rival.shape)) {
        let (rows, _) = rival.values.as_chunks::<4>();
        let name = named(words.run_b, words.training_rows);
        let point = |&[x, y, _, _]: &[f32; 4]| {
            let (x, y) = (f64::from(x), f64::from(y));
            Point { x, y, radius_px: 3.0, note: format!("{name}: {x:.3}, {y:.3}"), ..Point::default() }
        };
        let points = rows.iter().filter(|row| row[3] < 0.5).map(point).collect();
        series.push(Series { name: name.clone(), style: 1, points });
    }
    let mut guides = Vec::new();
    let mut line = |name: String, style: usize, view: &View, column: usize| {
        let (rows, _) = view.values.as_chunks::<5>();
        let points: Vec<(f64, f64)> = rows
            .iter()
            .map(|row| (f64::from(row[0]), f64::from(row[column])))
            .map(|(x, y)| (x, if (CURVE_BOUNDS[0]..=CURVE_BOUNDS[1]).contains(&y) { y } else { f64::NAN }))
            .collect();
        if points.iter().any(|point| point.1.is_finite()) {
            guides.push(Line { name, style, points });
        }
    };
    for (at, fit) in fits.iter().enumerate() {
        if at == 0 {
            line(words.truth.to_owned(), 2, fit.view, 1);
        }
        line(
            named(&fit.name, if best { words.best_fit } else { words.fit }),
            [0, 1][at.min(1)],
            fit.view,
            2 + usize::from(best),
        );
        if at == 0 {
            line(named(&fit.name, words.exact_fit), 3, fit.view, 4);
        }
    }
    let head = std::iter::once("x".to_owned()).chain(guides.iter().map(|line| line.name.clone()));
    let table = Table {
        head: head.collect(),
        rows: guides.first().map_or_else(Vec::new, |first| {
            (0..first.points.len())
                .map(|row| {
                    let x = short(first.points[row].0);
                    std::iter::once(x).chain(guides.iter().map(|line| short(line.points[row].1))).collect()
                })
                .collect()
        }),
    };
    Plot {
        x_label: "x".to_owned(),
        y_label: "y".to_owned(),
        marks: Marks::Points(series),
        guides,
        legend: true,
        table,
        ..Plot::default()
    }
}

fn short(value: f64) -> String {
    if value.is_finite() { format!("{value:.4}") } else { "–".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::bands::spread;
    use super::*;
    use crate::ui::text::EN;

    #[test]
    fn the_marker_stands_at_the_best_step() {
        let course = Course {
            seeds: 1,
            train: spread(&[vec![(1.0, 2.0), (50.0, 0.1)]]),
            validation: spread(&[vec![(1.0, 2.0), (20.0, 0.5), (50.0, 0.9)]]),
            best: Some((7, 20.0, 0.5)),
            ..Course::default()
        };
        let plot = course_plot(&EN, std::slice::from_ref(&course), true);
        let Marks::Lines(lines) = &plot.marks else { panic!("lines") };
        assert_eq!(lines[2].points, [(20.0, 0.1), (20.0, 2.0)]);
        assert!(lines[2].name.ends_with("20") && plot.bands.is_empty());

        let train = spread(&[vec![(1.0, 2.0), (50.0, 0.25)], vec![(1.0, 4.0), (50.0, 0.125)]]);
        let plot = course_plot(&EN, &[Course { seeds: 2, train, ..course }], true);
        let Marks::Lines(lines) = &plot.marks else { panic!("lines") };
        assert_eq!(lines[0].points, [(1.0, 3.0), (50.0, 0.1875)]);
        assert_eq!(plot.bands[0].points, [(1.0, 2.0, 4.0), (50.0, 0.125, 0.25)]);
        assert_eq!(lines[2].points, [(20.0, 0.125), (20.0, 4.0)], "over the bands' whole height");
        assert!(lines[2].name.contains('7'), "it is the first seed's: {}", lines[2].name);
    }

    #[test]
    fn a_fit_that_leaves_the_page_breaks() {
        let values = vec![-1.0, 0.0, 99.0, 0.0, f32::NAN, 0.0, 0.0, 0.5, 0.1, f32::NAN];
        let view = View { name: "fit".to_owned(), step: 1, shape: vec![2, 5], values };
        let plot = curve_plot(&EN, [None; 2], &[Fit { name: String::new(), view: &view }], false, false);
        assert_eq!(plot.guides.len(), 2, "truth and fit; there is no exact one");
        assert!(plot.guides[1].points[0].1.is_nan() && plot.guides[1].points[1].1 == 0.5);
    }
}
