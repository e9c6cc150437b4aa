//! Pictures of fields: values on a grid as pixels that are stretched, and the line where they are zero.

use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// A square of pixels that is stretched over a canvas.
#[derive(Debug, Clone)]
pub struct Raster(HtmlCanvasElement);

impl Raster {
    /// Of `side`² pixels, red, green, blue and opacity each, from the top.
    pub fn new(side: usize, rgba: &[u8]) -> Option<Self> {
        let canvas: HtmlCanvasElement =
            leptos::prelude::document().create_element("canvas").ok()?.dyn_into().ok()?;
        put(&canvas, side, rgba);
        Some(Self(canvas))
    }

    /// Over the square of `side` device pixels at the canvas's corner.
    pub fn draw(&self, context: &CanvasRenderingContext2d, side: f64) {
        context.set_image_smoothing_enabled(true);
        let _ = context.draw_image_with_html_canvas_element_and_dw_and_dh(&self.0, 0.0, 0.0, side, side);
    }
}

/// Makes a canvas of `side`² pixels: red, green, blue and opacity each, from the top. Its style stretches it, which the browser does where it puts
/// the page together and not on the page's thread.
pub fn put(canvas: &HtmlCanvasElement, side: usize, rgba: &[u8]) {
    let side = side as u32;
    if (canvas.width(), canvas.height()) != (side, side) {
        canvas.set_width(side);
        canvas.set_height(side);
    }
    let data = ImageData::new_with_u8_clamped_array(Clamped(rgba), side);
    if let (Some(context), Ok(data)) = (context(canvas), data) {
        let _ = context.put_image_data(&data, 0.0, 0.0);
    }
}

/// A canvas's 2-D context.
pub fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}

/// A colour as canvases take it.
pub fn css([r, g, b]: [u8; 3], alpha: f64) -> String {
    format!("rgba({r},{g},{b},{alpha})")
}

/// Segments of the line where a grid of `side`² values, row by row from the least `y`, is zero; the grid is the middles of equal squares
/// over `[-reach, reach]²`, and so are the segments' coordinates.
pub fn level_line(values: &[f32], side: usize, reach: f64) -> Vec<[[f64; 2]; 2]> {
    let mut segments = Vec::new();
    if side < 2 || values.len() != side * side {
        return segments;
    }
    let place = |i: f64| reach * (2.0 * (i + 0.5) / side as f64 - 1.0);
    for row in 0..side - 1 {
        for column in 0..side - 1 {
            let corner = |dx: usize, dy: usize| values[(row + dy) * side + column + dx];
            let corners = [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)];
            if !corners.iter().all(|value| value.is_finite()) {
                continue;
            }
            let at = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
            let mut crossings = Vec::with_capacity(4);
            for edge in 0..4 {
                let (a, b) = (f64::from(corners[edge]), f64::from(corners[(edge + 1) % 4]));
                if (a > 0.0) == (b > 0.0) {
                    continue;
                }
                let t = a / (a - b);
                let ((ax, ay), (bx, by)) = (at[edge], at[(edge + 1) % 4]);
                let (x, y) = (column as f64 + ax + t * (bx - ax), row as f64 + ay + t * (by - ay));
                crossings.push([place(x), place(y)]);
            }
            // Two crossings are a segment; four, at a saddle, are two.
            segments.extend(crossings.chunks_exact(2).map(|pair| [pair[0], pair[1]]));
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_line_of_a_circle_lies_on_it() {
        const SIDE: usize = 40;
        const REACH: f64 = 1.2;
        let place = |i: usize| REACH * (2.0 * (i as f64 + 0.5) / SIDE as f64 - 1.0);
        let values: Vec<f32> =
            (0..SIDE * SIDE).map(|i| (place(i % SIDE).hypot(place(i / SIDE)) - 0.7) as f32).collect();
        let segments = level_line(&values, SIDE, REACH);
        assert!(segments.len() > 40);
        for [x, y] in segments.into_iter().flatten() {
            assert!((x.hypot(y) - 0.7).abs() < 3e-3, "{x} {y}");
        }
        assert!(level_line(&[1.0; 1600], SIDE, REACH).is_empty());
        assert!(level_line(&[1.0; 3], SIDE, REACH).is_empty());
    }
}
