//! Reads the finished pages back: every file and page they name is there, every integrity is right, and nothing
//! in them needs what the policy forbids.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use lol_html::element;

use super::names;
use crate::html::rewrite;

/// An address that a page names, and the integrity it gives with it.
type Reference = (String, Option<String>);

/// Checks the pages at `files` (below `out`). Addresses outside `public_url` are errors: nothing foreign is loaded.
pub fn pages(out: &Path, public_url: &str, files: &[String]) -> Result<usize> {
    let mut broken = BTreeSet::new();
    let mut count = 0;
    for file in files {
        let html = std::fs::read_to_string(out.join(file)).with_context(|| format!("reading {file}"))?;
        super::template::check_no_inline(&html).with_context(|| file.clone())?;
        count += add_broken(out, public_url, file, &html, &mut broken)?;
    }
    said(&broken).map(|()| count)
}

/// Checks what one page names and nothing else.
pub fn references_of(out: &Path, public_url: &str, file: &str) -> Result<usize> {
    let html = std::fs::read_to_string(out.join(file)).with_context(|| format!("reading {file}"))?;
    let mut broken = BTreeSet::new();
    let count = add_broken(out, public_url, file, &html, &mut broken)?;
    said(&broken).map(|()| count)
}

fn add_broken(
    out: &Path,
    public_url: &str,
    file: &str,
    html: &str,
    broken: &mut BTreeSet<String>,
) -> Result<usize> {
    let references = references(html)?;
    for reference in &references {
        if let Some(what) = defect(out, public_url, reference)? {
            broken.insert(format!("{file}: {what}"));
        }
    }
    Ok(references.len())
}

fn said(broken: &BTreeSet<String>) -> Result<()> {
    for what in broken {
        eprintln!("{what}");
    }
    if broken.is_empty() { Ok(()) } else { bail!("{} broken reference(s) in the static pages", broken.len()) }
}

fn references(html: &str) -> Result<Vec<Reference>> {
    let mut found = Vec::new();
    let handlers = vec![element!("script[src], link[href], img[src], a[href]", |element| {
        let address =
            element.get_attribute("src").or_else(|| element.get_attribute("href")).unwrap_or_default();
        // A link that leaves the site is the reader's choice; everything else would be loaded.
        let leaves = element.tag_name() == "a" && address.contains("://");
        if !leaves && !address.starts_with("data:") {
            found.push((address, element.get_attribute("integrity")));
        }
        Ok(())
    })];
    rewrite(html, "reading a page", handlers)?;
    Ok(found)
}

fn defect(out: &Path, public_url: &str, (address, integrity): &Reference) -> Result<Option<String>> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    if path.is_empty() {
        return Ok(None);
    }
    // A page names its base, so an address without a leading `/` counts from there.
    let relative = !path.starts_with('/') && !path.contains("://");
    let Some(inner) = (if relative { Some(path) } else { path.strip_prefix(public_url) }) else {
        return Ok(Some(format!("`{address}` lies outside {public_url}")));
    };
    let target = out.join(inner.trim_end_matches('/'));
    let file = if target.is_dir() { target.join("index.html") } else { target };
    if !file.is_file() {
        return Ok(Some(format!("`{address}` leads to no file")));
    }
    let Some(integrity) = integrity else { return Ok(None) };
    if names::integrity(&std::fs::read(&file)?) == *integrity {
        return Ok(None);
    }
    Ok(Some(format!("`{address}` does not have the integrity the page says")))
}

/// Every program's wasm must hold the build id, or its worker address would not change with the build.
pub fn build_id(out: &Path, id: &str) -> Result<()> {
    let mut checked = 0;
    for entry in std::fs::read_dir(out)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.starts_with("worker") && name.ends_with("_bg.wasm") {
            let bytes = std::fs::read(&path)?;
            let found = bytes.windows(id.len()).any(|window| window == id.as_bytes());
            ensure!(
                found,
                "{name} does not hold the build id {id}: does the worker's address use PP_BUILD_ID?"
            );
            checked += 1;
        }
    }
    ensure!(checked > 0, "the site has no program");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(name: &str, html: &str) -> Result<usize> {
        let out = std::env::temp_dir().join(format!("verify-{name}-{}", std::process::id()));
        std::fs::create_dir_all(out.join("en/bits")).unwrap();
        std::fs::write(out.join("app.js"), "x").unwrap();
        std::fs::write(out.join("en/bits/index.html"), html).unwrap();
        let result = pages(&out, "/p/", &["en/bits/index.html".to_owned()]);
        std::fs::remove_dir_all(&out).unwrap();
        result
    }

    #[test]
    fn good_references_are_counted() {
        let integrity = names::integrity(b"x");
        let html = format!(
            "<script src=\"/p/app.js\" integrity=\"{integrity}\"></script><a href=\"/p/en/bits?x=1#y\">a</a>\
             <a href=\"#main\">b</a><a href=\"https://elsewhere.example/\">c</a><a href=\"en/bits\">d</a>"
        );
        assert_eq!(checked("good", &html).unwrap(), 4);
    }

    #[test]
    fn each_bad_reference_is_caught() {
        for (name, html) in [
            ("gone", "<script src=\"/p/gone.js\"></script>"),
            ("outside", "<script src=\"/app.js\"></script>"),
            ("foreign", "<link rel=\"stylesheet\" href=\"https://elsewhere.example/x.css\">"),
            ("integrity", "<script src=\"/p/app.js\" integrity=\"sha384-wrong\"></script>"),
            ("page", "<a href=\"/p/ko/bits\">a</a>"),
            ("inline", "<script>alert(1)</script>"),
        ] {
            assert!(checked(name, html).is_err(), "{name}");
        }
    }

    #[test]
    fn a_missing_build_id_is_an_error() {
        let out = std::env::temp_dir().join(format!("verify-id-{}", std::process::id()));
        std::fs::create_dir_all(&out).unwrap();
        std::fs::write(out.join("app-0123456789abcdef_bg.wasm"), "xx0123456789abxx").unwrap();
        assert!(build_id(&out, "0123456789ab").is_ok());
        assert!(build_id(&out, "ffffffffffff").is_err());
        std::fs::remove_dir_all(&out).unwrap();
    }
}
