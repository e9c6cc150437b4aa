//! Column-major data read in row-major order, with bounded memory.
//!
//! A `.npy` file may store its first dimension as the fastest (`fortran_order`). Whoever reads numbers means
//! the logical order, the last dimension fastest: that is the order of rows, of channels, and of every other file.
//! So the tensor is read in bands of whole rows. A band's elements lie in as many runs as a row has elements; runs that are
//! close are fetched as one byte range, the bytes between them dropped. Each element's bytes go to their place in the band,
//! and a band that is complete is handed over.
//!
//! Where one row alone is longer than a band may be, the first index is fixed and the next dimension is cut; the elements
//! of its runs then lie a stride apart. That stays right and bounded, but reads spans of the file again and again: a column-major
//! array of more than [`BAND_ELEMENTS`] a row would have to be written out anew to be read fast.
//!
//! Units: elements unless a name says bytes. Logical indices count in row-major order, places in the file's.

use crate::limits::{BAND_ELEMENTS, DEFAULT_SLICE_BYTES, RUN_GAP_BYTES};
use crate::slices::ByteRange;

/// Whether both orders are the same: at most one dimension is longer than 1.
pub(crate) fn orders_agree(shape: &[u64]) -> bool {
    shape.iter().filter(|size| **size != 1).count() <= 1
}

/// Reads one column-major tensor.
#[derive(Debug, Clone)]
pub(crate) struct Bands {
    /// The sizes other than 1, outermost first.
    shape: Vec<u64>,
    element_bytes: u64,
    /// Where the tensor begins in the file, in bytes.
    start: u64,
    band: Option<Band>,
}

/// Rows `first..end` of dimension `depth`, below one choice of the indices before it.
#[derive(Debug, Clone)]
struct Band {
    depth: usize,
    first: u64,
    rows: u64,
    /// Place of the fixed indices.
    base: u64,
    /// Logical index of the band's first element.
    logical: u64,
    /// Elements of a row: the product of the dimensions after `depth`.
    row_len: u64,
    /// Places between neighbours of dimension `depth`.
    stride: u64,
    /// Runs fetched so far.
    done: u64,
    /// The elements' bytes in logical order; empty before the first run has come.
    bytes: Vec<u8>,
}

impl Bands {
    pub(crate) fn new(shape: &[u64], element_bytes: u64, start: u64) -> Self {
        let shape = shape.iter().copied().filter(|size| *size != 1).collect();
        Self { shape, element_bytes, start, band: None }
    }

    /// The byte range wanted next to get on from logical element `from`; `until` ends what is wanted.
    pub(crate) fn next_range(&self, from: u64, until: u64) -> ByteRange {
        match &self.band {
            Some(band) => self.group(band).0,
            None => self.group(&self.band_at(from, until)).0,
        }
    }

    /// Takes the bytes of [`Self::next_range`]. Returns the logical index of the first element of a band that is now complete,
    /// with its bytes.
    pub(crate) fn take(&mut self, from: u64, until: u64, bytes: &[u8]) -> Option<(u64, Vec<u8>)> {
        let mut band = self.band.take().unwrap_or_else(|| self.band_at(from, until));
        band.bytes.resize((band.rows * band.row_len * self.element_bytes) as usize, 0);
        let (range, runs) = self.group(&band);
        for run in band.done..band.done + runs {
            let (place, first, row) = self.run(&band, run);
            // Runs of a group lie within its range, and a range is at most a band long: all fits memory.
            let offset = (self.start + place * self.element_bytes - range.offset) as usize;
            band.scatter(bytes.get(offset..).unwrap_or_default(), first, row, self.element_bytes as usize);
        }
        band.done += runs;
        if band.done < band.runs() {
            self.band = Some(band);
            return None;
        }
        Some((band.logical, band.bytes))
    }

    /// Sizes from dimension `from` on, multiplied.
    fn product(&self, from: usize) -> u64 {
        self.shape.get(from..).unwrap_or_default().iter().product()
    }

    /// The band that holds logical element `from`, no longer than `until` asks for.
    fn band_at(&self, from: u64, until: u64) -> Band {
        let fits = |depth: &usize| self.product(depth + 1) <= BAND_ELEMENTS;
        // A row of the last dimension is one element, which always fits.
        let depth = (0..self.shape.len()).find(fits).unwrap_or(0);
        let row_len = self.product(depth + 1).max(1);
        let size = self.shape.get(depth).copied().unwrap_or(1);
        let row = from / row_len;
        let (mut prefix, first) = (row / size, row % size);
        let wanted = until.div_ceil(row_len).saturating_sub(row).max(1);
        let most = (BAND_ELEMENTS / row_len).max(1);
        let rows = wanted.min(most).min(size - first);
        // The fixed indices, last first, become a place in the file.
        let (mut base, mut stride) = (0, self.shape[..depth].iter().product::<u64>());
        let below = stride;
        for size in self.shape[..depth].iter().rev() {
            stride /= size;
            base += prefix % size * stride;
            prefix /= size;
        }
        Band {
            depth,
            first,
            rows,
            base,
            logical: row * row_len,
            row_len,
            stride: below,
            done: 0,
            bytes: Vec::new(),
        }
    }

    /// A run's place in the file, the element of the row and the row where it begins.
    fn run(&self, band: &Band, run: u64) -> (u64, u64, u64) {
        let (mut column, row) = if band.stride == 1 { (run, 0) } else { (run / band.rows, run % band.rows) };
        let mut place = band.base + (band.first + row) * band.stride;
        // `column` counts in the file's order; its indices give the place and the logical number.
        let mut stride = band.stride * self.shape.get(band.depth).copied().unwrap_or(1);
        let mut logical_stride = band.row_len;
        // Fastest in the file is the dimension after `depth`, which is the slowest in logical order.
        let mut element = 0;
        for size in self.shape.get(band.depth + 1..).unwrap_or_default() {
            logical_stride /= size;
            element += column % size * logical_stride;
            place += column % size * stride;
            stride *= size;
            column /= size;
        }
        (place, element, row)
    }

    fn run_bytes(&self, band: &Band) -> u64 {
        if band.stride == 1 { band.rows * self.element_bytes } else { self.element_bytes }
    }

    /// The next runs that are close enough to be fetched together: their range and how many there are.
    fn group(&self, band: &Band) -> (ByteRange, u64) {
        let offset = |run: u64| self.start + self.run(band, run).0 * self.element_bytes;
        let (begin, length) = (offset(band.done), self.run_bytes(band));
        let (mut end, mut runs) = (begin + length, 1);
        while band.done + runs < band.runs() {
            let next = offset(band.done + runs);
            if next - end > RUN_GAP_BYTES || next + length - begin > DEFAULT_SLICE_BYTES {
                break;
            }
            (end, runs) = (next + length, runs + 1);
        }
        (ByteRange { offset: begin, len: end - begin }, runs)
    }
}

impl Band {
    /// How many runs there are. Rows that lie side by side make one run for each element of a row.
    fn runs(&self) -> u64 {
        if self.stride == 1 { self.row_len } else { self.row_len * self.rows }
    }

    /// Puts the elements of a run at their places: one below the other, a row apart.
    fn scatter(&mut self, run: &[u8], element: u64, row: u64, element_bytes: usize) {
        let rows = if self.stride == 1 { self.rows } else { 1 };
        let row_bytes = self.row_len as usize * element_bytes;
        let mut at = row as usize * row_bytes + element as usize * element_bytes;
        for value in run.chunks_exact(element_bytes).take(rows as usize) {
            if let Some(place) = self.bytes.get_mut(at..at + element_bytes) {
                place.copy_from_slice(value);
            }
            at += row_bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Elements of two bytes, each its own logical index, stored column-major.
    fn stored(shape: &[u64]) -> Vec<u8> {
        let elements: u64 = shape.iter().product();
        let mut file = vec![0; 2 * elements as usize];
        for logical in 0..elements {
            let (mut rest, mut place) = (logical, 0);
            let mut stride: u64 = elements;
            for size in shape.iter().rev() {
                stride /= size;
                place += rest % size * stride;
                rest /= size;
            }
            file[2 * place as usize..][..2].copy_from_slice(&(logical as u16).to_le_bytes());
        }
        file
    }

    fn read(shape: &[u64], from: u64, until: u64) -> Vec<u16> {
        let file = stored(shape);
        let mut bands = Bands::new(shape, 2, 0);
        let (mut at, mut out) = (from, Vec::new());
        while at < until {
            let range = bands.next_range(at, until);
            let bytes = &file[range.offset as usize..(range.offset + range.len) as usize];
            if let Some((first, band)) = bands.take(at, until, bytes) {
                let numbers = band.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b));
                let (first, all): (u64, Vec<u16>) = (first, numbers.collect());
                let end = (first + all.len() as u64).min(until);
                out.extend_from_slice(&all[(at - first) as usize..(end - first) as usize]);
                at = end;
            }
        }
        out
    }

    #[test]
    fn every_shape_reads_in_logical_order() {
        for shape in [&[2, 3][..], &[3, 2, 4], &[5, 1, 3], &[2, 3, 4, 5], &[1, 7], &[6], &[4, 1, 1, 2]] {
            let elements: u64 = shape.iter().product();
            let all: Vec<u16> = (0..elements as u16).collect();
            assert_eq!(read(shape, 0, elements), all, "{shape:?}");
            for from in 0..elements {
                let until = (from + 5).min(elements);
                assert_eq!(read(shape, from, until), all[from as usize..until as usize], "{shape:?} {from}");
            }
        }
    }

    #[test]
    fn a_row_longer_than_a_band_is_cut() {
        let row = BAND_ELEMENTS;
        let bands = Bands::new(&[3, 2 * row], 8, 100);
        let band = bands.band_at(2 * row + 5, u64::MAX);
        // The second row of the first dimension, from its sixth element on.
        assert_eq!((band.depth, band.first, band.rows, band.base), (1, 5, row, 1));
        let (range, runs) = bands.group(&band);
        assert_eq!((range.offset, runs), (100 + 8 * (1 + 5 * 3), (DEFAULT_SLICE_BYTES - 8) / 24 + 1));
    }

    #[test]
    fn far_runs_are_fetched_one_by_one() {
        let columns = RUN_GAP_BYTES;
        let bands = Bands::new(&[columns, 3], 8, 0);
        let range = bands.next_range(0, 6);
        assert_eq!(range, ByteRange { offset: 0, len: 16 });
    }

    #[test]
    fn which_shapes_have_one_order() {
        assert!(orders_agree(&[]) && orders_agree(&[5]) && orders_agree(&[1, 5, 1]));
        assert!(!orders_agree(&[2, 5]) && !orders_agree(&[2, 1, 2]));
    }
}
