//! A trained head as a file, and back: `.safetensors` whose metadata say what it is.
//!
//! Tensors: those that were trained, by their names in the plan (of tuned blocks the differences from the base's weights), and, where rows
//! are scaled, `scale.mean` and `scale.factor`. Metadata: the keys of [`HeadCard::metadata`]. Read: nothing is believed. Every choice
//! must be a known one, counts lie within [`limits`], tensors have the shapes of the head that the metadata describe and finite values. Left
//! out: the optimiser's state; the base, which is fetched as for any other head.

use engine::graph::ParamRole;
use engine::snapshot::{WeightTensor, Weights};
use engine::{Shape, cpu::Executor};
use tensor_files::safetensors_catalog;

use super::{Arm, HeadError, Judge, Learner, PIXEL_SIDE, Scaler};
use crate::networks::efficientnet_lite0::{Blocks, Cut, entry_channels};
use crate::weights_file::{WeightsFileError, read_safetensors, values};

/// What is accepted from a file.
pub mod limits {
    /// Bytes.
    pub const BYTES: usize = 32 << 20;
    /// Classes.
    pub const CLASSES: [usize; 2] = [2, 64];
    /// Characters of a class's name.
    pub const NAME_CHARS: usize = 60;
}

/// Sides of the pictures that a base sees here.
const SIDES: [usize; 1] = [96];
const VERSION: &str = "1";

/// What a file says of the head in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadCard {
    /// How it was trained.
    pub arm: Arm,
    /// Where the base ends.
    pub cut: Cut,
    /// Id of the base's precision, or `random`.
    pub weights: String,
    /// Pixels along a side that the base saw.
    pub side: usize,
    /// Blocks that were trained, of [`Arm::Tuned`].
    pub blocks: Blocks,
    /// The classes' names, in the order of the outputs.
    pub classes: Vec<String>,
}

/// A file that is not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HeadFileError {
    /// The file itself, or a tensor in it.
    #[error(transparent)]
    File(#[from] WeightsFileError),
    /// The metadata have no such entry, or not one that is understood.
    #[error("its metadata do not say {0} in a way known here")]
    Metadata(&'static str),
    /// Too long.
    #[error("{0} bytes are more than a head has")]
    TooLong(usize),
    /// The head that it describes cannot be built.
    #[error(transparent)]
    Head(#[from] HeadError),
}

impl HeadCard {
    /// Keys and values for the file.
    pub fn metadata(&self) -> Vec<(String, String)> {
        let blocks: Vec<String> = self.blocks.indices().map(|index| index.to_string()).collect();
        let entries = [
            ("format", "pt".to_owned()),
            ("head", VERSION.to_owned()),
            ("base", "EfficientNet-Lite0".to_owned()),
            ("arm", self.arm.id().to_owned()),
            ("cut", cut_id(self.cut).to_owned()),
            ("weights", self.weights.clone()),
            ("side", self.side.to_string()),
            ("blocks", blocks.join(",")),
            ("classes", self.classes.join("\n")),
        ];
        entries.map(|(key, value)| (key.to_owned(), value)).to_vec()
    }

    /// From the metadata of a file.
    fn read(metadata: &[(String, String)]) -> Result<HeadCard, HeadFileError> {
        let entry = |key: &'static str| {
            let found = metadata.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
            found.ok_or(HeadFileError::Metadata(key))
        };
        let unknown = HeadFileError::Metadata;
        if entry("head")? != VERSION {
            return Err(unknown("head"));
        }
        let arm = Arm::by_id(entry("arm")?).ok_or(unknown("arm"))?;
        let cut = entry("cut")?;
        let cut = [Cut::Depthwise10, Cut::Block14].into_iter().find(|known| cut_id(*known) == cut);
        let weights = entry("weights")?;
        let is_known = weights.len() <= 16 && weights.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let side = entry("side")?.parse().ok().filter(|side| SIDES.contains(side)).ok_or(unknown("side"))?;
        let blocks: Option<Vec<usize>> =
            entry("blocks")?.split(',').map(|block| block.parse().ok()).collect();
        let classes: Vec<String> = entry("classes")?.split('\n').map(str::to_owned).collect();
        let [least, most] = limits::CLASSES;
        let is_name =
            |name: &String| name.chars().count() <= limits::NAME_CHARS && !name.chars().any(char::is_control);
        if !(least..=most).contains(&classes.len()) || !classes.iter().all(is_name) {
            return Err(unknown("classes"));
        }
        Ok(HeadCard {
            arm,
            cut: cut.ok_or(unknown("cut"))?,
            weights: is_known.then(|| weights.to_owned()).ok_or(unknown("weights"))?,
            side,
            blocks: blocks.and_then(|blocks| Blocks::of(&blocks)).ok_or(unknown("blocks"))?,
            classes,
        })
    }

    /// What is trained.
    pub fn learner(&self) -> Learner {
        if self.arm == Arm::Tuned { Learner::Blocks(self.blocks) } else { self.arm.config().learner }
    }

    /// Numbers of a row that the head sees.
    pub fn width(&self) -> usize {
        let across = self.side.div_ceil(self.cut.reduction());
        match self.arm {
            Arm::Frozen | Arm::Random => self.cut.channels(),
            Arm::Recipe => across * across * self.cut.channels(),
            Arm::Tuned => {
                let across = if self.blocks.first() == 11 { self.side.div_ceil(16) } else { across };
                across * across * entry_channels(self.blocks.first())
            }
            Arm::Pixels | Arm::Scratch => PIXEL_SIDE * PIXEL_SIDE * 3,
        }
    }
}

fn cut_id(cut: Cut) -> &'static str {
    if cut == Cut::Depthwise10 { "d10" } else { "b14" }
}

/// What a file's metadata say, before anything is built.
pub fn read_card(file: &[u8]) -> Result<HeadCard, HeadFileError> {
    if file.len() > limits::BYTES {
        return Err(HeadFileError::TooLong(file.len()));
    }
    let catalog = safetensors_catalog(file).map_err(WeightsFileError::from)?;
    HeadCard::read(&catalog.metadata)
}

/// The head of a file. `base` is the one that its card names, needed by [`Arm::Tuned`] alone.
pub fn read_head(file: &[u8], card: &HeadCard, base: &Weights) -> Result<Judge, HeadFileError> {
    let catalog = safetensors_catalog(file).map_err(WeightsFileError::from)?;
    let mut judge = Judge::new(card.learner(), card.width(), card.classes.len(), base)?;
    load(file, judge.executor_mut())?;
    if card.arm.is_scaled() {
        let numbers = |name: &'static str| {
            let at = catalog.tensors.iter().position(|tensor| tensor.name == name);
            let at = at.filter(|&at| catalog.tensors[at].elements == card.width() as u64);
            let at = at.ok_or(HeadFileError::Metadata(name))?;
            values(file, &catalog, at).map_err(|error| HeadFileError::File(error.into()))
        };
        let scaler = Scaler::given(numbers(MEAN)?, numbers(FACTOR)?);
        judge.scale_by(Some(scaler.ok_or(HeadFileError::Metadata(FACTOR))?));
    }
    Ok(judge)
}

fn load(file: &[u8], executor: &mut Executor) -> Result<(), HeadFileError> {
    let mut snapshot = executor.snapshot();
    read_safetensors(file, executor.plan(), &mut snapshot)?;
    executor.restore(&snapshot).map_err(WeightsFileError::from)?;
    Ok(())
}

const MEAN: &str = "scale.mean";
const FACTOR: &str = "scale.factor";

/// A scaling as tensors of the file.
pub(super) fn scaler_tensors(scaler: &Scaler) -> Vec<WeightTensor> {
    let tensors = [MEAN, FACTOR].into_iter().zip(scaler.numbers());
    let tensors = tensors.map(|(name, values)| WeightTensor {
        name: name.to_owned(),
        shape: Shape::new(&[values.len()]),
        role: ParamRole::Bias,
        values: values.to_vec(),
    });
    tensors.collect()
}
