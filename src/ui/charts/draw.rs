//! From a [`Plot`] to pixels, and where each mark landed, for hovering.

use plotters::coord::Shift;
use plotters::element::DynElement;
use plotters::prelude::*;
use plotters_canvas::CanvasBackend;
use web_sys::HtmlCanvasElement;

use super::colours::Colours;
use super::{Bar, Marks, Plot, Point, Series};

/// Where a mark is, in canvas pixels, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// The words.
    pub note: String,
}

type Area<'a> = DrawingArea<CanvasBackend, Shift>;
type Failure = Box<dyn std::error::Error>;

/// Draws `plot` on `canvas`, whose size is `ratio` device pixels per CSS pixel.
///
/// # Errors
/// When the canvas has no 2-D context or a drawing call fails; the caller says so beside the chart.
pub fn draw(canvas: &HtmlCanvasElement, plot: &Plot, ratio: f64) -> Result<Vec<Spot>, Failure> {
    let colours = Colours::of(canvas);
    let backend = CanvasBackend::with_canvas_object(canvas.clone()).ok_or("no 2-D context")?;
    let area = backend.into_drawing_area();
    area.fill(&colours.panel)?;
    let pen = Pen { colours, ratio };
    let spots = match &plot.marks {
        Marks::Points(series) => points(&area, plot, series, &pen)?,
        Marks::Bins(bars) => bins(&area, plot, bars, &pen)?,
        Marks::Ranks(bars) => ranks(&area, plot, bars, &pen)?,
    };
    area.present()?;
    Ok(spots)
}

struct Pen {
    colours: Colours,
    ratio: f64,
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
}

/// Room around the smallest and largest value, so that no mark sits on the frame.
fn padded(values: impl Iterator<Item = f64>, share: f64) -> std::ops::Range<f64> {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return 0.0..1.0;
    }
    let room = ((high - low) * share).max(f64::EPSILON * high.abs()).max(1e-9);
    (low - room)..(high + room)
}

fn points(area: &Area<'_>, plot: &Plot, series: &[Series], pen: &Pen) -> Result<Vec<Spot>, Failure> {
    let all = || series.iter().flat_map(|series| &series.points);
    let mut x_range = padded(all().map(|point| point.x), 0.08);
    x_range.start = x_range.start.max(0.0);
    let y_range = padded(all().map(|point| point.y), 0.1);
    let mut chart = ChartBuilder::on(area)
        .margin(pen.px(10.0))
        .x_label_area_size(pen.px(40.0))
        .y_label_area_size(pen.px(58.0))
        .build_cartesian_2d(x_range, y_range)?;
    mesh(&mut chart, plot, pen, 6, true, &|value| number(*value))?;
    let mut spots = Vec::new();
    let mut labels = Labels(Vec::new());
    // The selected point's label comes before all others.
    for point in all().filter(|point| point.selected) {
        let (x, y) = chart.backend_coord(&(point.x, point.y));
        labels.0.push((x, y));
    }
    for series in series {
        let colour = pen.colours.series[series.style % 4];
        for point in &series.points {
            chart.draw_series(std::iter::once(marker(series.style, point, colour, pen)))?;
            let (x, y) = chart.backend_coord(&(point.x, point.y));
            if let Some(label) = point.label.as_ref().filter(|_| point.selected || labels.free(x, y, pen)) {
                let style = pen.text(if point.selected { 13.0 } else { 12.0 }, pen.colours.ink);
                let offset = (pen.px(8.0), pen.px(-14.0));
                chart.draw_series(std::iter::once(
                    EmptyElement::at((point.x, point.y)) + Text::new(label.clone(), offset, style),
                ))?;
            }
            spots.push(Spot { x: f64::from(x), y: f64::from(y), note: point.note.clone() });
        }
    }
    Ok(spots)
}

/// Where labels stand already, so that none covers another; the rest is told by hovering.
struct Labels(Vec<(i32, i32)>);

impl Labels {
    fn free(&mut self, x: i32, y: i32, pen: &Pen) -> bool {
        let clear = self
            .0
            .iter()
            .all(|(left, top)| (left - x).abs() > pen.px(96.0) || (top - y).abs() > pen.px(14.0));
        if clear {
            self.0.push((x, y));
        }
        clear
    }
}

/// Circle, square, triangle, cross: one shape a series.
fn marker(
    style: usize,
    point: &Point,
    colour: RGBColor,
    pen: &Pen,
) -> DynElement<'static, CanvasBackend, (f64, f64)> {
    let at = (point.x, point.y);
    let size = pen.px(if point.selected { 7.0 } else { 4.5 });
    let fill = if point.selected { colour.filled() } else { colour.stroke_width(pen.stroke(2.0)) };
    match style % 4 {
        0 => (EmptyElement::at(at) + Circle::new((0, 0), size, fill)).into_dyn(),
        1 => (EmptyElement::at(at) + Rectangle::new([(-size, -size), (size, size)], fill)).into_dyn(),
        2 => (EmptyElement::at(at) + TriangleMarker::new((0, 0), size, fill)).into_dyn(),
        _ => {
            (EmptyElement::at(at) + Cross::new((0, 0), size, colour.stroke_width(pen.stroke(2.5)))).into_dyn()
        }
    }
}

type Chart<'a> = ChartContext<
    'a,
    CanvasBackend,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

/// Axes and grid. `x_name` words the places on the x axis; bars stand over them, so they have no upright grid lines.
fn mesh(
    chart: &mut Chart<'_>,
    plot: &Plot,
    pen: &Pen,
    y_labels: usize,
    upright: bool,
    x_name: &dyn Fn(&f64) -> String,
) -> Result<(), Failure> {
    let mut mesh = chart.configure_mesh();
    if !upright {
        mesh.disable_x_mesh();
    }
    mesh.bold_line_style(pen.colours.line.stroke_width(pen.stroke(1.0)))
        .light_line_style(TRANSPARENT)
        .axis_style(pen.colours.ink_2.stroke_width(pen.stroke(1.0)))
        .label_style(pen.text(12.0, pen.colours.ink_2))
        .axis_desc_style(pen.text(12.5, pen.colours.ink_2))
        .x_labels(8)
        .y_labels(y_labels)
        .x_label_formatter(&x_name)
        .y_label_formatter(&|value| number(*value))
        .x_desc(plot.x_label.clone())
        .y_desc(plot.y_label.clone())
        .draw()?;
    Ok(())
}

fn number(value: f64) -> String {
    let value = if value == 0.0 { 0.0 } else { value };
    let text = if value.abs() >= 1e6 || (value != 0.0 && value.abs() < 1e-3) {
        format!("{value:.1e}")
    } else {
        let text = format!("{value:.2}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    text.replace('-', "\u{2212}")
}

fn bins(area: &Area<'_>, plot: &Plot, bars: &[Bar], pen: &Pen) -> Result<Vec<Spot>, Failure> {
    let top = bars.iter().map(|bar| bar.value).fold(0.0_f64, f64::max).max(1e-12) * 1.08;
    let count = bars.len().max(1) as f64;
    let mut chart = ChartBuilder::on(area)
        .margin(pen.px(10.0))
        .x_label_area_size(pen.px(40.0))
        .y_label_area_size(pen.px(58.0))
        .build_cartesian_2d(0.0..count, 0.0..top)?;
    let name = |place: f64| {
        let index = place.round() as usize;
        bars.get(index).map(|bar| bar.label.clone()).unwrap_or_default()
    };
    mesh(&mut chart, plot, pen, 5, false, &|value| name(*value))?;
    let mut spots = Vec::new();
    for (index, bar) in bars.iter().enumerate() {
        let left = index as f64;
        let colour = if bar.selected { pen.colours.series[1] } else { pen.colours.series[0] };
        chart.draw_series(std::iter::once(Rectangle::new(
            [(left + 0.12, 0.0), (left + 0.88, bar.value)],
            colour.filled(),
        )))?;
        let (x, y) = chart.backend_coord(&(left + 0.5, bar.value));
        spots.push(Spot { x: f64::from(x), y: f64::from(y), note: bar.note.clone() });
    }
    Ok(spots)
}

/// Lying bars with their names in a column of their own; drawn without plotters' axes, which would thin the names out.
fn ranks(area: &Area<'_>, plot: &Plot, bars: &[Bar], pen: &Pen) -> Result<Vec<Spot>, Failure> {
    let (width, height) = area.dim_in_pixel();
    let (width, height) = (width as i32, height as i32);
    let left = pen.px(118.0);
    let right = width - pen.px(64.0);
    let foot = height - pen.px(22.0);
    let top = bars.iter().map(|bar| bar.value).fold(0.0_f64, f64::max).max(1e-12);
    let row = f64::from(foot - pen.px(6.0)) / bars.len().max(1) as f64;
    let text_px = (row / pen.ratio * 0.72).clamp(8.0, 12.5);
    let mut spots = Vec::new();
    for (index, bar) in bars.iter().enumerate() {
        let middle = pen.px(6.0) + ((index as f64 + 0.5) * row) as i32;
        let half = ((row * 0.32) as i32).max(1);
        let length = (f64::from(right - left) * bar.value / top) as i32;
        let colour = if bar.selected { pen.colours.series[1] } else { pen.colours.series[0] };
        area.draw(&Rectangle::new([(left, middle - half), (left + length, middle + half)], colour.filled()))?;
        let text_top = middle - pen.px(text_px * 0.55);
        let name_style = pen.text(text_px, pen.colours.ink);
        area.draw(&Text::new(bar.label.clone(), (pen.px(4.0), text_top), name_style))?;
        let value_style = pen.text(text_px, pen.colours.ink_2);
        area.draw(&Text::new(number(bar.value), (left + length + pen.px(6.0), text_top), value_style))?;
        spots.push(Spot { x: f64::from(left + length), y: f64::from(middle), note: bar.note.clone() });
    }
    let style = pen.text(12.0, pen.colours.ink_2);
    area.draw(&Text::new(plot.x_label.clone(), (left, foot + pen.px(4.0)), style))?;
    Ok(spots)
}
