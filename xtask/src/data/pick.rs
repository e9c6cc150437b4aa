//! Balanced choices: the same count of every class, without chance.

use anyhow::{Result, ensure};

/// The positions of the first `per_class` examples of each class, in the order of `labels`, dealt out in turn:
/// the first of every class, then the second of every class. So every beginning of the file is balanced too.
pub fn balanced(labels: &[u8], classes: usize, per_class: usize) -> Result<Vec<usize>> {
    let mut found = vec![Vec::new(); classes];
    for (position, label) in labels.iter().enumerate() {
        let Some(of_class) = found.get_mut(usize::from(*label)) else {
            anyhow::bail!("label {label} at {position}, of {classes} classes")
        };
        if of_class.len() < per_class {
            of_class.push(position);
        }
    }
    for (class, of_class) in found.iter().enumerate() {
        ensure!(of_class.len() == per_class, "class {class} has {} of {per_class} examples", of_class.len());
    }
    Ok((0..per_class).flat_map(|turn| found.iter().map(move |of_class| of_class[turn])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_take_turns_in_file_order() {
        assert_eq!(balanced(&[1, 1, 0, 1, 0, 0], 2, 2).unwrap(), [2, 0, 4, 1]);
    }

    #[test]
    fn a_class_that_is_too_small_or_unknown_is_refused() {
        assert!(balanced(&[0, 0, 1], 2, 2).is_err());
        assert!(balanced(&[0, 2, 1], 2, 1).is_err());
    }
}
