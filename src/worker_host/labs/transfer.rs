//! From the page's description of an arm of transfer learning to its lab.

use engine::snapshot::Weights;
use experiments::transfer::{Arm, Draw, Head, Kept, PIXEL_SIDE, Pictures, Table};
use protocol::transfer::limits;
use protocol::{Failure, TransferSpec};

use crate::worker_host::jobs::Stop;
use crate::worker_host::pace::yield_now;
use crate::worker_host::transfer::{Key, Watch, obtain, pictures, weights};

/// Pictures of a class for testing, at most.
const TEST_PER_CLASS: usize = 100;

/// Builds the lab; its features are computed first unless they are kept.
pub(super) async fn build(spec: &TransferSpec, seed: u64) -> Result<Head, Failure> {
    let arm = Arm::by_id(&spec.arm).ok_or_else(|| Failure::new("choice_unknown").with("id", &spec.arm))?;
    let [low, high] = limits::PER_CLASS;
    if !(low..=high).contains(&spec.per_class) {
        let failure = Failure::new("lab_limit").with("name", "labels").with("value", spec.per_class);
        return Err(failure.with("low", low).with("high", high));
    }
    let pictures = pictures(&spec.features.data).await?;
    let draw =
        Draw::new(pictures.labels(), pictures.classes(), spec.per_class as usize, TEST_PER_CLASS, seed);
    let mut base = Weights::default();
    let (train, test) = if let Some(kept) = arm.kept() {
        let mut features = spec.features.clone();
        if arm == Arm::Random {
            "random".clone_into(&mut features.weights);
        }
        let key = Key::of(&features)?;
        let found = obtain(&key, Watch::nobody()).await.map_err(failure)?;
        let table = found.table(kept).ok_or_else(|| Failure::new("cut_too_early"))?;
        if kept == Kept::Entry {
            base = weights(key.source, key.cut, &mut Watch::nobody()).await.map_err(failure)?.weights.clone();
        }
        parts(arm, table, &draw)
    } else {
        pixels(arm, &pictures, &draw).await
    };
    yield_now().await;
    let head = Head::tuned(&arm.config(), &base, train, test, pictures.classes())
        .map_err(|error| Failure::new("head_refused").with("reason", error))?;
    Ok(head.of_pictures(&draw.test))
}

fn parts(arm: Arm, table: &Table, draw: &Draw) -> (Table, Table) {
    if arm.is_scaled() { table.parts(draw) } else { (table.rows(&draw.train), table.rows(&draw.test)) }
}

/// Rows of an arm that sees the pictures themselves.
async fn pixels(arm: Arm, pictures: &Pictures, draw: &Draw) -> (Table, Table) {
    yield_now().await;
    parts(arm, &Table::of_pixels(pictures, PIXEL_SIDE), draw)
}

/// A lab's features are not stopped by anybody.
fn failure(stop: Stop) -> Failure {
    match stop {
        Stop::Failed(failure) => failure,
        Stop::Cancelled => Failure::new("lab_not_open"),
    }
}
