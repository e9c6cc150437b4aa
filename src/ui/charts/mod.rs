//! Charts a person can use: hover values, a data table behind each, CSV and PNG.
//!
//! The only place that names plotters. A chart is data ([`Plot`]); it is drawn to
//! a canvas at the screen's own resolution, and redrawn when its data, its size or
//! the colours change. Series differ by marker as well as by colour.

mod colours;
mod draw;
mod frame;

pub use frame::ChartFrame;

/// What to draw, with the table that says the same.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plot {
    /// Words under the x axis.
    pub x_label: String,
    /// Words beside the y axis.
    pub y_label: String,
    /// The marks.
    pub marks: Marks,
    /// The same data as a table.
    pub table: Table,
}

/// The kinds of chart.
#[derive(Debug, Clone, PartialEq)]
pub enum Marks {
    /// Points in series.
    Points(Vec<Series>),
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
    /// The marker, 0 to 3; the colour goes with it.
    pub style: usize,
    /// Its points.
    pub points: Vec<Point>,
}

/// One point.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Horizontal value.
    pub x: f64,
    /// Vertical value.
    pub y: f64,
    /// What hovering says.
    pub note: String,
    /// Written beside the point.
    pub label: Option<String>,
    /// Drawn larger.
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
