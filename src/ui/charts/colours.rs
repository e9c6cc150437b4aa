//! The page's colours as plotters wants them: tokens resolved by the browser.

use plotters::style::RGBColor;
use web_sys::HtmlCanvasElement;

use crate::ui::components::tokens;

/// The tokens a chart is drawn with.
#[derive(Debug, Clone, Copy)]
pub struct Colours {
    /// Lines and text.
    pub ink: RGBColor,
    /// Axis text.
    pub ink_2: RGBColor,
    /// Grid.
    pub line: RGBColor,
    /// Ground.
    pub panel: RGBColor,
    /// Series 1 to 4.
    pub series: [RGBColor; 4],
}

impl Colours {
    /// Reads the tokens as they are now where `canvas` stands.
    pub fn of(canvas: &HtmlCanvasElement) -> Self {
        let read = |token: &str| {
            let [r, g, b] = tokens::parse(&tokens::colour(canvas, token)).unwrap_or([128; 3]);
            RGBColor(r, g, b)
        };
        Self {
            ink: read("--ink"),
            ink_2: read("--ink-2"),
            line: read("--line"),
            panel: read("--panel"),
            series: ["--s1", "--s2", "--s3", "--s4"].map(read),
        }
    }
}
