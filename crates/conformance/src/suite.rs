//! Runs the checks, small tasks on a few threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::mutants::Mutant;
use crate::outcome::Outcome;
use crate::peers::Peer;
use crate::rows::Row;
use crate::{decimals, peers, rows, stochastic, sweep};

/// What to run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// A sample that takes seconds.
    pub quick: bool,
    /// Leave out the 2^32 inputs.
    pub no_sweep: bool,
    /// One format only.
    pub format: Option<String>,
    /// A wrong encoder in the place of the crate's.
    pub mutant: Option<Mutant>,
}

impl Options {
    fn wants(&self, id: &str) -> bool {
        self.format.as_deref().is_none_or(|only| only == id)
    }
}

/// Runs everything the options ask for. The sweeps come last: they use all threads each.
pub(crate) fn run(options: &Options) -> Result<Vec<Outcome>, String> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut rows = rows::load()?;
    rows.retain(|row| options.wants(row.format.id) && (!options.quick || rows::is_quick(row)));
    let mut peers = peers::all();
    peers.retain(|peer| options.wants(peer.format.id) && (!options.quick || peer.is_quick()));

    let mut outcomes = in_parallel(&rows, &peers, options.mutant, threads);
    // A mutant changes how binary64 is encoded; the two checks below do not go that way.
    if options.mutant.is_none() {
        outcomes.extend(decimals::run()?.into_iter().chain(stochastic::run(options.quick)));
    }
    if !options.no_sweep {
        outcomes.extend(sweep::run(|id| options.wants(id), threads as u64, options.quick, options.mutant));
    }
    outcomes.retain(|outcome| options.wants(&outcome.format));
    Ok(outcomes)
}

fn in_parallel(rows: &[Row], peers: &[Peer], mutant: Option<Mutant>, threads: usize) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let outcome = match (rows.get(i), i.checked_sub(rows.len()).and_then(|i| peers.get(i))) {
                        (Some(row), _) => rows::check(row, mutant),
                        (None, Some(peer)) => peer.check(mutant),
                        (None, None) => break,
                    };
                    if let Ok(mut done) = done.lock() {
                        done.push((i, outcome));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Group;

    fn quick(mutant: Option<Mutant>) -> Vec<Outcome> {
        run(&Options { quick: true, mutant, ..Options::default() }).expect("the embedded files are readable")
    }

    #[test]
    fn the_crate_agrees_with_every_oracle() {
        let outcomes = quick(None);
        let wrong: Vec<_> = outcomes.iter().filter(|outcome| outcome.mismatches != 0).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(outcomes.len() > 300, "only {} checks ran", outcomes.len());
    }

    #[test]
    fn every_mutant_is_caught() {
        for (name, mutant) in Mutant::ALL {
            let outcomes = quick(Some(mutant));
            let broken = |group| {
                let of_group = outcomes.iter().filter(move |outcome| outcome.group == group);
                (of_group.clone().filter(|outcome| outcome.mismatches != 0).count(), of_group.count())
            };
            let ((rows, all_rows), (peers, all_peers)) = (broken(Group::Digest), broken(Group::Peer));
            println!("{name}: breaks {rows} of {all_rows} digests and {peers} of {all_peers} comparisons");
            assert!(rows > 0, "{name} goes unnoticed by the digests");
            assert!(peers > 0, "{name} goes unnoticed by the other crates");
        }
    }
}
