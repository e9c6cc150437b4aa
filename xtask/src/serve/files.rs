//! From an address to a file and its headers. Knows nothing of sockets.

use std::path::{Component, Path, PathBuf};

use crate::dist;

/// A built site in a folder.
pub struct Site {
    pub root: PathBuf,
    /// Path the site stands at, with `/` at both ends.
    pub base: String,
}

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Site {
    /// The response to a request for `target` (path and query as they stand in the request line).
    pub fn answer(&self, method: &str, target: &str) -> Answer {
        if !matches!(method, "GET" | "HEAD") {
            return Answer {
                status: 405,
                headers: vec![("Allow", "GET, HEAD".to_owned())],
                body: Vec::new(),
            };
        }
        let path = target.split(['?', '#']).next().unwrap_or(target);
        let Some(inner) = path.strip_prefix(&self.base) else {
            // The bare host, or the base without its slash, leads to the site.
            let status = if path == "/" || format!("{path}/") == self.base { 302 } else { 404 };
            return Answer { status, headers: vec![("Location", self.base.clone())], body: Vec::new() };
        };
        let embed = inner.starts_with("embed/");
        let found = decoded(inner).and_then(|inner| self.file(&inner));
        let status = if found.is_some() { 200 } else { 404 };
        let file = found.unwrap_or_else(|| self.root.join("404.html"));
        let body = std::fs::read(&file).unwrap_or_default();
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut headers = vec![
            ("Content-Type", content_type(&name).to_owned()),
            ("Content-Security-Policy", dist::for_header(embed)),
            (
                "Cache-Control",
                if dist::is_hashed(&name) { dist::IMMUTABLE } else { dist::REVALIDATE }.to_owned(),
            ),
        ];
        headers.extend(dist::OTHER_HEADERS.map(|(name, value)| (name, value.to_owned())));
        Answer { status, headers, body }
    }

    /// The file at an address; a folder stands for its `index.html`. Never outside the root.
    fn file(&self, inner: &str) -> Option<PathBuf> {
        let relative = Path::new(inner);
        if inner.contains('\\') || !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        let path = self.root.join(relative);
        if path.is_file() && !inner.ends_with('/') {
            return Some(path);
        }
        Some(path.join("index.html")).filter(|index| index.is_file())
    }
}

/// `%41` to `A`. `None` for a broken escape or what is not UTF-8.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let high = char::from(rest.next()?).to_digit(16)?;
        let low = char::from(rest.next()?).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

/// By the ending; what is not listed is offered as a download.
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "xml" => "application/xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A site in a folder of its own, below `/p/`.
    fn with_site(name: &str, test: impl FnOnce(&Site)) {
        let top = std::env::temp_dir().join(format!("serve-{name}-{}", std::process::id()));
        let root = top.join("dist");
        std::fs::create_dir_all(root.join("en/bits")).unwrap();
        std::fs::create_dir_all(root.join("embed/bits")).unwrap();
        std::fs::write(top.join("secret.txt"), "secret").unwrap();
        for (file, text) in [
            ("index.html", "root"),
            ("404.html", "missing"),
            ("en/bits/index.html", "bits"),
            ("embed/bits/index.html", "embed"),
            ("app-0123456789abcdef_bg.wasm", "\0asm"),
            ("worker_loader.js", "x"),
        ] {
            std::fs::write(root.join(file), text).unwrap();
        }
        test(&Site { root, base: "/p/".to_owned() });
        std::fs::remove_dir_all(&top).unwrap();
    }

    fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
        answer.headers.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    #[test]
    fn deep_links_and_queries_find_their_page() {
        with_site("deep", |site| {
            for target in ["/p/en/bits", "/p/en/bits/", "/p/en/bits?x=0.1&f=bf16", "/p/en%2Fbits"] {
                let answer = site.answer("GET", target);
                assert_eq!((answer.status, answer.body.as_slice()), (200, b"bits".as_slice()), "{target}");
            }
        });
    }

    #[test]
    fn nothing_outside_the_site_is_served() {
        with_site("outside", |site| {
            for target in [
                "/p/../secret.txt",
                "/p/%2e%2e/secret.txt",
                "/p/..%5csecret.txt",
                "/p//etc/passwd",
                "/p/%00",
                "/p/%zz",
            ] {
                let answer = site.answer("GET", target);
                assert_eq!((answer.status, answer.body.as_slice()), (404, b"missing".as_slice()), "{target}");
            }
            assert_eq!(site.answer("GET", "/elsewhere").status, 404);
            assert_eq!(site.answer("POST", "/p/").status, 405);
        });
    }

    #[test]
    fn headers_are_those_of_the_hosted_site() {
        with_site("headers", |site| {
            let wasm = site.answer("GET", "/p/app-0123456789abcdef_bg.wasm");
            assert_eq!(header(&wasm, "Content-Type"), "application/wasm");
            assert_eq!(header(&wasm, "Cache-Control"), dist::IMMUTABLE);
            assert_eq!(
                header(&site.answer("GET", "/p/worker_loader.js?v=1"), "Cache-Control"),
                dist::REVALIDATE
            );
            let policy = |target| header(&site.answer("GET", target), "Content-Security-Policy").to_owned();
            assert!(policy("/p/en/bits").ends_with("frame-ancestors 'self'"));
            assert!(policy("/p/embed/bits?lang=ko").ends_with("frame-ancestors *"));
        });
    }

    #[test]
    fn the_bare_host_leads_to_the_site() {
        with_site("bare", |site| {
            for target in ["/", "/p"] {
                let answer = site.answer("GET", target);
                assert_eq!((answer.status, header(&answer, "Location")), (302, "/p/"));
            }
        });
    }
}
