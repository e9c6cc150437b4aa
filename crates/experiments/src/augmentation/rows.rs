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
