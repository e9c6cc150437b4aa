//! Variants of a picture, as a network in training sees them.

use experiments::augmentation::{Drawn, Purpose, Rows, Shape, change, mix};
use protocol::augmentation::limits;
use protocol::{Event, Failure, JobId, Outcome, Square, VariantSheet, VariantsSpec, transfer};
use sha2::{Digest, Sha256};

use super::{Stop, post};
use crate::worker_host::hex::hex;
use crate::worker_host::labs::augmentation::{drawn, recipe, refused};

/// Draws and changes; some milliseconds.
pub(super) async fn run(job: JobId, spec: VariantsSpec) -> Result<(), Stop> {
    let [low, high] = limits::VARIANTS;
    if !(low..=high).contains(&spec.count) {
        let failure = Failure::new("lab_limit").with("name", "variants").with("value", spec.count);
        return Err(failure.with("low", low).with("high", high).into());
    }
    let recipe = recipe(&spec.recipe)?;
    let (set, draw) = drawn(&spec.data, spec.per_class, spec.seed).await?;
    let count = draw.train.len().max(1);
    // The picture, and the labelled ones that follow it as partners of a mixture.
    let picture = spec.picture as usize % count;
    let wanted: Vec<usize> =
        (0..=spec.count as usize).filter_map(|at| draw.train.get((picture + at) % count).copied()).collect();
    let mut rows = Rows::of(&set, &wanted).map_err(|error| refused(&error))?;
    if let Some(own) = &spec.own {
        rows = own_first(&rows, own)?;
    }
    let shape = rows.shape;
    let mut levels = Vec::new();
    show(rows.get(0), shape.channels, &mut levels);
    let (mut figures, mut digest) = (Vec::new(), Sha256::new());
    let (mut variant, mut partner) = (vec![0.0; shape.len()], vec![0.0; shape.len()]);
    for place in 0..spec.count as usize {
        let done = |place| Drawn::new(&recipe, spec.seed, Purpose::Training, 0, place);
        let drawn = done(place);
        change(rows.get(0), shape, &drawn, &mut variant);
        if drawn.mixed > 0.0 {
            change(rows.get(place + 1), shape, &done(place + 1), &mut partner);
            mix(&mut variant, &partner, drawn.mixed);
        }
        for level in &variant {
            digest.update(level.to_le_bytes());
        }
        show(&variant, shape.channels, &mut levels);
        figures.push(drawn.figures());
    }
    let sheet = VariantSheet {
        side: shape.side as u32,
        levels,
        figures,
        classes: set.classes().to_vec(),
        class: rows.labels.first().filter(|_| spec.own.is_none()).map(|&class| class.into()),
        pictures: draw.train.len() as u32,
        hash: hex(&digest.finalize()),
    };
    post::event(job, Event::Done(Outcome::Variants(sheet)));
    Ok(())
}

/// The labelled pictures with the visitor's own in place of the first, all in its shape.
fn own_first(rows: &Rows, own: &Square) -> Result<Rows, Failure> {
    let shape = Shape { side: own.side as usize, channels: 3 };
    if !(1..=transfer::limits::SIDE).contains(&own.side) || own.levels.len() != shape.len() {
        return Err(Failure::new("lab_not_pictures").with("name", "own"));
    }
    let mut rows = rows.brought_to(shape);
    for (to, &level) in rows.values.iter_mut().zip(&own.levels) {
        *to = f32::from(level) / 255.0;
    }
    Ok(rows)
}

/// As red, green and blue of 0 to 255.
fn show(picture: &[f32], channels: usize, levels: &mut Vec<u8>) {
    let level = |level: f32| (level * 255.0 + 0.5) as u8;
    match channels {
        1 => levels.extend(picture.iter().flat_map(|&grey| [level(grey); 3])),
        _ => levels.extend(picture.iter().map(|&part| level(part))),
    }
}
