//! How a tensor's rows and a format's blocks lie.
//!
//! MX, NVFP4 and INT groups share a scale along one row of a row-major tensor and end with it, as a product of matrices needs it: a row's
//! last block may be short, and formats with blocks of one size fill it with zeros. NF4's blocks run on from row to row: its library,
//! bitsandbytes, takes the tensor as a flat array. The GGUF formats are defined for rows of whole blocks alone (ggml refuses others); here
//! they run on too. The others run on where that is asked for, as for kernels of 3×3 whose rows are shorter than any block.
//!
//! A tensor passes in pieces. Each but the last ends where [`Layout::cut`] allows it, so that no block lies in two pieces; no row has to
//! fit into one piece, whatever its length.
//! Left out: blocks along other axes, two-dimensional blocks.

use super::pack::packed_bytes;
use super::{BlockError, BlockFormat, BlockKind, BlockOptions, Grouping, TensorStats};

/// A row with a scale of its own that is longer than this passes in pieces, and its range has to be known before: [`Layout::long_rows`].
pub const LONG_ROW: u64 = 1 << 18;

/// A block format on one tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    format: &'static BlockFormat,
    options: BlockOptions,
    elements: u64,
    /// Blocks end with runs of this many values; the whole tensor where they run on or the tensor has one scale.
    row_len: u64,
    /// Values of a block.
    step: u64,
    /// Rows have scales of their own and come in pieces.
    has_long_rows: bool,
    /// There are blocks that lie in two rows.
    runs_on: bool,
}

impl Layout {
    /// For a tensor of `elements` values in rows of `row_len`. `Grouping::Channel` takes its length from here. Without `end_with_rows` blocks
    /// run on from row to row; a scale for every row still is one for every row.
    pub fn new(
        format: &'static BlockFormat,
        options: &BlockOptions,
        elements: u64,
        row_len: u64,
        end_with_rows: bool,
    ) -> Self {
        let mut options = *options;
        let mut row_len = row_len.clamp(1, elements.max(1));
        let is_by_row = matches!(options.grouping, Grouping::Channel { .. });
        let is_int = matches!(format.kind, BlockKind::Int(_));
        let has_long_rows = is_int && is_by_row && row_len > LONG_ROW;
        if has_long_rows {
            options.grouping = Grouping::Tensor;
        } else if is_by_row {
            options.grouping = Grouping::Channel { row_len: usize::try_from(row_len).unwrap_or(usize::MAX) };
        }
        let block = format.block_len(&options).map(|len| len as u64);
        let follows_rows = match format.kind {
            BlockKind::Mx(_) | BlockKind::Nvfp4 => end_with_rows,
            BlockKind::Int(_) => end_with_rows || is_by_row,
            BlockKind::Nf4 | BlockKind::Q8_0 | BlockKind::Q4_0 | BlockKind::Q4K => false,
        };
        let runs_on =
            !follows_rows && row_len < elements && block.is_some_and(|block| !row_len.is_multiple_of(block));
        if !has_long_rows && (block.is_none() || !follows_rows) {
            row_len = elements.max(1);
        }
        // Without blocks pieces are of an even length, so that two 4-bit codes share a byte.
        Self { format, options, elements, row_len, step: block.unwrap_or(2), has_long_rows, runs_on }
    }

    /// The tensor's [`TensorStats`] are read, so a first pass has to collect them.
    pub fn needs_stats(&self) -> bool {
        !self.has_long_rows && self.format.needs_stats(&self.options)
    }

    /// The length of rows whose [`TensorStats`] are read, one for each row; none where no row is that long.
    pub fn long_rows(&self) -> Option<u64> {
        self.has_long_rows.then_some(self.row_len)
    }

    /// The last place up to `end` at which a piece that began at `start` may end.
    pub fn cut(&self, start: u64, end: u64) -> u64 {
        if end >= self.elements {
            return end;
        }
        let from = (end - end % self.row_len).max(start);
        from + (end - from) / self.step * self.step
    }

    /// Bytes of the whole tensor's blocks.
    pub fn stored_bytes(&self) -> u64 {
        let (rows, rest) = (self.elements / self.row_len, self.elements % self.row_len);
        rows.saturating_mul(self.row_bytes(self.row_len)).saturating_add(self.row_bytes(rest))
    }

    /// Everything that has to be kept of the tensor: its blocks, and where it has one the scale of the whole.
    pub fn total_bytes(&self) -> u64 {
        let own = if self.has_long_rows { 0 } else { self.format.tensor_bytes(&self.options) as u64 };
        self.stored_bytes().saturating_add(own)
    }

    /// There are blocks that lie in two rows.
    pub fn runs_on(&self) -> bool {
        self.runs_on
    }

    /// Zeros that fill last blocks.
    pub fn padding(&self) -> u64 {
        if matches!(self.format.kind, BlockKind::Int(_)) {
            return 0;
        }
        let missing = |len: u64| len.next_multiple_of(self.step) - len;
        let (rows, rest) = (self.elements / self.row_len, self.elements % self.row_len);
        rows.saturating_mul(missing(self.row_len)).saturating_add(missing(rest))
    }

    fn row_bytes(&self, len: u64) -> u64 {
        let bytes =
            self.format.stored_bytes(&self.options, usize::try_from(len).unwrap_or(usize::MAX)) as u64;
        match self.format.kind {
            BlockKind::Int(scheme) if self.has_long_rows && len > 0 => bytes + scheme.header_bytes() as u64,
            _ => bytes,
        }
    }

    /// A piece needs no look at its rows: they are whole blocks.
    fn is_plain(&self, start: u64) -> bool {
        let one_row = self.row_len >= self.elements;
        !self.has_long_rows
            && (one_row || self.row_len.is_multiple_of(self.step) && start.is_multiple_of(self.step))
    }

    /// Appends the bytes of the piece that begins at `start`. `rows` are the ranges of long rows.
    pub fn quantize(
        &self,
        x: &[f32],
        start: u64,
        stats: &TensorStats,
        rows: &[TensorStats],
        out: &mut Vec<u8>,
    ) {
        if self.is_plain(start) {
            return self.format.quantize(x, stats, &self.at(start), out);
        }
        for part in self.parts(x.len(), start) {
            let range = self.range(part.start, stats, rows);
            if let (BlockKind::Int(scheme), true) = (self.format.kind, self.has_header(part.start)) {
                scheme.write_header(scheme.params(range), out);
            }
            self.format.quantize(&x[part.offset..part.offset + part.len], range, &self.at(part.start), out);
        }
    }

    /// Appends the `len` values of such a piece's bytes. Fails when they are not exactly what so many values take.
    pub fn dequantize(
        &self,
        bytes: &[u8],
        len: usize,
        start: u64,
        stats: &TensorStats,
        rows: &[TensorStats],
        out: &mut Vec<f32>,
    ) -> Result<(), BlockError> {
        if self.is_plain(start) {
            return self.format.dequantize(bytes, len, stats, &self.at(start), out);
        }
        let expected = self.parts(len, start).map(|part| self.part_bytes(&part)).sum();
        if bytes.len() != expected {
            return Err(BlockError::Length { len, expected, actual: bytes.len() });
        }
        let mut rest = bytes;
        for part in self.parts(len, start) {
            let (own, after) = rest.split_at(self.part_bytes(&part));
            rest = after;
            let codes = match self.format.kind {
                BlockKind::Int(scheme) if self.has_header(part.start) => &own[scheme.header_bytes()..],
                _ => own,
            };
            let range = self.range(part.start, stats, rows);
            self.format.dequantize(codes, part.len, range, &self.options, out)?;
        }
        Ok(())
    }

    /// Options for values from this place on.
    fn at(&self, start: u64) -> BlockOptions {
        BlockOptions { first_index: start, ..self.options }
    }

    /// A row with a scale of its own begins here.
    fn has_header(&self, start: u64) -> bool {
        self.has_long_rows && start.is_multiple_of(self.row_len)
    }

    fn range<'a>(&self, start: u64, stats: &'a TensorStats, rows: &'a [TensorStats]) -> &'a TensorStats {
        let row = usize::try_from(start / self.row_len).unwrap_or(usize::MAX);
        if self.has_long_rows { rows.get(row).unwrap_or(stats) } else { stats }
    }

    fn part_bytes(&self, part: &Part) -> usize {
        match self.format.kind {
            BlockKind::Int(scheme) if self.has_long_rows => {
                let header = if self.has_header(part.start) { scheme.header_bytes() } else { 0 };
                packed_bytes(part.len, scheme.bits.into()) + header
            }
            _ => self.format.stored_bytes(&self.options, part.len),
        }
    }

    /// A piece row by row.
    fn parts(&self, len: usize, start: u64) -> impl Iterator<Item = Part> {
        let row_len = self.row_len;
        let mut offset = 0;
        std::iter::from_fn(move || {
            let at = start + offset as u64;
            let left = usize::try_from(row_len - at % row_len).unwrap_or(usize::MAX);
            let part = Part { start: at, offset, len: left.min(len - offset) };
            offset += part.len;
            (part.len > 0).then_some(part)
        })
    }
}

/// The part of a piece that lies in one row.
struct Part {
    /// In the tensor.
    start: u64,
    /// In the piece.
    offset: usize,
    len: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::{BLOCK_FORMATS, block_by_id};

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| crate::samples::draw(crate::samples::Shape::Normal, 1.0, 9, i as u64)).collect()
    }

    fn restored(layout: &Layout, x: &[f32], pieces: usize) -> (Vec<f32>, Vec<u8>) {
        let stats = TensorStats::of(x);
        let rows: Vec<TensorStats> = layout
            .long_rows()
            .map_or_else(Vec::new, |len| x.chunks(len as usize).map(TensorStats::of).collect());
        let (mut all, mut bytes, mut start) = (Vec::new(), Vec::new(), 0);
        for piece in 1..=pieces {
            let end = layout.cut(start as u64, (x.len() * piece / pieces) as u64) as usize;
            if end == start {
                continue;
            }
            let mut own = Vec::new();
            layout.quantize(&x[start..end], start as u64, &stats, &rows, &mut own);
            layout
                .dequantize(&own, end - start, start as u64, &stats, &rows, &mut all)
                .expect("its own bytes");
            bytes.extend(own);
            start = end;
        }
        assert_eq!(start, x.len());
        (all, bytes)
    }

    fn groupings() -> [Grouping; 3] {
        [Grouping::Tensor, Grouping::Channel { row_len: 0 }, Grouping::Group { len: 20 }]
    }

    #[test]
    fn a_row_is_what_it_would_be_alone() {
        for format in BLOCK_FORMATS {
            for grouping in groupings() {
                let options = BlockOptions { grouping, ..BlockOptions::default() };
                for (rows, row_len) in [(2, 48), (5, 3), (3, 64), (1, 77), (4, 1)] {
                    let x = numbers(rows * row_len);
                    let stats = TensorStats::of(&x);
                    let layout = Layout::new(format, &options, x.len() as u64, row_len as u64, true);
                    let (all, bytes) = restored(&layout, &x, 1);
                    assert_eq!(bytes.len() as u64, layout.stored_bytes(), "{}", format.id);
                    let is_flat = match format.kind {
                        BlockKind::Int(_) => grouping == Grouping::Tensor,
                        BlockKind::Mx(_) | BlockKind::Nvfp4 => false,
                        _ => true,
                    };
                    if is_flat {
                        continue;
                    }
                    let mut right = Vec::new();
                    for row in x.chunks(row_len) {
                        let own = BlockOptions {
                            grouping: match grouping {
                                Grouping::Channel { .. } => Grouping::Channel { row_len },
                                other => other,
                            },
                            ..options
                        };
                        let mut bytes = Vec::new();
                        format.quantize(row, &stats, &own, &mut bytes);
                        format.dequantize(&bytes, row_len, &stats, &own, &mut right).expect("bytes");
                    }
                    assert_eq!(all, right, "{} {rows}×{row_len}", format.id);
                }
            }
        }
    }

    #[test]
    fn pieces_make_the_same_bytes_as_the_whole() {
        for format in BLOCK_FORMATS {
            for grouping in groupings() {
                for mode in [crate::RoundingMode::NearestEven, crate::RoundingMode::Stochastic { random: 0 }]
                {
                    let options = BlockOptions { grouping, mode, seed: 3, ..BlockOptions::default() };
                    for end_with_rows in [true, false] {
                        let x = numbers(7 * 131);
                        let layout = Layout::new(format, &options, x.len() as u64, 131, end_with_rows);
                        let whole = restored(&layout, &x, 1);
                        for pieces in [2, 5, 40] {
                            assert_eq!(restored(&layout, &x, pieces), whole, "{} {grouping:?}", format.id);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_long_row_in_pieces_has_one_scale() {
        let row_len = LONG_ROW as usize + 33;
        let x = numbers(2 * row_len);
        for id in ["int8-sym", "int8-affine", "int4-sym", "int4-affine"] {
            let format = block_by_id(id).expect("an INT format");
            let options =
                BlockOptions { grouping: Grouping::Channel { row_len: 0 }, ..BlockOptions::default() };
            let layout = Layout::new(format, &options, x.len() as u64, row_len as u64, true);
            assert_eq!(layout.long_rows(), Some(row_len as u64));
            let (all, bytes) = restored(&layout, &x, 9);
            let own = BlockOptions { grouping: Grouping::Channel { row_len }, ..options };
            let (mut right_bytes, mut right) = (Vec::new(), Vec::new());
            format.quantize(&x, &TensorStats::new(), &own, &mut right_bytes);
            format.dequantize(&right_bytes, x.len(), &TensorStats::new(), &own, &mut right).expect("bytes");
            assert!(bytes == right_bytes && all == right, "{id}");
            assert_eq!(layout.stored_bytes(), right_bytes.len() as u64);
            assert_eq!(layout.total_bytes(), layout.stored_bytes());
        }
    }

    #[test]
    fn padding_and_totals_are_counted() {
        let of = |id: &str, elements, row_len, ends| {
            let format = block_by_id(id).expect("a format");
            Layout::new(format, &BlockOptions::default(), elements, row_len, ends)
        };
        // Two rows of 48: each is a block of 32 and one of 16 filled up.
        assert_eq!(
            (of("mxfp4", 96, 48, true).total_bytes(), of("mxfp4", 96, 48, true).padding()),
            (4 * 17, 32)
        );
        assert_eq!(
            (of("mxfp4", 96, 48, false).total_bytes(), of("mxfp4", 96, 48, false).padding()),
            (3 * 17, 0)
        );
        assert_eq!(
            (of("nvfp4", 96, 48, true).total_bytes(), of("nvfp4", 96, 48, true).padding()),
            (6 * 9 + 4, 0)
        );
        assert_eq!(
            (of("int8-sym", 96, 48, true).total_bytes(), of("int8-sym", 96, 48, true).padding()),
            (100, 0)
        );
        let runs_on = |id: &str, ends| of(id, 96, 48, ends).runs_on();
        assert_eq!(
            (runs_on("mxfp4", true), runs_on("mxfp4", false), runs_on("nvfp4", false)),
            (false, true, false)
        );
        assert_eq!(
            (runs_on("q4_k", true), runs_on("nf4-block", true), runs_on("int8-sym", true)),
            (true, true, false)
        );
        // A 64×64 matrix and a scalar.
        for (id, bytes) in [
            ("q4_0", 2322),
            ("q8_0", 4386),
            ("q4_k", 2448),
            ("mxfp4", 2193),
            ("nvfp4", 2321),
            ("nf4-block", 2340),
        ] {
            assert_eq!(
                of(id, 4096, 64, true).total_bytes() + of(id, 1, 1, true).total_bytes(),
                bytes,
                "{id}"
            );
        }
    }
}
