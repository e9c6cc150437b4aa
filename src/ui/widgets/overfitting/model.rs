//! What the widget knows without a page: from the address to a learner, what tasks suggest, what a rival has otherwise. No DOM.

use protocol::{OverfitSpec, Precision};

use super::{params as p, seeds};
use crate::ui::lab::Rival;
use crate::ui::url_state::{Param, UrlState};

/// Reads a parameter.
type Get<'a> = &'a dyn Fn(&Param) -> String;

/// Whether the task consists of pictures.
pub fn is_pictures(data: &str) -> bool {
    matches!(data, "digits" | "fashion-mnist")
}

/// Whether the task is the curve.
pub fn is_curve(data: &str) -> bool {
    data == "curve"
}

/// Whether a polynomial is fitted.
pub fn is_polynomial(get: Get<'_>) -> bool {
    is_curve(&get(&p::DATA)) && get(&p::MODEL) == "poly"
}

/// Whether a convolutional network is.
pub fn is_convolutional(get: Get<'_>) -> bool {
    is_pictures(&get(&p::DATA)) && get(&p::NET) == "cnn"
}

/// What an empty number stands for.
pub fn suggested(get: Get<'_>, param: &Param) -> &'static str {
    let data = get(&p::DATA);
    let (pictures, curve) = (is_pictures(&data), is_curve(&data));
    match param.key {
        "n" if curve => "15",
        "n" if pictures => "150",
        "n" => "60",
        // Clothing has twelve times the pixels of digits.
        "c" if data == "fashion-mnist" => "4",
        "c" => "8",
        "s" if curve => "0.25",
        "s" if pictures => "0",
        "s" => "0.12",
        "ln" if curve => "0",
        "ln" => "20",
        "ns" => seeds::suggested(pictures),
        "lr" if is_polynomial(get) => "0.02",
        "lr" if is_convolutional(get) => "0.005",
        "lr" if pictures => "0.003",
        "lr" => "0.01",
        "to" if is_convolutional(get) => "250",
        "to" if pictures => "400",
        "to" if is_polynomial(get) => "4000",
        "to" if curve => "800",
        "to" => "1500",
        _ => "0",
    }
}

/// A number as it stands or as it is suggested, within its limits.
pub fn number(get: Get<'_>, param: &Param) -> f32 {
    let own = param.accept(&get(param)).filter(|own| !own.is_empty());
    own.as_deref().unwrap_or(suggested(get, param)).parse().unwrap_or_default()
}

/// The learner of an address.
pub fn spec(get: Get<'_>) -> OverfitSpec {
    let whole = |param: &Param| get(param).parse::<u32>().unwrap_or_default();
    let data = get(&p::DATA);
    let is_polynomial = is_polynomial(get);
    let pictures = is_pictures(&data);
    let (model, capacity) = if is_polynomial {
        ("poly", whole(&p::DEGREE))
    } else if is_convolutional(get) {
        ("cnn", number(get, &p::CHANNELS) as u32)
    } else {
        ("mlp", whole(&p::WIDTH))
    };
    OverfitSpec {
        model: model.to_owned(),
        capacity,
        samples: number(get, &p::SAMPLES) as u32,
        noise: if pictures { 0.0 } else { number(get, &p::NOISE) },
        label_noise: if is_curve(&data) { 0.0 } else { number(get, &p::LABEL_NOISE) / 100.0 },
        l2: number(get, &p::L2),
        dropout: if is_polynomial { 0.0 } else { whole(&p::DROPOUT) as f32 / 100.0 },
        patience: whole(&p::PATIENCE),
        shift: if pictures { whole(&p::SHIFT) } else { 0 },
        lr: number(get, &p::RATE),
        precision: Precision::Preset(get(&p::PRECISION)),
        data,
    }
}

/// Of the run that is always there, tracked.
pub fn first(state: UrlState) -> OverfitSpec {
    spec(&|param| state.get(param))
}

/// Of the rival, if there is one, tracked.
pub fn second(state: UrlState) -> Option<OverfitSpec> {
    let rival = rival(state)?;
    Some(spec(&|param| rival.get(param.key).map_or_else(|| state.get(param), str::to_owned)))
}

/// What the rival has otherwise, tracked.
pub fn rival(state: UrlState) -> Option<Rival> {
    let text = state.get(&p::RIVAL);
    (!text.is_empty()).then(|| Rival::parse(&text, p::RIVALRY))
}

/// The step at which runs rest, tracked; 0 for never.
pub fn until(state: UrlState) -> u64 {
    number(&|param| state.get(param), &p::UNTIL) as u64
}

/// How many seeds the curves are of, tracked.
pub fn seeds(state: UrlState) -> usize {
    number(&|param| state.get(param), &p::SEEDS) as usize
}

/// What decides which rows are test rows: looks at one test set count together.
pub fn test_set(spec: &OverfitSpec, seed: u64) -> String {
    // Not the count of training rows: they are drawn by themselves, or, pictures, after those for the test.
    format!("{} {} {seed}", spec.data, spec.noise)
}

/// Widths that a study of networks tries.
pub fn widths(spec: &OverfitSpec) -> Vec<u32> {
    if spec.model == "cnn" {
        vec![1, 2, 4, 8]
    } else if is_pictures(&spec.data) {
        vec![1, 2, 4, 8, 16, 32, 64]
    } else {
        vec![1, 2, 4, 8, 16, 32, 64, 128]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<'a>(values: &'a [(&'a str, &'a str)]) -> impl Fn(&Param) -> String + 'a {
        |param| {
            let own = values.iter().find(|(key, _)| *key == param.key);
            own.map_or(param.default, |(_, value)| value).to_owned()
        }
    }

    #[test]
    fn the_first_state_is_degree_12_on_15_points() {
        let spec = spec(&with(&[]));
        assert_eq!((spec.data.as_str(), spec.model.as_str()), ("curve", "poly"));
        assert_eq!((spec.capacity, spec.samples, spec.noise, spec.lr), (12, 15, 0.25, 0.02));
    }

    #[test]
    fn what_a_task_does_not_have_is_left_out() {
        let spec = spec(&with(&[("d", "moons"), ("do", "30"), ("sh", "3"), ("ln", "500"), ("n", "x")]));
        assert_eq!((spec.model.as_str(), spec.capacity), ("mlp", 64));
        assert_eq!((spec.shift, spec.samples), (0, 60));
        assert_eq!((spec.label_noise, spec.dropout), (0.9, 0.3));
        let curve = super::spec(&with(&[("ln", "50"), ("do", "30")]));
        assert_eq!((curve.label_noise, curve.dropout), (0.0, 0.0));
    }

    #[test]
    fn pictures_have_two_networks_and_other_tasks_one() {
        let of = |values: &[(&str, &str)]| {
            let spec = spec(&with(values));
            (spec.model, spec.capacity)
        };
        assert_eq!(of(&[("d", "digits"), ("net", "cnn")]), ("cnn".to_owned(), 8));
        assert_eq!(of(&[("d", "fashion-mnist"), ("net", "cnn")]), ("cnn".to_owned(), 4));
        assert_eq!(of(&[("d", "digits"), ("net", "cnn"), ("c", "99")]), ("cnn".to_owned(), 16));
        assert_eq!(of(&[("d", "digits")]), ("mlp".to_owned(), 64));
        assert_eq!(of(&[("d", "moons"), ("net", "cnn")]), ("mlp".to_owned(), 64));
        assert_eq!(of(&[("net", "cnn")]), ("poly".to_owned(), 12));
    }

    #[test]
    fn looks_count_by_test_set() {
        let (a, b) = (spec(&with(&[])), spec(&with(&[("k", "3"), ("n", "200"), ("l2", "0.01")])));
        assert_eq!(test_set(&a, 1), test_set(&b, 1), "other cures, the same test rows");
        assert_ne!(test_set(&a, 1), test_set(&a, 2));
        let pictures = |n: &str| test_set(&spec(&with(&[("d", "digits"), ("n", n)])), 1);
        assert_eq!(pictures("100"), pictures("200"), "other training pictures, the same for the test");
        assert_ne!(pictures("100"), test_set(&spec(&with(&[("d", "fashion-mnist"), ("n", "100")])), 1));
    }
}
