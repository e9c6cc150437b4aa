//! Random numbers by counting: each is a function of seed, stream, step and index, so they can be drawn in any order, on any
//! device, and again.
//!
//! The generator is Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): additions, exclusive
//! ors and rotations of 32-bit words, the same bits on every device. The key is the seed; the counter is built so that different
//! (stream, step, index) never meet within 2^32 indices: the stream and the step are mixed into the key by one more application.
//!
//! Uniform numbers are multiples of 2^-24 in `[0, 1)`. Normal ones come in pairs by the method of Box and Muller from two words;
//! their last bits may differ between a CPU and a GPU, whose logarithms and sines differ. Numbers below `n` are the upper half of
//! a product: the bias is below `n / 2^32`. Left out: cryptographic use.

use crate::graph::{Init, RandomKind};
use crate::math;
use crate::simd::{F32x4, Real, U32x4, Word};

const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
/// Of the key's third word (Skein's constant, 32-bit).
const PARITY: u32 = 0x1BD1_1BDA;

/// Threefry-2x32 with 20 rounds.
pub fn threefry2x32(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    threefry(key, counter)
}

/// The same for several counters side by side.
#[inline(always)]
fn threefry<W: Word>(key: [u32; 2], counter: [W; 2]) -> [W; 2] {
    let keys = [key[0], key[1], key[0] ^ key[1] ^ PARITY];
    let [mut x, mut y] = [counter[0].add(W::splat(keys[0])), counter[1].add(W::splat(keys[1]))];
    for group in 0..5 {
        for rotation in ROTATIONS[group % 2] {
            x = x.add(y);
            y = y.shl(rotation).or(y.shr(32 - rotation)).xor(x);
        }
        x = x.add(W::splat(keys[(group + 1) % 3]));
        y = y.add(W::splat(keys[(group + 2) % 3].wrapping_add(group as u32 + 1)));
    }
    [x, y]
}

/// The random numbers of one stream at one step.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// Of a seed, a stream and a step.
    pub fn new(seed: u64, stream: u32, step: u64) -> Stream {
        let outer = threefry2x32([seed as u32, (seed >> 32) as u32], [stream, 0]);
        Stream { key: threefry2x32(outer, [step as u32, (step >> 32) as u32]) }
    }

    /// The key of its generator: what a GPU needs to draw the same.
    pub fn key(&self) -> [u32; 2] {
        self.key
    }

    /// Two words at an index of pairs.
    pub fn pair(&self, index: u32) -> [u32; 2] {
        threefry2x32(self.key, [index, 0])
    }

    /// The word at an index.
    pub fn word(&self, index: usize) -> u32 {
        self.pair((index / 2) as u32)[index % 2]
    }

    /// Fills words: floats as their bits.
    pub fn fill(&self, kind: RandomKind, out: &mut [f32]) {
        const LANES: usize = U32x4::LANES;
        let mut first = U32x4::load(&[0, 1, 2, 3]);
        let mut blocks = out.chunks_exact_mut(2 * LANES);
        let mut done = 0;
        for block in &mut blocks {
            let words = threefry(self.key, [first, U32x4::splat(0)]);
            let mut values = [[0.0; LANES]; 2];
            match kind {
                RandomKind::Uniform => {
                    values.iter_mut().zip(words).for_each(|(to, word)| uniform::<F32x4>(word).store(to));
                }
                RandomKind::Normal => {
                    let normals = normals::<F32x4>(words);
                    values.iter_mut().zip(normals).for_each(|(to, value)| value.store(to));
                }
                RandomKind::Below(n) => values.iter_mut().zip(words).for_each(|(to, word)| {
                    let mut lanes = [0; LANES];
                    word.store(&mut lanes);
                    *to = lanes.map(|word| f32::from_bits(below(word, n)));
                }),
            }
            for (pair, out) in block.chunks_exact_mut(2).enumerate() {
                out.copy_from_slice(&[values[0][pair], values[1][pair]]);
            }
            first = first.add(U32x4::splat(LANES as u32));
            done += LANES;
        }
        for (pair, out) in blocks.into_remainder().chunks_mut(2).enumerate() {
            let words = self.pair((done + pair) as u32);
            let values = match kind {
                RandomKind::Uniform => words.map(uniform::<f32>),
                RandomKind::Normal => normals::<f32>(words),
                RandomKind::Below(n) => words.map(|word| f32::from_bits(below(word, n))),
            };
            out.copy_from_slice(&values[..out.len()]);
        }
    }
}

/// A multiple of 2^-24 in `[0, 1)`.
pub fn uniform<R: Real>(word: R::Word) -> R {
    R::from_i32(word.shr(8)).mul(R::splat(1.0 / 16_777_216.0))
}

/// In `0..n`.
pub fn below(word: u32, n: u32) -> u32 {
    ((u64::from(word) * u64::from(n)) >> 32) as u32
}

/// Two independent standard normals.
pub fn normals<R: Real>([first, second]: [R::Word; 2]) -> [R; 2] {
    // In (0, 1]: the logarithm is finite.
    let radius_uniform = R::splat(1.0).sub(uniform::<R>(first));
    let radius = math::ln(radius_uniform).mul(R::splat(-2.0)).sqrt();
    let angle = uniform::<R>(second).mul(R::splat(std::f32::consts::TAU));
    [radius.mul(math::cos(angle)), radius.mul(math::sin(angle))]
}

/// First values of the parameter at `index`: streams of parameters lie apart from those of graphs.
pub fn initialise(init: Init, seed: u64, index: usize, out: &mut [f32]) {
    let stream = Stream::new(seed, 0x8000_0000 | index as u32, 0);
    match init {
        Init::Constant(value) => out.fill(value),
        Init::Uniform(bound) => {
            stream.fill(RandomKind::Uniform, out);
            out.iter_mut().for_each(|x| *x = (2.0 * *x - 1.0) * bound);
        }
        Init::Normal(deviation) => {
            stream.fill(RandomKind::Normal, out);
            out.iter_mut().for_each(|x| *x *= deviation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Stream, below, threefry2x32};
    use crate::graph::RandomKind;

    /// The known answers that the authors' library publishes for 20 rounds.
    #[test]
    fn known_answers() {
        assert_eq!(threefry2x32([0, 0], [0, 0]), [0x6b20_0159, 0x99ba_4efe]);
        let ones = u32::MAX;
        assert_eq!(threefry2x32([ones, ones], [ones, ones]), [0x1cb9_96fc, 0xbb00_2be7]);
        assert_eq!(
            threefry2x32([0x1319_8a2e, 0x0370_7344], [0x243f_6a88, 0x85a3_08d3]),
            [0xc492_3a9c, 0x483d_f7a0]
        );
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut draws = vec![0.0_f32; 1 << 16];
        let moments = |draws: &[f32]| {
            let n = draws.len() as f64;
            let mean = draws.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
            (mean, draws.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n)
        };
        Stream::new(1, 2, 3).fill(RandomKind::Normal, &mut draws);
        let (mean, variance) = moments(&draws);
        // Four standard errors of 2^16 draws.
        assert!(
            mean.abs() < 4.0 / 256.0 && (variance - 1.0).abs() < 4.0 * 2f64.sqrt() / 256.0,
            "{mean} {variance}"
        );
        Stream::new(1, 2, 3).fill(RandomKind::Uniform, &mut draws);
        let (mean, variance) = moments(&draws);
        assert!((mean - 0.5).abs() < 0.005 && (variance - 1.0 / 12.0).abs() < 0.002, "{mean} {variance}");
    }

    #[test]
    fn streams_steps_and_seeds_differ() {
        let first = |seed, stream, step| Stream::new(seed, stream, step).word(0);
        let words = [first(0, 0, 0), first(1, 0, 0), first(0, 1, 0), first(0, 0, 1), first(1 << 32, 0, 0)];
        for (i, a) in words.iter().enumerate() {
            assert!(words[i + 1..].iter().all(|b| a != b), "{words:?}");
        }
    }

    #[test]
    fn a_number_does_not_depend_on_how_many_are_drawn() {
        let stream = Stream::new(7, 1, 2);
        for kind in [RandomKind::Uniform, RandomKind::Normal, RandomKind::Below(1000)] {
            let mut many = [0.0; 50];
            stream.fill(kind, &mut many);
            for count in 0..50 {
                let mut few = vec![0.0; count];
                stream.fill(kind, &mut few);
                assert_eq!(few, many[..count], "{kind:?}");
            }
        }
    }

    #[test]
    fn below_stays_below() {
        assert_eq!(below(u32::MAX, 10), 9);
        assert_eq!(below(0, 10), 0);
    }
}
