//! The recipe of this moment in Keras, torchvision and NumPy.

use std::fmt::Write as _;

use leptos::prelude::*;
use protocol::augmentation::RecipeSpec;

use super::params::{self, LIBRARIES};
use super::session::Race;
use super::word;
use crate::tr;
use crate::ui::components::copy::CopyButton;
use crate::ui::components::fields::ChoiceField;
use crate::ui::text::use_text;
use crate::ui::view::dynamic;

/// Range and probability of a transform that is on, as shares; degrees stay degrees.
struct On {
    range: f64,
    often: f64,
}

fn on(recipe: &RecipeSpec, at: usize) -> Option<On> {
    let [range, often] = recipe[at];
    let unit = if matches!(at, 0 | 3 | 4 | 5) { 1.0 } else { 100.0 };
    (range > 0 && often > 0).then(|| On { range: f64::from(range) / unit, often: f64::from(often) / 100.0 })
}

/// Whether a picture is changed by itself, mixup aside.
fn changes(recipe: &RecipeSpec) -> bool {
    (0..10).any(|at| on(recipe, at).is_some())
}

/// A number as Python writes it, without digits of no meaning.
fn number(value: f64) -> String {
    format!("{}", (value * 1e4).round() / 1e4)
}

/// `line`, with the probability as a comment unless it is 1.
fn noted(line: &str, often: f64) -> String {
    let line = format!("    {line},");
    if often < 1.0 {
        format!("{line:<44}  # here for {} % of the pictures\n", number(100.0 * often))
    } else {
        format!("{line}\n")
    }
}

/// Classes of a task.
fn classes(task: &str) -> u32 {
    match task {
        "clip-art" => 6,
        "emoji" => 5,
        _ => 10,
    }
}

/// Keras 3: preprocessing layers, active in training only.
pub fn keras(recipe: &RecipeSpec) -> String {
    let mut out = String::from("import keras\n\naugment = keras.Sequential([\n");
    let mut line = |at: usize, make: &dyn Fn(f64) -> String| {
        if let Some(On { range, often }) = on(recipe, at) {
            out += &noted(&make(range), often);
        }
    };
    line(0, &|r| format!("keras.layers.RandomRotation({}, fill_mode=\"constant\")", number(r / 360.0)));
    line(1, &|r| format!("keras.layers.RandomZoom({}, fill_mode=\"constant\")", number(r)));
    line(2, &|r| format!("keras.layers.RandomTranslation({0}, {0}, fill_mode=\"constant\")", number(r)));
    line(3, &|_| "keras.layers.RandomFlip(\"horizontal\")".to_owned());
    line(4, &|_| "keras.layers.RandomFlip(\"vertical\")".to_owned());
    line(5, &|r| {
        format!("keras.layers.RandomShear(x_factor={}, fill_mode=\"constant\")", number(r.to_radians().tan()))
    });
    line(6, &|r| format!("keras.layers.RandomBrightness({}, value_range=(0, 1))", number(r)));
    line(7, &|r| format!("keras.layers.RandomContrast({}, value_range=(0, 1))", number(r)));
    line(8, &|r| format!("keras.layers.GaussianNoise({})", number(r)));
    line(9, &|r| {
        format!("keras.layers.RandomErasing((1.0, 1.0), scale=({0}, {0}), fill_value=0.0)", number(r * r))
    });
    if !changes(recipe) {
        out += "    keras.layers.Identity(),\n";
    }
    out += "])\n";
    if let Some(On { range, .. }) = on(recipe, 10) {
        let _ = writeln!(
            out,
            "mix = keras.layers.MixUp(alpha={})  # on batches with one-hot labels",
            number(range)
        );
    }
    out += "\nmodel = keras.Sequential([augment, network])  # only fit() augments\n";
    out
}

/// torchvision's transforms, version 2.
pub fn torchvision(recipe: &RecipeSpec, classes: u32) -> String {
    let mut out = String::from(
        "import torch\nfrom torchvision.transforms import v2\n\nlinear = v2.InterpolationMode.BILINEAR\naugment = v2.Compose([\n    v2.ToImage(), v2.ToDtype(torch.float32, scale=True),  # levels in [0, 1]\n",
    );
    let mut line = |at: usize, make: &dyn Fn(f64) -> String| {
        if let Some(On { range, often }) = on(recipe, at) {
            let made = make(range);
            let line =
                if often < 1.0 { format!("v2.RandomApply([{made}], p={})", number(often)) } else { made };
            let _ = writeln!(out, "    {line},");
        }
    };
    line(0, &|r| format!("v2.RandomAffine(degrees={}, interpolation=linear)", number(r)));
    line(1, &|r| {
        format!("v2.RandomAffine(0, scale=({}, {}), interpolation=linear)", number(1.0 - r), number(1.0 + r))
    });
    line(2, &|r| format!("v2.RandomAffine(0, translate=({0}, {0}), interpolation=linear)", number(r)));
    line(3, &|_| "v2.RandomHorizontalFlip(p=1.0)".to_owned());
    line(4, &|_| "v2.RandomVerticalFlip(p=1.0)".to_owned());
    line(5, &|r| format!("v2.RandomAffine(0, shear={}, interpolation=linear)", number(r)));
    line(6, &|r| format!("v2.ColorJitter(brightness={})", number(r)));
    line(7, &|r| format!("v2.ColorJitter(contrast={})", number(r)));
    line(8, &|r| format!("v2.GaussianNoise(sigma={})", number(r)));
    line(9, &|r| format!("v2.RandomErasing(p=1.0, scale=({0}, {0}), ratio=(1, 1))", number(r * r)));
    out += "])\n";
    if let Some(On { range, .. }) = on(recipe, 10) {
        let _ =
            writeln!(out, "mix = v2.MixUp(alpha={}, num_classes={classes})  # in collate_fn", number(range));
    }
    out += "\n# In the Dataset: __getitem__ returns augment(image), label. Test pictures stay as they are.\n";
    out
}

/// The affine part written out, as this page computes it.
pub fn numpy(recipe: &RecipeSpec) -> String {
    let mut out = String::from(
        "import numpy as np\nfrom scipy.ndimage import affine_transform\n\nrng = np.random.default_rng(1)\n\ndef maybe(p, low, high, neutral):\n    return rng.uniform(low, high) if rng.random() < p else neutral\n\ndef augment(image):                     # (side, side), levels in [0, 1]\n    side = image.shape[0]\n    m = np.eye(2)                       # from result to source, row and column\n    t = np.zeros(2)\n",
    );
    let mut line = |at: usize, make: &dyn Fn(f64, f64) -> String| {
        if let Some(On { range, often }) = on(recipe, at) {
            for line in make(range, often).lines() {
                let _ = writeln!(out, "    {line}");
            }
        }
    };
    let spread = |r: f64, p: f64| format!("maybe({}, {}, {}, 0)", number(p), number(-r), number(r));
    line(0, &|r, p| {
        format!("a = np.deg2rad({})\nm = m @ [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]", spread(r, p))
    });
    line(5, &|r, p| format!("m = [[1, 0], [-np.tan(np.deg2rad({})), 1]] @ m", spread(r, p)));
    line(1, &|r, p| format!("m = m / (1 + {})", spread(r, p)));
    line(3, &|_, p| format!("if rng.random() < {}: m[1] *= -1  # left and right", number(p)));
    line(4, &|_, p| format!("if rng.random() < {}: m[0] *= -1  # top and bottom", number(p)));
    line(2, &|r, p| {
        format!("if rng.random() < {}: t = side * rng.uniform({}, {}, 2)", number(p), number(-r), number(r))
    });
    out += "    c = (side - 1) / 2\n    image = affine_transform(image, m, offset=c - m @ (c + t), order=1, cval=image[0, 0])\n";
    let mut line = |at: usize, make: &dyn Fn(f64, f64) -> String| {
        if let Some(On { range, often }) = on(recipe, at) {
            for line in make(range, often).lines() {
                let _ = writeln!(out, "    {line}");
            }
        }
    };
    line(6, &|r, p| format!("image = np.clip(image + {}, 0, 1)", spread(r, p)));
    line(7, &|r, p| {
        format!("image = np.clip(image.mean() + (image - image.mean()) * (1 + {}), 0, 1)", spread(r, p))
    });
    line(8, &|r, p| {
        format!(
            "image = np.clip(image + rng.normal(0, maybe({}, 0, {}, 0), image.shape), 0, 1)",
            number(p),
            number(r)
        )
    });
    line(9, &|r, p| {
        format!(
            "if rng.random() < {}:\n    n = round({} * side); y, x = rng.integers(0, side, 2) - n // 2\n    image[max(y, 0):y + n, max(x, 0):x + n] = image[0, 0]",
            number(p),
            number(r)
        )
    });
    out += "    return image\n";
    if let Some(On { range, often }) = on(recipe, 10) {
        let _ = write!(
            out,
            "\ndef mix(a, b, label_a, label_b):        # labels one-hot; for {} % of the pictures\n    share = rng.beta({1}, {1})\n    return (1 - share) * a + share * b, (1 - share) * label_a + share * label_b\n",
            number(100.0 * often),
            number(range)
        );
    }
    out
}

/// The section.
#[component]
pub fn Code(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let state = race.state;
    let text = Memo::new(move |_| {
        let library = state.get(&params::CODE);
        race.setup.with(|setup| match library.as_str() {
            "torchvision" => torchvision(&setup.recipe, classes(&setup.data)),
            "numpy" => numpy(&setup.recipe),
            _ => keras(&setup.recipe),
        })
    });
    view! {
        <section class="part" data-testid="augmentation-code">
            <div class="part-head">
                <h3>{tr!(t, augmentation.code_title)}</h3>
                <ChoiceField state param=&params::CODE options=LIBRARIES.to_vec() label=word(t, |t| t.augmentation.code_label)
                    name=Callback::new(move |id: &'static str| t.get().augmentation.libraries.get(id).unwrap_or(id).to_owned()) testid="augmentation-library"/>
                <CopyButton value=Callback::new(move |()| text.get_untracked())/>
            </div>
            <p class="part-note">{tr!(t, augmentation.code_note)}</p>
            <pre class="code" tabindex="0"><code>{dynamic(move || text.get())}</code></pre>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::augmentation::model::PRESETS;

    #[test]
    fn every_transform_that_is_on_is_in_the_code_and_no_other() {
        let marks: [[&str; 3]; 11] = [
            ["RandomRotation(0.0417", "degrees=15", "deg2rad(maybe(1, -15, 15, 0))\n    m = m @"],
            ["RandomZoom(0.2", "scale=(0.8, 1.2)", "m / (1 + maybe(1, -0.2, 0.2, 0))"],
            ["RandomTranslation(0.1, 0.1", "translate=(0.1, 0.1)", "t = side * rng.uniform(-0.1, 0.1, 2)"],
            ["\"horizontal\"", "HorizontalFlip", "m[1] *= -1"],
            ["\"vertical\"", "VerticalFlip", "m[0] *= -1"],
            ["RandomShear(x_factor=0.2679, ", "shear=15", "np.tan(np.deg2rad(maybe(1, -15, 15, 0)))"],
            ["RandomBrightness", "brightness", "image + maybe"],
            ["RandomContrast", "contrast", "(image - image.mean())"],
            ["GaussianNoise", "GaussianNoise", "rng.normal"],
            [
                "RandomErasing((1.0, 1.0), scale=(0.09, 0.09)",
                "[v2.RandomErasing(p=1.0, scale=(0.09, 0.09), ratio=(1, 1))], p=0.5",
                "n = round(0.3 * side)",
            ],
            ["MixUp", "num_classes=10", "rng.beta"],
        ];
        for (recipe, on) in [
            (PRESETS[2].recipe(), [0, 1, 2, 5, 9].as_slice()),
            (PRESETS[3].recipe(), &[3, 4]),
            (PRESETS[0].recipe(), &[]),
        ] {
            let texts = [keras(&recipe), torchvision(&recipe, 10), numpy(&recipe)];
            for (at, marks) in marks.iter().enumerate() {
                for (mark, text) in marks.iter().zip(&texts) {
                    assert_eq!(text.contains(mark), on.contains(&at), "{mark} in\n{text}");
                }
            }
        }
    }
}
