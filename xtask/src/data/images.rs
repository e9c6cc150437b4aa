//! Pictures of packages as small squares: PNG in, 8-bit RGB out.
//!
//! All arithmetic is on integers and each level is rounded once, so that another program gets the same bytes: a pixel over
//! white is `c·a + 255·(255 − a)` in parts of 255 of a level; a pixel of the square is the mean of the area it covers, halves rounded up.

use std::io::Cursor;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use png::{ColorType, Decoder, Transformations};

use super::package::read;

/// A level in parts of 255, of white.
const WHITE: u64 = 255 * 255;
/// What is at least this light is background. (250 of 255.)
const BACKGROUND: u64 = 250 * 255;
/// Largest picture that is taken, in pixels.
const MAX_PIXELS: usize = 1 << 24;

/// An opaque picture; levels in parts of 255, three for each pixel.
pub struct Picture {
    width: usize,
    height: usize,
    levels: Vec<u64>,
}

/// A PNG file of an unpacked package, laid over white.
pub fn read_png(folder: &Path, file: &str) -> Result<Picture> {
    over_white(&read(folder, file)?).with_context(|| format!("decoding {file}"))
}

fn over_white(bytes: &[u8]) -> Result<Picture> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info()?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    ensure!(width * height <= MAX_PIXELS, "{width}×{height} pixels");
    let mut samples = vec![0; reader.output_buffer_size().context("a picture too large")?];
    reader.next_frame(&mut samples)?;
    let (channels, alpha) = match reader.output_color_type().0 {
        ColorType::Grayscale => (1, false),
        ColorType::GrayscaleAlpha => (1, true),
        ColorType::Rgb => (3, false),
        ColorType::Rgba => (3, true),
        ColorType::Indexed => bail!("a palette that was not expanded"),
    };
    let mut levels = Vec::with_capacity(3 * width * height);
    for pixel in samples.chunks_exact(channels + usize::from(alpha)).take(width * height) {
        let opacity = if alpha { u64::from(pixel[channels]) } else { 255 };
        for channel in 0..3 {
            let level = u64::from(pixel[channel.min(channels - 1)]);
            levels.push(level * opacity + 255 * (255 - opacity));
        }
    }
    Ok(Picture { width, height, levels })
}

impl Picture {
    fn pixel(&self, x: usize, y: usize) -> [u64; 3] {
        let at = 3 * (y * self.width + x);
        [self.levels[at], self.levels[at + 1], self.levels[at + 2]]
    }

    /// Without the background around it, in the middle of a white square with a margin of a 32nd of its longer side.
    pub fn framed(&self) -> Result<Picture> {
        let (mut left, mut right, mut top, mut bottom) = (self.width, 0, self.height, 0);
        for y in 0..self.height {
            for x in 0..self.width {
                if self.pixel(x, y).iter().any(|level| *level < BACKGROUND) {
                    (left, right) = (left.min(x), right.max(x + 1));
                    (top, bottom) = (top.min(y), bottom.max(y + 1));
                }
            }
        }
        ensure!(left < right, "a picture of nothing");
        let (width, height) = (right - left, bottom - top);
        let longer = width.max(height);
        let side = longer + 2 * (longer / 32);
        let (before, above) = ((side - width) / 2, (side - height) / 2);
        let mut levels = vec![WHITE; 3 * side * side];
        for y in 0..height {
            let from = 3 * ((top + y) * self.width + left);
            let to = 3 * ((above + y) * side + before);
            levels[to..to + 3 * width].copy_from_slice(&self.levels[from..from + 3 * width]);
        }
        Ok(Picture { width: side, height: side, levels })
    }

    /// A square of `side` pixels, three bytes each, from a square picture.
    pub fn shrunk(&self, side: usize) -> Result<Vec<u8>> {
        ensure!(self.width == self.height, "{}×{} is no square", self.width, self.height);
        let own = self.width;
        // Of pixels of the picture that a row or column of the square covers: which, and how much in parts of `side`.
        let covered: Vec<Vec<(usize, u64)>> = (0..side)
            .map(|at| {
                let (start, end) = (at * own, (at + 1) * own);
                (start / side..end.div_ceil(side))
                    .map(|pixel| {
                        let inside = end.min((pixel + 1) * side) - start.max(pixel * side);
                        (pixel, inside as u64)
                    })
                    .collect()
            })
            .collect();
        let whole = 255 * (own * own) as u64;
        let mut bytes = Vec::with_capacity(3 * side * side);
        for rows in &covered {
            for columns in &covered {
                let mut sums = [0; 3];
                for &(y, high) in rows {
                    for &(x, wide) in columns {
                        let pixel = self.pixel(x, y);
                        for (sum, level) in sums.iter_mut().zip(pixel) {
                            *sum += level * high * wide;
                        }
                    }
                }
                bytes.extend(sums.map(|sum| ((2 * sum + whole) / (2 * whole)) as u8));
            }
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, levels: &[u64]) -> Picture {
        let height = levels.len() / width;
        Picture { width, height, levels: levels.iter().flat_map(|&level| [level * 255; 3]).collect() }
    }

    #[test]
    fn areas_are_averaged_and_halves_rounded_up() {
        let shrunk = |picture: &Picture, side| -> Vec<u8> {
            picture.shrunk(side).unwrap().chunks(3).map(|pixel| pixel[0]).collect()
        };
        assert_eq!(shrunk(&grey(2, &[10, 11, 12, 13]), 1), [12]);
        assert_eq!(shrunk(&grey(2, &[10, 11, 12, 13]), 2), [10, 11, 12, 13]);
        // Thirds: each pixel of the square covers one and a half of the picture's.
        assert_eq!(shrunk(&grey(3, &[0, 90, 0, 0, 90, 0, 0, 90, 0]), 2), [30; 4]);
        assert_eq!(shrunk(&grey(1, &[7]), 2), [7; 4]);
        assert!(grey(2, &[1, 2]).shrunk(1).is_err());
    }

    #[test]
    fn frames_are_square_and_centred() {
        let mut levels = [255; 16];
        (levels[5], levels[6]) = (0, 40);
        let framed = grey(4, &levels).framed().unwrap();
        assert_eq!((framed.width, framed.height), (2, 2));
        assert_eq!([framed.pixel(0, 0), framed.pixel(1, 0)], [[0; 3], [40 * 255; 3]]);
        assert_eq!(framed.pixel(0, 1), [WHITE; 3]);
        assert!(grey(4, &[255; 16]).framed().is_err());
    }

    #[test]
    fn transparent_pixels_are_white() {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 2, 1);
        encoder.set_color(ColorType::GrayscaleAlpha);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&[9, 0, 9, 255]).unwrap();
        writer.finish().unwrap();
        let picture = over_white(&file).unwrap();
        assert_eq!([picture.pixel(0, 0), picture.pixel(1, 0)], [[WHITE; 3], [9 * 255; 3]]);
    }
}
