//! Matrix products in binary32.
//!
//! Meaning ([`Path::Reference`](super::Path)): each result begins at 0 (or at the old one, where products are added up), adds `a[i,k]·b[k,j]` for k = 0, 1, …,
//! each product and each sum rounded to binary32, then goes through the epilogue. The wide path computes tiles of 4 rows by 8
//! columns in registers, in the same order and so with the same bits. Long sums are cut into blocks whose partial results pass through
//! memory, which loses nothing. The relaxed-simd build fuses each multiplication and addition and may differ in the last places.
//!
//! Operands are read where they lie when eight columns lie side by side; otherwise `b` is copied to panels of eight columns. Products with
//! fewer than eight columns are computed transposed. Sizes of 0 and 1 are served. Left out: threads, double precision.

mod kernel;
mod pack;
mod reference;

#[cfg(test)]
mod tests;

pub use kernel::{PEAK_CHUNK_FLOP, peak_chunk};

/// Sizes of `c (m,n) = a (m,k) · b (k,n)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows of the result.
    pub m: usize,
    /// Columns of the result.
    pub n: usize,
    /// Products in a sum.
    pub k: usize,
}

/// How an operand is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strides {
    /// Row after row.
    Rows,
    /// Column after column: the transpose is stored row after row.
    Columns,
}

impl Strides {
    /// Row after row.
    pub const ROWS: Strides = Strides::Rows;
    /// Column after column.
    pub const COLUMNS: Strides = Strides::Columns;

    /// Words between rows and between columns of a `(rows,columns)` matrix.
    fn of(self, rows: usize, columns: usize) -> [usize; 2] {
        match self {
            Strides::Rows => [columns, 1],
            Strides::Columns => [1, rows],
        }
    }
}

/// What follows the sum of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activation {
    /// Nothing.
    #[default]
    None,
    /// `x > 0 ? x : 0`
    Relu,
    /// `x > 0 ? x : slope·x`
    LeakyRelu(f32),
    /// `aux > 0 ? x : slope·x`, `aux (m,n)` being the last extra operand.
    MaskPositive(f32),
}

/// What is done to sums before they are stored: bias (the first extra operand, a row of `n`), then the activation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Epilogue {
    /// Adds a row.
    pub bias: bool,
    /// Then this.
    pub activation: Activation,
}

/// The operands of one product.
#[derive(Clone, Copy, Debug)]
pub struct Matrices<'a> {
    /// `(m,k)`
    pub a: &'a [f32],
    /// `(k,n)`
    pub b: &'a [f32],
    /// What the epilogue reads, in its order.
    pub extra: &'a [&'a [f32]],
}

/// A product prepared for its sizes.
#[derive(Clone, Debug)]
pub struct Gemm {
    shape: Shape,
    a: Strides,
    b: Strides,
    accumulate: bool,
    epilogue: Epilogue,
    method: Method,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    /// `b` is read where it lies, but for a last panel of fewer than eight columns.
    InPlace,
    /// `b` is copied to panels.
    Packed,
    /// The transposed product, `cᵀ = bᵀ · aᵀ`, with `aᵀ` copied to panels.
    Transposed,
}

/// Columns of a panel.
const COLUMNS: usize = 8;
/// Products of a block: a panel of it stays in the first-level cache.
const BLOCK_K: usize = 256;
/// Rows of a block of the left operand: it stays in the second-level cache.
const BLOCK_M: usize = 64;

impl Gemm {
    /// Prepares a product. `accumulate`: results are added to what is there.
    pub fn new(shape: Shape, a: Strides, b: Strides, accumulate: bool) -> Gemm {
        let Shape { m, n, k } = shape;
        let method = if n < COLUMNS && m >= COLUMNS {
            Method::Transposed
        } else if b == Strides::Columns && n > 1 && k > 1 {
            Method::Packed
        } else if k > BLOCK_K || (m >= 16 && k >= 64 && n.is_multiple_of(256)) {
            // Rows a power of two apart fall into the same places of the cache.
            Method::Packed
        } else {
            Method::InPlace
        };
        Gemm { shape, a, b, accumulate, epilogue: Epilogue::default(), method }
    }

    /// The same with an epilogue.
    #[must_use]
    pub fn with_epilogue(mut self, epilogue: Epilogue) -> Gemm {
        self.epilogue = epilogue;
        self
    }

    /// Multiplications and additions.
    pub fn flop_count(&self) -> u64 {
        2 * self.shape.m as u64 * self.shape.n as u64 * self.shape.k as u64
    }

    /// Words of scratch that [`Gemm::run`] needs.
    pub fn scratch_len(&self) -> usize {
        let Shape { m, n, k } = self.shape;
        let depth = k.min(BLOCK_K);
        match self.method {
            Method::InPlace if n.is_multiple_of(COLUMNS) => 0,
            Method::InPlace => depth * COLUMNS,
            Method::Packed => depth * n.next_multiple_of(COLUMNS),
            Method::Transposed => depth * m.next_multiple_of(COLUMNS),
        }
    }

    /// `c (m,n) = a · b`.
    ///
    /// # Panics
    /// When a slice is shorter than its shape says.
    pub fn run(&self, reference: bool, matrices: Matrices, c: &mut [f32], scratch: &mut [f32]) {
        let Shape { m, n, k } = self.shape;
        let (a, b, c) = (&matrices.a[..m * k], &matrices.b[..k * n], &mut c[..m * n]);
        let extra = Extra::new(&self.epilogue, matrices.extra, m, n);
        let (sa, sb) = (self.a.of(m, k), self.b.of(k, n));
        if reference {
            reference::product(self.shape, (a, sa), (b, sb), self.accumulate, &extra, c);
            return;
        }
        let scratch = &mut scratch[..self.scratch_len()];
        let product = match self.method {
            Method::Transposed => kernel::Product {
                rows: n,
                columns: m,
                depth: k,
                left: b,
                left_strides: [sb[1], sb[0]],
                right: a,
                right_strides: [sa[1], sa[0]],
                out_strides: [1, n],
                pack_all: true,
                transposed: true,
            },
            method => kernel::Product {
                rows: m,
                columns: n,
                depth: k,
                left: a,
                left_strides: sa,
                right: b,
                right_strides: sb,
                out_strides: [n, 1],
                pack_all: method == Method::Packed,
                transposed: false,
            },
        };
        kernel::run(&product, self.accumulate, &extra, c, scratch);
    }
}

/// The epilogue with its operands.
#[derive(Clone, Copy, Debug)]
struct Extra<'a> {
    bias: &'a [f32],
    aux: &'a [f32],
    activation: Activation,
    /// Words of a row of the result and of `aux`.
    n: usize,
}

impl<'a> Extra<'a> {
    fn new(epilogue: &Epilogue, operands: &[&'a [f32]], m: usize, n: usize) -> Extra<'a> {
        let mut operands = operands.iter();
        let bias = if epilogue.bias { operands.next().map_or(&[][..], |bias| &bias[..n]) } else { &[] };
        let masked = matches!(epilogue.activation, Activation::MaskPositive(_));
        let aux = if masked { operands.next().map_or(&[][..], |aux| &aux[..m * n]) } else { &[] };
        assert_eq!((bias.is_empty(), aux.is_empty()), (!epilogue.bias || n == 0, !masked || m * n == 0));
        Extra { bias, aux, activation: epilogue.activation, n }
    }

    fn is_none(&self) -> bool {
        self.bias.is_empty() && self.activation == Activation::None
    }

    /// The result at row `i` and column `j` for a finished sum.
    #[inline(always)]
    fn apply(&self, i: usize, j: usize, sum: f32) -> f32 {
        let x = if self.bias.is_empty() { sum } else { sum + self.bias[j] };
        match self.activation {
            Activation::None => x,
            Activation::Relu => {
                if x > 0.0 {
                    x
                } else {
                    0.0
                }
            }
            Activation::LeakyRelu(slope) => {
                if x > 0.0 {
                    x
                } else {
                    slope * x
                }
            }
            Activation::MaskPositive(slope) => {
                if self.aux[i * self.n + j] > 0.0 {
                    x
                } else {
                    slope * x
                }
            }
        }
    }
}
