//! The widget's charts as data. No DOM.

use std::collections::BTreeMap;

use protocol::{StudyPoint, View};

use crate::ui::charts::{Line, Marks, Plot, Point, Scale, Series, Table, short_number};
use crate::ui::text::Text;

/// Beyond these the fitted curve is not drawn: degree 12 leaves every page.
const CURVE_BOUNDS: [f64; 2] = [-2.6, 2.6];

/// Errors below this are rounding.
const ZERO: f64 = 1e-12;

/// One run's part in a chart.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// Its name; empty where there is one run.
    pub name: String,
    /// Training values by step.
    pub train: Vec<(f64, f64)>,
    /// Validation values by step.
    pub validation: Vec<(f64, f64)>,
    /// The best validation step and its loss.
    pub best: Option<(f64, f64)>,
}

fn named(run: &str, what: &str) -> String {
    if run.is_empty() { what.to_owned() } else { format!("{run}: {what}") }
}

/// Losses, or shares of right ones, against steps; upright lines at the best validation step.
pub fn course_plot(text: &'static Text, courses: &[Course], is_loss: bool) -> Plot {
    let words = &text.overfitting;
    let mut lines = Vec::new();
    for (at, course) in courses.iter().enumerate() {
        for (part, points) in [&course.train, &course.validation].into_iter().enumerate() {
            let name = named(&course.name, if part == 0 { words.train } else { words.validation });
            lines.push(Line { name, style: 2 * at + part, points: points.clone() });
        }
    }
    let all = || lines.iter().flat_map(|line| &line.points).map(|point| point.1);
    let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), y| (l.min(y), h.max(y)));
    if low < high && is_loss {
        for (at, course) in courses.iter().enumerate() {
            if let Some((step, _)) = course.best {
                let name = named(&course.name, &format!("{} {step}", words.best_step));
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
    data: Option<&View>,
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

/// A point with a bar from low to high.
fn spread(x: f64, values: [f64; 3], name: &str, filled: bool) -> Point {
    let [mean, low, high] = values.map(|value| if value < ZERO { 0.0 } else { value });
    Point {
        x,
        y: mean,
        y_span: (low > 0.0).then_some((low, high)),
        filled,
        note: format!(
            "{name}, {}: {} ({} – {})",
            short_number(x),
            short_number(mean),
            short_number(low),
            short_number(high)
        ),
        ..Point::default()
    }
}

/// Points of a study by place, over its seeds: least, mean and greatest of one value.
fn by_place(points: &[StudyPoint], series: &str, value: usize) -> Vec<(f64, [f64; 3])> {
    let mut places: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for point in points.iter().filter(|point| point.series == series) {
        if let Some(value) = point.values.get(value) {
            places.entry(point.x as u64).or_default().push(*value);
        }
    }
    let of = |values: &[f64]| {
        let (low, high) = values.iter().fold((f64::INFINITY, 0.0_f64), |(l, h), &v| (l.min(v), h.max(v)));
        [values.iter().sum::<f64>() / values.len() as f64, low, high]
    };
    places.iter().map(|(&x, values)| (x as f64, of(values))).collect()
}

fn table_of(head: &[&str], series: &[Series]) -> Table {
    let mut rows: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for (column, series) in series.iter().enumerate() {
        for point in &series.points {
            let row = rows.entry(point.x as u64).or_insert_with(|| {
                let mut row = vec![String::new(); 1 + 3 * head.len()];
                row[0] = point.x.to_string();
                row
            });
            let (low, high) = point.y_span.unwrap_or((point.y, point.y));
            for (at, value) in [point.y, low, high].into_iter().enumerate() {
                row[1 + 3 * column + at] = value.to_string();
            }
        }
    }
    Table {
        head: std::iter::once(String::new())
            .chain(
                head.iter()
                    .flat_map(|name| [(*name).to_owned(), format!("{name}, min"), format!("{name}, max")]),
            )
            .collect(),
        rows: rows.into_values().collect(),
    }
}

/// Errors against capacity: of polynomials over draws of the data, or of networks over seeds.
pub fn capacity_plot(text: &'static Text, points: &[StudyPoint], is_polynomial: bool) -> Plot {
    let words = &text.overfitting;
    let names: Vec<&str> = if is_polynomial {
        vec![words.train, words.new_data]
    } else {
        vec![words.train, words.validation, words.stopped_early]
    };
    let series: Vec<Series> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let points = if is_polynomial {
                let mut degrees: Vec<&StudyPoint> =
                    points.iter().filter(|point| point.series == "degree").collect();
                degrees.sort_by(|a, b| a.x.total_cmp(&b.x));
                let of = |point: &StudyPoint| {
                    let values = point.values.get(3 + 3 * at..6 + 3 * at)?;
                    // A mean beyond the 90th percentile: a few wild draws make it.
                    Some(spread(
                        point.x,
                        [values[0], values[1].min(values[0]), values[2].max(values[0])],
                        name,
                        at == 0,
                    ))
                };
                degrees.into_iter().filter_map(of).collect()
            } else {
                by_place(points, "width", at)
                    .into_iter()
                    .map(|(x, values)| spread(x, values, name, at == 0))
                    .collect()
            };
            Series { name: (*name).to_owned(), style: at, points }
        })
        .collect();
    Plot {
        x_label: if is_polynomial { words.degree } else { words.width }.to_owned(),
        y_label: words.loss_axis.to_owned(),
        x_scale: if is_polynomial { Scale::Linear } else { Scale::Log },
        y_scale: Scale::Log,
        no_y: Some(words.zero.to_owned()),
        table: table_of(&names, &series),
        marks: Marks::Points(series),
        legend: true,
        ..Plot::default()
    }
}

/// Bias², variance, noise and their sum against the degree.
pub fn bias_plot(text: &'static Text, points: &[StudyPoint]) -> Plot {
    let words = &text.overfitting;
    let names = [words.bias2, words.variance, words.noise_part, words.new_data];
    let mut degrees: Vec<&StudyPoint> = points.iter().filter(|point| point.series == "degree").collect();
    degrees.sort_by(|a, b| a.x.total_cmp(&b.x));
    let lines = names.iter().zip([0, 1, 2, 6]).enumerate().map(|(style, (name, value))| Line {
        name: (*name).to_owned(),
        style,
        points: degrees.iter().filter_map(|point| Some((point.x, *point.values.get(value)?))).collect(),
    });
    Plot {
        x_label: words.degree.to_owned(),
        y_label: words.loss_axis.to_owned(),
        y_scale: Scale::Log,
        marks: Marks::Lines(lines.collect()),
        legend: true,
        ..Plot::default()
    }
}

/// Mean of the fits and what lies a standard deviation around it.
pub fn fan_plot(text: &'static Text, points: &[StudyPoint]) -> Plot {
    let words = &text.overfitting;
    let mut fan: Vec<&StudyPoint> = points.iter().filter(|point| point.series == "fan").collect();
    fan.sort_by(|a, b| a.x.total_cmp(&b.x));
    let bounded = |y: f64| if (CURVE_BOUNDS[0]..=CURVE_BOUNDS[1]).contains(&y) { y } else { f64::NAN };
    let line = |name: &str, style: usize, value: &dyn Fn(&[f64]) -> f64| Line {
        name: name.to_owned(),
        style,
        points: fan
            .iter()
            .filter(|point| point.values.len() == 3)
            .map(|point| (point.x, bounded(value(&point.values))))
            .collect(),
    };
    let lines = vec![
        line(words.truth, 2, &|values| values[0]),
        line(words.mean_fit, 0, &|values| values[1]),
        line(words.above, 1, &|values| values[1] + values[2]),
        line(words.below, 5, &|values| values[1] - values[2]),
    ];
    Plot {
        x_label: "x".to_owned(),
        y_label: "y".to_owned(),
        marks: Marks::Lines(lines),
        legend: true,
        ..Plot::default()
    }
}

/// Double descent: shares of wrong answers against features; an upright line where they are as many as examples.
pub fn descent_plot(text: &'static Text, points: &[StudyPoint], samples: u32) -> Plot {
    let words = &text.overfitting;
    let names = [words.train, words.test];
    let series: Vec<Series> = [(names[0], 0), (names[1], 1)]
        .into_iter()
        .enumerate()
        .map(|(style, (name, value))| Series {
            name: name.to_owned(),
            style,
            points: by_place(points, "features", value)
                .into_iter()
                .map(|(x, values)| spread(x, values.map(|share| 100.0 * share), name, style == 1))
                .collect(),
        })
        .collect();
    let line = |series: &Series| Line {
        name: String::new(),
        style: series.style,
        points: series.points.iter().map(|point| (point.x, point.y)).collect(),
    };
    let mut guides: Vec<Line> = series.iter().map(line).collect();
    let most = series.iter().flat_map(|series| &series.points).map(|point| point.y).fold(0.0, f64::max);
    if most > 0.0 {
        let n = f64::from(samples);
        guides.push(Line { name: words.as_many.to_owned(), style: 4, points: vec![(n, 0.0), (n, most)] });
    }
    Plot {
        x_label: words.features.to_owned(),
        y_label: words.error_axis.to_owned(),
        x_scale: Scale::Log,
        table: table_of(&names, &series),
        marks: Marks::Points(series),
        guides,
        legend: true,
        ..Plot::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::text::EN;

    fn point(series: &str, x: f64, seed: u64, values: &[f64]) -> StudyPoint {
        StudyPoint { series: series.to_owned(), x, seed, values: values.to_vec() }
    }

    #[test]
    fn seeds_become_a_mean_with_its_ends() {
        let points = [
            point("features", 100.0, 1, &[0.0, 0.5]),
            point("features", 100.0, 2, &[0.0, 0.7]),
            point("features", 50.0, 1, &[0.1, 0.3]),
            point("width", 50.0, 1, &[9.0, 9.0]),
        ];
        let plot = descent_plot(&EN, &points, 100);
        let Marks::Points(series) = &plot.marks else { panic!("points") };
        let test: Vec<(f64, f64)> = series[1].points.iter().map(|point| (point.x, point.y)).collect();
        assert_eq!(test, [(50.0, 30.0), (100.0, 60.0)]);
        assert_eq!(series[1].points[1].y_span, Some((50.0, 70.0)));
        assert_eq!(plot.table.rows.len(), 2);
        assert_eq!(plot.guides.last().map(|line| line.points[0].0), Some(100.0));
    }

    #[test]
    fn the_marker_stands_at_the_best_step() {
        let course = Course {
            train: vec![(1.0, 2.0), (50.0, 0.1)],
            validation: vec![(1.0, 2.0), (20.0, 0.5), (50.0, 0.9)],
            best: Some((20.0, 0.5)),
            ..Course::default()
        };
        let plot = course_plot(&EN, &[course], true);
        let Marks::Lines(lines) = &plot.marks else { panic!("lines") };
        assert_eq!(lines[2].points, [(20.0, 0.1), (20.0, 2.0)]);
        assert!(lines[2].name.ends_with("20"));
    }

    #[test]
    fn a_fit_that_leaves_the_page_breaks() {
        let values = vec![-1.0, 0.0, 99.0, 0.0, f32::NAN, 0.0, 0.0, 0.5, 0.1, f32::NAN];
        let view = View { name: "fit".to_owned(), step: 1, shape: vec![2, 5], values };
        let plot = curve_plot(&EN, None, &[Fit { name: String::new(), view: &view }], false, false);
        assert_eq!(plot.guides.len(), 2, "truth and fit; there is no exact one");
        assert!(plot.guides[1].points[0].1.is_nan() && plot.guides[1].points[1].1 == 0.5);
    }
}
