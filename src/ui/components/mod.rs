//! Parts that several widgets share. They know nothing of any widget.

pub mod copy;
pub mod device_badge;
pub mod download;
pub mod fields;
pub mod file_button;
pub mod format_name;
pub mod image_names;
pub mod intake;
pub mod later;
pub mod number;
pub mod picture;
pub mod raster;
pub mod save_data;
pub mod search;
pub mod seen;
pub mod share;
pub mod tasks;
pub mod timing;
pub mod tokens;
pub mod turns;
pub mod typed;
pub mod width;
