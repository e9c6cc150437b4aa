//! Copies of a part of an operand in the order in which tiles read it.

use crate::simd::{F32x4, Real};

/// Packs `width` lines of `depth` elements side by side: element p of line j goes to
/// `target[p * padded + j]`, and zeros to the lines from `width` to `padded`. `line` and `k` are the
/// distances between lines and along them; lines are columns of B or rows of A.
///
/// # Safety
/// The elements of the lines are readable and the first `depth * padded` of `target` writable.
/// `width ≤ padded`, and `padded` is a multiple of 4.
pub(super) unsafe fn pack(
    source: *const f32,
    (line, k): (usize, usize),
    (width, padded): (usize, usize),
    depth: usize,
    target: *mut f32,
) {
    let whole = width / 4 * 4;
    // SAFETY: every access below is to lines under `width`, places under `padded` and steps under `depth`.
    unsafe {
        if line == 1 {
            side_by_side(source, k, whole, padded, depth, target);
        } else if k == 1 {
            along(source, line, whole, padded, depth, target);
        } else {
            elements(source, (line, k), (0, whole), padded, depth, target);
        }
        if width < padded {
            elements(source, (line, k), (whole, width), padded, depth, target);
            for p in 0..depth {
                for j in width..padded {
                    *target.add(p * padded + j) = 0.0;
                }
            }
        }
    }
}

/// Lines that lie side by side already: rows of `whole` elements are copied.
unsafe fn side_by_side(
    source: *const f32,
    k: usize,
    whole: usize,
    padded: usize,
    depth: usize,
    target: *mut f32,
) {
    // SAFETY: see `pack`.
    unsafe {
        match whole == padded {
            true if padded == 8 => copy::<2>(source, k, depth, target),
            true if padded == 16 => copy::<4>(source, k, depth, target),
            _ => {
                for p in 0..depth {
                    for j in (0..whole).step_by(4) {
                        F32x4::load_ptr(source.add(p * k + j)).store_ptr(target.add(p * padded + j));
                    }
                }
            }
        }
    }
}

/// Rows of `V` vectors, at a distance of `k`, to dense ones.
#[inline(always)]
unsafe fn copy<const V: usize>(mut source: *const f32, k: usize, depth: usize, mut target: *mut f32) {
    let mut row = |places: usize| {
        // SAFETY: see `pack`; pointers move on only where another row follows or as the last thing.
        unsafe {
            let mut vectors = [[F32x4::splat(0.0); V]; 4];
            for vectors in vectors.iter_mut().take(places) {
                *vectors = core::array::from_fn(|v| F32x4::load_ptr(source.add(4 * v)));
                source = source.wrapping_add(k);
            }
            for (p, vectors) in vectors.iter().enumerate().take(places) {
                for (v, vector) in vectors.iter().enumerate() {
                    vector.store_ptr(target.add(4 * (p * V + v)));
                }
            }
            target = target.wrapping_add(4 * V * places);
        }
    };
    for _ in 0..depth / 4 {
        row(4);
    }
    for _ in 0..depth % 4 {
        row(1);
    }
}

/// Lines that lie along k: blocks of 4 by 4 are transposed.
unsafe fn along(
    source: *const f32,
    line: usize,
    whole: usize,
    padded: usize,
    depth: usize,
    target: *mut f32,
) {
    for j in (0..whole).step_by(4) {
        // SAFETY: see `pack`.
        unsafe {
            let lines: [*const f32; 4] = core::array::from_fn(|i| source.add((j + i) * line));
            let mut p = 0;
            while p + 4 <= depth {
                let columns = F32x4::transpose(lines.map(|line| F32x4::load_ptr(line.add(p))));
                for (i, column) in columns.iter().enumerate() {
                    column.store_ptr(target.add((p + i) * padded + j));
                }
                p += 4;
            }
            while p < depth {
                for (i, line) in lines.iter().enumerate() {
                    *target.add(p * padded + j + i) = *line.add(p);
                }
                p += 1;
            }
        }
    }
}

/// Lines `from..to`, element by element.
unsafe fn elements(
    source: *const f32,
    (line, k): (usize, usize),
    (from, to): (usize, usize),
    padded: usize,
    depth: usize,
    target: *mut f32,
) {
    for j in from..to {
        for p in 0..depth {
            // SAFETY: see `pack`.
            unsafe { *target.add(p * padded + j) = *source.add(j * line + p * k) };
        }
    }
}

/// Packs `rows` rows of A along k, one after the other: element p of row i goes to `target[i * depth + p]`.
///
/// # Safety
/// The elements of the rows are readable and the first `rows * depth` of `target` writable.
pub(super) unsafe fn pack_rows(
    source: *const f32,
    (row, k): (usize, usize),
    rows: usize,
    depth: usize,
    target: *mut f32,
) {
    let whole = if row == 1 { (rows / 4 * 4, depth / 4 * 4) } else { (0, 0) };
    // SAFETY: every access is to rows under `rows` and steps under `depth`.
    unsafe {
        for i in (0..whole.0).step_by(4) {
            for p in (0..whole.1).step_by(4) {
                let lines = core::array::from_fn(|j| F32x4::load_ptr(source.add(i + (p + j) * k)));
                for (j, column) in F32x4::transpose(lines).into_iter().enumerate() {
                    column.store_ptr(target.add((i + j) * depth + p));
                }
            }
        }
        for i in 0..rows {
            let from = if i < whole.0 { whole.1 } else { 0 };
            for p in from..depth {
                *target.add(i * depth + p) = *source.add(i * row + p * k);
            }
        }
    }
}

/// Packs few rows side by side: element p of row i goes to `target[p * rows + i]`.
///
/// # Safety
/// The elements of the rows are readable and the first `rows * depth` of `target` writable.
pub(super) unsafe fn pack_side_by_side(
    source: *const f32,
    (row, k): (usize, usize),
    rows: usize,
    depth: usize,
    target: *mut f32,
) {
    for i in 0..rows {
        for p in 0..depth {
            // SAFETY: row `i` under `rows`, step `p` under `depth`.
            unsafe { *target.add(p * rows + i) = *source.add(i * row + p * k) };
        }
    }
}
