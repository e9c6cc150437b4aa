//! Small random shifts of images on their way to the discriminator.
//!
//! Real and generated images are shifted alike, and gradients pass the shifts, so the generator learns the images themselves and not their
//! shifts (Zhao et al. 2020, "Differentiable augmentation"). A discriminator that would remember two thousand images by heart sees each of
//! them in many places. Whole pixels only; what is shifted in is black. Left out: their changes of colour and cut-out squares.

use engine::graph::{Graph, RandomKind, Tensor};

/// Images `(n, side²)`, each moved by whole numbers of -`most` to `most` pixels along both axes, drawn anew for every image and step; what comes
/// in is `black`.
pub(crate) fn shifted(graph: &mut Graph, images: Tensor, side: usize, most: usize, black: f32) -> Tensor {
    if most == 0 {
        return images;
    }
    let n = graph.shape(images).sizes()[0];
    // Padding is 0.
    let above_black = if black == 0.0 { images } else { graph.offset(images, -black) };
    let mut x = graph.reshape(above_black, [n, side, side]);
    for axis in [1, 2] {
        let places = 2 * most + 1;
        let index = graph.random(RandomKind::Below(places as u32), [n]);
        let choice = graph.one_hot(index, places);
        let padded = graph.pad(x, axis, most, most);
        let mut sum = None;
        for place in 0..places {
            let moved = graph.slice(padded, axis, place, side);
            let chosen = graph.slice(choice, 1, place, 1);
            let chosen = graph.reshape(chosen, [n, 1, 1]);
            let part = graph.mul(moved, chosen);
            sum = Some(sum.map_or(part, |sum| graph.add(sum, part)));
        }
        x = sum.unwrap_or(x);
    }
    let flat = graph.reshape(x, [n, side * side]);
    if black == 0.0 { flat } else { graph.offset(flat, black) }
}

#[cfg(test)]
mod tests {
    use engine::cpu::{Executor, Path};
    use engine::graph::{DType, Graph};
    use engine::plan::Plan;

    use super::super::images::{PIXELS, SIZE};
    use super::shifted;

    /// Black images with one white pixel in the middle, shifted by at most this.
    fn run(most: usize, n: usize) -> (Executor, engine::graph::InputId) {
        let mut graph = Graph::default();
        let images = graph.input("images", [n, PIXELS], DType::F32);
        let moved = shifted(&mut graph, images, SIZE, most, -1.0);
        graph.output("moved", moved);
        // The gradient of every pixel of the result: it must come back to the places that it was taken from.
        let weights = graph.input("weights", [n, PIXELS], DType::F32);
        let weighted = graph.mul(moved, weights);
        let sum = graph.sum(weighted);
        let slopes = graph.grad(sum, &[images])[0];
        graph.output("slopes", slopes);
        let [images, weights] = [images, weights].map(|tensor| graph.input_id(tensor).expect("an input"));
        let mut executor = Executor::new(Plan::new(&graph), 1, Path::Wide);
        executor.input_mut(images).fill(-1.0);
        for image in executor.input_mut(images).chunks_exact_mut(PIXELS) {
            image[SIZE / 2 * SIZE + SIZE / 2] = 1.0;
        }
        (executor, weights)
    }

    #[test]
    fn every_shift_occurs_and_none_is_larger() {
        let (mut executor, weights) = run(2, 500);
        executor.step();
        let mut seen = [[0; 5]; 5];
        let moved = executor.output("moved").to_vec();
        for image in moved.chunks_exact(PIXELS) {
            let white: Vec<usize> = (0..PIXELS).filter(|&at| image[at] == 1.0).collect();
            assert_eq!(image.iter().filter(|&&x| x == -1.0).count(), PIXELS - 1);
            let [at] = white[..] else { panic!("{white:?}") };
            seen[at / SIZE + 2 - SIZE / 2][at % SIZE + 2 - SIZE / 2] += 1;
        }
        assert!(seen.as_flattened().iter().all(|&count| count > 5), "{seen:?}");
        // Backwards: the weight of the white pixel's new place arrives at its old one.
        executor.input_mut(weights).copy_from_slice(&moved);
        executor.set_step_count(0);
        executor.step();
        for slopes in executor.output("slopes").chunks_exact(PIXELS) {
            assert_eq!(slopes[SIZE / 2 * SIZE + SIZE / 2], 1.0);
        }
    }

    #[test]
    fn no_shift_is_the_image() {
        let (mut executor, _) = run(0, 2);
        executor.step();
        let white = executor.output("moved").iter().filter(|&&x| x == 1.0).count();
        assert_eq!(white, 2);
    }
}
