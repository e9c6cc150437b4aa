//! Double descent, run for real: random ReLU features of pictures and least squares of least norm, from few features to many more than examples.
//!
//! Belkin, Hsu, Ma, Mandal: "Reconciling modern machine-learning practice and the classical bias–variance trade-off", PNAS 2019; features as
//! in Rahimi and Recht, "Random features for large-scale kernel machines", 2007, with ReLU. Pixels are centred and scaled to variance 1 over the
//! training pictures; feature j is `relu(g_j · x / √d + b_j) / √p` with standard normal `g_j` and `b_j`, drawn by the seed: the first p features of a
//! larger set are the set of p. Targets are the given classes as 1 and 0, less their mean 1/k. A share of training labels is wrong; test labels are right.
//! Everything is binary64, and works in portions. Left out: features that are trained.

use engine::graph::RandomKind;
use engine::random::Stream;

use super::bias_variance::StudyError;
use super::linear::{Matrix, Solver};
use super::tasks::Pool;

/// Streams of features and wrong labels.
const STREAM: u32 = 0x0F17_1000;
/// Multiplications and additions of one portion of features, about.
const PORTION: usize = 1 << 20;

/// What is run.
#[derive(Debug, Clone, PartialEq)]
pub struct DescentConfig {
    /// Training pictures.
    pub samples: usize,
    /// Test pictures, at most.
    pub tests: usize,
    /// Share of wrong labels.
    pub label_noise: f64,
    /// `λ` in `‖Φw - y‖² + λ‖w‖²`; 0 for the solution of least norm.
    pub ridge: f64,
    /// Counts of features, ascending.
    pub features: Vec<usize>,
}

/// Counts of features around `n` examples: from `n/20` to `10 n`, closest where they are equal.
pub fn sizes(n: usize) -> Vec<usize> {
    const SHARES: [f64; 17] =
        [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 0.95, 1.0, 1.05, 1.15, 1.35, 1.7, 2.5, 4.0, 6.5, 10.0];
    let mut sizes: Vec<usize> =
        SHARES.iter().map(|share| ((share * n as f64).round() as usize).max(1)).collect();
    sizes.dedup();
    sizes
}

/// One fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DescentPoint {
    /// Features.
    pub features: usize,
    /// Share of training pictures whose given label is not found.
    pub train_error: f64,
    /// Share of test pictures whose class is not found.
    pub test_error: f64,
    /// Mean squared error over classes, on the training pictures.
    pub train_loss: f64,
    /// The same on test pictures.
    pub test_loss: f64,
    /// Length of the weights.
    pub norm: f64,
}

/// One seed's run.
#[derive(Debug, Clone)]
pub struct Descent {
    config: DescentConfig,
    seed: u64,
    /// Pixels, a picture after the other: training, then test.
    pixels: Vec<f64>,
    width: usize,
    classes: usize,
    given: Vec<usize>,
    true_classes: Vec<usize>,
    /// Features made so far, for all pictures: a column each, not yet divided by `√p`.
    made: Vec<Vec<f64>>,
    /// Which of them are not zero on every training picture: how many before each.
    live: Vec<usize>,
    stage: Stage,
    next: usize,
}

/// How far a fit is. Each goes on in portions.
#[derive(Debug, Clone)]
enum Stage {
    Features,
    /// Columns of the design so far.
    Design(Solver, usize),
    Factors(Solver),
    Weights(Solver),
    /// Weights, outputs, classes done.
    Outputs(Matrix, Matrix, usize),
}

impl Descent {
    /// Of pictures, by a seed.
    pub fn new(config: DescentConfig, pool: &Pool, seed: u64) -> Result<Descent, StudyError> {
        let needed = config.samples + 50;
        if pool.len() < needed || config.samples < 2 {
            return Err(StudyError::Pictures { found: pool.len(), needed });
        }
        let most = config.features.iter().copied().max().unwrap_or(0);
        let numbers = [
            ("label noise", config.label_noise, [0.0, 0.9]),
            ("ridge", config.ridge, [0.0, 1e6]),
            ("features", most as f64, [1.0, 20_000.0]),
            ("samples", config.samples as f64, [2.0, 2000.0]),
        ];
        for (name, value, [low, high]) in numbers {
            if !(low..=high).contains(&value) {
                return Err(StudyError::Limit { name, value, low, high });
            }
        }
        let order = pool.shuffled(seed);
        let count = pool.len().min(config.samples + config.tests);
        let rows = &order[..count];
        let width = pool.row(0).len();
        let mut pixels: Vec<f64> =
            rows.iter().flat_map(|&row| pool.row(row)).map(|&value| value.into()).collect();
        let trained = config.samples * width;
        let mean = pixels[..trained].iter().sum::<f64>() / trained as f64;
        let variance = pixels[..trained].iter().map(|x| (x - mean).powi(2)).sum::<f64>() / trained as f64;
        let scale = 1.0 / (variance.max(1e-12) * width as f64).sqrt();
        for x in &mut pixels {
            *x = (*x - mean) * scale;
        }
        let true_classes: Vec<usize> = rows.iter().map(|&row| pool.label(row).into()).collect();
        let classes = pool.classes();
        let given = given(&true_classes[..config.samples], classes, config.label_noise, seed);
        Ok(Descent {
            config,
            seed,
            pixels,
            width,
            classes,
            given,
            true_classes,
            made: Vec::new(),
            live: vec![0],
            stage: Stage::Features,
            next: 0,
        })
    }

    /// Fits done, and all.
    pub fn progress(&self) -> (usize, usize) {
        (self.next, self.config.features.len())
    }

    /// Works for one portion; a fit if that ended one. Nothing is left when [`Descent::progress`] says so.
    pub fn advance(&mut self) -> Option<DescentPoint> {
        let features = *self.config.features.get(self.next)?;
        let n = self.config.samples;
        let scale = 1.0 / (features as f64).sqrt();
        self.stage = match std::mem::replace(&mut self.stage, Stage::Features) {
            Stage::Features if self.made.len() < features => {
                let each = 2 * self.width * self.true_classes.len();
                for _ in 0..(PORTION / each.max(1)).max(1).min(features - self.made.len()) {
                    self.make_feature();
                }
                Stage::Features
            }
            Stage::Features => {
                let targets =
                    Matrix::of(n, self.classes, |row, class| target(self.given[row], class, self.classes));
                let live = self.live[features];
                Stage::Design(Solver::empty(features, live, &targets, self.config.ridge), 0)
            }
            Stage::Design(mut solver, done) => {
                let last = features.min(done + (PORTION / 8 / n).max(1));
                solver.put(done..last, |row, feature| scale * self.made[feature][row]);
                if last == features { Stage::Factors(solver) } else { Stage::Design(solver, last) }
            }
            Stage::Factors(mut solver) => {
                if solver.advance(2 * PORTION as u64) {
                    Stage::Weights(solver)
                } else {
                    Stage::Factors(solver)
                }
            }
            Stage::Weights(mut solver) => {
                if solver.solve_more() {
                    let outputs = Matrix::zeros(self.true_classes.len(), self.classes);
                    Stage::Outputs(solver.solve(), outputs, 0)
                } else {
                    Stage::Weights(solver)
                }
            }
            Stage::Outputs(weights, mut outputs, class) if class < self.classes => {
                let to = outputs.column_mut(class);
                for (made, weight) in self.made[..features].iter().zip(weights.column(class)) {
                    for (to, value) in to.iter_mut().zip(made) {
                        *to += scale * weight * value;
                    }
                }
                Stage::Outputs(weights, outputs, class + 1)
            }
            Stage::Outputs(weights, outputs, _) => {
                self.next += 1;
                return Some(self.judge(features, &weights, &outputs));
            }
        };
        None
    }

    fn make_feature(&mut self) {
        let mut normals = vec![0.0_f32; self.width + 1];
        Stream::new(self.seed, STREAM, self.made.len() as u64).fill(RandomKind::Normal, &mut normals);
        let wide: Vec<f64> = normals.iter().map(|&x| x.into()).collect();
        let (weights, bias) = wide.split_at(self.width);
        let value = |picture: &[f64]| {
            let sum: f64 = picture.iter().zip(weights).map(|(x, w)| x * w).sum();
            (sum + bias[0]).max(0.0)
        };
        let made: Vec<f64> = self.pixels.chunks_exact(self.width).map(value).collect();
        let is_live = made[..self.config.samples].iter().any(|&value| value != 0.0);
        let live = self.live.last().copied().unwrap_or_default() + usize::from(is_live);
        self.live.push(live);
        self.made.push(made);
    }

    fn judge(&self, features: usize, weights: &Matrix, outputs: &Matrix) -> DescentPoint {
        let count = self.true_classes.len();
        let n = self.config.samples;
        let judged = |rows: std::ops::Range<usize>, classes: &[usize]| {
            let (mut wrong, mut loss) = (0_u32, 0.0);
            let total = rows.len().max(1) as f64;
            for (row, &class) in rows.zip(classes) {
                let output = |at: usize| outputs.at(row, at);
                let best =
                    (0..self.classes).fold(0, |best, at| if output(at) > output(best) { at } else { best });
                wrong += u32::from(best != class);
                loss += (0..self.classes)
                    .map(|at| (output(at) - target(class, at, self.classes)).powi(2))
                    .sum::<f64>()
                    / self.classes as f64;
            }
            (f64::from(wrong) / total, loss / total)
        };
        let (train_error, train_loss) = judged(0..n, &self.given);
        let (test_error, test_loss) = judged(n..count, &self.true_classes[n..]);
        let square: f64 = (0..self.classes).flat_map(|class| weights.column(class)).map(|w| w * w).sum();
        DescentPoint { features, train_error, test_error, train_loss, test_loss, norm: square.sqrt() }
    }
}

fn target(class: usize, at: usize, classes: usize) -> f64 {
    f64::from(u8::from(class == at)) - 1.0 / classes as f64
}

/// Labels with a share of wrong ones.
fn given(true_classes: &[usize], classes: usize, share: f64, seed: u64) -> Vec<usize> {
    let count = true_classes.len();
    let mut draws = vec![0.0_f32; 2 * count];
    Stream::new(seed, STREAM | 1, 0).fill(RandomKind::Uniform, &mut draws);
    let (keys, others) = draws.split_at(count);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| keys[a].total_cmp(&keys[b]).then(a.cmp(&b)));
    let mut given = true_classes.to_vec();
    for &row in order.iter().take((share * count as f64).round() as usize) {
        let step = 1 + (f64::from(others[row]) * (classes - 1) as f64) as usize;
        given[row] = (given[row] + step.min(classes - 1)) % classes;
    }
    given
}
