//! A picture's file becomes a square of levels.
//!
//! Untrusted: the file's length, its kind and its size in pixels are looked at first (`experiments::picture_file`); then the browser
//! decodes, which knows its formats better than a page's program could and turns camera pictures upright. The middle square is drawn on
//! white at [`limits::SIDE`] pixels and made smaller by the filter that the data sets' pictures go through. Left out: animation, colour
//! profiles beyond what the browser applies.

use experiments::picture_file::{PictureError, PictureHeader, PictureKind, header};
use experiments::transfer::Pictures;
use js_sys::Uint8Array;
use protocol::transfer::limits;
use protocol::{Decoded, Failure, Square};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ImageBitmap, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

use crate::worker_host::scope;

/// Bytes in which most headers end.
const HEAD_BYTES: f64 = 65_536.0;

/// The middle square of a picture, at most [`limits::SIDE`] pixels a side.
pub(super) async fn decode(file: &Blob, side: u32) -> Result<Decoded, Failure> {
    let side = side.clamp(1, limits::SIDE);
    if file.size() > limits::PICTURE_BYTES as f64 {
        let failure = Failure::new("picture_too_long").with("mb", (file.size() / 1e6).round());
        return Err(failure.with("most", limits::PICTURE_BYTES >> 20));
    }
    let found = read_header(file).await?;
    let kind = found.kind.id();
    if found.pixels() > limits::PICTURE_PIXELS {
        let failure = Failure::new("picture_too_large").with("width", found.width);
        return Err(failure.with("height", found.height).with("most", limits::PICTURE_PIXELS / 1_000_000));
    }
    let bitmap = bitmap(file).await.map_err(|()| match found.kind {
        PictureKind::Heic | PictureKind::Avif => Failure::new("picture_undecodable").with("kind", kind),
        _ => Failure::new("picture_damaged").with("kind", kind),
    })?;
    let levels = square(&bitmap);
    bitmap.close();
    let levels = levels.map_err(|_| Failure::new("out_of_memory"))?;
    let square = shrink(levels, limits::SIDE, side)?;
    Ok(Decoded { kind: kind.to_owned(), width: found.width, height: found.height, square })
}

async fn read_header(file: &Blob) -> Result<PictureHeader, Failure> {
    let head = bytes(&file.slice_with_f64_and_f64(0.0, HEAD_BYTES).unwrap_or_else(|_| file.clone())).await?;
    let found = match header(&head) {
        // Cameras may put megabytes before the frame.
        Err(PictureError::Short(_)) if file.size() > HEAD_BYTES => header(&bytes(file).await?),
        found => found,
    };
    found.map_err(|error| match error {
        PictureError::Unknown => Failure::new("picture_unknown"),
        PictureError::Short(kind @ (PictureKind::Heic | PictureKind::Avif)) => {
            Failure::new("picture_undecodable").with("kind", kind.id())
        }
        PictureError::Short(kind) | PictureError::Damaged(kind) => {
            Failure::new("picture_damaged").with("kind", kind.id())
        }
    })
}

async fn bytes(blob: &Blob) -> Result<Vec<u8>, Failure> {
    let buffer = JsFuture::from(blob.array_buffer()).await;
    let buffer = buffer.map_err(|_| Failure::new("file_read").with("reason", "Blob.arrayBuffer"))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Decoded whole, upright: the browser's decoders work away from this thread.
async fn bitmap(file: &Blob) -> Result<ImageBitmap, ()> {
    let promise = scope().create_image_bitmap_with_blob(file).map_err(|_| ())?;
    let bitmap = JsFuture::from(promise).await.map_err(|_| ())?;
    bitmap.dyn_into().map_err(|_| ())
}

/// The middle square, `(row, column, channel)`.
fn square(bitmap: &ImageBitmap) -> Result<Vec<u8>, JsValue> {
    let canvas = OffscreenCanvas::new(limits::SIDE, limits::SIDE)?;
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
    let context: OffscreenCanvasRenderingContext2d = context.dyn_into()?;
    let side = f64::from(limits::SIDE);
    context.set_fill_style_str("#fff");
    context.fill_rect(0.0, 0.0, side, side);
    context.set_image_smoothing_enabled(true);
    // Not every binding knows the property; the default is worse, not wrong.
    let _ = js_sys::Reflect::set(&context, &"imageSmoothingQuality".into(), &"high".into());
    let (width, height) = (f64::from(bitmap.width()), f64::from(bitmap.height()));
    let cut = width.min(height);
    context.draw_image_with_image_bitmap_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
        bitmap,
        (width - cut) / 2.0,
        (height - cut) / 2.0,
        cut,
        cut,
        0.0,
        0.0,
        side,
        side,
    )?;
    let pixels = context.get_image_data(0.0, 0.0, side, side)?.data();
    let (pixels, _) = pixels.as_chunks::<4>();
    Ok(pixels.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect())
}

/// A square at a smaller size, in whole levels.
pub(super) fn shrink(levels: Vec<u8>, from: u32, side: u32) -> Result<Square, Failure> {
    if from == side {
        return Ok(Square { side, levels });
    }
    let mut pictures = Pictures::new(from as usize, 1);
    pictures.push(&levels, 0).map_err(|error| Failure::new("head_refused").with("reason", error))?;
    let levels = pictures.levels(0, side as usize);
    Ok(Square {
        side,
        levels: levels.into_iter().map(|level| level.round().clamp(0.0, 255.0) as u8).collect(),
    })
}
