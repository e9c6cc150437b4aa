//! Charts a person can use: hover values, a data table behind each, CSV and PNG.
//!
//! The only place that names plotters. A chart is data ([`Plot`]); it is drawn to
//! a canvas at the screen's own resolution, and redrawn when its data, its size or
//! the colours change. Series differ by marker or dashes as well as by colour.

mod axis;
mod colours;
mod draw;
mod frame;
mod hover;
mod labels;
mod legend;
mod lines;

pub use axis::{Scale, short_number};
pub use frame::ChartFrame;

/// What to draw, with the table that says the same.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plot {
    /// Words under the x axis.
    pub x_label: String,
    /// Words beside the y axis.
    pub y_label: String,
    /// How x is spread.
    pub x_scale: Scale,
    /// How y is spread.
    pub y_scale: Scale,
    /// Words of a strip on the right for points without an x (NaN); without them such points are left out.
    pub no_x: Option<String>,
    /// Words of a strip for points whose y has no place on the axis: infinite (above) or, on a logarithmic axis, zero
    /// (below).
    pub no_y: Option<String>,
    /// The marks.
    pub marks: Marks,
    /// Lines under [`Marks::Points`]: bounds, fits.
    pub guides: Vec<Line>,
    /// Bands under [`Marks::Lines`]: spread over seeds.
    pub bands: Vec<Band>,
    /// A legend under the chart, from the names of series and lines.
    pub legend: bool,
    /// The same data as a table. Left empty for [`Marks::Lines`], it is made from the lines when it is asked for.
    pub table: Table,
}

/// The kinds of chart.
#[derive(Debug, Clone, PartialEq)]
pub enum Marks {
    /// Points in series.
    Points(Vec<Series>),
    /// Lines, each over ascending x; thousands of points are thinned to the screen's columns.
    Lines(Vec<Line>),
    /// Upright bars over ordered bins, heights as given; the label of every bin.
    Bins(Vec<Bar>),
    /// One lying bar a name.
    Ranks(Vec<Bar>),
}

impl Default for Marks {
    fn default() -> Self {
        Self::Points(Vec::new())
    }
}

/// One series of points.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// In the legend.
    pub name: String,
    /// The marker: circle, square, triangle, cross, diamond; the colour goes with it.
    pub style: usize,
    /// Its points.
    pub points: Vec<Point>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// In the legend and in hover values.
    pub name: String,
    /// The dashes, 0 to 5; the colour goes with them, and the last two share that of the first two.
    pub style: usize,
    /// x ascending. A y that is not finite breaks the line.
    pub points: Vec<(f64, f64)>,
}

/// The room between a least and a greatest value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Band {
    /// In the legend and in hover values.
    pub name: String,
    /// What its two ends are called in the table.
    pub ends: [String; 2],
    /// Of the line that it goes with.
    pub style: usize,
    /// x ascending, least, greatest. What is not finite breaks the band.
    pub points: Vec<(f64, f64, f64)>,
}

/// One point.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Point {
    /// Horizontal value.
    pub x: f64,
    /// Vertical value.
    pub y: f64,
    /// Ends of a bar along x, such as quartiles.
    pub x_span: Option<(f64, f64)>,
    /// Ends of a bar along y.
    pub y_span: Option<(f64, f64)>,
    /// Filled, or an outline.
    pub filled: bool,
    /// Radius in CSS pixels; 0 is the usual one.
    pub radius_px: f64,
    /// What hovering says.
    pub note: String,
    /// Written beside the point, where there is room.
    pub label: Option<String>,
    /// Drawn larger and bolder.
    pub selected: bool,
}

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Under or beside the bar.
    pub label: String,
    /// Its length.
    pub value: f64,
    /// What hovering says.
    pub note: String,
    /// Drawn in the accent.
    pub selected: bool,
}

/// A chart's data as text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Column heads.
    pub head: Vec<String>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<String>>,
}

impl Plot {
    /// The data as a table; for lines without one of their own, a row for every x and a column for every line.
    pub fn as_table(&self) -> Table {
        match &self.marks {
            Marks::Lines(all) if self.table.head.is_empty() => lines::table(&self.x_label, all, &self.bands),
            _ => self.table.clone(),
        }
    }
}

impl Table {
    /// Comma-separated values (RFC 4180), first line the head.
    pub fn to_csv(&self) -> String {
        let mut out = String::new();
        for row in std::iter::once(&self.head).chain(&self.rows) {
            let cells: Vec<String> = row.iter().map(|cell| csv_cell(cell)).collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        }
        out
    }
}

/// A cell, quoted when it has to be. A leading `=`, `+`, `@` would be a formula to a
/// spreadsheet; numbers keep their sign, other texts get an apostrophe in front.
fn csv_cell(cell: &str) -> String {
    let formula =
        cell.starts_with(['=', '+', '-', '@']) && cell.replace('\u{2212}', "-").parse::<f64>().is_err();
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_quotes_what_needs_it() {
        let table = Table {
            head: vec!["a".to_owned(), "b".to_owned()],
            rows: vec![
                vec!["1,5".to_owned(), "say \"x\"".to_owned()],
                vec!["-2".to_owned(), "=SUM(A1)".to_owned()],
            ],
        };
        assert_eq!(table.to_csv(), "a,b\r\n\"1,5\",\"say \"\"x\"\"\"\r\n-2,'=SUM(A1)\r\n");
    }
}
