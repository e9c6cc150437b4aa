//! Every operation of every backend against the scalar, over bit patterns of all kinds.

use super::{F32x4, Mask, Real, U32x4, Word, portable};

/// Patterns that exercise signs, zeros, subnormals, infinities, NaN and the edges of integers, then a
/// pseudo-random tail (a linear congruential generator, for spread only).
fn patterns() -> Vec<u32> {
    let mut patterns =
        vec![0, 1, 2, 0x007F_FFFF, 0x0080_0000, 0x3F7F_FFFF, 0x3F80_0000, 0x3F00_0000, 0x3FC0_0000];
    patterns.extend([
        0x4B00_0000,
        0x4B7F_FFFF,
        0x4AFF_FFFF,
        0x4F00_0000,
        0x7F7F_FFFF,
        0x7F80_0000,
        0x7FC0_0000,
        31,
    ]);
    patterns.extend(patterns.clone().iter().map(|bits| bits | 0x8000_0000));
    let mut state = 1_u32;
    while patterns.len() < 1 << 12 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        patterns.push(state ^ (state >> 15));
        // Values of moderate size, which conversions and roundings need.
        patterns.push((state >> 1 & 0x87FF_FFFF) | 0x3800_0000);
    }
    patterns
}

fn same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// All operations on two operands, as (name, bits, whether they are those of a float). Masks are seen
/// through `select`.
fn outcomes<R: Real>(a: R, b: R) -> Vec<(&'static str, R::Word, bool)> {
    let (u, v) = (a.to_bits(), b.to_bits());
    let mut list: Vec<(&'static str, R::Word, bool)> = Vec::new();
    for (name, value) in [
        ("add", a.add(b)),
        ("sub", a.sub(b)),
        ("mul", a.mul(b)),
        ("div", a.div(b)),
        ("neg", a.neg()),
        ("abs", a.abs()),
        ("sqrt", a.sqrt()),
        ("mul_add", a.mul_add(b, a)),
        ("min", a.min(b)),
        ("max", a.max(b)),
        ("floor", a.floor()),
        ("round_small", a.round_small()),
        ("copysign", a.copysign(b)),
        ("from_i32", R::from_i32(u)),
        ("select", R::select(a.lt(b), a, b)),
    ] {
        list.push((name, value.to_bits(), true));
    }
    let in_range = a.abs().lt(R::splat(2_147_483_648.0));
    for (name, mask) in [
        ("lt", a.lt(b)),
        ("le", a.le(b)),
        ("gt", a.gt(b)),
        ("ge", a.ge(b)),
        ("eq", a.eq(b)),
        ("is_nan", a.is_nan()),
        ("mask and", a.lt(b).and(u.lt(v))),
        ("mask or", a.lt(b).or(u.lt(v))),
        ("mask xor", a.lt(b).xor(u.lt(v))),
        ("mask not", a.lt(b).not()),
        ("word eq", u.eq(v)),
        ("word lt", u.lt(v)),
        ("word lt_signed", u.lt_signed(v)),
    ] {
        list.push((name, R::Word::select(mask, R::Word::splat(1), R::Word::splat(0)), false));
    }
    for (name, word) in [
        ("to_i32", R::Word::select(in_range, a.to_i32(), R::Word::splat(0))),
        ("word add", u.add(v)),
        ("word sub", u.sub(v)),
        ("word mul", u.mul(v)),
        ("word and", u.and(v)),
        ("word or", u.or(v)),
        ("word xor", u.xor(v)),
    ] {
        list.push((name, word, false));
    }
    for count in [0, 1, 7, 23, 31, 32, 45] {
        list.push(("shl", u.shl(count), false));
        list.push(("shr", u.shr(count), false));
        list.push(("shr_signed", u.shr_signed(count), false));
    }
    list
}

fn backend_agrees<R: Real>(backend: &str) {
    let patterns = patterns();
    let mut lanes = [0_u32; 4];
    for shift in [1, 2, 5, 17, 33, 1001] {
        for start in (0..patterns.len()).step_by(4) {
            let at = |index: usize| patterns[index % patterns.len()];
            let a: [f32; 4] = core::array::from_fn(|lane| f32::from_bits(at(start + lane)));
            let b: [f32; 4] = core::array::from_fn(|lane| f32::from_bits(at(start + lane * shift + shift)));
            let vectors = outcomes(R::load(&a), R::load(&b));
            for lane in 0..4 {
                let scalars = outcomes(a[lane], b[lane]);
                assert_eq!(scalars.len(), vectors.len());
                for (scalar, vector) in scalars.into_iter().zip(&vectors) {
                    vector.1.store(&mut lanes);
                    let (expected, found) = (scalar.1, lanes[lane]);
                    let equal = if scalar.2 {
                        same(f32::from_bits(expected), f32::from_bits(found))
                    } else {
                        expected == found
                    };
                    assert!(
                        equal,
                        "{backend} {} of {:e}, {:e}: {expected:08x}, lane {found:08x}",
                        scalar.0, a[lane], b[lane]
                    );
                }
            }
        }
    }
}

#[test]
fn backends_give_the_bits_of_the_scalar() {
    backend_agrees::<F32x4>("native");
    backend_agrees::<portable::F32x4>("portable");
}

#[test]
fn masks_reduce() {
    let a = F32x4::from_array([1.0, 2.0, 3.0, 4.0]);
    for (bound, any, all) in [(0.5, false, false), (2.5, true, false), (9.0, true, true)] {
        let mask = a.lt(F32x4::splat(bound));
        assert_eq!((mask.any(), mask.all()), (any, all));
        let mask = portable::F32x4::from_array(a.to_array()).lt(portable::F32x4::splat(bound));
        assert_eq!((mask.any(), mask.all()), (any, all));
    }
}

#[test]
fn loads_stores_and_transposes() {
    let source: [f32; 16] = core::array::from_fn(|i| i as f32);
    let rows = |i: usize| F32x4::load(&source[4 * i..]);
    let columns = F32x4::transpose([rows(0), rows(1), rows(2), rows(3)]);
    let other = portable::F32x4::transpose(core::array::from_fn(|i| portable::F32x4::load(&source[4 * i..])));
    for (j, column) in columns.iter().enumerate() {
        let expected: [f32; 4] = core::array::from_fn(|i| (4 * i + j) as f32);
        assert_eq!(column.to_array(), expected);
        assert_eq!(other[j].to_array(), expected);
    }
    // SAFETY: both addresses are inside `source`, with four elements after the second.
    let (splat, unaligned) =
        unsafe { (F32x4::load_splat(&raw const source[3]), F32x4::load_ptr(&raw const source[5])) };
    assert_eq!(splat.to_array(), [3.0; 4]);
    assert_eq!(unaligned.to_array(), [5.0, 6.0, 7.0, 8.0]);
    let mut target = [0_u32; 5];
    U32x4::splat(7).store(&mut target[1..]);
    assert_eq!(target, [0, 7, 7, 7, 7]);
}

#[test]
fn loads_from_any_bytes_and_from_two_places() {
    let bytes: Vec<u8> = (0..40_u8).map(|i| i.wrapping_mul(7)).collect();
    let values = [1.0_f32, 2.0, 3.0, 4.0, 5.0];
    for at in 0..24 {
        let mut words = [0_u32; 4];
        // SAFETY: 16 bytes from each of these places lie in the vector.
        unsafe { super::U32x4::load_bytes(bytes.as_ptr().add(at)) }.store(&mut words);
        let mut portable_words = [0_u32; 4];
        // SAFETY: as above.
        unsafe { portable::U32x4::load_bytes(bytes.as_ptr().add(at)) }.store(&mut portable_words);
        let expected: Vec<u32> = bytes[at..at + 16]
            .chunks_exact(4)
            .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
            .collect();
        assert_eq!((&words[..], &portable_words[..]), (&expected[..], &expected[..]));
    }
    // SAFETY: two elements from each place lie in the array.
    let pairs = unsafe {
        let (low, high) = (values.as_ptr().add(3), values.as_ptr().add(1));
        [F32x4::load_pairs(low, high).to_array(), portable::F32x4::load_pairs(low, high).to_array()]
    };
    assert_eq!(pairs, [[4.0, 5.0, 2.0, 3.0]; 2]);
}
