//! Which pictures have labels: as many of each class, drawn by a seed; the others are for testing.

use engine::graph::RandomKind;
use engine::random::Stream;

/// The stream of draws: a number that nothing else of a run uses.
const STREAM: u32 = 0x0D4A_0001;

/// A choice of pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// With labels: classes take turns.
    pub train: Vec<usize>,
    /// The others, in order, no more of a class than of the smallest.
    pub test: Vec<usize>,
}

impl Draw {
    /// `per_class` pictures of each class (all but one, of a class that has too few) for training, and at most `test_per_class` of each for testing.
    pub fn new(labels: &[u8], classes: usize, per_class: usize, test_per_class: usize, seed: u64) -> Draw {
        let mut keys = vec![0.0_f32; labels.len()];
        Stream::new(seed, STREAM, 0).fill(RandomKind::Uniform, &mut keys);
        let mut of_class: Vec<Vec<usize>> = vec![Vec::new(); classes];
        for (index, label) in labels.iter().enumerate() {
            if let Some(of_class) = of_class.get_mut(usize::from(*label)) {
                of_class.push(index);
            }
        }
        for of_class in &mut of_class {
            of_class.sort_by(|&a, &b| keys[a].total_cmp(&keys[b]).then(a.cmp(&b)));
        }
        let taken = |count: usize| per_class.min(count.saturating_sub(1));
        let train = (0..per_class)
            .flat_map(|turn| {
                of_class.iter().filter(move |class| turn < taken(class.len())).map(move |class| class[turn])
            })
            .collect();
        let left = |class: &Vec<usize>| class.len() - taken(class.len());
        let least = of_class.iter().map(left).filter(|&left| left > 0).min().unwrap_or(0).min(test_per_class);
        let mut test: Vec<usize> = of_class
            .iter()
            .flat_map(|class| class[taken(class.len())..].iter().take(least).copied())
            .collect();
        test.sort_unstable();
        Draw { train, test }
    }
}

#[cfg(test)]
mod tests {
    use super::Draw;

    #[test]
    fn draws_are_balanced_apart_and_by_seed() {
        let labels: Vec<u8> = (0..90).map(|i| if i < 40 { 0 } else { 1 + (i % 2) as u8 }).collect();
        let draw = Draw::new(&labels, 3, 10, 100, 1);
        let count = |of: &[usize], class: u8| of.iter().filter(|&&at| labels[at] == class).count();
        for class in 0..3 {
            assert_eq!((count(&draw.train, class), count(&draw.test, class)), (10, 15));
        }
        assert!(draw.train.iter().all(|at| !draw.test.contains(at)));
        assert_eq!(draw.train[..3].iter().map(|&at| labels[at]).collect::<Vec<u8>>(), [0, 1, 2]);
        assert_eq!(draw, Draw::new(&labels, 3, 10, 100, 1));
        assert_ne!(draw, Draw::new(&labels, 3, 10, 100, 2));
        // More labels of the same draw: those before are among them.
        let more = Draw::new(&labels, 3, 20, 100, 1);
        assert!(draw.train.iter().all(|at| more.train.contains(at)));
        assert_eq!(count(&Draw::new(&labels, 3, 5, 7, 1).test, 2), 7);
    }

    #[test]
    fn small_and_empty_classes_do_not_stop_it() {
        let draw = Draw::new(&[0, 0, 0, 1], 3, 2, 10, 1);
        assert_eq!(draw.train.len(), 2);
        assert_eq!(draw.test.len(), 2);
        assert_eq!(Draw::new(&[], 2, 5, 5, 1), Draw { train: vec![], test: vec![] });
    }
}
