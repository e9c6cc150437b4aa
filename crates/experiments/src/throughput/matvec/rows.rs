//! Rows of codes, with the scales that formats put between or before them.

use engine::simd::{F32x4, Real};
use numerics::blocks::{
    BLOCK_FORMATS, BlockFormat, BlockKind, BlockOptions, Grouping, MX_BLOCK_LEN, NVFP4_BLOCK_LEN,
    TensorStats, nvfp4_tensor_scale,
};
use numerics::{Format, by_id};

use super::codes::{
    ByteTable, Codes, Int8, Nibbles, SixBitTable, SmallFloat, SplitNibbles, Unsigned8, dot, pairs,
    power_of_two,
};
use super::q4k::Q4K;
use super::store::{Scheme, Store};
use super::{ALLOWED_32, Rows};

/// Weights of INT4 that share a scale.
const INT4_GROUP: usize = 128;

/// One row at a time.
pub(super) trait Row {
    /// Bytes of a row of `side` weights.
    fn bytes(&self, side: usize) -> usize;
    /// Which weight of a row is multiplied with the x at `place`.
    fn source(&self, place: usize) -> usize;
    /// What x is multiplied with beforehand.
    fn x_factor(&self) -> f32 {
        1.0
    }
    /// Over how many neighbours sums of x are needed; 0 for none.
    fn sums_of(&self) -> usize {
        0
    }
    /// The sum of a row.
    ///
    /// # Safety
    /// A row of `side` weights at `stored` with 16 readable bytes behind it, `side` elements at `x` in the order of
    /// [`Self::source`], and the sums of x asked for.
    unsafe fn row(&self, side: usize, stored: *const u8, x: *const f32, sums: *const f32) -> f32;
}

/// Rows that are multiplied in binary32.
pub(super) struct FloatRows<R> {
    row: R,
    side: usize,
    x: Vec<f64>,
    arranged: Vec<f32>,
    sums: Vec<f32>,
    y: Vec<f32>,
}

impl<R: Row> FloatRows<R> {
    pub(super) fn new(row: R, side: usize, x: &[f32]) -> FloatRows<R> {
        let factor = row.x_factor();
        let arranged = (0..side).map(|place| x[row.source(place)] * factor).collect();
        let sums = match row.sums_of() {
            0 => Vec::new(),
            len => x.chunks_exact(len).map(|x| x.iter().map(|x| f64::from(*x)).sum::<f64>() as f32).collect(),
        };
        FloatRows {
            row,
            side,
            x: x.iter().map(|x| f64::from(*x)).collect(),
            arranged,
            sums,
            y: vec![0.0; side],
        }
    }

    pub(super) fn boxed(row: R, side: usize, x: &[f32]) -> Box<dyn Rows>
    where
        R: 'static,
    {
        Box::new(Self::new(row, side, x))
    }
}

impl<R: Row> Rows for FloatRows<R> {
    fn row_bytes(&self) -> usize {
        self.row.bytes(self.side)
    }

    #[inline(never)]
    fn multiply(&mut self, stored: &[u8], first: usize) {
        let bytes = self.row_bytes();
        let (x, sums) = (self.arranged.as_ptr(), self.sums.as_ptr());
        // The matrix's slack is behind the last row.
        for (y, row) in self.y[first..].iter_mut().zip(stored.windows(bytes + 16).step_by(bytes)) {
            // SAFETY: the window is a row and 16 bytes; x and its sums have the lengths that `new` gave them.
            *y = unsafe { self.row.row(self.side, row.as_ptr(), x, sums) };
        }
    }

    fn sum(&self, row: usize) -> f64 {
        f64::from(self.y[row])
    }

    fn x(&self) -> &[f64] {
        &self.x
    }

    fn vector_bytes(&self) -> usize {
        4 * (self.side + self.y.len())
    }

    fn allowed(&self) -> f64 {
        ALLOWED_32
    }
}

/// The four lanes added.
#[inline(always)]
pub(super) fn total(lanes: F32x4) -> f32 {
    let [a, b, c, d] = lanes.to_array();
    (a + c) + (b + d)
}

/// Codes one after the other, one scale for the tensor.
pub(super) struct Plain<C> {
    pub(super) codes: C,
    pub(super) scale: f32,
}

impl<C: Codes> Row for Plain<C> {
    fn bytes(&self, side: usize) -> usize {
        side / C::GROUP * C::BYTES
    }
    fn source(&self, place: usize) -> usize {
        place / C::GROUP * C::GROUP + C::source(place % C::GROUP)
    }
    fn x_factor(&self) -> f32 {
        self.codes.x_factor()
    }
    #[inline(always)]
    unsafe fn row(&self, side: usize, stored: *const u8, x: *const f32, _sums: *const f32) -> f32 {
        // SAFETY: the caller's promise.
        total(unsafe { dot(&self.codes, stored, x, side) }) * self.scale
    }
}

/// What a block begins with.
pub(super) trait Header {
    /// Its bytes.
    const BYTES: usize;
    /// The block's scale.
    ///
    /// # Safety
    /// A readable header.
    unsafe fn scale(&self, header: *const u8) -> f32;
}

/// A power of two, E8M0. Its smallest, of blocks of zeros only, is taken as zero.
struct E8m0;

impl Header for E8m0 {
    const BYTES: usize = 1;
    #[inline(always)]
    unsafe fn scale(&self, header: *const u8) -> f32 {
        // SAFETY: the caller's promise.
        f32::from_bits(u32::from(unsafe { *header }) << 23)
    }
}

/// A byte by a table of scales.
struct ScaleTable(Box<[f32; 256]>);

impl Header for ScaleTable {
    const BYTES: usize = 1;
    #[inline(always)]
    unsafe fn scale(&self, header: *const u8) -> f32 {
        // SAFETY: the caller's promise.
        self.0[usize::from(unsafe { *header })]
    }
}

/// binary32.
struct Scale32;

impl Header for Scale32 {
    const BYTES: usize = 4;
    #[inline(always)]
    unsafe fn scale(&self, header: *const u8) -> f32 {
        // SAFETY: the caller's promise.
        f32::from_bits(u32::from_le(unsafe { header.cast::<u32>().read_unaligned() }))
    }
}

/// binary16, finite.
pub(super) struct Scale16;

impl Header for Scale16 {
    const BYTES: usize = 2;
    #[inline(always)]
    unsafe fn scale(&self, header: *const u8) -> f32 {
        // SAFETY: the caller's promise.
        let code = u32::from(u16::from_le(unsafe { header.cast::<u16>().read_unaligned() }));
        let magnitude = f32::from_bits((code & 0x7FFF) << 13) * power_of_two(112);
        f32::from_bits(magnitude.to_bits() | (code & 0x8000) << 16)
    }
}

/// Blocks of a header and codes.
struct Scaled<C, H> {
    codes: C,
    header: H,
    len: usize,
}

impl<C: Codes, H: Header> Row for Scaled<C, H> {
    fn bytes(&self, side: usize) -> usize {
        side / self.len * (H::BYTES + self.len / C::GROUP * C::BYTES)
    }
    fn source(&self, place: usize) -> usize {
        place / C::GROUP * C::GROUP + C::source(place % C::GROUP)
    }
    fn x_factor(&self) -> f32 {
        self.codes.x_factor()
    }
    #[inline(always)]
    unsafe fn row(&self, side: usize, stored: *const u8, x: *const f32, _sums: *const f32) -> f32 {
        let bytes = H::BYTES + self.len / C::GROUP * C::BYTES;
        let mut totals = [F32x4::splat(0.0); 2];
        for block in 0..side / self.len {
            // SAFETY: whole blocks of the row.
            let (lanes, scale) = unsafe {
                let stored = stored.add(block * bytes);
                let lanes = dot(&self.codes, stored.add(H::BYTES), x.add(block * self.len), self.len);
                (lanes, self.header.scale(stored))
            };
            let sum = &mut totals[block % 2];
            *sum = lanes.mul_add(F32x4::splat(scale), *sum);
        }
        total(totals[0].add(totals[1]))
    }
}

/// Groups of a binary32 scale, a zero point and unsigned codes: `Σ s·(q − z)·x = Σ s·(Σ q·x − z·Σ x)`.
struct Affine<C> {
    codes: C,
    len: usize,
}

impl<C: Codes> Row for Affine<C> {
    fn bytes(&self, side: usize) -> usize {
        side / self.len * (5 + self.len / C::GROUP * C::BYTES)
    }
    fn source(&self, place: usize) -> usize {
        place / C::GROUP * C::GROUP + C::source(place % C::GROUP)
    }
    fn sums_of(&self) -> usize {
        self.len
    }
    #[inline(always)]
    unsafe fn row(&self, side: usize, stored: *const u8, x: *const f32, sums: *const f32) -> f32 {
        let bytes = 5 + self.len / C::GROUP * C::BYTES;
        let mut sum = 0.0;
        for group in 0..side / self.len {
            // SAFETY: whole groups of the row.
            unsafe {
                let stored = stored.add(group * bytes);
                let products = total(dot(&self.codes, stored.add(5), x.add(group * self.len), self.len));
                let zero_point = f32::from(*stored.add(4));
                sum += Scale32.scale(stored) * (products - zero_point * *sums.add(group));
            }
        }
        sum
    }
}

/// The values of a format's codes, at most 8 bits, zero beyond them.
pub(super) fn values<const N: usize>(format: &Format) -> [f32; N] {
    let value = |code: usize| format.decode(code as u64).to_f64() as f32;
    core::array::from_fn(|code| if code < 1 << format.bits { value(code) } else { 0.0 })
}

/// How a block format's weights are stored and multiplied.
pub(super) fn blocks(id: &str, side: usize, band: &[f32], x: &[f32]) -> Option<(Store, Box<dyn Rows>)> {
    let format = BLOCK_FORMATS.iter().find(|format| format.id == id)?;
    let mut options = BlockOptions::default();
    if let BlockKind::Int(scheme) = format.kind {
        let len = if scheme.bits == 8 { side } else { INT4_GROUP };
        options.grouping = Grouping::Group { len };
    }
    let stats = TensorStats::of(band);
    let rows = block_rows(format, &options, &stats, side, x)?;
    Some((Store::new(Scheme::Block { format, options, stats }), rows))
}

fn scaled<C: Codes + 'static, H: Header + 'static>(
    (codes, header, len): (C, H, usize),
    side: usize,
    x: &[f32],
) -> Box<dyn Rows> {
    FloatRows::boxed(Scaled { codes, header, len }, side, x)
}

fn block_rows(
    format: &BlockFormat,
    options: &BlockOptions,
    stats: &TensorStats,
    side: usize,
    x: &[f32],
) -> Option<Box<dyn Rows>> {
    let element = |id: &str| by_id(id);
    let len = options.grouping.group_len().unwrap_or(side);
    Some(match format.kind {
        BlockKind::Mx(spec) => {
            let (element, len) = (spec.element, MX_BLOCK_LEN);
            match (element.id, element.bits) {
                ("e4m3", _) => scaled((SmallFloat::<4> { bias: 7 }, E8m0, len), side, x),
                ("e5m2", _) => scaled((SmallFloat::<5> { bias: 15 }, E8m0, len), side, x),
                (_, 6) => scaled((SixBitTable(Box::new(values(element))), E8m0, len), side, x),
                (_, 4) => scaled((Nibbles(pairs(&values(element))), E8m0, len), side, x),
                _ => scaled((ByteTable(Box::new(values(element))), E8m0, len), side, x),
            }
        }
        BlockKind::Nvfp4 => {
            let tensor = nvfp4_tensor_scale(stats);
            let scales = values::<256>(element("e4m3")?).map(|scale| tensor * scale);
            let codes = Nibbles(pairs(&values(element("e2m1")?)));
            scaled((codes, ScaleTable(Box::new(scales)), NVFP4_BLOCK_LEN), side, x)
        }
        BlockKind::Nf4 => {
            let len = format.block_len(options)?;
            scaled((Nibbles(pairs(&values(element("nf4")?))), Scale32, len), side, x)
        }
        BlockKind::Int(scheme) => match (scheme.bits, scheme.affine) {
            (8, false) => scaled((Int8, Scale32, len), side, x),
            (8, true) => FloatRows::boxed(Affine { codes: Unsigned8, len }, side, x),
            (_, false) => scaled((Nibbles(pairs(&values(element("int4")?))), Scale32, len), side, x),
            (_, true) => FloatRows::boxed(Affine { codes: Nibbles(pairs(&whole(0))), len }, side, x),
        },
        BlockKind::Q8_0 => scaled((Int8, Scale16, format.block_len(options)?), side, x),
        BlockKind::Q4_0 => {
            scaled((SplitNibbles::<16>(pairs(&whole(-8))), Scale16, format.block_len(options)?), side, x)
        }
        BlockKind::Q4K => FloatRows::boxed(Q4K::new(), side, x),
    })
}

/// Sixteen whole numbers from `first` on.
pub(super) fn whole(first: i8) -> [f32; 16] {
    core::array::from_fn(|code| f32::from(first) + code as f32)
}
