//! The tasks, and their rows: for training, for validation, and for the one test at the end.
//!
//! - Curve: `y = sin(πx) + noise` on `[-1, 1]`; of n intervals of equal length each has one x, at a random place in it.
//! - Moons, circles, spiral: two classes in the plane, points at random along their curves, with Gaussian noise in both directions.
//! - Pictures: rows of a data set; which are for what is drawn by the seed. Test rows come first, then those for validation, so that both are
//!   the same however many are for training, and more training rows are the fewer ones and others.
//!
//! Noise on values and points is in every part. Wrong labels are in training rows only: what validation and test say is how well the true
//! classes are found. A wrong label is any other class, each equally likely.

use std::f64::consts::PI;

use datasets::{Dataset, Kind, Values};
use engine::graph::RandomKind;
use engine::random::Stream;

/// Streams of these draws; nothing else of a run uses them.
const STREAM: u32 = 0x0F17_0000;
/// Validation rows of the curve and the plane.
const VALIDATION: usize = 200;
/// Test rows of the curve and the plane.
const TEST: usize = 1000;
/// Validation and test rows of pictures.
const PICTURES: [usize; 2] = [300, 600];

/// Where data come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// A sine with noise.
    Curve,
    /// Two half circles.
    Moons,
    /// One circle inside another.
    Circles,
    /// Two arms of a spiral.
    Spiral,
    /// Small pictures.
    Pictures,
}

impl Task {
    /// Whether numbers are predicted, not classes.
    pub fn is_regression(self) -> bool {
        self == Task::Curve
    }
}

/// Pictures to draw from.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    values: Vec<f32>,
    labels: Vec<u8>,
    width: usize,
    classes: usize,
}

impl Pool {
    /// All examples of a data set of square grey pictures, in `[0, 1]`; none otherwise.
    pub fn new(data: &Dataset) -> Option<Pool> {
        let all = data.all();
        let Values::Pixels { values, full_scale } = all.values() else { return None };
        let is_square = matches!(data.shape(), [rows, columns, ..] if rows == columns);
        if data.kind() != Kind::Images || !is_square || data.shape().get(2).is_some_and(|&depth| depth != 1) {
            return None;
        }
        let values = values.iter().map(|&value| f32::from(value) / f32::from(full_scale)).collect();
        let (width, classes) = (data.example_len(), data.classes().len());
        Some(Pool { values, labels: all.labels().to_vec(), width, classes })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether a task with so many training rows has enough of them for validation and test too.
    pub fn is_enough_for(&self, samples: usize) -> bool {
        self.len() >= samples + PICTURES.iter().sum::<usize>()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Pixels along a side.
    pub fn side(&self) -> usize {
        self.width.isqrt()
    }

    /// Classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// A picture.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..][..self.width]
    }

    /// Its class.
    pub fn label(&self, index: usize) -> u8 {
        self.labels[index]
    }

    /// All indices in an order drawn by a seed.
    pub fn shuffled(&self, seed: u64) -> Vec<usize> {
        let keys = uniform(seed, 9, self.len());
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by(|&a, &b| keys[a].total_cmp(&keys[b]).then(a.cmp(&b)));
        order
    }
}

/// Rows with what is to be said of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Part {
    /// Row by row.
    pub rows: Vec<f32>,
    /// A number, or a class as a whole number.
    pub targets: Vec<f32>,
    /// The true ones: without label noise.
    pub truths: Vec<f32>,
}

/// One draw of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// Numbers in a row.
    pub width: usize,
    /// Classes; 1 for a curve, whose one output is the number.
    pub outputs: usize,
    /// What is fitted to.
    pub train: Part,
    /// What early stopping and visitors look at.
    pub validation: Part,
    /// What is to be looked at once.
    pub test: Part,
}

/// The curve without noise.
pub fn truth(x: f64) -> f64 {
    (PI * x).sin()
}

fn uniform(seed: u64, part: u32, count: usize) -> Vec<f32> {
    let mut values = vec![0.0; count];
    Stream::new(seed, STREAM | part, 0).fill(RandomKind::Uniform, &mut values);
    values
}

fn normal(seed: u64, part: u32, count: usize) -> Vec<f32> {
    let mut values = vec![0.0; count];
    Stream::new(seed, STREAM | part, 1).fill(RandomKind::Normal, &mut values);
    values
}

impl Draw {
    /// Of a task, by a seed. `pool`: pictures, for that task; a task of pictures without them has no rows.
    pub fn new(
        task: Task,
        samples: usize,
        noise: f32,
        label_noise: f32,
        seed: u64,
        pool: Option<&Pool>,
    ) -> Draw {
        let counts = [samples, VALIDATION, TEST];
        let mut draw = match (task, pool) {
            (Task::Pictures, Some(pool)) => pictures(pool, samples, seed),
            (Task::Pictures, None) => Draw {
                width: 0,
                outputs: 0,
                train: Part::default(),
                validation: Part::default(),
                test: Part::default(),
            },
            _ => {
                let part = |at: usize| points(task, counts[at], noise, seed, at as u32);
                let (width, outputs) = if task == Task::Curve { (1, 1) } else { (2, 2) };
                Draw { width, outputs, train: part(0), validation: part(1), test: part(2) }
            }
        };
        if !task.is_regression() {
            mislabel(&mut draw.train, draw.outputs, label_noise, seed);
        }
        draw
    }
}

/// Rows of the curve or the plane.
fn points(task: Task, count: usize, noise: f32, seed: u64, part: u32) -> Part {
    let places = uniform(seed, 16 + part, count);
    let noises = normal(seed, 16 + part, 2 * count);
    let mut made = Part::default();
    for (index, &place) in places.iter().enumerate() {
        let noise = [noises[2 * index] * noise, noises[2 * index + 1] * noise];
        if task == Task::Curve {
            let x = -1.0 + 2.0 * (index as f64 + f64::from(place)) / count as f64;
            made.rows.push(x as f32);
            made.truths.push(truth(x) as f32);
            made.targets.push((truth(x) + f64::from(noise[0])) as f32);
            continue;
        }
        let class = index % 2;
        let t = f64::from(place);
        let [x, y] = match task {
            Task::Circles => {
                let radius = if class == 0 { 0.85 } else { 0.4 };
                let (sin, cos) = (2.0 * PI * t).sin_cos();
                [radius * cos, radius * sin]
            }
            Task::Spiral => {
                let (radius, angle) = (0.1 + 0.85 * t, 2.5 * PI * t + PI * class as f64);
                [radius * angle.cos(), radius * angle.sin()]
            }
            _ => {
                let (sin, cos) = (PI * t).sin_cos();
                let [x, y] = if class == 0 { [cos, sin] } else { [1.0 - cos, 0.5 - sin] };
                [0.65 * (x - 0.5), 0.65 * (y - 0.25)]
            }
        };
        made.rows.extend([x as f32 + noise[0], y as f32 + noise[1]]);
        made.truths.push(class as f32);
        made.targets.push(class as f32);
    }
    made
}

fn pictures(pool: &Pool, samples: usize, seed: u64) -> Draw {
    let order = pool.shuffled(seed);
    let mut left = order.iter().copied();
    let mut take = |count: usize| {
        let mut part = Part::default();
        for index in left.by_ref().take(count) {
            part.rows.extend(pool.row(index));
            part.truths.push(pool.label(index).into());
        }
        part.targets.clone_from(&part.truths);
        part
    };
    let (test, validation) = (take(PICTURES[1]), take(PICTURES[0]));
    let train = take(samples);
    Draw { width: pool.width, outputs: pool.classes, train, validation, test }
}

/// Replaces a share of the labels, the same rows first whatever the share.
fn mislabel(part: &mut Part, classes: usize, share: f32, seed: u64) {
    let count = part.targets.len();
    let (keys, others) = (uniform(seed, 8, count), uniform(seed, 10, count));
    let wrong = (f64::from(share) * count as f64).round() as usize;
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| keys[a].total_cmp(&keys[b]).then(a.cmp(&b)));
    for &row in order.iter().take(wrong.min(count)) {
        let true_class = part.truths[row] as usize;
        let step = 1 + (others[row] * (classes.max(2) - 1) as f32) as usize;
        part.targets[row] = ((true_class + step.min(classes.max(2) - 1)) % classes.max(1)) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::{Config, ConfigError, Learner};
    use super::*;

    #[test]
    fn too_few_pictures_for_all_parts_are_refused() {
        let pool = Pool { values: vec![0.0; 16 * 1000], labels: vec![0; 1000], width: 16, classes: 2 };
        let check = |samples| {
            let learner = Learner::Mlp { width: 4 };
            Config { task: Task::Pictures, learner, samples, ..Config::FIRST }.check(Some(&pool))
        };
        assert_eq!((check(100), check(101)), (Ok(()), Err(ConfigError::Pictures(1000))));
        let draw = Draw::new(Task::Pictures, 100, 0.0, 0.0, 1, Some(&pool));
        assert_eq!(
            [&draw.train, &draw.validation, &draw.test].map(|part| part.targets.len()),
            [100, 300, 600]
        );
    }

    #[test]
    fn draws_are_by_seed_and_parts_differ() {
        let draw = |seed| Draw::new(Task::Curve, 15, 0.25, 0.5, seed, None);
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1).train, draw(2).train);
        assert_eq!(draw(1).train.rows.len(), 15);
        assert!(draw(1).train.rows.windows(2).all(|pair| pair[0] < pair[1]));
        let noise = |part: &Part| {
            let squares = part.targets.iter().zip(&part.truths).map(|(a, b)| f64::from((a - b).powi(2)));
            (squares.sum::<f64>() / part.targets.len() as f64).sqrt()
        };
        assert!((noise(&draw(1).test) - 0.25).abs() < 0.02, "{}", noise(&draw(1).test));
    }

    #[test]
    fn wrong_labels_are_as_many_as_asked_for_and_in_training_only() {
        for task in [Task::Moons, Task::Circles, Task::Spiral] {
            let draw = Draw::new(task, 100, 0.05, 0.2, 3, None);
            let wrong = |part: &Part| part.targets.iter().zip(&part.truths).filter(|(a, b)| a != b).count();
            assert_eq!((wrong(&draw.train), wrong(&draw.validation), wrong(&draw.test)), (20, 0, 0));
            assert!(draw.train.rows.iter().all(|x| x.abs() < 1.4));
            let more = Draw::new(task, 100, 0.05, 0.4, 3, None);
            let still = draw.train.targets.iter().zip(&draw.train.truths).zip(&more.train.targets);
            assert!(still.filter(|((a, b), _)| a != b).all(|((a, _), c)| a == c), "those before stay wrong");
        }
    }
}
