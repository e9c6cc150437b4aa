//! The content security policy: the same for the local server, the hosts that read `_headers`, and the pages.

use std::fmt::Write as _;

/// Everything comes from the site itself; no inline script or style anywhere.
///
/// `wasm-unsafe-eval` lets WebAssembly compile and nothing else evaluate. `blob:` images are charts on their
/// way to a PNG file. `base-uri 'self'` because the page names its own base for its relative addresses.
const DIRECTIVES: [&str; 12] = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'self'",
    "frame-src 'self'",
    "form-action 'none'",
    "object-src 'none'",
];

/// For `<meta http-equiv>`, where `frame-ancestors` has no effect.
pub fn for_meta() -> String {
    DIRECTIVES.join("; ")
}

/// For the response header. Only embeds may be framed by other sites.
pub fn for_header(embed: bool) -> String {
    let ancestors = if embed { "*" } else { "'self'" };
    format!("{}; frame-ancestors {ancestors}", DIRECTIVES.join("; "))
}

/// Headers beside the policy that every response carries.
pub const OTHER_HEADERS: [(&str, &str); 2] =
    [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer")];

/// `_headers`, as several static hosts read it. `base` is the path part of the public address.
///
/// The hosts apply every block that matches and differ in how they join them, so the two kinds of page get
/// blocks that do not overlap in the policy.
pub fn headers_file(base: &str, pages: &[String], hashed: &[String]) -> String {
    let mut text = format!("{base}*\n");
    for (name, value) in OTHER_HEADERS {
        let _ = writeln!(text, "  {name}: {value}");
    }
    let _ = write!(text, "\n{base}embed/*\n  Content-Security-Policy: {}\n", for_header(true));
    for page in pages {
        let _ = write!(text, "\n{base}{page}\n  Content-Security-Policy: {}\n", for_header(false));
    }
    for file in hashed {
        let _ = write!(text, "\n{base}{file}\n  Cache-Control: {}\n", super::names::IMMUTABLE);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inline_and_nothing_foreign_is_allowed() {
        let policy = for_header(true);
        assert!(
            !policy.contains("unsafe-inline")
                && !policy.contains("'unsafe-eval'")
                && !policy.contains("http")
        );
        assert!(policy.ends_with("frame-ancestors *"));
        assert!(!for_meta().contains("frame-ancestors"));
    }

    #[test]
    fn embeds_and_pages_have_their_own_blocks() {
        let text = headers_file("/p/", &["en/*".to_owned()], &["app-1f.js".to_owned()]);
        assert!(text.contains("\n/p/embed/*\n  Content-Security-Policy: default-src 'none'"));
        assert!(text.contains("\n/p/en/*\n"));
        assert!(text.contains("\n/p/app-1f.js\n  Cache-Control: public, max-age=31536000, immutable\n"));
    }
}
