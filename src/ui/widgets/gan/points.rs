//! Drawn points as the address carries them: three characters a point, nine bits a coordinate. No DOM.
//!
//! Coordinates in `[-1, 1]` are rounded to the middles of 512 steps of 1/256; `x` has the high bits. Characters are those of
//! base64url, which need no escape.

/// Points of a drawing, at most: their text stays below [`crate::ui::url_state::MAX_VALUE_BYTES`].
pub const MAX_POINTS: usize = 1200;
/// Points nearer than this to the last one are no new points of a stroke.
pub const STROKE_STEP: f32 = 0.025;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const STEPS: f32 = 256.0;

fn level(x: f32) -> u32 {
    ((x.clamp(-1.0, 1.0) + 1.0) * STEPS).min(511.0) as u32
}

fn middle(level: u32) -> f32 {
    (level as f32 + 0.5) / STEPS - 1.0
}

/// The text of points; those beyond [`MAX_POINTS`] are left out.
pub fn encode(points: &[[f32; 2]]) -> String {
    let mut text = String::with_capacity(3 * points.len());
    for [x, y] in points.iter().take(MAX_POINTS) {
        let bits = level(*x) << 9 | level(*y);
        text.extend([12, 6, 0].map(|shift| char::from(ALPHABET[(bits >> shift & 63) as usize])));
    }
    text
}

/// The points of a text, as far as it makes sense.
pub fn decode(text: &str) -> Vec<[f32; 2]> {
    let value = |c: &u8| ALPHABET.iter().position(|known| known == c).map(|at| at as u32);
    text.as_bytes()
        .chunks_exact(3)
        .take(MAX_POINTS)
        .map_while(|three| {
            let bits = three.iter().try_fold(0, |bits, c| Some(bits << 6 | value(c)?))?;
            Some([middle(bits >> 9), middle(bits & 511)])
        })
        .collect()
}

/// What stands there before the visitor draws: a heart.
pub fn example() -> Vec<[f32; 2]> {
    (0..120_u8)
        .map(|i| {
            let t = f32::from(i) / 120.0 * std::f32::consts::TAU;
            let x = 16.0 * t.sin().powi(3);
            let y = 13.0 * t.cos() - 5.0 * (2.0 * t).cos() - 2.0 * (3.0 * t).cos() - (4.0 * t).cos();
            [x / 22.0, y / 22.0 + 0.1]
        })
        .collect()
}

/// The drawing of a text: the example when there is none.
pub fn drawing(text: &str) -> Vec<[f32; 2]> {
    let points = decode(text);
    if points.is_empty() { example() } else { points }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_survives_its_text_to_half_a_step() {
        let points: Vec<[f32; 2]> =
            (0..MAX_POINTS).map(|i| [(i as f32 * 0.618).sin(), (i as f32 * 1.3).cos()]).collect();
        let text = encode(&points);
        assert!(text.len() <= 3600);
        let back = decode(&text);
        assert_eq!(back.len(), points.len());
        for (a, b) in points.iter().zip(&back) {
            assert!((a[0] - b[0]).abs() <= 0.5 / STEPS + 1e-6 && (a[1] - b[1]).abs() <= 0.5 / STEPS + 1e-6);
        }
        assert_eq!(encode(&back), text, "the text is stable");
    }

    #[test]
    fn hostile_texts_are_few_points_within_bounds() {
        assert_eq!(decode("AA"), Vec::<[f32; 2]>::new());
        assert_eq!(decode("AAA<b>").len(), 1);
        assert!(decode("___").iter().flatten().all(|x| x.abs() <= 1.0));
        assert!(encode(&[[9.0, f32::NAN]]).len() == 3);
        assert!(example().iter().flatten().all(|x| x.abs() <= 1.0));
        assert_eq!(drawing("").len(), 120);
    }
}
