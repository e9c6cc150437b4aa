//! Features of pictures, computed once and kept.

use super::{Draw, Pictures};
use crate::networks::efficientnet_lite0::Extractor;

/// Rows of numbers with labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Numbers of a row.
    pub width: usize,
    /// Row after row.
    pub values: Vec<f32>,
    /// The class of each row.
    pub labels: Vec<u8>,
}

impl Table {
    /// Rows that a draw names; indices past the end are left out.
    pub fn rows(&self, indices: &[usize]) -> Table {
        let mut table = Table { width: self.width, values: Vec::new(), labels: Vec::new() };
        for &index in indices {
            let row = self.values.get(index * self.width..(index + 1) * self.width);
            if let (Some(row), Some(label)) = (row, self.labels.get(index)) {
                table.values.extend_from_slice(row);
                table.labels.push(*label);
            }
        }
        table
    }

    /// The two parts of a draw, each column scaled by what the training rows say, and that scaling.
    pub fn parts(&self, draw: &Draw) -> (Table, Table, Scaler) {
        let (mut train, mut test) = (self.rows(&draw.train), self.rows(&draw.test));
        let scaler = Scaler::of(&train);
        scaler.apply(&mut train.values);
        scaler.apply(&mut test.values);
        (train, test, scaler)
    }

    /// The pictures themselves at a size, `(level − 127) / 128`: for arms without a base.
    pub fn of_pixels(pictures: &Pictures, side: usize) -> Table {
        Table {
            width: side * side * 3,
            values: (0..pictures.len()).flat_map(|index| Table::pixel_row(pictures, index, side)).collect(),
            labels: pictures.labels().to_vec(),
        }
    }

    /// One row of [`Table::of_pixels`].
    pub fn pixel_row(pictures: &Pictures, index: usize, side: usize) -> Vec<f32> {
        pictures.levels(index, side).into_iter().map(|level| (level - 127.0) / 128.0).collect()
    }
}

/// Mean and spread of each column, by which new rows are scaled too.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaler {
    means: Vec<f32>,
    /// 1 / standard deviation; of a column that hardly varies, of the mean one.
    factors: Vec<f32>,
}

impl Scaler {
    /// Of means and factors from elsewhere; nothing when their numbers differ or one is not finite.
    pub fn given(means: Vec<f32>, factors: Vec<f32>) -> Option<Scaler> {
        let is_finite = means.iter().chain(&factors).all(|x| x.is_finite());
        (is_finite && !means.is_empty() && means.len() == factors.len()).then_some(Scaler { means, factors })
    }

    /// The mean of each column, and the factor by which what is left is multiplied.
    pub fn numbers(&self) -> [&[f32]; 2] {
        [&self.means, &self.factors]
    }

    /// Of a table's rows. Sums in binary64.
    pub fn of(table: &Table) -> Scaler {
        let width = table.width.max(1);
        let count = (table.values.len() / width).max(1) as f64;
        let (mut sums, mut squares) = (vec![0.0_f64; width], vec![0.0_f64; width]);
        for row in table.values.chunks_exact(width) {
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
        }
        for sum in &mut sums {
            *sum /= count;
        }
        for row in table.values.chunks_exact(width) {
            for ((square, mean), x) in squares.iter_mut().zip(&sums).zip(row) {
                *square += (f64::from(*x) - mean).powi(2);
            }
        }
        let deviations: Vec<f64> = squares.iter().map(|square| (square / count).sqrt()).collect();
        // Columns that happen to be constant among few rows must not blow up others.
        let usual = deviations.iter().sum::<f64>() / width as f64;
        let floor = (0.1 * usual).max(f64::from(f32::MIN_POSITIVE));
        Scaler {
            means: sums.iter().map(|mean| *mean as f32).collect(),
            factors: deviations.iter().map(|deviation| (1.0 / deviation.max(floor)) as f32).collect(),
        }
    }

    /// Scales rows in place.
    pub fn apply(&self, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(self.means.len()) {
            for ((x, mean), factor) in row.iter_mut().zip(&self.means).zip(&self.factors) {
                *x = (*x - mean) * factor;
            }
        }
    }
}

/// What of the base is kept for a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kept {
    /// The means over pixels of the last feature map: `channels` numbers.
    Means,
    /// The last feature map, `(h, w, channels)`, flattened.
    Maps,
    /// What comes into block 11, `(2h, 2w, 112)`, flattened: the part of a base that is frozen whichever blocks are trained.
    Entry,
}

/// Features on their way: one batch of pictures at a time, so that a worker can listen in between.
#[derive(Debug)]
pub struct Extraction {
    tables: Vec<(Kept, Table)>,
}

impl Extraction {
    /// Nothing extracted yet.
    pub fn new(kept: Kept) -> Extraction {
        Extraction::of(&[kept])
    }

    /// Several kinds of features from one pass; at least one.
    pub fn of(kept: &[Kept]) -> Extraction {
        let empty = || Table { width: 0, values: Vec::new(), labels: Vec::new() };
        Extraction { tables: kept.iter().map(|&kept| (kept, empty())).collect() }
    }

    /// Pictures done.
    pub fn done(&self) -> usize {
        self.tables.first().map_or(0, |(_, table)| table.labels.len())
    }

    /// Does the next batch; whether there was one.
    pub fn step(&mut self, base: &mut Extractor, pictures: &Pictures) -> bool {
        let first = self.done();
        let count = base.batch().min(pictures.len().saturating_sub(first));
        if count == 0 || self.tables.is_empty() {
            return false;
        }
        let mut levels: Vec<f32> =
            (first..first + count).flat_map(|index| pictures.levels(index, base.side())).collect();
        levels.resize(base.batch() * base.side() * base.side() * 3, 0.0);
        base.run(&levels);
        for (kept, table) in &mut self.tables {
            let rows = match kept {
                Kept::Means => base.features(),
                Kept::Maps => base.map(),
                Kept::Entry => base.entry(),
            };
            table.width = rows.len() / base.batch().max(1);
            table.values.extend_from_slice(&rows[..count * table.width]);
            table.labels.extend_from_slice(&pictures.labels()[first..first + count]);
        }
        true
    }

    /// The features of the pictures done, of the first kind.
    pub fn table(self) -> Table {
        let first = self.tables.into_iter().next();
        first.map_or(Table { width: 0, values: Vec::new(), labels: Vec::new() }, |(_, table)| table)
    }

    /// The features of the pictures done, by kind.
    pub fn tables(self) -> Vec<(Kept, Table)> {
        self.tables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_scaled_by_the_training_rows() {
        let table = Table { width: 2, values: vec![0.0, 5.0, 2.0, 5.0, 9.0, 6.0], labels: vec![0, 1, 0] };
        let (train, test, scaler) = table.parts(&Draw { train: vec![0, 1], test: vec![2, 7] });
        assert_eq!(train.values, [-1.0, 0.0, 1.0, 0.0]);
        // The second column does not vary in training: its spread counts as a tenth of the mean one, 0.05.
        assert_eq!(test.values, [8.0, 20.0]);
        assert_eq!(test.labels, [0]);
        let [means, factors] = scaler.numbers();
        assert_eq!(Scaler::given(means.to_vec(), factors.to_vec()), Some(scaler.clone()));
        assert_eq!(Scaler::given(vec![0.0, f32::NAN], vec![1.0, 1.0]), None);
        assert_eq!(Scaler::given(vec![0.0], vec![1.0, 1.0]), None);
    }
}
