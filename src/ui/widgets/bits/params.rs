//! The state of the bits widget, as it stands in the address.

use numerics::RoundingMode;

use crate::ui::url_state::Param;

/// What the reader typed, or `<format>:0x<code>` when they flipped a bit. 10,000 digits fit.
pub const VALUE: Param = Param::text("v", "0.1", 12_000);
/// The format whose bits are laid out large: an id, or `custom`.
pub const FORMAT: Param = Param::text("f", "fp16", 20);
/// Rounding mode.
pub const MODE: Param = Param::choice("m", "nearest-even", &RoundingMode::IDS);
/// What happens beyond the largest finite value.
pub const OVERFLOW: Param = Param::choice("o", "native", &OVERFLOWS);
/// Subnormal results become zero.
pub const FLUSH: Param = Param::flag("z", "0");
/// A format of the reader's own, as `s1e4m3b7-fn`; empty when there is none.
pub const CUSTOM: Param = Param::text("c", "", 40);
/// Which rows are shown.
pub const GROUP: Param = Param::choice("g", "all", &GROUPS);
/// Step of the integer formats.
pub const SCALE: Param = Param::text("s", "1", 60);
/// Zero point of the integer formats.
pub const ZERO_POINT: Param = Param::int("zp", "0", -2_147_483_648, 2_147_483_647);
/// Seed of stochastic rounding.
pub const SEED: Param = Param::int("seed", "1", 0, 4_294_967_295);

/// Overflow choices by id.
pub const OVERFLOWS: [&str; 3] = ["native", "saturate", "wrap"];
/// Row groups by id.
pub const GROUPS: [&str; 6] = ["all", "wide", "eight", "tiny", "integer", "posit"];

/// The whole table.
pub const PARAMS: &[Param] = &[VALUE, FORMAT, MODE, OVERFLOW, FLUSH, CUSTOM, GROUP, SCALE, ZERO_POINT, SEED];
