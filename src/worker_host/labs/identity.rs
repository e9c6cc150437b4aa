//! What a run is known by: hashes of its configuration and of its weights.

use engine::snapshot::{Hashing, Snapshot};
use protocol::{LabSpec, Turns};
use sha2::{Digest, Sha256};

use crate::worker_host::hex::hex;
use crate::worker_host::pace::yield_now;

/// Words hashed between looks at what else is wanted.
const HASH_WORDS: usize = 1 << 20;

/// Hash of a run's parameters in hexadecimal digits; that of a large network's is made in slices.
pub(super) async fn weight_hash(snapshot: &Snapshot) -> String {
    let mut hashing = Hashing::new(snapshot);
    loop {
        if let Some(hash) = hashing.go_on(snapshot, HASH_WORDS) {
            return format!("{hash:016x}");
        }
        yield_now().await;
    }
}

/// SHA-256 of the configuration at step 0 and the seed.
pub(super) fn config_hash(spec: &LabSpec, turns: &Turns) -> String {
    // Encoding fails for sequences of unknown length only, of which there are none.
    let bytes = protocol::encode(&(turns.at_first(&spec.experiment), spec.seed)).unwrap_or_default();
    hex(&Sha256::digest(&bytes))
}
