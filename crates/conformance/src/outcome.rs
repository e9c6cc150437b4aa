//! What one check found.

/// The kinds of check, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// A digest of the Python oracles.
    Digest,
    /// Another crate, input by input.
    Peer,
    /// Every binary32 input.
    Sweep,
    /// Decimal texts.
    Decimals,
    /// Stochastic rounding.
    Stochastic,
}

/// One line of the full report.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub group: Group,
    pub format: String,
    /// What was converted and how: `encode nearest-even native`.
    pub what: String,
    /// Answers compared.
    pub count: u64,
    /// Answers that differ; a digest tells only that some do, so it counts 1.
    pub mismatches: u64,
    /// Answers that differ where the oracle is known to be wrong or to follow another convention.
    pub set_aside: u64,
    /// Who is agreed with, oracles that answered only part of the inputs included.
    pub oracles: Vec<String>,
    pub seconds: f64,
    /// The first differing inputs with both answers, or how to see them.
    pub details: Vec<String>,
}

/// How many differing inputs a check prints.
pub(crate) const SHOWN: usize = 5;

/// Counts differences and keeps the first few as text.
#[derive(Default)]
pub(crate) struct Differences {
    pub count: u64,
    pub shown: Vec<String>,
}

impl Differences {
    pub(crate) fn add(&mut self, describe: impl FnOnce() -> String) {
        self.count += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(describe());
        }
    }

    pub(crate) fn merge(&mut self, other: Differences) {
        self.count += other.count;
        self.shown.extend(other.shown);
        self.shown.truncate(SHOWN);
    }
}
