//! What comes into the first trained block, from what is kept of the base: a few rows at a time, so that a worker can listen in between.

use engine::snapshot::Weights;

use super::Table;
use crate::networks::efficientnet_lite0::{BaseError, TUNABLE, Tail, entry_channels};

/// Rows at a time.
const ROWS: usize = 4;

/// Rows of [`super::Kept::Entry`] on their way through the blocks that stay frozen.
#[derive(Debug)]
pub struct Entries {
    /// None where nothing lies between.
    tail: Option<Tail>,
    from: Table,
    into: Table,
}

impl Entries {
    /// Up to the entry of block `first`, which is one of [`TUNABLE`]. `weights` are the base's.
    pub fn new(weights: &Weights, from: Table, first: usize) -> Result<Entries, BaseError> {
        let pixels = from.width / entry_channels(TUNABLE[0]);
        let tail = if first > TUNABLE[0] && from.width > 0 {
            Some(Tail::new(weights, first, pixels.isqrt(), ROWS)?)
        } else {
            None
        };
        let into = Table { width: 0, values: Vec::new(), labels: Vec::new() };
        Ok(Entries { tail, from, into })
    }

    /// Does the next rows; whether there were any.
    pub fn step(&mut self) -> bool {
        let Some(tail) = &mut self.tail else { return false };
        let done = self.into.labels.len();
        let count = ROWS.min(self.from.labels.len().saturating_sub(done));
        if count == 0 {
            return false;
        }
        let width = self.from.width;
        let rows = tail.run(&self.from.values[done * width..(done + count) * width]);
        self.into.width = rows.len() / count;
        self.into.values.extend_from_slice(rows);
        self.into.labels.extend_from_slice(&self.from.labels[done..done + count]);
        true
    }

    /// The rows that are done.
    pub fn table(self) -> Table {
        if self.tail.is_some() { self.into } else { self.from }
    }
}

/// All rows in one go.
pub fn entries(weights: &Weights, from: &Table, first: usize) -> Result<Table, BaseError> {
    let mut entries = Entries::new(weights, from.clone(), first)?;
    while entries.step() {}
    Ok(entries.table())
}
