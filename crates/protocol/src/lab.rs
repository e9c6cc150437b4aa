//! Labs: networks in training. The page opens a lab, sends it commands, and hears how it goes.
//!
//! A lab is a configuration, a seed and a number of steps: these give its weights on the CPU bit for bit. Steps a second and
//! the moments at which a lab reports are not part of that. Units: `_ms` milliseconds, `_bytes` bytes.

use serde::{Deserialize, Serialize};

use crate::{AugmentSpec, Failure, GanSpec, OverfitSpec, TransferSpec, Turn};

/// Names a lab while it is open; never reused within a page.
pub type LabId = u32;

/// What the page wants of a lab. A file that belongs to the command is attached to the message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "it lives for one encoding")]
pub enum LabCommand {
    /// Builds the lab at step 0, paused. A lab already open under the id is closed first.
    Open {
        /// What is to be built.
        spec: LabSpec,
        /// What [`DeviceChoice::Auto`] found on earlier visits.
        trials: Vec<Trial>,
        /// Numbers to be turned on the way, oldest first: the lab begins with those from which they are turned, and comes to the
        /// experiment's own with the last.
        schedule: Vec<Turn>,
    },
    /// Trains until told otherwise, at most so many steps a second; 0 is as fast as it goes.
    Run {
        /// The limit.
        steps_per_s: f32,
        /// The step at which it pauses; 0 for none.
        until: u64,
    },
    /// Stops after the current slice.
    Pause,
    /// Takes so many steps, then pauses.
    Step {
        /// How many.
        count: u32,
    },
    /// Back to step 0 with the same first weights, paused.
    Reset,
    /// Asks for views, now and after every report, beside those that the lab sends by itself: their names, lab by lab.
    Watch {
        /// The names; replaces an earlier list.
        views: Vec<String>,
    },
    /// Changes a number on which training depends, from the next step on; see [`Experiment::number`]. A reset begins with it. What was still to
    /// be turned by a schedule is turned before it.
    Turn {
        /// Its name.
        name: String,
        /// Its value.
        value: f32,
    },
    /// Sets a number that views depend on, such as a place in latent space.
    Set {
        /// Its name, lab by lab.
        name: String,
        /// Its value.
        values: Vec<f32>,
    },
    /// Answers with the run as it stands, as a file.
    Save,
    /// Goes on from the attached file, paused.
    Restore,
    /// Answers with the weights as `.safetensors`.
    Export,
    /// Destroys the graphics device under the lab, to show that training goes on.
    LoseDevice,
    /// Ends the lab.
    Close,
}

/// A lab to be opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabSpec {
    /// Which experiment, with all that decides its course.
    pub experiment: Experiment,
    /// Selects first weights, batches and noise.
    pub seed: u64,
    /// Where it is to run.
    pub device: DeviceChoice,
}

/// The experiments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "it lives for one encoding")]
pub enum Experiment {
    /// A classifier of small pictures.
    Classifier(ClassifierSpec),
    /// A generative adversarial network.
    Gan(Box<GanSpec>),
    /// A head on a pretrained base, or an arm that it is compared with.
    Transfer(TransferSpec),
    /// A learner that may overfit.
    Overfit(Box<OverfitSpec>),
    /// A small network on augmented pictures.
    Augment(Box<AugmentSpec>),
}

impl Experiment {
    /// Numbers that may be turned while it trains: `g.rate` and `d.rate` of a GAN.
    pub fn numbers(&mut self) -> Vec<(&'static str, &mut f32)> {
        match self {
            Experiment::Gan(spec) => vec![
                ("g.rate", &mut spec.generator.learning_rate),
                ("d.rate", &mut spec.discriminator.learning_rate),
            ],
            Experiment::Classifier(_)
            | Experiment::Transfer(_)
            | Experiment::Overfit(_)
            | Experiment::Augment(_) => Vec::new(),
        }
    }

    /// One of [`Experiment::numbers`].
    pub fn number(&mut self, name: &str) -> Option<&mut f32> {
        self.numbers().into_iter().find(|(known, _)| *known == name).map(|(_, number)| number)
    }
}

/// A classifier's data, network and training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierSpec {
    /// `digits`, `mnist`, `fashion-mnist`: a file of `public/data`.
    pub data: String,
    /// `softmax`, `mlp`, `cnn`.
    pub network: String,
    /// Units of the hidden layer (`mlp`) or channels of the first convolution (`cnn`).
    pub width: u32,
    /// Examples of a batch.
    pub batch: u32,
    /// Learning rate of Adam.
    pub lr: f32,
    /// What is rounded.
    pub precision: Precision,
}

/// Where a lab is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceChoice {
    /// Whatever a short calibration finds faster.
    Auto,
    /// One core, the bits of which are the same everywhere.
    Cpu,
    /// The graphics processor.
    WebGpu,
}

/// What of a network is rounded, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "it lives for one encoding")]
pub enum Precision {
    /// A preset of the engine, a number or block format for weights, activations and gradients, or a custom descriptor; by id.
    Preset(String),
    /// Role by role.
    Custom(Roles),
}

/// Roles of a network's numbers. None is binary32.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Roles {
    /// Weights as layers use them.
    pub weights: Option<RoleFormat>,
    /// Inputs and results of layers.
    pub activations: Option<RoleFormat>,
    /// Gradients.
    pub gradients: Option<RoleFormat>,
    /// The optimiser's moments.
    pub state: Option<RoleFormat>,
    /// Partial sums of products.
    pub accumulator: Option<RoleFormat>,
    /// Weights are kept rounded, without a binary32 copy.
    pub no_master_weights: bool,
    /// Scaling of the loss.
    pub loss_scaling: LossScaling,
}

/// A format for one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleFormat {
    /// Id of a number format or block format, or a custom descriptor.
    pub format: String,
    /// `none`, `tensor`, `channel`; block formats have their own.
    pub scaling: String,
    /// Stochastic rounding instead of nearest-even.
    pub stochastic: bool,
    /// Clamp instead of overflowing.
    pub saturate: bool,
}

/// Scaling of the loss.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum LossScaling {
    /// None.
    #[default]
    None,
    /// By a constant.
    Static(f32),
    /// Doubled and halved as gradients allow.
    Dynamic,
}

/// What ran, or runs, a lab.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunsOn {
    /// The graphics adapter's name; none on the CPU.
    pub adapter: Option<String>,
    /// CPU: products are fused (relaxed SIMD), so the bits are this machine's own.
    pub relaxed: bool,
    /// Why.
    pub reason: DeviceReason,
    /// What was tried for it just now, for the page to remember.
    pub trial: Option<Trial>,
}

/// Both devices' steps a second for one kind of step, as a short trial found them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The graphics adapter's name.
    pub adapter: String,
    /// The CPU's products were fused.
    pub relaxed: bool,
    /// What decides a step's speed: its operations, its words of memory, its kernels.
    pub step: (u64, u64, u32),
    /// On the CPU.
    pub cpu_steps_per_s: f32,
    /// On the graphics processor.
    pub gpu_steps_per_s: f32,
}

impl Trial {
    /// Whether both are of the same kind of step on the same devices.
    pub fn is_like(&self, other: &Trial) -> bool {
        self.step == other.step && self.relaxed == other.relaxed && self.adapter == other.adapter
    }
}

/// Why a lab runs where it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum DeviceReason {
    /// It was asked for.
    Chosen,
    /// The calibration's steps a second.
    Faster {
        /// On the CPU.
        cpu_steps_per_s: f32,
        /// On the graphics processor.
        gpu_steps_per_s: f32,
        /// On an earlier visit.
        remembered: bool,
    },
    /// The graphics adapter is a program on the same CPU, with nothing to gain.
    SoftwareAdapter(String),
    /// There is no graphics adapter, or none that the browser gives out.
    NoAdapter,
    /// The graphics processor cannot do something that the lab needs: what.
    Unsupported(String),
    /// The graphics device failed or was lost: the browser's words.
    Lost(String),
}

/// What a lab says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LabEvent {
    /// It stands at step 0; or what identifies it has changed, because a number was turned there or a file has other ones.
    Opened(LabInfo),
    /// How it goes.
    Report(LabReport),
    /// Something to look at.
    View(View),
    /// It runs elsewhere from now on; weights are those of `step`.
    Moved {
        /// Where.
        runs_on: RunsOn,
        /// The step from which it goes on.
        step: u64,
    },
    /// Of [`LabCommand::Save`] and [`LabCommand::Export`]; the file is attached.
    File {
        /// Suggested name.
        name: String,
        /// Of the file.
        bytes: u64,
    },
    /// The last command could not be carried out; the lab stands as it stood, or was not opened.
    Failed(Failure),
    /// It is no more.
    Closed,
}

/// A lab's constants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabInfo {
    /// Where it runs.
    pub runs_on: RunsOn,
    /// Names of the numbers that every step gives, such as `loss`.
    pub metrics: Vec<String>,
    /// Trained numbers.
    pub param_count: u64,
    /// Multiplications, additions and function values of a step.
    pub flop_per_step: u64,
    /// Bytes that kernels read and write in a step, caches aside.
    pub bytes_per_step: u64,
    /// Words of the arena, in bytes.
    pub memory_bytes: u64,
    /// SHA-256 of the experiment, with the numbers of step 0, and the seed; hexadecimal.
    pub config_hash: String,
}

/// How a lab goes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LabReport {
    /// Whether it trains.
    pub running: bool,
    /// Steps taken.
    pub step: u64,
    /// Since it was last started, or over the last second.
    pub steps_per_s: f32,
    /// Steps whose metrics follow; while it runs fast, some are left out.
    pub steps: Vec<u64>,
    /// Their metrics, step by step, in the order of [`LabInfo::metrics`].
    pub values: Vec<f32>,
    /// What rounding lost since step 0, by part and role.
    pub losses: Vec<RoundingLoss>,
    /// What it lost of late: over the last hundred to two hundred steps, the same at a step whatever the speed.
    pub late_losses: Vec<RoundingLoss>,
    /// Hash of the weights, hexadecimal; given when it pauses on the CPU.
    pub weight_hash: Option<String>,
    /// Numbers turned since step 0: with any, configuration and seed alone do not give these weights.
    pub turned: Vec<Turn>,
}

/// What rounding lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundingLoss {
    /// The network's part, such as `generator`; empty where there is one.
    pub part: String,
    /// `weights`, `activations`, `gradients`, `state`.
    pub role: String,
    /// Numbers rounded.
    pub total: u64,
    /// Finite ones beyond the range.
    pub overflow: u64,
    /// Ones other than zero that became zero.
    pub underflow: u64,
    /// NaN that came in.
    pub nan: u64,
}

/// An array to look at. What it means is known by its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Its name.
    pub name: String,
    /// The step at which it was taken.
    pub step: u64,
    /// Sizes of its axes, outermost first.
    pub shape: Vec<u32>,
    /// Row-major.
    pub values: Vec<f32>,
}
