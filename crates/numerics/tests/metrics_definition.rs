//! The error metrics against hand-made cases and against a slow restatement of their definition.

use numerics::bulk::{Quantizer, random_at};
use numerics::metrics::{ErrorStats, HISTOGRAM_BINS, Metrics};
use numerics::{FORMATS, Overflow, Rounding, by_id};

fn metrics(reference: &[f64], restored: &[f64]) -> Metrics {
    let mut stats = ErrorStats::new();
    stats.push_f64(reference, restored);
    stats.finish()
}

#[test]
fn a_case_worked_by_hand() {
    let m = metrics(&[1.0, -2.0, 4.0, 0.0], &[1.5, -2.0, 3.0, 0.0]);
    assert_eq!((m.count, m.finite_count, m.exact_count), (4, 4, 2));
    assert_eq!((m.max_abs, m.mean_abs, m.mean_signed), (1.0, 0.375, -0.125));
    assert_eq!(m.rmse, (1.25f64 / 4.0).sqrt());
    assert!((m.sqnr_db - 10.0 * (21.0f64 / 1.25).log10()).abs() < 1e-12);
    assert!((m.cosine - 17.5 / (21.0f64.sqrt() * 15.25f64.sqrt())).abs() < 1e-15);
    assert_eq!(m.max_rel, 0.5);
    // Relative errors 2^-1 and 2^-2: bin i begins at 2^(i - 41).
    assert_eq!((m.histogram[40], m.histogram[39]), (1, 1));
    assert_eq!(m.histogram.iter().sum::<u64>(), 2);
}

#[test]
fn nothing_seen_and_nothing_lost() {
    let empty = ErrorStats::new().finish();
    assert_eq!((empty.count, empty.rmse, empty.mean_abs), (0, 0.0, 0.0));
    assert!(empty.sqnr_db.is_nan() && empty.cosine.is_nan());
    let same = metrics(&[1.0, -3.0], &[1.0, -3.0]);
    assert_eq!((same.sqnr_db, same.exact_count, same.max_rel), (f64::INFINITY, 2, 0.0));
    assert!((same.cosine - 1.0).abs() < 1e-15);
}

#[test]
fn numbers_that_are_not_finite_are_counted_and_left_out() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let m = metrics(&[nan, inf, -inf, 1e6, 1e6, 2.0], &[nan, inf, 448.0, inf, nan, 2.5]);
    assert_eq!((m.count, m.finite_count, m.exact_count), (6, 1, 2));
    assert_eq!((m.nan_in_count, m.nan_out_count, m.overflow_count), (1, 2, 2));
    assert_eq!((m.max_abs, m.rmse, m.mean_signed), (0.5, 0.5, 0.5));
}

#[test]
fn the_ends_of_the_histogram() {
    let m =
        metrics(&[0.0, 1.0, 1.0, 1.0, 1.0], &[1.0, 1.0 + 2f64.powi(-41), 1.0 + 2f64.powi(-40), 256.0, 257.0]);
    assert_eq!(m.histogram.len(), HISTOGRAM_BINS);
    assert_eq!((m.histogram[0], m.histogram[1]), (1, 1));
    // 255 is below 2^8, 256 is not; the restored zero is infinitely wrong.
    assert_eq!((m.histogram[48], m.histogram[49]), (1, 2));
    assert_eq!(m.max_rel, f64::INFINITY);
}

#[test]
fn overflow_and_underflow_are_counted_as_the_encoder_flags_them() {
    let x: Vec<f32> =
        (0..20_000).map(|i| f32::from_bits(random_at(5, i) as u32)).filter(|x| x.is_finite()).collect();
    for format in FORMATS {
        for overflow in [Overflow::Native, Overflow::Saturate] {
            let rounding = Rounding { overflow, ..Rounding::default() };
            let mut restored = vec![0f32; x.len()];
            Quantizer::new(format, &rounding).round(&x, &mut restored);
            let mut stats = ErrorStats::for_format(format, &rounding);
            stats.push(&x, &restored);
            let m = stats.finish();
            let flags = |flag: fn(&numerics::Encoded) -> bool| {
                x.iter().filter(|&&x| flag(&format.encode_f64(f64::from(x), &rounding))).count() as u64
            };
            // Decoding to binary32 loses nothing here but posit32's and binary64's last bits.
            assert_eq!(m.overflow_count, flags(|e| e.overflow), "{} {overflow:?}", format.id);
            assert_eq!(m.underflow_count, flags(|e| e.underflow), "{} {overflow:?}", format.id);
        }
    }
}

#[test]
fn slices_pushed_in_order_are_the_whole() {
    let x: Vec<f32> = (0..9999).map(|i| random_at(3, i) as i32 as f32 / 1e7).collect();
    let format = by_id("e5m2").expect("a row of the table");
    let mut y = vec![0f32; x.len()];
    Quantizer::new(format, &Rounding::default()).round(&x, &mut y);
    let mut whole = ErrorStats::new();
    whole.push(&x, &y);
    let mut parts = ErrorStats::new();
    for (x, y) in x.chunks(777).zip(y.chunks(777)) {
        parts.push(x, y);
    }
    assert_eq!(whole.finish(), parts.finish());
}
