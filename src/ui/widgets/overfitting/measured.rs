//! What was measured before: figures of `docs/overfitting/results.json`, compared with it by a test.

use leptos::prelude::*;

use crate::tr;
use crate::ui::text::use_text;
use crate::ui::view::dynamic;

/// A degree, over 1,000 draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Degree {
    /// Points.
    pub samples: u32,
    /// Penalty.
    pub l2: f64,
    /// The degree.
    pub of: u32,
    /// Training error.
    pub train: f64,
    /// Variance of the fits.
    pub variance: f64,
    /// Error on new data.
    pub test: f64,
}

/// A count of features: test error in percent, mean over five seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features {
    /// The count.
    pub count: usize,
    /// Without a ridge.
    pub plain: f64,
    /// With one of 1.
    pub ridge: f64,
}

const fn row(samples: u32, l2: f64, of: u32, train: f64, variance: f64, test: f64) -> Degree {
    Degree { samples, l2, of, train, variance, test }
}

const fn features(count: usize, plain: f64, ridge: f64) -> Features {
    Features { count, plain, ridge }
}

/// Degrees that the questions are about.
const DEGREES: [Degree; 4] = [
    row(15, 0.0, 4, 0.0445, 0.0257, 0.0933),
    row(15, 0.0, 12, 0.0085, 105.1937, 105.2737),
    row(15, 0.003, 12, 0.0167, 0.0703, 0.1355),
    row(200, 0.0, 12, 0.0586, 0.0047, 0.0672),
];

/// Digits, 200 pictures, wrong labels for a fifth of them.
const DESCENT: [Features; 17] = [
    features(10, 57.9, 59.3),
    features(20, 40.2, 42.4),
    features(40, 29.1, 27.2),
    features(70, 27.1, 19.1),
    features(100, 31.0, 17.3),
    features(140, 41.2, 16.1),
    features(170, 53.1, 15.6),
    features(190, 64.7, 15.2),
    features(200, 71.9, 15.1),
    features(210, 78.2, 14.9),
    features(230, 77.1, 14.6),
    features(270, 61.4, 14.3),
    features(340, 48.7, 14.4),
    features(500, 37.2, 14.4),
    features(800, 30.2, 14.3),
    features(1300, 27.1, 13.9),
    features(2000, 25.8, 13.9),
];

/// The figures of a degree; zeros for one that was not measured.
pub fn degree(samples: u32, l2: f64, degree: u32) -> Degree {
    let found = DEGREES.iter().find(|row| (row.samples, row.l2, row.of) == (samples, l2, degree));
    found.copied().unwrap_or(Degree { samples, l2, of: degree, train: 0.0, variance: 0.0, test: 0.0 })
}

/// The figures of a count of features.
pub fn descent(count: usize) -> Option<&'static Features> {
    DESCENT.iter().find(|row| row.count == count)
}

/// The descent as a table.
#[component]
pub fn Measured() -> impl IntoView {
    let t = use_text();
    view! {
        <p class="part-note">{tr!(t, overfitting.measured_title)}</p>
        <div class="table-scroll over-measured" tabindex="0" role="region" aria-label=tr!(t, overfitting.measured_title)>
            <table class="data" data-testid="overfitting-measured">
                <thead><tr>
                    <th scope="col" class="num">{tr!(t, overfitting.measured_features)}</th>
                    <th scope="col" class="num">{tr!(t, overfitting.measured_plain)}</th>
                    <th scope="col" class="num">{tr!(t, overfitting.measured_ridge)}</th>
                </tr></thead>
                <tbody>{dynamic(|| DESCENT.iter().map(|row| view! {
                    <tr>
                        <td class="num">{row.count}</td>
                        <td class="num">{format!("{:.1}", row.plain)}</td>
                        <td class="num">{format!("{:.1}", row.ridge)}</td>
                    </tr>
                }).collect_view())}</tbody>
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_the_documents() {
        let all: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../../../docs/overfitting/results.json")).expect("a list");
        let number = |row: &serde_json::Value, key: &str| row[key].as_f64().unwrap_or(f64::NAN);
        for known in DEGREES {
            let row = all.iter().find(|row| {
                row["study"] == "degrees"
                    && number(row, "samples") == f64::from(known.samples)
                    && (number(row, "l2") - known.l2).abs() < 1e-6
                    && number(row, "degree") == f64::from(known.of)
            });
            let row = row.expect("a row of the document");
            for (key, value) in [("train", known.train), ("variance", known.variance), ("test", known.test)] {
                assert!((number(row, key) - value).abs() < 5e-5, "{key} of {known:?}: {}", number(row, key));
            }
        }
        for known in DESCENT {
            for (ridge, value) in [(0.0, known.plain), (1.0, known.ridge)] {
                let row = all.iter().find(|row| {
                    row["study"] == "descent"
                        && row["data"] == "digits"
                        && number(row, "label_noise") == 0.2
                        && number(row, "ridge") == ridge
                        && number(row, "features") == known.count as f64
                });
                let found = number(row.expect("a row of the document"), "test_error");
                assert!((found - value).abs() < 0.051, "{known:?}: {found}");
            }
        }
    }
}
