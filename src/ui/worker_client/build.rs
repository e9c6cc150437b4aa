//! The two builds of the worker: the same program, for the same bits everywhere or for speed.

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// simd128: a run replays bit for bit, in every browser and natively.
    Strict,
    /// Relaxed SIMD: multiplication and addition fused where the machine does, so the bits are the machine's own.
    Relaxed,
}

impl Build {
    /// Whether this browser runs it.
    pub fn is_supported(self) -> bool {
        match self {
            Build::Strict => true,
            Build::Relaxed => js_sys::WebAssembly::validate(&js_sys::Uint8Array::from(RELAXED_MODULE).into())
                .unwrap_or(false),
        }
    }

    /// The address of its loader beside the page's own base, with the build's id so that an old cached one is not taken.
    pub(super) fn url(self, base: &str) -> String {
        // The hosted site has a worker for each of its programs.
        let name = option_env!("PP_WORKER").unwrap_or("worker");
        let build = match self {
            Build::Strict => "",
            Build::Relaxed => "_relaxed",
        };
        let id = option_env!("PP_BUILD_ID").unwrap_or(env!("CARGO_PKG_VERSION"));
        let path = format!("{name}{build}_loader.js?v={id}");
        web_sys::Url::new_with_base(&path, base).map_or(path, |url| url.href())
    }
}

/// A module whose one function (type `() -> v128`) uses `i8x16.relaxed_swizzle` (0xFD 0x100): a browser without relaxed SIMD
/// finds it invalid.
const RELAXED_MODULE: &[u8] = &[
    0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00, // magic, version
    0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7B, // type section
    0x03, 0x02, 0x01, 0x00, // function section
    0x0A, 0x0F, 0x01, 0x0D, 0x00, // code section, no locals
    0x41, 0x01, 0xFD, 0x0F, // i32.const 1, i8x16.splat
    0x41, 0x02, 0xFD, 0x0F, // i32.const 2, i8x16.splat
    0xFD, 0x80, 0x02, 0x0B, // i8x16.relaxed_swizzle, end
];
