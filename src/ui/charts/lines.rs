//! Lines of many samples: what of them a screen can show, their values at a place, their table. No DOM.

use std::collections::BTreeMap;

use super::{Band, Line, Table};

/// The pieces of a line between breaks, as pixels. Where several samples share a pixel column, the first, lowest, highest
/// and last stay, in their order: no peak is lost, and a line costs no more than four points a column.
pub fn thinned(places: impl Iterator<Item = (f64, f64)>) -> Vec<Vec<(i32, i32)>> {
    let mut pieces = vec![Vec::new()];
    let mut column: Vec<(i32, i32)> = Vec::new();
    for (x, y) in places {
        if !(x.is_finite() && y.is_finite()) {
            flush(&mut column, &mut pieces);
            if pieces.last().is_some_and(|piece| !piece.is_empty()) {
                pieces.push(Vec::new());
            }
            continue;
        }
        let at = (x.round() as i32, y.round().clamp(-1e6, 1e6) as i32);
        if column.first().is_some_and(|first| first.0 != at.0) {
            flush(&mut column, &mut pieces);
        }
        column.push(at);
    }
    flush(&mut column, &mut pieces);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn flush(column: &mut Vec<(i32, i32)>, pieces: &mut [Vec<(i32, i32)>]) {
    let Some(piece) = pieces.last_mut() else { return };
    let index_of = |pick: fn(i32, i32) -> bool| {
        let mut best = 0;
        for (index, at) in column.iter().enumerate() {
            if pick(at.1, column[best].1) {
                best = index;
            }
        }
        best
    };
    if !column.is_empty() {
        let mut kept = [0, index_of(|y, best| y < best), index_of(|y, best| y > best), column.len() - 1];
        kept.sort_unstable();
        let mut last = usize::MAX;
        for index in kept {
            if index != last {
                piece.push(column[index]);
            }
            last = index;
        }
    }
    column.clear();
}

/// The outlines of a band's pieces between breaks, as pixels: forth along the greatest values and back along the least. Every pixel column
/// has one of each.
pub fn outlines(places: impl Iterator<Item = (f64, f64, f64)>) -> Vec<Vec<(i32, i32)>> {
    let mut pieces: Vec<Vec<(i32, i32, i32)>> = vec![Vec::new()];
    for (x, least, most) in places {
        let Some(piece) = pieces.last_mut() else { continue };
        if ![x, least, most].iter().all(|value| value.is_finite()) {
            if !piece.is_empty() {
                pieces.push(Vec::new());
            }
            continue;
        }
        let [low, high] = [least, most].map(|row| row.round().clamp(-1e6, 1e6) as i32);
        let column = x.round() as i32;
        match piece.last_mut().filter(|last| last.0 == column) {
            // Rows count from the top.
            Some((_, below, above)) => (*below, *above) = ((*below).max(low), (*above).min(high)),
            None => piece.push((column, low, high)),
        }
    }
    let outline = |piece: Vec<(i32, i32, i32)>| {
        let forth = piece.iter().map(|&(x, _, above)| (x, above));
        forth.chain(piece.iter().rev().map(|&(x, below, _)| (x, below))).collect()
    };
    pieces.into_iter().filter(|piece| piece.len() > 1).map(outline).collect()
}

/// The sample whose x is nearest.
pub fn nearest(points: &[(f64, f64)], x: f64) -> Option<(f64, f64)> {
    let after = points.partition_point(|point| point.0 < x);
    let around = [after.checked_sub(1), Some(after)];
    around
        .into_iter()
        .flatten()
        .filter_map(|index| points.get(index).copied())
        .min_by(|a, b| (a.0 - x).abs().total_cmp(&(b.0 - x).abs()))
}

/// A row for every x that a line or a band has, a column for every line, two for every band.
pub fn table(x_label: &str, lines: &[Line], bands: &[Band]) -> Table {
    // Ordered by the bits of a float with its sign turned into order.
    let key = |x: f64| {
        let bits = x.to_bits() as i64;
        if bits < 0 { !bits ^ i64::MIN } else { bits }
    };
    let mut rows: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    let mut put = |column: usize, x: f64, y: f64| {
        let row = rows.entry(key(x)).or_insert_with(|| {
            let mut row = vec![String::new(); lines.len() + 2 * bands.len() + 1];
            row[0] = x.to_string();
            row
        });
        row[column + 1] = y.to_string();
    };
    for (column, line) in lines.iter().enumerate() {
        for (x, y) in &line.points {
            put(column, *x, *y);
        }
    }
    for (at, band) in bands.iter().enumerate() {
        for (x, least, most) in &band.points {
            put(lines.len() + 2 * at, *x, *least);
            put(lines.len() + 2 * at + 1, *x, *most);
        }
    }
    let mut head = vec![x_label.to_owned()];
    head.extend(lines.iter().map(|line| line.name.clone()));
    head.extend(bands.iter().flat_map(|band| band.ends.clone()));
    Table { head, rows: rows.into_values().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_peaks_and_order_and_bounds_the_cost() {
        let samples = (0..100_000).map(|index| {
            let x = f64::from(index) / 100.0;
            (x, if index == 54_321 { -500.0 } else { f64::from(index % 7) })
        });
        let pieces = thinned(samples);
        assert_eq!(pieces.len(), 1);
        assert!(pieces[0].len() <= 4 * 1001, "{}", pieces[0].len());
        assert!(pieces[0].contains(&(543, -500)));
        assert!(pieces[0].windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }

    #[test]
    fn what_is_not_finite_breaks_the_line() {
        let samples = [(0.0, 1.0), (1.0, 2.0), (2.0, f64::NAN), (3.0, f64::INFINITY), (4.0, 1.0)];
        assert_eq!(thinned(samples.into_iter()), [vec![(0, 1), (1, 2)], vec![(4, 1)]]);
        assert!(thinned(std::iter::empty()).is_empty());
    }

    #[test]
    fn the_nearest_sample_and_the_table() {
        let points = [(0.0, 5.0), (10.0, 6.0), (20.0, 7.0)];
        assert_eq!(nearest(&points, 14.0), Some((10.0, 6.0)));
        assert_eq!(nearest(&points, -3.0), Some((0.0, 5.0)));
        assert_eq!(nearest(&points, 99.0), Some((20.0, 7.0)));
        assert_eq!(nearest(&[], 0.0), None);
        let line = |name: &str, points: &[(f64, f64)]| Line {
            name: name.to_owned(),
            style: 0,
            points: points.to_vec(),
        };
        let band = Band {
            ends: ["low", "high"].map(str::to_owned),
            points: vec![(10.0, 1.0, 2.0), (30.0, 3.0, 4.0)],
            ..Band::default()
        };
        let table = table("step", &[line("a", &points), line("b", &[(-1.0, 1.0), (10.0, 2.5)])], &[band]);
        assert_eq!(table.head, ["step", "a", "b", "low", "high"]);
        let column: Vec<&str> = table.rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(column, ["-1", "0", "10", "20", "30"]);
        assert_eq!(table.rows[2], ["10", "6", "2.5", "1", "2"]);
        assert_eq!(table.rows[4], ["30", "", "", "3", "4"]);
    }

    #[test]
    fn a_band_is_outlined_forth_above_and_back_below() {
        // Rows count from the top: the greatest value has the least row.
        let places = [(0.0, 9.0, 5.0), (1.0, 8.0, 4.0), (1.2, 10.0, 6.0), (2.0, 7.0, 3.0)];
        let outline = vec![(0, 5), (1, 4), (2, 3), (2, 7), (1, 10), (0, 9)];
        assert_eq!(outlines(places.into_iter()), [outline]);
        let broken = [(0.0, 9.0, 5.0), (1.0, f64::NAN, 4.0), (2.0, 7.0, 3.0), (3.0, 7.0, 3.0)];
        assert_eq!(outlines(broken.into_iter()), [vec![(2, 3), (3, 3), (3, 7), (2, 7)]]);
        assert!(outlines(std::iter::empty()).is_empty());
    }
}
