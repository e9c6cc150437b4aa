//! From the page's description of an arm of transfer learning to its lab.

use engine::snapshot::Weights;
use experiments::transfer::{Arm, Draw, Entries, Head, HeadCard, Kept, PIXEL_SIDE, Pictures, Scaler, Table};
use protocol::transfer::limits;
use protocol::{Failure, TransferSpec};

use crate::worker_host::jobs::Stop;
use crate::worker_host::pace::yield_now;
use crate::worker_host::transfer::{Key, Watch, blocks, obtain, task, weights};

/// Pictures of a class for testing, at most.
const TEST_PER_CLASS: usize = 100;

/// Pictures made smaller between looks at what else is wanted.
const PIXEL_ROWS: usize = 32;

/// Builds the lab; its features are computed first unless they are kept.
pub(super) async fn build(spec: &TransferSpec, seed: u64) -> Result<Head, Failure> {
    let arm = Arm::by_id(&spec.arm).ok_or_else(|| Failure::new("choice_unknown").with("id", &spec.arm))?;
    let [low, high] = limits::PER_CLASS;
    if !(low..=high).contains(&spec.per_class) {
        let failure = Failure::new("lab_limit").with("name", "labels").with("value", spec.per_class);
        return Err(failure.with("low", low).with("high", high));
    }
    let blocks = blocks(&spec.blocks)?;
    let task = task(&spec.features.data).await?;
    let pictures = &task.pictures;
    let draw =
        Draw::new(pictures.labels(), pictures.classes(), spec.per_class as usize, TEST_PER_CLASS, seed);
    let mut features = spec.features.clone();
    if arm == Arm::Random {
        "random".clone_into(&mut features.weights);
    }
    let key = Key::of(&features)?;
    let mut base = Weights::default();
    let parts = if let Some(kept) = arm.kept() {
        let found = obtain(&key, Watch::nobody()).await.map_err(failure)?;
        let table = found.table(kept).ok_or_else(|| Failure::new("cut_too_early"))?;
        let parts = Parts::of(arm, table, &draw);
        if kept == Kept::Entry {
            base = weights(key.source, key.cut, &mut Watch::nobody()).await.map_err(failure)?.weights.clone();
            parts.through(&base, blocks.first()).await?
        } else {
            parts
        }
    } else {
        pixels(arm, pictures, &draw).await
    };
    yield_now().await;
    let config = if arm == Arm::Tuned { Arm::tuned(blocks) } else { arm.config() };
    let Parts { train, test, scaler } = parts;
    let head = Head::tuned(&config, &base, train, test, pictures.classes())
        .map_err(|error| Failure::new("head_refused").with("reason", error))?;
    let named = spec.names.len() == task.classes.len();
    let card = HeadCard {
        arm,
        cut: key.cut,
        weights: features.weights,
        side: limits::BASE_SIDE as usize,
        blocks,
        classes: if named { spec.names.clone() } else { task.classes.clone() },
    };
    Ok(head.of_pictures(&draw.test).scaled_by(scaler).with_card(card))
}

/// Rows to learn from and to test with.
struct Parts {
    train: Table,
    test: Table,
    scaler: Option<Scaler>,
}

impl Parts {
    fn of(arm: Arm, table: &Table, draw: &Draw) -> Parts {
        if arm.is_scaled() {
            let (train, test, scaler) = table.parts(draw);
            return Parts { train, test, scaler: Some(scaler) };
        }
        Parts { train: table.rows(&draw.train), test: table.rows(&draw.test), scaler: None }
    }

    /// Sends the rows through the blocks before the first trained one.
    async fn through(self, base: &Weights, first: usize) -> Result<Parts, Failure> {
        let [train, test] = [self.train, self.test];
        let (train, test) = (entries(base, train, first).await?, entries(base, test, first).await?);
        Ok(Parts { train, test, scaler: None })
    }
}

async fn entries(base: &Weights, rows: Table, first: usize) -> Result<Table, Failure> {
    let entries = Entries::new(base, rows, first);
    let mut entries = entries.map_err(|error| Failure::new("base_damaged").with("reason", error))?;
    while entries.step() {
        yield_now().await;
    }
    Ok(entries.table())
}

/// Rows of an arm that sees the pictures themselves.
async fn pixels(arm: Arm, pictures: &Pictures, draw: &Draw) -> Parts {
    let mut table = Table { width: PIXEL_SIDE * PIXEL_SIDE * 3, values: Vec::new(), labels: Vec::new() };
    for index in 0..pictures.len() {
        if index % PIXEL_ROWS == 0 {
            yield_now().await;
        }
        table.values.extend(Table::pixel_row(pictures, index, PIXEL_SIDE));
    }
    table.labels = pictures.labels().to_vec();
    Parts::of(arm, &table, draw)
}

/// A lab's features are not stopped by anybody.
fn failure(stop: Stop) -> Failure {
    match stop {
        Stop::Failed(failure) => failure,
        Stop::Cancelled => Failure::new("lab_not_open"),
    }
}
