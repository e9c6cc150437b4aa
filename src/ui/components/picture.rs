//! Pictures on canvases.

use wasm_bindgen::Clamped;
use web_sys::{HtmlCanvasElement, ImageData};

use super::raster::context;

/// A square of `side`² pixels, three levels each, 0 to 255. The canvas takes that size.
pub fn paint(canvas: &HtmlCanvasElement, side: u32, levels: &[u8]) {
    if canvas.width() != side {
        canvas.set_width(side);
        canvas.set_height(side);
    }
    let (pixels, _) = levels.as_chunks::<3>();
    let rgba: Vec<u8> = pixels.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect();
    let data = ImageData::new_with_u8_clamped_array(Clamped(&rgba), side);
    if let (Some(context), Ok(data)) = (context(canvas), data) {
        // Same-origin data of the canvas's own size.
        let _ = context.put_image_data(&data, 0.0, 0.0);
    }
}
