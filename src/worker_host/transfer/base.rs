//! The base's weights: fetched in shards, compared with the digests on record, rounded to a precision.

use std::cell::RefCell;
use std::rc::Rc;

use engine::snapshot::Weights;
use experiments::networks::efficientnet_lite0::{BaseError, Cut, Precision, Reader, Storage, random, shards};
use protocol::Failure;

use super::features::Watch;
use crate::worker_host::fetch::fetch;
use crate::worker_host::jobs::Stop;
use crate::worker_host::pace::yield_now;

/// The seed of a base with random weights: one control for all runs.
const RANDOM_SEED: u64 = 1;
/// Sets of weights that are kept.
const KEPT: usize = 3;

/// How the base's weights come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::worker_host) enum Source {
    /// INT8 as shipped; the others from binary32.
    Pretrained(Precision),
    /// Random ones.
    Random,
}

/// Weights with what they take.
#[derive(Debug)]
pub(in crate::worker_host) struct Base {
    /// The weights.
    pub weights: Weights,
    /// Bytes of weights, scales and biases.
    pub bytes: u64,
}

type Known = ((Source, Cut), Rc<Base>);

thread_local! {
    /// Latest last.
    static LOADED: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
}

impl Source {
    /// Of an id of the protocol.
    pub(super) fn by_id(id: &str) -> Option<Source> {
        if id == "random" {
            return Some(Source::Random);
        }
        Precision::ALL.into_iter().find(|precision| precision.id() == id).map(Source::Pretrained)
    }
}

/// A base's weights up to a cut.
pub(in crate::worker_host) async fn weights(
    source: Source,
    cut: Cut,
    watch: &mut Watch<'_>,
) -> Result<Rc<Base>, Stop> {
    let known = |loaded: &mut Vec<Known>| {
        let at = loaded.iter().position(|(key, _)| *key == (source, cut))?;
        let known = loaded.remove(at);
        loaded.push(known.clone());
        Some(known.1)
    };
    if let Some(base) = LOADED.with_borrow_mut(known) {
        return Ok(base);
    }
    let base = match source {
        Source::Random => {
            let weights = random(cut, RANDOM_SEED);
            let bytes = 4 * count(&weights);
            Base { weights, bytes }
        }
        Source::Pretrained(Precision::Int8) => {
            let (weights, bytes) = shipped(Storage::Int8, cut, watch).await?;
            Base { weights, bytes }
        }
        Source::Pretrained(precision) => {
            let (mut weights, _) = shipped(Storage::Fp32, cut, watch).await?;
            let mut bytes = 0;
            for tensor in &mut weights.tensors {
                bytes += precision.round_tensor(tensor) as u64;
                yield_now().await;
            }
            Base { weights, bytes }
        }
    };
    yield_now().await;
    watch.check()?;
    let base = Rc::new(base);
    LOADED.with_borrow_mut(|loaded| {
        loaded.push(((source, cut), base.clone()));
        if loaded.len() > KEPT {
            loaded.remove(0);
        }
    });
    Ok(base)
}

/// Numbers of a base.
pub(super) fn count(weights: &Weights) -> u64 {
    weights.tensors.iter().map(|tensor| tensor.values.len() as u64).sum()
}

/// The weights of the site's files, and the bytes that those take.
async fn shipped(storage: Storage, cut: Cut, watch: &mut Watch<'_>) -> Result<(Weights, u64), Stop> {
    let all = shards(storage, cut);
    let total: u64 = all.iter().map(|shard| shard.bytes as u64).sum();
    let damaged = |error: BaseError| Failure::new("base_damaged").with("reason", error);
    let (mut reader, mut bytes) = (Reader::new(storage, cut), 0);
    watch.fetched(0, total);
    for shard in all {
        let file = fetch(&format!("models/{}", shard.file)).await.map_err(|reason| {
            Failure::new("base_unreachable").with("name", shard.file).with("reason", reason)
        })?;
        bytes += file.len() as u64;
        watch.fetched(bytes, total);
        watch.check()?;
        // Comparing with the digest and reading are a slice for each file.
        reader.add(&file).map_err(damaged)?;
        yield_now().await;
    }
    Ok((reader.finish().map_err(damaged)?, total))
}
