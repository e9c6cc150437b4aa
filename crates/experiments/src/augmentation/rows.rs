//! Pictures of a task as rows of levels in `[0, 1]`.

use datasets::{Dataset, Values};

use super::Shape;
use crate::transfer::{Pictures, PicturesError};

/// Pixels along a side to which coloured pictures are brought before anything is done to them.
pub const COLOUR_SIDE: usize = 32;

/// Labelled pictures of one shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// Of each.
    pub shape: Shape,
    /// Picture after picture.
    pub values: Vec<f32>,
    /// The class of each.
    pub labels: Vec<u8>,
    /// How many classes there are.
    pub classes: usize,
}

impl Rows {
    /// Of a data set, those that `indices` name; past the end they are left out. Grey pictures keep their size, coloured ones are brought
    /// to [`COLOUR_SIDE`].
    pub fn of(set: &Dataset, indices: &[usize]) -> Result<Rows, PicturesError> {
        let all = set.all();
        let classes = set.classes().len();
        let mut rows = match *set.shape() {
            [height, width] if height == width => Rows::new(Shape { side: height, channels: 1 }, classes),
            [height, width, 3] if height == width => {
                Rows::new(Shape { side: COLOUR_SIDE, channels: 3 }, classes)
            }
            _ => return Err(PicturesError::NotPictures(set.name().to_owned())),
        };
        let coloured = if rows.shape.channels == 3 { Some(Pictures::of(set)?) } else { None };
        for &index in indices {
            let Some(example) = all.get(index) else { continue };
            match (&coloured, example.values) {
                (Some(pictures), _) => {
                    rows.values.extend(pictures.levels(index, COLOUR_SIDE).iter().map(|level| level / 255.0));
                }
                (None, Values::Pixels { values, full_scale }) => {
                    rows.values.extend(values.iter().map(|&value| f32::from(value) / f32::from(full_scale)));
                }
                (None, Values::Numbers(_)) => return Err(PicturesError::NotPictures(set.name().to_owned())),
            }
            rows.labels.push(example.label);
        }
        Ok(rows)
    }

    /// None yet.
    pub fn new(shape: Shape, classes: usize) -> Rows {
        Rows { shape, values: Vec::new(), labels: Vec::new(), classes }
    }

    /// In another shape: the nearest pixel of each, and grey in every channel. Of colours the first channels stay.
    #[must_use]
    pub fn brought_to(&self, shape: Shape) -> Rows {
        let mut rows = Rows { shape, values: Vec::new(), ..self.clone() };
        let from = self.shape;
        let near = |at: usize| at * from.side / shape.side.max(1);
        for picture in self.values.chunks_exact(from.len().max(1)) {
            for place in 0..shape.side * shape.side {
                let pixel = near(place / shape.side) * from.side + near(place % shape.side);
                let channel = |at: usize| picture[pixel * from.channels + at.min(from.channels - 1)];
                rows.values.extend((0..shape.channels).map(channel));
            }
        }
        rows
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// One picture; empty past the last.
    pub fn get(&self, index: usize) -> &[f32] {
        let len = self.shape.len();
        self.values.get(index * len..(index + 1) * len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_shape_has_the_nearest_pixels_in_every_channel() {
        let mut rows = Rows::new(Shape { side: 2, channels: 1 }, 1);
        rows.values = vec![0.1, 0.2, 0.3, 0.4];
        rows.labels = vec![0];
        let large = rows.brought_to(Shape { side: 4, channels: 3 });
        assert_eq!((large.len(), large.get(0).len()), (1, 48));
        let pixel = |row: usize, column: usize| &large.get(0)[3 * (4 * row + column)..][..3];
        assert_eq!(
            [pixel(0, 0), pixel(1, 1), pixel(1, 2), pixel(3, 0)],
            [[0.1; 3], [0.1; 3], [0.2; 3], [0.3; 3]]
        );
        assert_eq!(large.brought_to(rows.shape), rows);
    }
}
