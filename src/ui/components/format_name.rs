//! Formats as readers know them: names and families, of element and block formats alike.

use numerics::blocks::block_by_id;
use numerics::{Kind, by_id};

/// A format's name.
pub fn name(id: &str) -> String {
    block_by_id(id)
        .map(|format| format.name)
        .or_else(|| by_id(id).map(|format| format.name))
        .unwrap_or(id)
        .to_owned()
}

/// The family of a format: 0 floats, 1 blocks, 2 posits, 3 integers and codebooks.
pub fn family(id: &str) -> usize {
    if block_by_id(id).is_some() {
        return 1;
    }
    match by_id(id).map(|format| format.kind) {
        Some(Kind::Posit(_)) => 2,
        Some(Kind::Int(_) | Kind::Codebook(_)) => 3,
        _ => 0,
    }
}
