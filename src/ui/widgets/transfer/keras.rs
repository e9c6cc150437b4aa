//! An arm of this moment in Keras: the same settings as the run's, as code that can be pasted. No DOM.
//!
//! Keras has no EfficientNet-Lite0; EfficientNetB0 has the same blocks in the same order, with squeeze-and-excitation and swish, so that it
//! can be cut at the same places and gives maps of the same sizes. Left out: this page's draws with replacement (Keras goes through all rows in each
//! epoch) and the precision of the base's weights.

use std::fmt::Write as _;

use super::model::{Settings, settings, steps};
use super::params;
use crate::ui::text::{Text, fill};

/// What the code was run with.
pub const VERSIONS: [(&str, &str); 2] = [("keras", "3.15"), ("tensorflow", "2.21")];

/// What the code depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// One of [`params::ARMS`].
    pub arm: &'static str,
    /// `b14` or `d10`.
    pub cut: String,
    /// The base's weights on this page, by name.
    pub precision: String,
    /// Classes of the task.
    pub classes: usize,
    /// Labels of a class.
    pub per_class: u32,
    /// Pictures with labels.
    pub rows: u32,
    /// Blocks that are trained; of the tuned arm alone.
    pub blocks: Vec<u32>,
    /// The seed.
    pub seed: u64,
}

/// Where B0's layer of a cut is, and what its map is at [`SIDE`] pixels.
const CUTS: [(&str, &str, [u32; 3]); 2] =
    [("b14", "block6d_add", [3, 3, 192]), ("d10", "block5c_activation", [6, 6, 672])];
/// B0's names of blocks 11 to 14.
const BLOCKS: [(u32, &str); 4] = [(11, "block6a"), (12, "block6b"), (13, "block6c"), (14, "block6d")];
/// Pixels along a side of what the base sees, and of what arms without one see.
const SIDE: u32 = 96;
const PIXEL_SIDE: u32 = 32;
/// Where comments begin.
const COMMENT_COLUMN: usize = 44;

/// A line with a comment after it.
fn noted(line: &str, comment: &str) -> String {
    format!("{line:<COMMENT_COLUMN$}  # {comment}\n")
}

/// A number as Python writes it, without digits of no meaning.
fn number(value: f32) -> String {
    format!("{}", (f64::from(value) * 1e6).round() / 1e6)
}

/// Epochs of Keras, each of them all rows, that come nearest to a run's steps; and the steps of those.
fn epochs(arm: &str, rows: u32, batch: u32) -> (u64, u64) {
    let per_epoch = u64::from(rows.div_ceil(batch).max(1));
    let steps = steps(arm, rows);
    let epochs = ((steps + per_epoch / 2) / per_epoch).max(1);
    (epochs, epochs * per_epoch)
}

/// The code.
pub fn code(text: &'static Text, example: &Example) -> String {
    let words = &text.transfer.keras;
    let Example { arm, classes, .. } = example;
    let is_on_base = !matches!(*arm, "pixels" | "scratch");
    let own = settings(arm, example.blocks.len());
    let side = if is_on_base { SIDE } else { PIXEL_SIDE };
    let versions: Vec<(&str, &str)> = VERSIONS.to_vec();
    let mut out = noted("import keras", &fill(words.versions, &versions));
    let _ = writeln!(out, "\nkeras.utils.set_random_seed({})", example.seed);
    let (side_text, last) = (side.to_string(), classes.saturating_sub(1).to_string());
    let _ = writeln!(out, "# {}", fill(words.data, &[("side", &side_text), ("last", &last)]));
    let (labels, rows) = (example.per_class.to_string(), example.rows.to_string());
    let _ = writeln!(out, "# {}\n", fill(words.labels, &[("n", &labels), ("rows", &rows)]));
    if is_on_base {
        out += &base(text, example);
    }
    match *arm {
        "recipe" => out += &recipe(example, &own),
        "tuned" => out += &tuned(text, example, &own),
        "scratch" => out += &scratch(example, &own),
        arm => out += &linear(text, arm, *classes),
    }
    out += &training(text, example, &own);
    out
}

/// The base up to the cut; frozen, unless blocks of it are trained.
fn base(text: &'static Text, example: &Example) -> String {
    let words = &text.transfer.keras;
    let cut = CUTS.iter().find(|(id, ..)| *id == example.cut).unwrap_or(&CUTS[0]);
    let (_, layer, map) = cut;
    let weights = if example.arm == "random" { "None" } else { "\"imagenet\"" };
    let map = map.map(|size| size.to_string()).join(" × ");
    let mut out = noted("net = keras.applications.EfficientNetB0(", words.relative);
    let _ = writeln!(out, "    include_top=False, weights={weights}, input_shape=({SIDE}, {SIDE}, 3))");
    out += &noted(
        &format!("base = keras.Model(net.input, net.get_layer(\"{layer}\").output)"),
        &fill(words.map, &[("map", &map)]),
    );
    match example.arm {
        "tuned" => {}
        "random" => out += &noted("base.trainable = False", words.random),
        _ => {
            let comment = fill(words.precision, &[("precision", &example.precision)]);
            out += &noted("base.trainable = False", &comment);
        }
    }
    out.push('\n');
    out
}

/// The glossary's recipe.
fn recipe(example: &Example, own: &Settings) -> String {
    format!(
        "model = keras.Sequential([\n    base,\n    keras.layers.Flatten(),\n    keras.layers.Dense({}, activation=\"relu\", kernel_initializer=\"he_uniform\"),\n    keras.layers.Dense({}, activation=\"softmax\"),\n])\n",
        own.hidden, example.classes
    )
}

/// One dense layer on scaled columns: of features, or of pixels.
fn linear(text: &'static Text, arm: &str, classes: usize) -> String {
    let words = &text.transfer.keras;
    let mut out = String::new();
    if arm == "pixels" {
        out += "flat = keras.Sequential([keras.layers.Rescaling(1 / 128, offset=-127 / 128), keras.layers.Flatten()])\n";
        out += "f_train, f_test = flat.predict(x_train), flat.predict(x_test)\n";
    } else {
        out += "features = keras.Sequential([base, keras.layers.GlobalAveragePooling2D()])\n";
        out += &noted(
            "f_train, f_test = features.predict(x_train), features.predict(x_test)",
            words.features_once,
        );
    }
    out += &noted("spread = f_train.std(axis=0)", words.scaled);
    let _ = write!(
        out,
        "scale = keras.layers.Normalization(\n    mean=f_train.mean(axis=0), variance=spread.clip(min=0.1 * spread.mean()) ** 2)\n\nmodel = keras.Sequential([\n    keras.Input(f_train.shape[1:]),\n    scale,\n    keras.layers.Dense({classes}, activation=\"softmax\"),\n])\n"
    );
    out
}

/// A small convolutional network.
fn scratch(example: &Example, own: &Settings) -> String {
    let mut out = format!(
        "model = keras.Sequential([\n    keras.Input(({PIXEL_SIDE}, {PIXEL_SIDE}, 3)),\n    keras.layers.Rescaling(1 / 128, offset=-127 / 128),\n"
    );
    for channels in [own.channels, 2 * own.channels] {
        let _ = write!(
            out,
            "    keras.layers.Conv2D({channels}, 3, padding=\"same\", activation=\"relu\", kernel_initializer=\"he_uniform\"),\n    keras.layers.MaxPooling2D(),\n"
        );
    }
    let _ = write!(
        out,
        "    keras.layers.Flatten(),\n    keras.layers.Dense({}, activation=\"softmax\"),\n])\n",
        example.classes
    );
    out
}

/// Some blocks trained, with a decay towards where they started.
fn tuned(text: &'static Text, example: &Example, own: &Settings) -> String {
    let words = &text.transfer.keras;
    let names: Vec<String> = BLOCKS
        .iter()
        .filter(|(block, _)| example.blocks.contains(block))
        .map(|(_, name)| format!("\"{name}\""))
        .collect();
    let list: Vec<String> = example.blocks.iter().map(u32::to_string).collect();
    let comma = if names.len() == 1 { "," } else { "" };
    let mut out = noted("base.trainable = True", &fill(words.tuned_blocks, &[("blocks", &list.join(", "))]));
    let _ = write!(
        out,
        "for layer in base.layers:\n    layer.trainable = layer.name.startswith(({}{comma})) and not isinstance(\n        layer, keras.layers.BatchNormalization)\n\nmodel = keras.Sequential([\n    base,\n    keras.layers.GlobalAveragePooling2D(),\n    keras.layers.Dense({}, activation=\"softmax\"),\n])\n\n",
        names.join(", "),
        example.classes
    );
    out += &noted("class Decay(keras.callbacks.Callback):", words.decay);
    let _ = write!(
        out,
        "    def on_train_begin(self, logs=None):\n        kernels = [v for v in self.model.trainable_variables if v.name == \"kernel\"]\n        self.start = [(v, keras.ops.convert_to_numpy(v) if \"block6\" in v.path else 0.0) for v in kernels]\n\n    def on_train_batch_end(self, batch, logs=None):\n        for v, start in self.start:\n            v.assign(v - {} * (v - start))\n\n",
        number(own.lr * own.weight_decay)
    );
    out
}

/// Compiling and fitting.
fn training(text: &'static Text, example: &Example, own: &Settings) -> String {
    let words = &text.transfer.keras;
    let arm = example.arm;
    let lr = number(own.lr);
    let has_decay = own.weight_decay > 0.0 && arm != "tuned";
    let mut out = if has_decay {
        format!(
            "optimizer = keras.optimizers.AdamW({lr}, weight_decay={:?}, epsilon=1e-8)\noptimizer.exclude_from_weight_decay(var_names=[\"bias\"])\n",
            own.weight_decay
        )
    } else {
        format!("optimizer = keras.optimizers.Adam({lr}, epsilon=1e-8)\n")
    };
    out += "model.compile(optimizer=optimizer,\n              loss=\"sparse_categorical_crossentropy\",\n              metrics=[\"accuracy\"])\n";
    let data = if matches!(arm, "frozen" | "random" | "pixels") { "f" } else { "x" };
    let (epochs, steps) = epochs(arm, example.rows, own.batch);
    let callbacks = if arm == "tuned" { "callbacks=[Decay()], " } else { "" };
    out += &noted(
        &format!("model.fit({data}_train, y_train, batch_size={}, epochs={epochs},", own.batch),
        &fill(words.steps, &[("steps", &steps.to_string())]),
    );
    let _ = writeln!(out, "          {callbacks}validation_data=({data}_test, y_test))");
    out
}

/// The example of an arm; cuts at which it does not run give way to the one at which it does.
pub fn example(
    arm: &str,
    setup: &super::model::Setup,
    counts: Option<&[u32]>,
    classes: usize,
    precision: String,
) -> Example {
    let arm = params::ARMS.into_iter().find(|known| *known == arm).unwrap_or("recipe");
    let (cut, per_class) = (&setup.features.cut, setup.per_class);
    let cut = if super::model::is_possible(arm, cut) { cut.clone() } else { "b14".to_owned() };
    let rows =
        counts.map_or(per_class * classes as u32, |counts| super::model::rows(counts, per_class)).max(1);
    let (blocks, seed) = (setup.blocks.clone(), setup.seed);
    Example { arm, cut, precision, classes, per_class, rows, blocks, seed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::text::{EN, KO};

    fn example(arm: &'static str) -> Example {
        Example {
            arm,
            cut: "b14".to_owned(),
            precision: "INT8".to_owned(),
            classes: 6,
            per_class: 25,
            rows: 150,
            blocks: vec![13, 14],
            seed: 3,
        }
    }

    /// Lines without their comments.
    fn bare(code: &str) -> Vec<String> {
        let lines = code.lines().map(|line| line.split("  # ").next().unwrap_or_default().trim_end());
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
    }

    #[test]
    fn every_control_is_in_the_code() {
        let recipe = code(&EN, &example("recipe"));
        for part in [
            "set_random_seed(3)",
            "(count, 96, 96, 3)",
            "classes 0 to 5",
            "25 labels per class, 150 pictures",
            "get_layer(\"block6d_add\").output)",
            "3 × 3 × 192",
            "INT8",
            "keras.layers.Flatten(),",
            "Dense(512, activation=\"relu\"",
            "Dense(6, activation=\"softmax\")",
            "Adam(0.001, epsilon=1e-8)",
            "sparse_categorical_crossentropy",
            "batch_size=64, epochs=5,",
            "validation_data=(x_test, y_test)",
        ] {
            assert!(recipe.contains(part), "{part} in\n{recipe}");
        }
        let other =
            Example { classes: 10, per_class: 5, rows: 50, cut: "d10".to_owned(), ..example("frozen") };
        let frozen = code(&EN, &other);
        for part in [
            "block5c_activation",
            "6 × 6 × 672",
            "GlobalAveragePooling2D",
            "Dense(10, activation=\"softmax\")",
            "AdamW(0.003, weight_decay=10.0, epsilon=1e-8)",
            "batch_size=1024, epochs=200,",
            "f_train",
        ] {
            assert!(frozen.contains(part), "{part} in\n{frozen}");
        }
        assert!(code(&EN, &example("random")).contains("weights=None"));
    }

    #[test]
    fn trained_blocks_are_those_that_are_switched_on() {
        let two = code(&EN, &example("tuned"));
        assert!(two.contains("startswith((\"block6c\", \"block6d\"))"), "{two}");
        // 150 rows in batches of 16: ten steps an epoch.
        assert!(two.contains("batch_size=16, epochs=10,") && two.contains("v - 0.03 * (v - start)"), "{two}");
        let last = code(&EN, &Example { blocks: vec![14], ..example("tuned") });
        assert!(last.contains("startswith((\"block6d\",))") && last.contains("batch_size=32, epochs=20,"));
    }

    #[test]
    fn arms_without_a_base_have_none_and_languages_have_the_same_code() {
        for arm in params::ARMS {
            let (en, ko) = (code(&EN, &example(arm)), code(&KO, &example(arm)));
            assert_eq!(bare(&en), bare(&ko), "{arm}");
            assert_eq!(en.contains("EfficientNetB0"), !matches!(arm, "pixels" | "scratch"), "{arm}");
            assert_eq!(en.matches('(').count(), en.matches(')').count(), "{arm}\n{en}");
            assert!(!en.contains('{') && !ko.contains('{'), "an unfilled word in\n{en}{ko}");
        }
        let scratch = code(&EN, &example("scratch"));
        assert!(scratch.contains("Conv2D(8, 3") && scratch.contains("Conv2D(16, 3"));
        // Five rows a batch of 32 is 5 steps an epoch.
        assert!(scratch.contains("batch_size=32, epochs=60,"), "{scratch}");
    }
}
