//! Memory beyond the caches: reading, writing, copying, filling.
//!
//! | what | how | bytes counted |
//! |---|---|---|
//! | read | vector loads into sums | n |
//! | write | vector stores of changing values | n |
//! | copy | one bulk copy (`memory.copy`) | 2n: read and written |
//! | fill | one bulk fill (`memory.fill`) | n |
//!
//! What a cache reads before it is written, and the hardware's own prefetching, are not counted.

use core::hint::black_box;

use engine::simd::{U32x4, Word};

use super::{Cost, Failure, Kernel, allocate};

/// Words touched in one step: 4 MiB.
const CHUNK: usize = 1 << 20;

/// Ways of using memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Read,
    Write,
    Copy,
    Fill,
}

impl Way {
    pub(super) const ALL: [Way; 4] = [Way::Read, Way::Write, Way::Copy, Way::Fill];

    pub(super) fn id(self) -> &'static str {
        match self {
            Way::Read => "read",
            Way::Write => "write",
            Way::Copy => "copy",
            Way::Fill => "fill",
        }
    }
}

pub(super) struct Memory {
    way: Way,
    words: usize,
    main: Vec<u32>,
    other: Vec<u32>,
    seed: u32,
    sum: u32,
}

impl Memory {
    /// Over `bytes`, a multiple of 4 MiB.
    pub(super) fn new(way: Way, bytes: usize) -> Memory {
        Memory { way, words: bytes / 4, main: Vec::new(), other: Vec::new(), seed: black_box(17), sum: 0 }
    }

    fn chunk(&self, index: usize) -> core::ops::Range<usize> {
        index * CHUNK..self.words.min((index + 1) * CHUNK)
    }
}

#[inline(never)]
fn read(words: &[u32]) -> u32 {
    let mut sums = [U32x4::splat(0); 8];
    let (groups, _) = words.as_chunks::<32>();
    for group in groups {
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = sum.add(U32x4::load(&group[4 * i..]));
        }
    }
    let mut lanes = [0; 4];
    sums.into_iter().fold(U32x4::splat(0), U32x4::add).store(&mut lanes);
    lanes.into_iter().fold(0, u32::wrapping_add)
}

#[inline(never)]
fn write(words: &mut [u32], first: u32) {
    let (mut value, one) = (U32x4::splat(first), U32x4::splat(1));
    let (groups, _) = words.as_chunks_mut::<4>();
    for group in groups {
        value.store(group);
        value = value.add(one);
    }
}

impl Kernel for Memory {
    fn prepare(&mut self) -> Result<bool, Failure> {
        if self.main.is_empty() {
            // Every page is touched here and not for the first time in a run.
            self.main = allocate(self.words, self.seed)?;
            return Ok(self.way != Way::Copy);
        }
        self.other = allocate(self.words, self.seed + 1)?;
        Ok(true)
    }

    fn cost(&self) -> Cost {
        let bytes = (self.words * 4) as f64 * if self.way == Way::Copy { 2.0 } else { 1.0 };
        Cost { work_per_call: bytes, bytes_per_call: bytes, ..Cost::default() }
    }

    fn steps(&self) -> usize {
        self.words.div_ceil(CHUNK)
    }

    fn step(&mut self, index: usize) {
        let chunk = self.chunk(index);
        match self.way {
            Way::Read => {
                let start = if index == 0 { 0 } else { self.sum };
                self.sum = start.wrapping_add(read(&self.main[chunk]));
            }
            Way::Write => write(&mut self.main[chunk], self.seed),
            Way::Copy => self.other[chunk.clone()].copy_from_slice(&self.main[chunk]),
            Way::Fill => self.main[chunk].fill(black_box(0x0505_0505)),
        }
    }

    fn has_even_steps(&self) -> bool {
        true
    }

    fn verify(&mut self) -> Result<Option<f64>, Failure> {
        let seed = self.seed;
        let wrong = match self.way {
            Way::Read => u64::from(self.sum != seed.wrapping_mul(self.words as u32)),
            Way::Write => (0..self.steps())
                .map(|index| self.main[self.chunk(index)].iter().zip(0_u32..))
                .map(|chunk| chunk.filter(|(word, i)| **word != seed.wrapping_add(i / 4)).count() as u64)
                .sum(),
            Way::Copy => self.other.iter().filter(|word| **word != seed).count() as u64,
            Way::Fill => self.main.iter().filter(|word| **word != 0x0505_0505).count() as u64,
        };
        if wrong == 0 { Ok(None) } else { Err(Failure::WrongResult { error: wrong as f64 }) }
    }
}
