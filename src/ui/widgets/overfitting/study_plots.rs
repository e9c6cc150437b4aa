//! The charts of the studies as data. No DOM.

use std::collections::BTreeMap;

use protocol::StudyPoint;

use super::plots::CURVE_BOUNDS;
use crate::ui::charts::{Line, Marks, Plot, Point, Scale, Series, Table, short_number};
use crate::ui::text::Text;

/// Errors below this are rounding.
const ZERO: f64 = 1e-12;

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
}
