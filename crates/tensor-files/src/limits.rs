//! Every limit of this crate, with its reason.
//!
//! A file says of itself how long its header is and how many things it lists. None of that
//! is believed: a number is first compared with the file's own length, then with a limit here.
//! All sizes are bytes unless the name says otherwise.

/// How much of a file a header reader asks for at a time: large enough that an ordinary
/// header is one read, small enough to be nothing beside the page that asked.
pub const HEADER_CHUNK_BYTES: u64 = 256 * 1024;

/// How much a data reader asks for at a time unless told otherwise: long enough to hide the
/// cost of one asynchronous read, short enough for a phone to hold a handful.
pub const DEFAULT_SLICE_BYTES: u64 = 4 * 1024 * 1024;

/// Longest data slice a caller may ask for. On a 32-bit target a buffer and its decoded form
/// must both fit in memory.
pub const MAX_SLICE_BYTES: u64 = 64 * 1024 * 1024;

/// Elements of a column-major tensor that are put in order at a time: enough that a row's runs are worth fetching. They are held
/// as bytes, at most 32 MiB.
pub const BAND_ELEMENTS: u64 = 4 * 1024 * 1024;

/// Runs of a column-major tensor no further apart than this are fetched in one range: reading so much takes about
/// as long as asking once more.
pub const RUN_GAP_BYTES: u64 = 16 * 1024;

/// Most tensors in one file. The largest published single files hold some ten thousand;
/// each entry costs us about 200 bytes.
pub const MAX_TENSORS: u64 = 65_536;

/// Most dimensions: NumPy's own limit since version 2.
pub const MAX_RANK: u64 = 64;

/// Longest tensor name. Names of real models stay below 200 bytes.
pub const MAX_NAME_BYTES: u64 = 4 * 1024;

/// Most metadata entries kept. More are counted, not stored.
pub const MAX_METADATA_ENTRIES: usize = 1024;

/// Longest metadata value kept; a longer one is counted, not stored (chat templates and
/// licences can be long, and nobody reads them here).
pub const MAX_METADATA_VALUE_BYTES: u64 = 4 * 1024;

/// Most metadata kept in all.
pub const MAX_METADATA_BYTES: usize = 256 * 1024;

/// Longest `.npy` header: what format version 1.0 can say with its 16-bit length. Later
/// versions can be longer only for structured types, which are not read here.
pub const NPY_MAX_HEADER_BYTES: u64 = 65_535;

/// Longest safetensors header: the limit of the reference implementation. It is the only header
/// that is held whole, and it is held only as fast as its bytes really arrive.
pub const SAFETENSORS_MAX_HEADER_BYTES: u64 = 100_000_000;

/// Longest type name in a safetensors header; the known ones have at most eleven letters.
pub const MAX_DTYPE_BYTES: usize = 64;

/// Longest GGUF header. Vocabularies of some 250,000 tokens with their merges take about 15 MiB.
/// It is streamed: no more than one item of it is held.
pub const GGUF_MAX_HEADER_BYTES: u64 = 256 * 1024 * 1024;

/// Most key-value pairs in a GGUF header. Real files have fewer than a hundred.
pub const GGUF_MAX_PAIRS: u64 = 65_536;

/// Longest GGUF key: the limit its specification states.
pub const GGUF_MAX_KEY_BYTES: u64 = 65_535;

/// Longest GGUF string. Only those up to [`MAX_METADATA_VALUE_BYTES`] are kept.
pub const GGUF_MAX_STRING_BYTES: u64 = 16 * 1024 * 1024;

/// Most dimensions of a GGUF tensor: twice what any version of the format has used.
pub const GGUF_MAX_RANK: u64 = 8;

/// Largest GGUF alignment. The default is 32; a page of a large-page system is 64 KiB.
pub const GGUF_MAX_ALIGNMENT: u64 = 1024 * 1024;

/// How much of a CSV file is looked at to find how it is laid out.
pub const CSV_SNIFF_BYTES: u64 = 64 * 1024;

/// Longest CSV cell. The longest exact decimal of a binary64 has 1,076 characters.
pub const CSV_MAX_CELL_BYTES: usize = 4 * 1024;

/// How many characters of a file's own text an error repeats.
pub const ERROR_TEXT_CHARS: usize = 40;
