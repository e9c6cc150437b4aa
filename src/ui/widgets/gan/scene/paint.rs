//! The stage's pixels, by the canvas's own calls. Colours are tokens; every layer has a form of its own beside its colour.

use js_sys::Array;
use wasm_bindgen::Clamped;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::raster::{DENSITY_SIDE, REACH, density};
use crate::ui::components::raster::{context, css, level_line, put};
use crate::ui::components::tokens;

/// Up to so many points are drawn one by one.
const FEW: usize = 500;

/// The tokens that the stage is drawn with, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette {
    ink: [u8; 3],
    real: [u8; 3],
    fake: [u8; 3],
    walk: [u8; 3],
    is_dark: bool,
}

impl Palette {
    /// As they are where `canvas` stands.
    pub fn of(canvas: &HtmlCanvasElement) -> Self {
        let read = |token| tokens::parse(&tokens::colour(canvas, token)).unwrap_or([128; 3]);
        let panel = read("--panel");
        Self {
            ink: read("--ink"),
            real: read("--s1"),
            fake: read("--s2"),
            walk: read("--s3"),
            is_dark: panel[0] < 128,
        }
    }
}

/// Real density as ink, on a canvas of its own under the stage's.
pub fn draw_law(canvas: &HtmlCanvasElement, law: &[f32], palette: &Palette) {
    let (rows, _) = law.as_chunks::<2>();
    let Some((&[deviation, _], centres)) = rows.split_last() else { return };
    let [r, g, b] = palette.ink;
    let strongest = if palette.is_dark { 150.0 } else { 120.0 };
    let rgba: Vec<u8> = density(centres, deviation)
        .into_iter()
        .flat_map(|share| [r, g, b, (strongest * share.sqrt()) as u8])
        .collect();
    put(canvas, DENSITY_SIDE, &rgba);
}

/// The discriminator's field as two tints, on a canvas of its own under all others.
pub fn draw_field(canvas: &HtmlCanvasElement, leanings: &[f32], palette: &Palette) {
    let side = side_of(leanings);
    let strongest = if palette.is_dark { 72.0 } else { 95.0 };
    let mut rgba = Vec::with_capacity(4 * leanings.len());
    for row in leanings.chunks_exact(side).rev() {
        for &leaning in row {
            let [r, g, b] = if leaning > 0.0 { palette.real } else { palette.fake };
            let strength = if leaning.is_finite() { strongest * leaning.abs().powf(0.7) } else { 0.0 };
            rgba.extend([r, g, b, strength as u8]);
        }
    }
    if rgba.len() == 4 * side * side {
        put(canvas, side, &rgba);
    }
}

/// Nothing on a canvas.
pub fn clear(canvas: &HtmlCanvasElement) {
    put(canvas, 1, &[0; 4]);
}

/// Of a square of values: its side, at least 1.
fn side_of(values: &[f32]) -> usize {
    ((values.len() as f64).sqrt() as usize).max(1)
}

/// What is on the stage.
#[derive(Debug, Clone, Copy, Default)]
pub struct Picture<'a> {
    /// How far the discriminator leans, row by row from the least `y`: its undecided line is drawn.
    pub leanings: &'a [f32],
    /// Generated points.
    pub fakes: &'a [[f32; 2]],
    /// Real points, drawn as rings.
    pub reals: &'a [[f32; 2]],
    /// Rows of x, y, output, direction.
    pub arrows: &'a [[f32; 5]],
    /// Where a walk in latent space leads.
    pub walk: &'a [[f32; 2]],
    /// Which place of it is marked.
    pub walk_at: usize,
    /// The pad's cursor.
    pub cursor: Option<[f32; 2]>,
}

/// Draws what lies over density and field, on a square of device pixels, `ratio` a CSS pixel.
pub fn draw(canvas: &HtmlCanvasElement, picture: &Picture<'_>, palette: &Palette, ratio: f64) {
    let Some(context) = context(canvas) else { return };
    let side = f64::from(canvas.width());
    let pen = Pen { context, side, ratio, palette };
    pen.context.clear_rect(0.0, 0.0, side, side);
    pen.undecided(picture.leanings);
    pen.rings(picture.reals);
    pen.dots(picture.fakes);
    pen.arrows(picture.arrows);
    pen.walk(picture.walk, picture.walk_at);
    if let Some(cursor) = picture.cursor {
        pen.cursor(cursor);
    }
}

struct Pen<'a> {
    context: CanvasRenderingContext2d,
    side: f64,
    ratio: f64,
    palette: &'a Palette,
}

impl Pen<'_> {
    /// A place of the plane in device pixels.
    fn at(&self, [x, y]: [f64; 2]) -> (f64, f64) {
        let scale = self.side / (2.0 * REACH);
        ((x + REACH) * scale, (REACH - y) * scale)
    }

    fn px(&self, css_px: f64) -> f64 {
        css_px * self.ratio
    }

    /// Where the discriminator leans to neither side.
    fn undecided(&self, leanings: &[f32]) {
        if leanings.is_empty() {
            return;
        }
        let side = side_of(leanings);
        self.context.begin_path();
        for [from, to] in level_line(leanings, side, REACH) {
            let ((x, y), (u, v)) = (self.at(from), self.at(to));
            self.context.move_to(x, y);
            self.context.line_to(u, v);
        }
        self.stroke(self.palette.ink, 0.55, 1.2);
    }

    fn stroke(&self, colour: [u8; 3], alpha: f64, width_px: f64) {
        self.context.set_stroke_style_str(&css(colour, alpha));
        self.context.set_line_width(self.px(width_px));
        self.context.stroke();
    }

    fn circles(&self, points: &[[f32; 2]], radius_px: f64) {
        let radius = self.px(radius_px);
        self.context.begin_path();
        for point in points.iter().filter(|point| point.iter().all(|x| x.is_finite())) {
            let (x, y) = self.at(point.map(f64::from));
            self.context.move_to(x + radius, y);
            let _ = self.context.arc(x, y, radius, 0.0, std::f64::consts::TAU);
        }
    }

    fn dots(&self, points: &[[f32; 2]]) {
        self.context.set_fill_style_str(&css(self.palette.fake, 0.85));
        if points.len() <= FEW {
            // Few points are drawn large, so that each is seen; many small, so that none hides the rest.
            self.circles(points, 3.0);
            self.context.fill();
            return;
        }
        // At this size a square on whole pixels looks like a disc and costs a hundredth of one.
        let radius = self.px((self.side / self.ratio / 320.0).clamp(1.1, 1.9));
        let edge = (1.8 * radius).round().max(2.0);
        for point in points.iter().filter(|point| point.iter().all(|x| x.is_finite())) {
            let (x, y) = self.at(point.map(f64::from));
            self.context.fill_rect((x - edge / 2.0).round(), (y - edge / 2.0).round(), edge, edge);
        }
    }

    fn rings(&self, points: &[[f32; 2]]) {
        self.circles(points, 3.0);
        self.stroke(self.palette.real, 0.9, 1.3);
    }

    fn arrows(&self, rows: &[[f32; 5]]) {
        // The longest arrow is an eighth of the stage: lengths compare within a picture, not between pictures.
        let longest =
            rows.iter().map(|row| row[3].hypot(row[4])).filter(|x| x.is_finite()).fold(0.0, f32::max);
        if longest <= 0.0 {
            return;
        }
        let scale = 0.3 / f64::from(longest);
        let head = self.px(4.5);
        self.context.begin_path();
        for row in rows.iter().filter(|row| row.iter().all(|x| x.is_finite())) {
            let [x, y, _, dx, dy] = row.map(f64::from);
            let (from, to) = (self.at([x, y]), self.at([x + scale * dx, y + scale * dy]));
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length < self.px(1.0) {
                continue;
            }
            let (ux, uy) = ((to.0 - from.0) / length, (to.1 - from.1) / length);
            self.context.move_to(from.0, from.1);
            self.context.line_to(to.0, to.1);
            for side in [-0.5, 0.5] {
                self.context.move_to(to.0, to.1);
                self.context.line_to(to.0 - head * (ux + side * uy), to.1 - head * (uy - side * ux));
            }
        }
        self.stroke(self.palette.ink, 0.8, 1.1);
    }

    fn walk(&self, path: &[[f32; 2]], marked: usize) {
        if path.len() < 2 {
            return;
        }
        self.context.begin_path();
        for (index, place) in path.iter().enumerate() {
            let (x, y) = self.at(place.map(f64::from));
            if index == 0 { self.context.move_to(x, y) } else { self.context.line_to(x, y) }
        }
        let dashes = Array::of2(&JsValue::from_f64(self.px(5.0)), &JsValue::from_f64(self.px(3.0)));
        let _ = self.context.set_line_dash(&dashes);
        self.stroke(self.palette.walk, 1.0, 2.0);
        let _ = self.context.set_line_dash(&Array::new());
        if let Some(place) = path.get(marked) {
            self.circles(&[*place], 6.0);
            self.context.set_fill_style_str(&css(self.palette.walk, 1.0));
            self.context.fill();
            self.stroke(self.palette.ink, 1.0, 1.5);
        }
    }

    fn cursor(&self, place: [f32; 2]) {
        let (x, y) = self.at(place.map(f64::from));
        let arm = self.px(10.0);
        self.context.begin_path();
        self.context.move_to(x - arm, y);
        self.context.line_to(x + arm, y);
        self.context.move_to(x, y - arm);
        self.context.line_to(x, y + arm);
        self.stroke(self.palette.ink, 1.0, 1.5);
    }
}

/// Images `(n,28,28)` in `[-1, 1]`, white on black, in rows of `columns`, on a canvas of a pixel a pixel; CSS enlarges it.
pub fn draw_images(canvas: &HtmlCanvasElement, pixels: &[f32], columns: usize) {
    const SIDE: usize = 28;
    /// Between images.
    const GAP: usize = 2;
    let count = pixels.len() / (SIDE * SIDE);
    let rows = count.div_ceil(columns.max(1));
    if rows == 0 {
        return;
    }
    let (width, height) = (columns * (SIDE + GAP) - GAP, rows * (SIDE + GAP) - GAP);
    if (canvas.width(), canvas.height()) != (width as u32, height as u32) {
        canvas.set_width(width as u32);
        canvas.set_height(height as u32);
    }
    let mut rgba = vec![0_u8; 4 * width * height];
    for (index, image) in pixels.chunks_exact(SIDE * SIDE).enumerate() {
        let (left, top) = (index % columns * (SIDE + GAP), index / columns * (SIDE + GAP));
        for (row, line) in image.chunks_exact(SIDE).enumerate() {
            let start = 4 * ((top + row) * width + left);
            for (pixel, &value) in rgba[start..start + 4 * SIDE].chunks_exact_mut(4).zip(line) {
                // The cast bounds, and makes black of NaN.
                let grey = (127.5 * (value + 1.0)) as u8;
                pixel.copy_from_slice(&[grey, grey, grey, 255]);
            }
        }
    }
    let data = ImageData::new_with_u8_clamped_array(Clamped(&rgba), width as u32);
    if let (Some(context), Ok(data)) = (context(canvas), data) {
        let _ = context.put_image_data(&data, 0.0, 0.0);
    }
}
