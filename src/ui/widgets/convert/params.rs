//! The state of the convert widget, as it stands in the address.

use numerics::RoundingMode;

use crate::ui::url_state::Param;

/// Where numbers come from.
pub const SOURCE: Param = Param::choice("src", "dist", &SOURCES);
/// Typed or pasted numbers. Longer texts work but do not fit into a link; the page says so.
pub const TEXT: Param =
    Param::text("t", "0.1 0.2 0.3 1 2 3 65504 65520 1e-8 -0.5 3.14159 448 464 465", 100_000);
/// Which distribution.
pub const SHAPE: Param = Param::choice("d", "normal", &SHAPES);
/// How many numbers, as a power of two.
pub const COUNT: Param = Param::int("n", "16", 8, 22);
/// Standard deviation or half-width.
pub const SCALE: Param = Param::text("sd", "0.02", 60);
/// Seed of the sample and of stochastic rounding.
pub const SEED: Param = Param::int("seed", "1", 0, 4_294_967_295);
/// Rounding of element formats.
pub const MODE: Param = Param::choice("m", "nearest-even", &RoundingMode::IDS);
/// Clamp instead of overflowing.
pub const SATURATE: Param = Param::flag("sat", "0");
/// Scale tensors to the range of formats of eight bits and fewer.
pub const TO_RANGE: Param = Param::flag("r", "1");
/// How MX picks its scale.
pub const SCALE_RULE: Param = Param::choice("sr", "floor", &SCALE_RULES);
/// What shares an integer scale.
pub const GROUPING: Param = Param::choice("gr", "tensor", &GROUPINGS);
/// Elements of a group.
pub const GROUP_LEN: Param = Param::int("gl", "128", 2, 65_536);
/// Which formats.
pub const FORMATS: Param = Param::choice("g", "common", &FORMAT_GROUPS);
/// The format whose histogram is shown and that is written.
pub const SELECTED: Param = Param::text("f", "e4m3", 40);
/// The table's order. `speed` of older links is read as the default.
pub const SORT: Param = Param::choice("by", "bits", &SORTS);
/// The decimal mark of text; `1` is the comma, as in links made when this was a flag.
pub const DECIMAL: Param = Param::choice("dc", "auto", &DECIMALS);
/// Elements of a file that are measured at most, as a power of two; 0 is all.
pub const SAMPLE: Param = Param::choice("q", "22", &SAMPLES);
/// Positions of the file's tensors that are taken, such as `0-2,7`; none is all.
pub const TENSORS: Param = Param::text("ts", "", 2000);
/// The file format of the result.
pub const CONTAINER: Param = Param::choice("c", "safetensors", &CONTAINERS);
/// Blocks end with rows.
pub const END_WITH_ROWS: Param = Param::flag("be", "1");
/// The order of the tensors' table.
pub const ROWS: Param = Param::choice("rows", "worst", &ROW_ORDERS);
/// What a mixture of formats is to reach.
pub const GOAL: Param = Param::choice("goal", "floor", &GOALS);
/// The floor of a mixture, dB.
pub const FLOOR: Param = Param::int("floor", "30", 1, 300);
/// The budget of a mixture, bytes; 0 is none given yet.
pub const BUDGET: Param = Param::int("budget", "0", 0, 1 << 50);

/// Whether the first row of text is a header.
pub const HEADER: Param = Param::choice("hd", "auto", &HEADERS);
/// Whether the first column of text is left out.
pub const INDEX: Param = Param::choice("ix", "auto", &INDICES);
/// What stands between the cells of text.
pub const DELIMITER: Param = Param::choice("dl", "auto", &DELIMITERS);
/// What begins a comment in text.
pub const COMMENT: Param = Param::choice("cm", "auto", &COMMENTS);
/// What a missing value in text means.
pub const MISSING: Param = Param::choice("na", "refuse", &MISSING_VALUES);

/// Sources by id.
pub const SOURCES: [&str; 3] = ["dist", "paste", "file"];
/// Distributions by id.
pub const SHAPES: [&str; 4] = ["normal", "laplace", "outliers", "uniform"];
/// Scale rules by id.
pub const SCALE_RULES: [&str; 4] = ["floor", "ceil", "even", "rceil"];
/// Groupings by id.
pub const GROUPINGS: [&str; 3] = ["tensor", "channel", "group"];
/// Format groups by id.
pub const FORMAT_GROUPS: [&str; 4] = ["common", "element", "block", "all"];
/// Orders by id.
pub const SORTS: [&str; 3] = ["bits", "sqnr", "rmse"];
/// Samples by id.
pub const SAMPLES: [&str; 3] = ["20", "22", "0"];
/// File formats by id.
pub const CONTAINERS: [&str; 3] = ["safetensors", "npy", "csv"];
/// Orders of tensors by id.
pub const ROW_ORDERS: [&str; 2] = ["worst", "file"];
/// Goals of a mixture by id.
pub const GOALS: [&str; 3] = ["floor", "minimum", "total"];

/// Decimal marks by id.
pub const DECIMALS: [&str; 3] = ["auto", "point", "1"];
/// Header rows by id.
pub const HEADERS: [&str; 3] = ["auto", "yes", "no"];
/// Index columns by id.
pub const INDICES: [&str; 3] = ["auto", "none", "first"];
/// Delimiters by id.
pub const DELIMITERS: [&str; 6] = ["auto", "comma", "semicolon", "tab", "space", "pipe"];
/// Comment signs by id.
pub const COMMENTS: [&str; 4] = ["auto", "hash", "percent", "none"];
/// Missing values by id.
pub const MISSING_VALUES: [&str; 2] = ["refuse", "nan"];

/// The whole table.
pub const PARAMS: &[Param] = &[
    SOURCE,
    TEXT,
    SHAPE,
    COUNT,
    SCALE,
    SEED,
    MODE,
    SATURATE,
    TO_RANGE,
    SCALE_RULE,
    GROUPING,
    GROUP_LEN,
    FORMATS,
    SELECTED,
    SORT,
    DECIMAL,
    SAMPLE,
    TENSORS,
    CONTAINER,
    END_WITH_ROWS,
    ROWS,
    GOAL,
    FLOOR,
    BUDGET,
    HEADER,
    INDEX,
    DELIMITER,
    COMMENT,
    MISSING,
];
