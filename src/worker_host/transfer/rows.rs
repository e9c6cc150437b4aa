//! What the arms, ImageNet's classifier and a head from a file see of one picture.

use std::cell::RefCell;
use std::rc::Rc;

use engine::cpu::Path;
use engine::policy::Policy;
use engine::snapshot::Weights;
use experiments::networks::efficientnet_lite0::{Blocks, Cut, Extractor, Precision, Tail};
use experiments::transfer::{Arm, HeadCard, Judge, Kept, PIXEL_SIDE, Pictures, Table, read_card, read_head};
use js_sys::Uint8Array;
use protocol::transfer::limits;
use protocol::{Failure, Guesses, HeadSummary, PictureRows, RowsSpec, Square};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::base::{Source, weights};
use super::features::{Key, SIDE, Watch};
use crate::worker_host::clock::now_ms;
use crate::worker_host::decode::shrink;
use crate::worker_host::fetch::fetch;
use crate::worker_host::jobs::Stop;
use crate::worker_host::pace::yield_now;

/// Names that ImageNet's classifier hands out.
const GUESSES: usize = 5;

thread_local! {
    /// The last base that looked at a single picture: pictures come one after the other.
    static LAST: RefCell<Option<(Source, Cut, Extractor)>> = const { RefCell::new(None) };
    static NAMES: RefCell<Option<Rc<Vec<String>>>> = const { RefCell::new(None) };
}

/// A picture as one of a set, after its length is checked.
fn picture(square: &Square) -> Result<Pictures, Failure> {
    let refused = |error| Failure::new("head_refused").with("reason", error);
    if !(1..=limits::SIDE).contains(&square.side) {
        return Err(Failure::new("choice_unknown").with("id", square.side));
    }
    let mut pictures = Pictures::new(square.side as usize, 1);
    pictures.push(&square.levels, 0).map_err(refused)?;
    Ok(pictures)
}

fn damaged(error: impl ToString) -> Failure {
    Failure::new("base_damaged").with("reason", error)
}

/// Runs a base on a picture at the size that heads are trained at.
async fn look(
    (source, cut): (Source, Cut),
    picture: &Pictures,
    watch: &mut Watch<'_>,
) -> Result<(Extractor, f64), Stop> {
    let last = LAST.with_borrow_mut(Option::take);
    let known = last.filter(|(known, own, _)| (*known, *own) == (source, cut));
    let mut extractor = if let Some((_, _, extractor)) = known {
        extractor
    } else {
        let base = weights(source, cut, watch).await?;
        yield_now().await;
        Extractor::new(&base.weights, cut, 1, SIDE, &Policy::FP32, Path::Wide).map_err(damaged)?
    };
    yield_now().await;
    let begun = now_ms();
    extractor.run(&picture.levels(0, SIDE));
    Ok((extractor, now_ms() - begun))
}

/// An arm's row of what a base said.
async fn row(
    (arm, blocks): (Arm, Blocks),
    (source, cut): (Source, Cut),
    picture: &Pictures,
    base_ms: &mut f64,
) -> Result<Vec<f32>, Stop> {
    let Some(kept) = arm.kept() else { return Ok(Table::pixel_row(picture, 0, PIXEL_SIDE)) };
    let (extractor, ms) = look((source, cut), picture, &mut Watch::nobody()).await?;
    *base_ms += ms;
    let row = match kept {
        Kept::Means => extractor.features().to_vec(),
        Kept::Maps => extractor.map().to_vec(),
        Kept::Entry => extractor.entry().to_vec(),
    };
    LAST.with_borrow_mut(|last| *last = Some((source, cut, extractor)));
    if kept == Kept::Entry && blocks.first() > 11 {
        let base = weights(source, cut, &mut Watch::nobody()).await?;
        let side = SIDE.div_ceil(16);
        let mut tail = Tail::new(&base.weights, blocks.first(), side, 1).map_err(damaged)?;
        return Ok(tail.run(&row).to_vec());
    }
    Ok(row)
}

/// Blocks of a description.
pub(in crate::worker_host) fn blocks(indices: &[u32]) -> Result<Blocks, Failure> {
    let numbers: Vec<usize> = indices.iter().map(|index| *index as usize).collect();
    Blocks::of(&numbers).ok_or_else(|| {
        Failure::new("choice_unknown")
            .with("id", numbers.iter().map(usize::to_string).collect::<Vec<_>>().join("-"))
    })
}

/// The rows of a picture that arms see.
pub(in crate::worker_host) async fn rows(spec: &RowsSpec) -> Result<PictureRows, Stop> {
    // The same steps as a class's pictures: whole levels at the size that the base sees.
    picture(&spec.picture)?;
    let seen = shrink(spec.picture.levels.clone(), spec.picture.side, limits::BASE_SIDE)?;
    let picture = picture(&seen)?;
    let blocks = blocks(&spec.blocks)?;
    let (mut rows, mut base_ms) = (Vec::new(), 0.0);
    for id in &spec.arms {
        let arm = Arm::by_id(id).ok_or_else(|| Failure::new("choice_unknown").with("id", id))?;
        let mut features = spec.features.clone();
        if arm == Arm::Random {
            "random".clone_into(&mut features.weights);
        }
        let key = Key::of(&features)?;
        rows.push((id.clone(), row((arm, blocks), (key.source, key.cut), &picture, &mut base_ms).await?));
        yield_now().await;
    }
    Ok(PictureRows { seen, rows, base_ms })
}

async fn names() -> Result<Rc<Vec<String>>, Failure> {
    if let Some(names) = NAMES.with_borrow(Clone::clone) {
        return Ok(names);
    }
    let file = "imagenet-classes.txt";
    let text = fetch(&format!("models/{file}"))
        .await
        .map_err(|reason| Failure::new("base_unreachable").with("name", file).with("reason", reason))?;
    let names: Vec<String> = String::from_utf8_lossy(&text).lines().map(str::to_owned).collect();
    let names = Rc::new(names);
    NAMES.with_borrow_mut(|known| *known = Some(names.clone()));
    Ok(names)
}

/// What ImageNet's classifier says, at the size it was trained with.
pub(in crate::worker_host) async fn imagenet(square: &Square, mut watch: Watch<'_>) -> Result<Guesses, Stop> {
    let picture = picture(square)?;
    let names = names().await?;
    let base = weights(Source::Pretrained(Precision::Int8), Cut::Classifier, &mut watch).await?;
    yield_now().await;
    let side = limits::SIDE as usize;
    let extractor = Extractor::new(&base.weights, Cut::Classifier, 1, side, &Policy::FP32, Path::Wide);
    let mut extractor = extractor.map_err(damaged)?;
    yield_now().await;
    let begun = now_ms();
    extractor.run(&picture.levels(0, side));
    let ms = now_ms() - begun;
    let logits = extractor.logits();
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|logit| (logit - most).exp()).sum();
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    let guess = |&class: &usize| {
        let name = names.get(class).cloned().unwrap_or_else(|| class.to_string());
        (name, (logits[class] - most).exp() / sum)
    };
    Ok(Guesses { guesses: order.iter().take(GUESSES).map(guess).collect(), ms })
}

/// The attached head's bytes.
async fn head_bytes(file: Option<&Blob>) -> Result<Vec<u8>, Failure> {
    let file = file.ok_or_else(|| Failure::new("file_missing"))?;
    if file.size() > limits::HEAD_BYTES as f64 {
        return Err(Failure::new("head_file").with("reason", format!("{} MiB", limits::HEAD_BYTES >> 20)));
    }
    let buffer = JsFuture::from(file.array_buffer()).await.map_err(|_| Failure::new("file_missing"))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

fn unreadable(error: impl ToString) -> Failure {
    Failure::new("head_file").with("reason", error)
}

/// Where a head's base comes from.
fn base_of(card: &HeadCard) -> Result<Source, Failure> {
    Source::by_id(&card.weights).ok_or_else(|| unreadable(&card.weights))
}

/// The head of a file with its base's weights at hand.
async fn open(bytes: &[u8]) -> Result<(HeadCard, Judge), Stop> {
    let card = read_card(bytes).map_err(unreadable)?;
    let base = if card.arm == Arm::Tuned {
        weights(base_of(&card)?, card.cut, &mut Watch::nobody()).await?.weights.clone()
    } else {
        base_of(&card)?;
        Weights::default()
    };
    let judge = read_head(bytes, &card, &base).map_err(unreadable)?;
    Ok((card, judge))
}

/// What a head from a file is. It is read whole, so that a damaged one is refused now and not at the first picture.
pub(in crate::worker_host) async fn open_head(file: Option<&Blob>) -> Result<HeadSummary, Stop> {
    let bytes = head_bytes(file).await?;
    let (card, _) = open(&bytes).await?;
    Ok(HeadSummary {
        arm: card.arm.id().to_owned(),
        cut: if card.cut == Cut::Depthwise10 { "d10" } else { "b14" }.to_owned(),
        weights: card.weights,
        classes: card.classes,
        bytes: bytes.len() as u64,
    })
}

/// What a head from a file says of a picture.
pub(in crate::worker_host) async fn judge(file: Option<&Blob>, square: &Square) -> Result<Vec<f32>, Stop> {
    let bytes = head_bytes(file).await?;
    let (card, mut judge) = open(&bytes).await?;
    picture(square)?;
    let seen = picture(&shrink(square.levels.clone(), square.side, limits::BASE_SIDE)?)?;
    let mut base_ms = 0.0;
    let row = row((card.arm, card.blocks), (base_of(&card)?, card.cut), &seen, &mut base_ms).await?;
    judge.probabilities(&row).ok_or_else(|| unreadable(card.width()).into())
}
