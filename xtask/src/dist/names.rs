//! File names that carry a hash of their content, and how long each may be cached.

use base64::Engine as _;
use sha2::{Digest, Sha256, Sha384};

/// For files whose name changes with their content.
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// For everything else: kept, but asked for again each time.
pub const REVALIDATE: &str = "no-cache";

/// `boot.js` with content becomes `boot-1a2b3c4d5e6f7081.js`.
pub fn hashed(stem: &str, extension: &str, content: &[u8]) -> String {
    format!("{stem}-{}.{extension}", crate::build::hex(&Sha256::digest(content)[..8]))
}

/// Whether a file's name carries a hash, by Trunk (`app-<hash>.js`, `app-<hash>_bg.wasm`) or by [`hashed`].
pub fn is_hashed(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split('.').next().unwrap_or(file);
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    stem.rsplit_once('-').is_some_and(|(_, hash)| {
        (14..=16).contains(&hash.len()) && hash.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// The value of an `integrity` attribute.
pub fn integrity(content: &[u8]) -> String {
    format!("sha384-{}", base64::engine::general_purpose::STANDARD.encode(Sha384::digest(content)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashed_names_are_recognised_and_others_are_not() {
        assert!(is_hashed(&hashed("boot", "js", b"x")));
        for name in ["app-ab8cb38b32a63eff_bg.wasm", "sub/app-ab8cb38b32a63ef.js"] {
            assert!(is_hashed(name), "{name}");
        }
        for name in
            ["worker.js", "worker_bg.wasm", "index.html", "app-icon-large-512.png", "some-hyphenated_name.js"]
        {
            assert!(!is_hashed(name), "{name}");
        }
    }

    #[test]
    fn integrity_is_the_documented_form() {
        // SHA-384 of the empty string.
        assert_eq!(integrity(b""), "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb");
    }
}
