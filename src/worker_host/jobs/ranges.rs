//! A first pass over a tensor: what formats have to know before they convert its first number.

use numerics::blocks::TensorStats;
use numerics::moments::Moments;
use numerics::scaling::Extent;
use tensor_files::Elements;

/// Numbers of a tensor on which ways to scale are tried, evenly spaced.
const SAMPLE: u64 = 4096;

/// What a format needs of a first pass.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Needs {
    /// The tensor's range.
    pub(super) range: bool,
    /// The root mean square, and a sample.
    pub(super) sample: bool,
    /// The ranges of rows of this length.
    pub(super) rows: Option<u64>,
}

impl Needs {
    /// What two formats need.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            range: self.range || other.range,
            sample: self.sample || other.sample,
            // Rows of one tensor have one length.
            rows: self.rows.or(other.rows),
        }
    }

    /// Whether there has to be a first pass.
    pub(super) fn any(self) -> bool {
        self.range || self.sample || self.rows.is_some()
    }
}

/// What it finds.
#[derive(Debug, Clone, Default)]
pub(super) struct Ranges {
    needs: Needs,
    /// The range as binary32 has it.
    pub(super) stats: TensorStats,
    /// Ranges of long rows.
    pub(super) rows: Vec<TensorStats>,
    /// Evenly spaced numbers, where asked for.
    pub(super) sample: Vec<f64>,
    moments: Moments,
    absmax: f64,
    spacing: u64,
    narrow: Vec<f32>,
}

impl Ranges {
    /// For a tensor of so many numbers.
    pub(super) fn new(needs: Needs, elements: u64) -> Self {
        Self { needs, spacing: elements.div_ceil(SAMPLE).max(1), ..Self::default() }
    }

    /// Largest magnitude and root mean square of the finite numbers.
    pub(super) fn extent(&self) -> Extent {
        Extent { absmax: self.absmax, rms: self.moments.rms() }
    }

    /// Takes the numbers from `start` on.
    pub(super) fn observe(&mut self, slice: &Elements, start: u64) {
        match slice {
            Elements::F32(values) => {
                self.narrow_part(values, start);
                self.absmax = self.absmax.max(f64::from(self.stats.absmax));
                self.wide_part(values.len(), start, |index| f64::from(values[index]));
            }
            Elements::F64(values) => {
                let mut narrow = std::mem::take(&mut self.narrow);
                narrow.clear();
                narrow.extend(values.iter().map(|value| *value as f32));
                self.narrow_part(&narrow, start);
                self.narrow = narrow;
                let finite = values.iter().filter(|value| value.is_finite());
                self.absmax = finite.fold(self.absmax, |most, value| most.max(value.abs()));
                self.wide_part(values.len(), start, |index| values[index]);
            }
        }
    }

    fn narrow_part(&mut self, values: &[f32], start: u64) {
        self.stats.observe(values);
        let Some(row_len) = self.needs.rows.filter(|len| *len > 0) else { return };
        let mut rest = values;
        let mut at = start;
        while !rest.is_empty() {
            let left = usize::try_from(row_len - at % row_len).unwrap_or(usize::MAX);
            let (part, after) = rest.split_at(left.min(rest.len()));
            let row = usize::try_from(at / row_len).unwrap_or(usize::MAX);
            if self.rows.len() <= row {
                self.rows.resize(row + 1, TensorStats::new());
            }
            self.rows[row].observe(part);
            at += part.len() as u64;
            rest = after;
        }
    }

    fn wide_part(&mut self, len: usize, start: u64, number: impl Fn(usize) -> f64) {
        if !self.needs.sample {
            return;
        }
        (0..len).for_each(|index| self.moments.push(number(index)));
        let first = start.next_multiple_of(self.spacing) - start;
        self.sample
            .extend((first..len as u64).step_by(self.spacing as usize).map(|index| number(index as usize)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_of_any_length_find_the_same() {
        let values: Vec<f64> = (0..20_000_u16).map(|i| f64::from(i % 7919) - 4000.0).collect();
        let needs = Needs { range: true, sample: true, rows: Some(777) };
        let of = |len: usize, wide: bool| {
            let mut ranges = Ranges::new(needs, values.len() as u64);
            for (index, slice) in values.chunks(len).enumerate() {
                let slice = if wide {
                    Elements::F64(slice.to_vec())
                } else {
                    Elements::F32(slice.iter().map(|x| *x as f32).collect())
                };
                ranges.observe(&slice, (index * len) as u64);
            }
            (ranges.stats, ranges.rows.clone(), ranges.sample.clone(), ranges.extent())
        };
        let whole = of(values.len(), true);
        assert_eq!(whole.1.len(), 20_000_usize.div_ceil(777));
        assert_eq!(whole.2.len(), 4000);
        for len in [1000, 777, 13] {
            assert!(of(len, true) == whole && of(len, false) == whole, "{len}");
        }
    }
}
