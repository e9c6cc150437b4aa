//! Charts with two axes: points with bars of spread, lines, strips for what has no place on an axis.

use plotters::element::PathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::super::axis::Axis;
use super::super::hover::{Drawn, Frame, Spot};
use super::super::labels::{Area as Box2, Board, text_width};
use super::super::lines::{outlines, thinned};
use super::super::{Band, Line, Plot, Point, Series};
use super::{Area, BAND_OPACITY, Failure, Pen};

/// Size of words in the chart, CSS pixels.
const TEXT_PX: f64 = 12.0;
/// Radius of a mark of the usual size.
const RADIUS_PX: f64 = 4.5;
/// Width of the strip for points without an x.
const STRIP_WIDTH_PX: f64 = 86.0;
/// Height of the strip for points without a y.
const STRIP_HEIGHT_PX: f64 = 30.0;

/// Where the strips are, if there are any: their middle, in pixels.
#[derive(Default, Clone, Copy)]
struct Strips {
    right: Option<f64>,
    above: Option<f64>,
    below: Option<f64>,
}

/// Axes, grid and strips around the values of `xs` and `ys`.
fn frame(
    area: &Area<'_>,
    plot: &Plot,
    pen: &Pen,
    axes: (Axis, Axis),
    strips: (bool, bool, bool),
) -> Result<(Frame, Strips), Failure> {
    let (width, height) = area.dim_in_pixel();
    let (width, height) = (f64::from(width), f64::from(height));
    let r = pen.ratio;
    let outer = Box2 { left: 60.0 * r, top: 12.0 * r, right: width - 14.0 * r, bottom: height - 44.0 * r };
    let (right_strip, above, below) = strips;
    let inner = Frame {
        x: axes.0,
        y: axes.1,
        left: outer.left,
        right: outer.right - if right_strip { STRIP_WIDTH_PX * r } else { 0.0 },
        top: outer.top + if above { STRIP_HEIGHT_PX * r } else { 0.0 },
        bottom: outer.bottom - if below { STRIP_HEIGHT_PX * r } else { 0.0 },
    };
    let places = Strips {
        right: right_strip.then(|| f64::midpoint(inner.right, outer.right)),
        above: above.then(|| f64::midpoint(inner.top, outer.top)),
        below: below.then(|| f64::midpoint(inner.bottom, outer.bottom)),
    };
    let colours = &pen.colours;
    let segment = |from: (f64, f64), to: (f64, f64), colour: RGBColor, px: f64| {
        let ends = [from, to].map(|(x, y)| (x.round() as i32, y.round() as i32));
        area.draw(&PathElement::new(ends.to_vec(), colour.stroke_width(pen.stroke(px))))
    };
    let grid = |major: bool| if major { colours.line } else { faint(colours.line, colours.panel) };
    let columns = ((inner.right - inner.left) / r / 74.0) as usize;
    for tick in axes.0.ticks(columns.clamp(2, 9)) {
        let x = inner.left + tick.share * (inner.right - inner.left);
        segment((x, outer.top), (x, outer.bottom), grid(tick.label.is_some()), 1.0)?;
        if let Some(label) = tick.label {
            let style = pen.anchored(TEXT_PX, colours.ink_2, HPos::Center, VPos::Top);
            area.draw(&Text::new(label, (x as i32, (outer.bottom + 6.0 * r) as i32), style))?;
        }
    }
    let rows = ((inner.bottom - inner.top) / r / 44.0) as usize;
    for tick in axes.1.ticks(rows.clamp(2, 8)) {
        let y = inner.bottom - tick.share * (inner.bottom - inner.top);
        segment((outer.left, y), (outer.right, y), grid(tick.label.is_some()), 1.0)?;
        if let Some(label) = tick.label {
            let style = pen.anchored(TEXT_PX, colours.ink_2, HPos::Right, VPos::Center);
            area.draw(&Text::new(label, ((outer.left - 6.0 * r) as i32, y as i32), style))?;
        }
    }
    if places.right.is_some() {
        pen.dash(2);
        segment((inner.right, outer.top), (inner.right, outer.bottom), colours.ink_2, 1.0)?;
        pen.dash(0);
    }
    for (place, edge) in [(places.above, inner.top), (places.below, inner.bottom)] {
        if place.is_some() {
            pen.dash(2);
            segment((outer.left, edge), (outer.right, edge), colours.ink_2, 1.0)?;
            pen.dash(0);
        }
    }
    segment((outer.left, outer.bottom), (outer.right, outer.bottom), colours.ink_2, 1.0)?;
    segment((outer.left, outer.top), (outer.left, outer.bottom), colours.ink_2, 1.0)?;
    let middle = f64::midpoint(inner.left, inner.right) as i32;
    let style = pen.anchored(12.5, colours.ink_2, HPos::Center, VPos::Bottom);
    area.draw(&Text::new(plot.x_label.clone(), (middle, (height - 5.0 * r) as i32), style))?;
    let style =
        pen.anchored(12.5, colours.ink_2, HPos::Center, VPos::Top).transform(FontTransform::Rotate270);
    let middle = f64::midpoint(outer.top, outer.bottom) as i32;
    area.draw(&Text::new(plot.y_label.clone(), ((4.0 * r) as i32, middle), style))?;
    Ok((inner, places))
}

/// Half way to the ground.
fn faint(colour: RGBColor, ground: RGBColor) -> RGBColor {
    let mix = |a: u8, b: u8| u8::midpoint(a, b);
    RGBColor(mix(colour.0, ground.0), mix(colour.1, ground.1), mix(colour.2, ground.2))
}

/// Lines over one another.
pub(super) fn lines(area: &Area<'_>, plot: &Plot, lines: &[Line], pen: &Pen) -> Result<Drawn, Failure> {
    let all = || lines.iter().flat_map(|line| &line.points);
    let bands = || plot.bands.iter().flat_map(|band| &band.points);
    let axes = (
        Axis::over(plot.x_scale, all().map(|point| point.0), 0.0),
        Axis::over(
            plot.y_scale,
            all().map(|point| point.1).chain(bands().flat_map(|&(_, least, most)| [least, most])),
            0.06,
        ),
    );
    let (frame, _) = frame(area, plot, pen, axes, (false, false, false))?;
    for band in &plot.bands {
        draw_band(area, band, &frame, pen)?;
    }
    for line in lines {
        draw_line(area, line, &frame, pen)?;
    }
    Ok(Drawn { spots: Vec::new(), frame: Some(frame) })
}

fn draw_band(area: &Area<'_>, band: &Band, frame: &Frame, pen: &Pen) -> Result<(), Failure> {
    let style = pen.colours.series[band.style % 4].mix(BAND_OPACITY).filled();
    let places =
        band.points.iter().map(|(x, least, most)| (frame.column(*x), frame.row(*least), frame.row(*most)));
    pen.clip(frame.left, frame.top, frame.right + 1.0, frame.bottom);
    let mut result = Ok(());
    for outline in outlines(places) {
        result = result.and(area.draw(&Polygon::new(outline, style)));
    }
    pen.unclip();
    Ok(result?)
}

fn draw_line(area: &Area<'_>, line: &Line, frame: &Frame, pen: &Pen) -> Result<(), Failure> {
    let style = pen.line_colour(line).stroke_width(pen.stroke(1.8));
    let places = line.points.iter().map(|(x, y)| (frame.column(*x), frame.row(*y)));
    pen.clip(frame.left, frame.top - 2.0, frame.right + 1.0, frame.bottom + 1.0);
    pen.dash(line.style);
    let mut result = Ok(());
    for piece in thinned(places) {
        result = result.and(match piece.as_slice() {
            [only] => area.draw(&Circle::new(*only, pen.px(2.0), style.filled())),
            _ => area.draw(&PathElement::new(piece, style)),
        });
    }
    pen.dash(0);
    pen.unclip();
    Ok(result?)
}

/// Points in series over guides.
pub(super) fn points(area: &Area<'_>, plot: &Plot, series: &[Series], pen: &Pen) -> Result<Drawn, Failure> {
    let all = || series.iter().flat_map(|series| &series.points);
    let xs = all()
        .flat_map(|point| [Some(point.x), point.x_span.map(|span| span.0), point.x_span.map(|span| span.1)]);
    let ys = all()
        .flat_map(|point| [Some(point.y), point.y_span.map(|span| span.0), point.y_span.map(|span| span.1)]);
    let guides = || plot.guides.iter().flat_map(|line| &line.points);
    let axes = (
        Axis::over(plot.x_scale, xs.flatten().chain(guides().map(|point| point.0)), 0.08),
        Axis::over(plot.y_scale, ys.flatten().chain(guides().map(|point| point.1)), 0.1),
    );
    let right = plot.no_x.is_some() && all().any(|point| point.x.is_nan());
    let above = plot.no_y.is_some() && all().any(|point| axes.1.share(point.y) == f64::INFINITY);
    let below = plot.no_y.is_some() && all().any(|point| axes.1.share(point.y) == f64::NEG_INFINITY);
    let (frame, strips) = frame(area, plot, pen, axes, (right, above, below))?;
    let r = pen.ratio;
    let (width, height) = area.dim_in_pixel();
    let edge = Box2 {
        left: frame.left,
        top: 2.0,
        right: f64::from(width) - 2.0,
        bottom: f64::from(height) - 40.0 * r,
    };
    // Labels stay on their own side of the strip's border.
    let inside = Box2 { right: if right { frame.right } else { edge.right }, ..edge };
    let in_strip = Box2 { left: frame.right, ..edge };
    let mut board = Board::default();
    strip_words(area, plot, pen, &frame, strips, &mut board)?;
    for line in &plot.guides {
        draw_line(area, line, &frame, pen)?;
    }

    let mut placed: Vec<(usize, &Point, f64, f64)> = Vec::new();
    for series in series {
        for point in &series.points {
            if let Some((x, y)) = place(point, &frame, strips) {
                board.block(Box2::around(x, y, radius(point) * r));
                if let Some((low, high)) = point.x_span {
                    let (left, right) = (frame.column(low), frame.column(high));
                    board.block(Box2 { left, top: y - 2.0 * r, right, bottom: y + 2.0 * r });
                }
                placed.push((series.style, point, x, y));
            }
        }
    }
    // Large marks first, so that small ones are not hidden.
    placed.sort_by(|a, b| radius(b.1).total_cmp(&radius(a.1)));
    for (style, point, x, y) in &placed {
        spread(area, point, &frame, (*x, *y), pen.colours.series[style % 4], pen)?;
        mark(area, *style, point, (*x as i32, *y as i32), pen)?;
    }
    // The selected point's label comes before all others, then the order of the series.
    placed.sort_by_key(|(style, point, ..)| (!point.selected, *style));
    let mut spots = Vec::new();
    for (_, point, x, y) in placed {
        if let Some(label) = &point.label {
            let size = if point.selected { 13.0 } else { TEXT_PX };
            let bounds = if point.x.is_nan() { &in_strip } else { &inside };
            let extent = (text_width(label) * size * r, size * 1.15 * r);
            let found = board.place((x, y), radius(point) * r, extent, bounds);
            if let Some((left, top)) = found {
                let style = pen.text(size, pen.colours.ink);
                area.draw(&Text::new(label.clone(), (left as i32, top as i32), style))?;
            }
        }
        spots.push(Spot { x, y, note: point.note.clone() });
    }
    Ok(Drawn { spots, frame: Some(frame) })
}

fn strip_words(
    area: &Area<'_>,
    plot: &Plot,
    pen: &Pen,
    frame: &Frame,
    strips: Strips,
    board: &mut Board,
) -> Result<(), Failure> {
    let r = pen.ratio;
    let size = 11.0;
    if let (Some(middle), Some(words)) = (strips.right, &plot.no_x) {
        for (row, word) in words.lines().enumerate() {
            let style = pen.anchored(size, pen.colours.ink_2, HPos::Center, VPos::Bottom);
            let y = frame.bottom - 6.0 * r - (words.lines().count() - 1 - row) as f64 * size * 1.25 * r;
            area.draw(&Text::new(word.to_owned(), (middle as i32, y as i32), style))?;
            let half = text_width(word) * size * r / 2.0;
            board.block(Box2 { left: middle - half, top: y - size * r, right: middle + half, bottom: y });
        }
    }
    for middle in [strips.above, strips.below].into_iter().flatten() {
        if let Some(words) = &plot.no_y {
            let style = pen.anchored(size, pen.colours.ink_2, HPos::Right, VPos::Center);
            let right = frame.right - 6.0 * r;
            area.draw(&Text::new(words.clone(), (right as i32, middle as i32), style))?;
            board.block(Box2 {
                left: right - text_width(words) * size * r,
                top: middle - size * r * 0.6,
                right,
                bottom: middle + size * r * 0.6,
            });
        }
    }
    Ok(())
}

/// Where a point belongs: on the axes, or in the strip of what it lacks.
fn place(point: &Point, frame: &Frame, strips: Strips) -> Option<(f64, f64)> {
    let x = if point.x.is_nan() { strips.right? } else { frame.column(point.x) };
    let row = frame.row(point.y);
    let y = if row == f64::NEG_INFINITY {
        strips.above?
    } else if row == f64::INFINITY {
        strips.below?
    } else {
        row
    };
    (x.is_finite() && y.is_finite()).then_some((x, y))
}

fn radius(point: &Point) -> f64 {
    let usual = if point.radius_px > 0.0 { point.radius_px } else { RADIUS_PX };
    if point.selected { usual + 2.5 } else { usual }
}

/// Bars of spread with caps.
fn spread(
    area: &Area<'_>,
    point: &Point,
    frame: &Frame,
    (x, y): (f64, f64),
    colour: RGBColor,
    pen: &Pen,
) -> Result<(), Failure> {
    let style = colour.stroke_width(pen.stroke(1.2));
    let cap = 3.0 * pen.ratio;
    let mut strokes = Vec::new();
    if let Some((low, high)) = point.x_span {
        let (left, right) = (frame.column(low), frame.column(high));
        strokes.push([(left, y), (right, y)]);
        strokes.push([(left, y - cap), (left, y + cap)]);
        strokes.push([(right, y - cap), (right, y + cap)]);
    }
    if let Some((low, high)) = point.y_span {
        let (bottom, top) = (frame.row(low), frame.row(high));
        strokes.push([(x, bottom), (x, top)]);
        strokes.push([(x - cap, bottom), (x + cap, bottom)]);
        strokes.push([(x - cap, top), (x + cap, top)]);
    }
    for ends in strokes {
        if ends.iter().all(|(x, y)| x.is_finite() && y.is_finite()) {
            let ends = ends.map(|(x, y)| (x as i32, y as i32)).to_vec();
            area.draw(&PathElement::new(ends, style))?;
        }
    }
    Ok(())
}

/// Circle, square, triangle, cross, diamond: one shape a series.
fn mark(area: &Area<'_>, style: usize, point: &Point, (x, y): (i32, i32), pen: &Pen) -> Result<(), Failure> {
    let colour = pen.colours.series[style % 4];
    let size = pen.px(radius(point)).max(2);
    // What is hollow means something: a selected mark is larger and bolder, not filled.
    let outline = colour.stroke_width(pen.stroke(if point.selected { 3.0 } else { 2.0 }));
    let inside = if point.filled { colour.mix(0.8).filled() } else { pen.colours.panel.mix(0.6).filled() };
    let closed = |corners: &[(i32, i32)]| -> Result<(), Failure> {
        let mut path: Vec<(i32, i32)> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
        area.draw(&Polygon::new(path.clone(), inside))?;
        path.extend([path[0], path[1]]);
        area.draw(&PathElement::new(path, outline))?;
        Ok(())
    };
    match style % 5 {
        0 => {
            area.draw(&Circle::new((x, y), size, inside))?;
            area.draw(&Circle::new((x, y), size, outline))?;
        }
        1 => closed(&[(-size, -size), (size, -size), (size, size), (-size, size)])?,
        2 => closed(&[(0, -size - size / 4), (size + size / 8, size), (-size - size / 8, size)])?,
        3 => {
            for ends in
                [[(x - size, y - size), (x + size, y + size)], [(x - size, y + size), (x + size, y - size)]]
            {
                area.draw(&PathElement::new(ends.to_vec(), colour.stroke_width(pen.stroke(2.5))))?;
            }
        }
        _ => {
            let reach = size + size / 3;
            closed(&[(0, -reach), (reach, 0), (0, reach), (-reach, 0)])?;
        }
    }
    Ok(())
}
