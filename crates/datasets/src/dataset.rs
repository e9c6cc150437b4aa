//! A data set that has been read and checked, and views of its examples.

/// What the examples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Pixels; the shape is rows, columns and, in colour, channels.
    Images,
    /// Rows of named columns; the shape is the count of columns.
    Table,
}

/// A part of the examples. The parts of a file never share an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// What a model may learn from.
    Train,
    /// What it is judged by.
    Test,
}

/// Values as they are stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Values<'a> {
    /// Grey or colour levels from 0 to `full_scale`, which stands for 1.0.
    Pixels {
        /// Row-major; as many as the example's shape says, for each example.
        values: &'a [u8],
        /// At least 1; no value is larger.
        full_scale: u8,
    },
    /// Finite numbers in the units of their columns.
    Numbers(&'a [f32]),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stored {
    Pixels { values: Vec<u8>, full_scale: u8 },
    Numbers(Vec<f32>),
}

/// A checked data set, decompressed. Made by [`Dataset::read`].
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) example_len: usize,
    pub(crate) classes: Vec<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) train: usize,
    pub(crate) labels: Vec<u8>,
    pub(crate) values: Stored,
}

impl Dataset {
    /// What the examples are.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The data set's name, which is also its file's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The extents of one example: rows, columns and channels, or a table's columns.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Values in one example: the product of the shape.
    pub fn example_len(&self) -> usize {
        self.example_len
    }

    /// The classes' names by index: keys of the locale files, not words to show.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// A table's column names; empty for images.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Every example, training examples first.
    pub fn all(&self) -> Examples<'_> {
        let values = match &self.values {
            Stored::Pixels { values, full_scale } => Values::Pixels { values, full_scale: *full_scale },
            Stored::Numbers(values) => Values::Numbers(values),
        };
        Examples { labels: &self.labels, values, example_len: self.example_len }
    }

    /// The examples of one split, in the file's order.
    pub fn split(&self, split: Split) -> Examples<'_> {
        let all = self.all();
        match split {
            Split::Train => all.range(0, self.train),
            Split::Test => all.range(self.train, all.len()),
        }
    }
}

/// Examples that lie one after the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Examples<'a> {
    labels: &'a [u8],
    values: Values<'a>,
    example_len: usize,
}

impl<'a> Examples<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The class index of each example; each is below the count of classes.
    pub fn labels(&self) -> &'a [u8] {
        self.labels
    }

    /// The values of all examples, one example after the other.
    pub fn values(&self) -> Values<'a> {
        self.values
    }

    /// One example, or `None` past the end.
    pub fn get(&self, index: usize) -> Option<Example<'a>> {
        let label = *self.labels.get(index)?;
        let start = index * self.example_len;
        Some(Example { label, values: self.values.range(start, start + self.example_len) })
    }

    /// The examples in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Example<'a>> + use<'a> {
        let Examples { labels, values, example_len } = *self;
        labels.iter().enumerate().map(move |(index, &label)| Example {
            label,
            values: values.range(index * example_len, (index + 1) * example_len),
        })
    }

    fn range(&self, start: usize, end: usize) -> Examples<'a> {
        Examples {
            labels: &self.labels[start..end],
            values: self.values.range(start * self.example_len, end * self.example_len),
            example_len: self.example_len,
        }
    }
}

/// One labelled example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Example<'a> {
    /// Its class index.
    pub label: u8,
    /// Its values.
    pub values: Values<'a>,
}

impl<'a> Values<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Values::Pixels { values, .. } => values.len(),
            Values::Numbers(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the values as f32: pixels as value / full scale, in 0 to 1, each rounded once; numbers as they are.
    /// Stops at the shorter of the two and returns how many were written.
    pub fn write_f32(&self, into: &mut [f32]) -> usize {
        match self {
            Values::Pixels { values, full_scale } => {
                for (to, from) in into.iter_mut().zip(*values) {
                    *to = f32::from(*from) / f32::from(*full_scale);
                }
            }
            Values::Numbers(values) => {
                for (to, from) in into.iter_mut().zip(*values) {
                    *to = *from;
                }
            }
        }
        into.len().min(self.len())
    }

    fn range(&self, start: usize, end: usize) -> Values<'a> {
        match *self {
            Values::Pixels { values, full_scale } => {
                Values::Pixels { values: &values[start..end], full_scale }
            }
            Values::Numbers(values) => Values::Numbers(&values[start..end]),
        }
    }
}
