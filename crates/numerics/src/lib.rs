//! Number formats, exact to the last bit.
//!
//! A format is data ([`Format`], one row of [`FORMATS`]); every conversion rounds once, from the
//! exact source (an `f64` or the rational number that a reader typed) to the code. Codes are
//! unsigned integers in the low bits of a `u64`; values are exact ([`Value`], [`Rational`]).
//! Nothing here touches a browser, the clock or a random source: a random threshold is an argument.
//!
//! Sources: the documents named beside each row of the table in [`table`].
//! Left out: NaN payloads (every NaN is one NaN), decimal formats, arithmetic between codes.

#![deny(unsafe_code)]

pub mod blocks;
pub mod bulk;
pub mod conformance;
pub mod custom;
pub mod fields;
pub mod format;
pub mod metrics;
pub mod moments;
pub mod neighbours;
pub mod real;
pub mod round;
pub mod samples;
pub mod scaling;
pub mod table;
pub mod value;

pub use custom::CustomFormatError;
pub use fields::{Class, Field, FieldKind};
pub use format::{FloatSpec, Format, IntSpec, Kind, PositSpec, Specials};
pub use real::{DecimalText, ParseRealError, Rational, Real};
pub use round::{Encoded, Overflow, Rounding, RoundingMode};
pub use table::{FORMATS, by_id};
pub use value::{Dyadic, Value};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
