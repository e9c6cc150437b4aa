//! Pictures of a task: squares of one size, red, green and blue.

use datasets::{Dataset, Kind, Values};

use super::resize::resize;

/// Labelled pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Pictures {
    side: usize,
    /// `(count, side, side, 3)`, 0 to 255.
    levels: Vec<u8>,
    labels: Vec<u8>,
    classes: usize,
}

/// Pictures that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PicturesError {
    /// A data set of something else.
    #[error("{0} does not hold square pictures, grey or of three channels")]
    NotPictures(String),
    /// Another number of levels than the side says.
    #[error("{found} levels where {expected} belong")]
    Levels {
        /// Of three channels.
        expected: usize,
        /// Given.
        found: usize,
    },
    /// A class that is not there.
    #[error("class {label} of {classes}")]
    Class {
        /// Of the picture.
        label: u8,
        /// How many there are.
        classes: usize,
    },
}

impl Pictures {
    /// None yet: of `side`² pixels (at least 1) and so many classes.
    pub fn new(side: usize, classes: usize) -> Pictures {
        Pictures { side: side.max(1), levels: Vec::new(), labels: Vec::new(), classes }
    }

    /// All examples of a data set, in its order. Grey becomes three equal channels.
    pub fn of(set: &Dataset) -> Result<Pictures, PicturesError> {
        let refused = || PicturesError::NotPictures(set.name().to_owned());
        let (side, channels) = match *set.shape() {
            [rows, columns] if rows == columns => (rows, 1),
            [rows, columns, 3] if rows == columns => (rows, 3),
            _ => return Err(refused()),
        };
        if set.kind() != Kind::Images {
            return Err(refused());
        }
        let mut pictures = Pictures::new(side, set.classes().len());
        for example in set.all().iter() {
            let Values::Pixels { values, full_scale } = example.values else { return Err(refused()) };
            // The nearest level of 255; exact where the scale is 255 already.
            let full = u32::from(full_scale);
            let level = |value: u8| ((u32::from(value) * 255 + full / 2) / full) as u8;
            let levels: Vec<u8> =
                values.iter().flat_map(|&value| std::iter::repeat_n(level(value), 3 / channels)).collect();
            pictures.push(&levels, example.label)?;
        }
        Ok(pictures)
    }

    /// Adds a picture: `(side, side, 3)` levels, row by row.
    pub fn push(&mut self, levels: &[u8], label: u8) -> Result<(), PicturesError> {
        let expected = self.side * self.side * 3;
        if levels.len() != expected {
            return Err(PicturesError::Levels { expected, found: levels.len() });
        }
        if usize::from(label) >= self.classes {
            return Err(PicturesError::Class { label, classes: self.classes });
        }
        self.levels.extend_from_slice(levels);
        self.labels.push(label);
        Ok(())
    }

    /// Keeps the first ones only.
    #[must_use]
    pub fn first(mut self, most: usize) -> Pictures {
        self.labels.truncate(most);
        self.levels.truncate(most * self.side * self.side * 3);
        self
    }

    /// A picture as it is: `(side, side, 3)` levels. Empty past the last picture.
    pub fn own(&self, index: usize) -> &[u8] {
        let len = self.side * self.side * 3;
        self.levels.get(index * len..(index + 1) * len).unwrap_or_default()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Pixels along a side.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The class of each picture.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// How many classes there are, whether or not each has a picture.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// A picture at another size: `(side, side, 3)` levels from 0 to 255. Empty past the last picture.
    pub fn levels(&self, index: usize, side: usize) -> Vec<f32> {
        let len = self.side * self.side * 3;
        let Some(levels) = self.levels.get(index * len..(index + 1) * len) else { return Vec::new() };
        let levels: Vec<f32> = levels.iter().map(|level| f32::from(*level)).collect();
        resize(&levels, self.side, 3, side)
    }
}
