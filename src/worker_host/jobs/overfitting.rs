//! Studies of overfitting: many fits, in slices, their figures as they come.

use experiments::overfitting::{
    BiasVariance, DegreeFigures, Descent, DescentConfig, DescentPoint, Pool, StudyError, WidthPoint, Widths,
    sizes,
};
use protocol::{Event, Failure, JobId, Outcome, OverfitStudy, StudyKind, StudyPoint, study_limits as limits};

use super::{Cancel, Stop, breathe, post};
use crate::worker_host::clock::now_ms;
use crate::worker_host::labs::overfitting::{config, pool, refused};

/// Work between two breaths.
const SLICE_MS: f64 = 16.0;
/// Between two sets of figures of a study that refines them.
const FIGURES_MS: f64 = 300.0;
/// Test pictures of the descent.
const TESTS: usize = 500;

/// Makes a study.
pub(super) async fn run(job: JobId, study: OverfitStudy, cancel: &Cancel) -> Result<(), Stop> {
    match &study.kind {
        StudyKind::Degrees { degrees, draws } => {
            within("draws", *draws, limits::DRAWS)?;
            self::degrees(job, &study, *degrees, *draws, cancel).await?;
        }
        StudyKind::Widths { widths, seeds, steps } => {
            within("seeds", *seeds, limits::SEEDS)?;
            within("steps", *steps, limits::STEPS)?;
            within("widths", widths.len() as u32, [1, limits::WIDTHS as u32])?;
            let widths = widths.iter().map(|&width| width as usize).collect();
            let seeds = seeds_of(study.seed, *seeds);
            let runs = Widths::new(config(&study.spec)?, widths, seeds, u64::from(*steps));
            self::widths(job, &study, runs, cancel).await?;
        }
        StudyKind::Descent { ridge, seeds } => {
            within("seeds", *seeds, limits::SEEDS)?;
            descent(job, &study, *ridge, *seeds, cancel).await?;
        }
    }
    post::event(job, Event::Done(Outcome::Studied));
    Ok(())
}

fn within(name: &str, value: u32, [low, high]: [u32; 2]) -> Result<(), Failure> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Failure::new("lab_limit").with("name", name).with("value", value).with("low", low).with("high", high))
}

fn seeds_of(first: u64, count: u32) -> Vec<u64> {
    (0..u64::from(count)).map(|at| first.wrapping_add(at)).collect()
}

fn progress(job: JobId, done: usize, total: usize) {
    post::event(job, Event::Progress { done: done as u64, total: total as u64 });
}

async fn degrees(
    job: JobId,
    study: &OverfitStudy,
    degrees: u32,
    draws: u32,
    cancel: &Cancel,
) -> Result<(), Stop> {
    let spec = &study.spec;
    let mut runs =
        BiasVariance::new(degrees as usize, spec.samples as usize, spec.noise, spec.l2, study.seed)
            .map_err(|error| study_refused(&error))?;
    let mut posted_ms = now_ms();
    while runs.draws() < u64::from(draws) {
        let end = now_ms() + SLICE_MS;
        while runs.draws() < u64::from(draws) && now_ms() < end {
            runs.advance();
        }
        progress(job, runs.draws() as usize, draws as usize);
        if now_ms() - posted_ms > FIGURES_MS || runs.draws() >= u64::from(draws) {
            let mut points: Vec<StudyPoint> =
                runs.figures().iter().map(|figures| degree_point(figures, study.seed)).collect();
            let fan = runs.fan(spec.capacity as usize);
            points.extend((0..fan.x.len()).map(|at| StudyPoint {
                series: "fan".to_owned(),
                x: fan.x[at],
                seed: study.seed,
                values: vec![fan.truth[at], fan.mean[at], fan.deviation[at]],
            }));
            post::event(job, Event::Studied(points));
            posted_ms = now_ms();
        }
        breathe(cancel).await?;
    }
    Ok(())
}

fn degree_point(figures: &DegreeFigures, seed: u64) -> StudyPoint {
    let DegreeFigures { degree, bias2, variance, noise, train, test } = *figures;
    let values = [vec![bias2, variance, noise], train.to_vec(), test.to_vec()].concat();
    StudyPoint { series: "degree".to_owned(), x: degree as f64, seed, values }
}

async fn widths(job: JobId, study: &OverfitStudy, mut runs: Widths, cancel: &Cancel) -> Result<(), Stop> {
    let pool = pool(&study.spec, config(&study.spec)?.task).await?;
    loop {
        let (done, all) = runs.progress();
        progress(job, done, all);
        if done >= all {
            return Ok(());
        }
        let end = now_ms() + SLICE_MS;
        let ended = runs.advance(pool.as_deref(), end, now_ms).map_err(|error| refused(&error))?;
        if let Some(WidthPoint { width, seed, train, validation, best, best_step }) = ended {
            let values = vec![train, validation, best, best_step as f64];
            let point = StudyPoint { series: "width".to_owned(), x: width as f64, seed, values };
            post::event(job, Event::Studied(vec![point]));
        }
        breathe(cancel).await?;
    }
}

async fn descent(
    job: JobId,
    study: &OverfitStudy,
    ridge: f64,
    seeds: u32,
    cancel: &Cancel,
) -> Result<(), Stop> {
    let spec = &study.spec;
    let pool = pool(spec, config(spec)?.task).await?;
    let none = || Failure::new("lab_not_pictures").with("name", &spec.data);
    let pool: &Pool = pool.as_deref().ok_or_else(none)?;
    let samples = spec.samples as usize;
    let description = DescentConfig {
        samples,
        tests: TESTS,
        label_noise: f64::from(spec.label_noise),
        ridge,
        features: sizes(samples),
    };
    let all = description.features.len() * seeds as usize;
    let mut done = 0;
    for seed in seeds_of(study.seed, seeds) {
        let mut run = Descent::new(description.clone(), pool, seed).map_err(|error| study_refused(&error))?;
        while run.progress().0 < run.progress().1 {
            let end = now_ms() + SLICE_MS;
            while run.progress().0 < run.progress().1 && now_ms() < end {
                if let Some(point) = run.advance() {
                    done += 1;
                    post::event(job, Event::Studied(vec![feature_point(&point, seed)]));
                }
            }
            progress(job, done, all);
            breathe(cancel).await?;
        }
    }
    Ok(())
}

fn feature_point(point: &DescentPoint, seed: u64) -> StudyPoint {
    let DescentPoint { features, train_error, test_error, train_loss, test_loss, norm } = *point;
    let values = vec![train_error, test_error, train_loss, test_loss, norm];
    StudyPoint { series: "features".to_owned(), x: features as f64, seed, values }
}

fn study_refused(error: &StudyError) -> Failure {
    match error {
        StudyError::Limit { name, value, low, high } => Failure::new("lab_limit")
            .with("name", name)
            .with("value", value)
            .with("low", low)
            .with("high", high),
        StudyError::Pictures { found, .. } => Failure::new("overfit_pictures").with("found", found),
    }
}
