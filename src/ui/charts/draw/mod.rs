//! From a [`Plot`] to pixels, and where each mark landed, for hovering.

mod bars;
mod xy;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::colours::Colours;
use super::hover::Drawn;
use super::{Line, Marks, Plot};

type Area<'a> = DrawingArea<CanvasBackend, Shift>;
type Failure = Box<dyn std::error::Error>;

/// Dashes of the six line styles, in CSS pixels: drawn, left out, and so on. The last two share the first two colours.
pub const DASHES_PX: [&[f64]; 6] =
    [&[], &[7.0, 4.0], &[2.0, 3.0], &[9.0, 3.0, 2.0, 3.0], &[14.0, 4.0], &[1.0, 4.0, 4.0, 4.0]];

/// Of a band over the ground.
pub const BAND_OPACITY: f64 = 0.2;

/// Draws `plot` on `canvas`, whose size is `ratio` device pixels per CSS pixel.
///
/// # Errors
/// When the canvas has no 2-D context or a drawing call fails; the caller says so beside the chart.
pub fn draw(canvas: &HtmlCanvasElement, plot: &Plot, colours: Colours, ratio: f64) -> Result<Drawn, Failure> {
    let backend = CanvasBackend::with_canvas_object(canvas.clone()).ok_or("no 2-D context")?;
    let context = canvas.get_context("2d").ok().flatten().and_then(|context| context.dyn_into().ok());
    let area = backend.into_drawing_area();
    area.fill(&colours.panel)?;
    let pen = Pen { colours, ratio, context };
    let drawn = match &plot.marks {
        Marks::Points(series) => xy::points(&area, plot, series, &pen)?,
        Marks::Lines(lines) => xy::lines(&area, plot, lines, &pen)?,
        Marks::Bins(bars) => bars::bins(&area, plot, bars, &pen)?,
        Marks::Ranks(bars) => bars::ranks(&area, plot, bars, &pen)?,
    };
    area.present()?;
    Ok(drawn)
}

struct Pen {
    colours: Colours,
    ratio: f64,
    context: Option<CanvasRenderingContext2d>,
}

impl Pen {
    fn px(&self, css_px: f64) -> i32 {
        (css_px * self.ratio).round() as i32
    }

    fn stroke(&self, css_px: f64) -> u32 {
        (css_px * self.ratio).round().max(1.0) as u32
    }

    fn text(&self, css_px: f64, colour: RGBColor) -> TextStyle<'static> {
        let mut style = TextStyle::from(("system-ui, sans-serif", css_px * self.ratio).into_font());
        style.color = colour.to_backend_color();
        style
    }

    fn anchored(&self, css_px: f64, colour: RGBColor, h: HPos, v: VPos) -> TextStyle<'static> {
        self.text(css_px, colour).pos(Pos::new(h, v))
    }

    /// Dashes for what is drawn until the next call. plotters has none on a canvas; the context is the same one.
    fn dash(&self, style: usize) {
        if let Some(context) = &self.context {
            let dashes: js_sys::Array = DASHES_PX[style % DASHES_PX.len()]
                .iter()
                .map(|px| js_sys::Number::from(px * self.ratio))
                .collect();
            let _ = context.set_line_dash(&dashes);
        }
    }

    /// Nothing is drawn outside this rectangle until [`Pen::unclip`].
    fn clip(&self, left: f64, top: f64, right: f64, bottom: f64) {
        if let Some(context) = &self.context {
            context.save();
            context.begin_path();
            context.rect(left, top, right - left, bottom - top);
            context.clip();
        }
    }

    fn unclip(&self) {
        if let Some(context) = &self.context {
            context.restore();
        }
    }

    fn line_colour(&self, line: &Line) -> RGBColor {
        self.colours.series[line.style % 4]
    }
}
