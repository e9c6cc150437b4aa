//! Bars: upright over ordered bins, or lying with their names in a column.

use plotters::element::PathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::super::axis::{Axis, Scale, short_number};
use super::super::hover::{Drawn, Spot};
use super::super::labels::text_width;
use super::super::{Bar, Plot};
use super::{Area, Failure, Pen};

/// Upright bars stand over ordered bins, so there are no upright grid lines; names are thinned to what fits.
pub(super) fn bins(area: &Area<'_>, plot: &Plot, bars: &[Bar], pen: &Pen) -> Result<Drawn, Failure> {
    let (width, height) = area.dim_in_pixel();
    let r = pen.ratio;
    let (left, right) = (60.0 * r, f64::from(width) - 12.0 * r);
    let (top, bottom) = (12.0 * r, f64::from(height) - 44.0 * r);
    let highest = bars.iter().map(|bar| bar.value).fold(0.0_f64, f64::max);
    // Before there is anything to show, and where nothing was counted, a scale would be made up.
    let bars = if highest > 0.0 { bars } else { &[] };
    let axis = Axis::between(Scale::Linear, 0.0, highest.max(1e-12) * 1.08);
    let ticks = if bars.is_empty() { Vec::new() } else { axis.ticks(5) };
    let colours = &pen.colours;
    for tick in ticks {
        let y = (bottom - tick.share * (bottom - top)) as i32;
        let line = vec![(left as i32, y), (right as i32, y)];
        area.draw(&PathElement::new(line, colours.line.stroke_width(pen.stroke(1.0))))?;
        if let Some(label) = tick.label {
            let style = pen.anchored(12.0, colours.ink_2, HPos::Right, VPos::Center);
            area.draw(&Text::new(label, ((left - 6.0 * r) as i32, y), style))?;
        }
    }
    let step = (right - left) / bars.len().max(1) as f64;
    let widest = bars.iter().map(|bar| text_width(&bar.label)).fold(0.0_f64, f64::max) * 12.0 * r + 8.0 * r;
    let every = (widest / step).ceil().max(1.0) as usize;
    let mut spots = Vec::new();
    for (index, bar) in bars.iter().enumerate() {
        let middle = left + (index as f64 + 0.5) * step;
        let y = bottom - axis.share(bar.value) * (bottom - top);
        let colour = if bar.selected { colours.series[1] } else { colours.series[0] };
        let half = step * 0.38;
        let corners = [((middle - half) as i32, y as i32), ((middle + half) as i32, bottom as i32)];
        area.draw(&Rectangle::new(corners, colour.filled()))?;
        if index % every == 0 {
            let style = pen.anchored(12.0, colours.ink_2, HPos::Center, VPos::Top);
            area.draw(&Text::new(bar.label.clone(), (middle as i32, (bottom + 6.0 * r) as i32), style))?;
        }
        spots.push(Spot { x: middle, y, note: bar.note.clone() });
    }
    for line in [[(left, bottom), (right, bottom)], [(left, top), (left, bottom)]] {
        let line = line.map(|(x, y)| (x as i32, y as i32)).to_vec();
        area.draw(&PathElement::new(line, colours.ink_2.stroke_width(pen.stroke(1.0))))?;
    }
    let style = pen.anchored(12.5, colours.ink_2, HPos::Center, VPos::Bottom);
    let at = (f64::midpoint(left, right) as i32, (f64::from(height) - 5.0 * r) as i32);
    area.draw(&Text::new(plot.x_label.clone(), at, style))?;
    let style =
        pen.anchored(12.5, colours.ink_2, HPos::Center, VPos::Top).transform(FontTransform::Rotate270);
    let at = ((4.0 * r) as i32, f64::midpoint(top, bottom) as i32);
    area.draw(&Text::new(plot.y_label.clone(), at, style))?;
    Ok(Drawn { spots, frame: None })
}

/// Lying bars with their names in a column of their own.
pub(super) fn ranks(area: &Area<'_>, plot: &Plot, bars: &[Bar], pen: &Pen) -> Result<Drawn, Failure> {
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
        area.draw(&Text::new(short_number(bar.value), (left + length + pen.px(6.0), text_top), value_style))?;
        spots.push(Spot { x: f64::from(left + length), y: f64::from(middle), note: bar.note.clone() });
    }
    let style = pen.text(12.0, pen.colours.ink_2);
    area.draw(&Text::new(plot.x_label.clone(), (left, foot + pen.px(4.0)), style))?;
    Ok(Drawn { spots, frame: None })
}
