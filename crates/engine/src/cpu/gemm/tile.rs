//! The innermost loops: a tile of R rows and V vectors of sums, in registers over the whole of a part of k.
//!
//! Five rows by eight columns keep 10 sums, 2 vectors of B, one element of A and one product in
//! registers; a WebAssembly engine has 15 to give on x86-64, and what does not fit is spilt at every
//! step. Fewer rows get more vectors, so that there are always enough independent sums to hide the
//! latency of an addition.
//!
//! The shape of the loop is for the compilers between here and the machine. LLVM orders a long straight run
//! of steps by sum, not by step, and keeps far too many elements alive; a possible exit after each step keeps
//! the steps apart. It also rewrites addresses into forms that lose their constant offsets, unless the
//! pointers do not look like induction variables to it; see [`opaque`].

use core::array;

use super::finish::{Finish, Part, Place};
use crate::simd::{F32x4, Real};

/// How the row operand of a tile lies.
#[derive(Clone, Copy)]
pub(super) struct RowOperand {
    /// The first row at the first k.
    pub start: *const f32,
    /// To the next row: 1 in a panel.
    pub row: usize,
    /// To the next k: 1 where a tile reads rows.
    pub k: usize,
}

/// How the column operand of a tile lies: its columns side by side.
#[derive(Clone, Copy)]
pub(super) struct ColumnOperand {
    /// The first column at the first k.
    pub start: *const f32,
    /// To the next k.
    pub k: usize,
}

/// The same pointer: those to `f32` have these bits clear.
#[inline(always)]
fn opaque(pointer: *const f32) -> *const f32 {
    pointer.map_addr(|address| address & !3)
}

/// Adds the products of one k to the sums.
///
/// # Safety
/// `a` gives readable elements for rows under R; `b` begins 4 V readable ones.
#[inline(always)]
unsafe fn step<const R: usize, const V: usize>(
    sums: &mut [[F32x4; V]; R],
    a: impl Fn(usize) -> *const f32,
    b: *const f32,
) {
    // SAFETY: as the caller promises.
    unsafe {
        let columns: [F32x4; V] = array::from_fn(|v| F32x4::load_ptr(b.add(4 * v)));
        for (r, sums) in sums.iter_mut().enumerate() {
            let element = F32x4::load_splat(a(r));
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum = element.mul_add(column, *sum);
            }
        }
    }
}

/// Adds `depth` products to each sum. With `PANEL` the rows of A lie side by side (`a.row` is 1), without it
/// each row lies along k (`a.k` is 1). With `PACKED`, `b.k` is 4 V.
///
/// # Safety
/// The operands have R rows, 4 V columns and `depth` steps.
#[inline(always)]
unsafe fn products<const R: usize, const V: usize, const PANEL: bool, const PACKED: bool>(
    sums: &mut [[F32x4; V]; R],
    a: RowOperand,
    b: ColumnOperand,
    depth: usize,
) {
    if depth == 0 {
        return;
    }
    let distance = if PACKED { 4 * V } else { b.k };
    let mut column = b.start;
    let mut rows: [*const f32; R] = array::from_fn(|r| a.start.wrapping_add(r * a.row));
    let mut left = depth;
    // SAFETY: `left` steps are left, each of which reads the rows and columns that the caller promises.
    unsafe {
        loop {
            macro_rules! steps {
                ($($i:literal),*) => {$(
                    if PANEL {
                        step(sums, |r| rows[0].add(r), column);
                    } else {
                        step(sums, |r| rows[r].add($i), column);
                    }
                    if left == $i + 1 {
                        return;
                    }
                    column = column.add(distance);
                    if PANEL {
                        rows[0] = rows[0].add(a.k);
                    }
                )*};
            }
            steps!(0, 1, 2, 3, 4, 5, 6, 7);
            column = opaque(column);
            if PANEL {
                rows[0] = opaque(rows[0]);
            } else {
                rows = rows.map(|row| opaque(row.add(8)));
            }
            left -= 8;
        }
    }
}

/// What the tiles of a sweep share.
pub(super) struct Sweep<'a> {
    pub finish: &'a Finish,
    pub part: Part,
    pub depth: usize,
    /// The problem's C.
    pub c: *mut f32,
    pub b: ColumnOperand,
}

/// Computes `tiles` tiles, one below the other, and moves `a` and `place` below them.
///
/// # Safety
/// The operands have R rows a tile, 4 V columns and `depth` steps; the places lie inside C.
#[inline(never)]
pub(super) unsafe fn sweep<const R: usize, const V: usize, const PANEL: bool, const PACKED: bool>(
    sweep: &Sweep<'_>,
    a: &mut RowOperand,
    place: &mut Place,
    tiles: usize,
) {
    let (mut operand, mut at) = (*a, *place);
    for _ in 0..tiles {
        // SAFETY: as the caller promises.
        unsafe {
            let mut sums = sweep.finish.begin::<R, V>(sweep.part, at, sweep.c);
            products::<R, V, PANEL, PACKED>(&mut sums, operand, sweep.b, sweep.depth);
            sweep.finish.end::<R, V>(at, sweep.c, sums);
        }
        operand.start = operand.start.wrapping_add(R * operand.row);
        at.row += R;
    }
    (*a, *place) = (operand, at);
}
