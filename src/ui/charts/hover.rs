//! What a pointer over a chart is told. No DOM; places are canvas pixels.

use super::axis::Axis;
use super::{Line, Marks, Plot, lines, short_number};

/// Where a mark is, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// The words.
    pub note: String,
}

/// The axes of a drawn chart and where they lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// The x axis, from `left` to `right`.
    pub x: Axis,
    /// The y axis, from `bottom` to `top`.
    pub y: Axis,
    /// Left edge.
    pub left: f64,
    /// Right edge.
    pub right: f64,
    /// Top edge.
    pub top: f64,
    /// Bottom edge.
    pub bottom: f64,
}

impl Frame {
    /// The column of a value.
    pub fn column(&self, x: f64) -> f64 {
        self.left + self.x.share(x) * (self.right - self.left)
    }

    /// The row of a value.
    pub fn row(&self, y: f64) -> f64 {
        self.bottom - self.y.share(y) * (self.bottom - self.top)
    }
}

/// A drawn chart: its marks, and its axes where it has any.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drawn {
    /// One for every mark that answers.
    pub spots: Vec<Spot>,
    /// Of charts with two axes.
    pub frame: Option<Frame>,
}

/// What is at a place: where the words belong, and the words. Over lines, the values of all at the nearest x.
pub fn at(plot: &Plot, drawn: &Drawn, x: f64, y: f64, reach: f64) -> Option<(f64, f64, String)> {
    if let (Marks::Lines(all), Some(frame)) = (&plot.marks, drawn.frame) {
        return over_lines(plot, all, &frame, x, y);
    }
    drawn
        .spots
        .iter()
        .map(|spot| ((spot.x - x).hypot(spot.y - y), spot))
        .filter(|(distance, _)| *distance <= reach)
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, spot)| (spot.x, spot.y, spot.note.clone()))
}

fn over_lines(plot: &Plot, all: &[Line], frame: &Frame, x: f64, y: f64) -> Option<(f64, f64, String)> {
    if !(frame.left..=frame.right).contains(&x) {
        return None;
    }
    let wanted = frame.x.value((x - frame.left) / (frame.right - frame.left));
    let nearest_x = all
        .iter()
        .filter_map(|line| lines::nearest(&line.points, wanted))
        .map(|sample| sample.0)
        .min_by(|a, b| (a - wanted).abs().total_cmp(&(b - wanted).abs()))?;
    let mut words = vec![format!("{}  {}", plot.x_label, short_number(nearest_x))];
    for line in all {
        if let Some((_, value)) =
            lines::nearest(&line.points, nearest_x).filter(|sample| sample.0 == nearest_x)
        {
            words.push(format!("{}  {}", line.name, short_number(value)));
        }
    }
    for band in &plot.bands {
        let after = band.points.partition_point(|point| point.0 < nearest_x);
        if let Some((_, least, most)) = band.points.get(after).filter(|point| point.0 == nearest_x) {
            words.push(format!("{}  {} – {}", band.name, short_number(*least), short_number(*most)));
        }
    }
    Some((frame.column(nearest_x), y.clamp(frame.top, frame.bottom), words.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::super::{Band, Scale};
    use super::*;

    #[test]
    fn over_lines_all_values_at_one_x_are_told() {
        let line = |name: &str, points: &[(f64, f64)]| Line {
            name: name.to_owned(),
            style: 0,
            points: points.to_vec(),
        };
        let plot = Plot {
            x_label: "step".to_owned(),
            marks: Marks::Lines(vec![
                line("a", &[(0.0, 1.0), (50.0, 2.0), (100.0, 3.0)]),
                line("b", &[(50.0, 0.25)]),
            ]),
            ..Plot::default()
        };
        let axis = Axis::between(Scale::Linear, 0.0, 100.0);
        let frame = Frame { x: axis, y: axis, left: 100.0, right: 300.0, top: 0.0, bottom: 100.0 };
        let drawn = Drawn { spots: Vec::new(), frame: Some(frame) };
        assert_eq!(
            at(&plot, &drawn, 205.0, 9.0, 5.0),
            Some((200.0, 9.0, "step  50\na  2\nb  0.25".to_owned()))
        );
        assert_eq!(at(&plot, &drawn, 299.0, 9.0, 5.0), Some((300.0, 9.0, "step  100\na  3".to_owned())));
        assert_eq!(at(&plot, &drawn, 20.0, 9.0, 5.0), None);
        let band = Band { name: "of 3".to_owned(), points: vec![(50.0, 1.5, 2.5)], ..Band::default() };
        let plot = Plot { bands: vec![band], ..plot };
        let words = at(&plot, &drawn, 205.0, 9.0, 5.0).map(|found| found.2);
        assert_eq!(words.as_deref(), Some("step  50\na  2\nb  0.25\nof 3  1.5 – 2.5"));
    }

    #[test]
    fn the_nearest_mark_within_reach_answers() {
        let spot = |x: f64, note: &str| Spot { x, y: 0.0, note: note.to_owned() };
        let drawn = Drawn { spots: vec![spot(0.0, "a"), spot(10.0, "b")], frame: None };
        assert_eq!(at(&Plot::default(), &drawn, 7.0, 0.0, 5.0), Some((10.0, 0.0, "b".to_owned())));
        assert_eq!(at(&Plot::default(), &drawn, 30.0, 0.0, 5.0), None);
    }
}
