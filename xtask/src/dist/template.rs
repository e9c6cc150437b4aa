//! Trunk's `index.html`, made fit for a policy without inline scripts.

use std::cell::RefCell;
use std::path::Path;

use anyhow::{Context, Result, bail};
use lol_html::html_content::ContentType;
use lol_html::{element, text};

use super::programs::{self, Built};
use super::{csp, names};
use crate::html::rewrite;

/// Scripts the browser would run; a data block (`type="application/json"`) is not one.
const INLINE_SCRIPT: &str = "script:not([src]):not([type]), script:not([src])[type=\"module\"], script:not([src])[type=\"text/javascript\"]";

/// Reads `index.html` from `out`, and for each program moves each inline script into a hashed file beside it, and adds the policy.
pub fn prepare(out: &Path, public_url: &str, trunks: &Built, programs: &[Built]) -> Result<Vec<String>> {
    let index = out.join("index.html");
    let html = std::fs::read_to_string(&index).with_context(|| format!("reading {}", index.display()))?;
    check_no_inline_style(&html)?;
    programs.iter().map(|program| one(out, public_url, &programs::renamed(&html, trunks, program))).collect()
}

fn one(out: &Path, public_url: &str, html: &str) -> Result<String> {
    let scripts = inline_scripts(html)?;
    let mut addresses = Vec::new();
    for script in &scripts {
        let code = format!("{}\n", script.trim());
        let name = names::hashed("boot", "js", code.as_bytes());
        std::fs::write(out.join(&name), &code).with_context(|| format!("writing {name}"))?;
        addresses.push((format!("{public_url}{name}"), names::integrity(code.as_bytes())));
    }
    let html = link_scripts(html, &addresses)?;
    with_policy(&html)
}

/// An error when the markup holds anything that the policy would keep from working.
pub fn check_no_inline(html: &str) -> Result<()> {
    check_no_inline_style(html)?;
    if !inline_scripts(html)?.is_empty() {
        bail!("there is an inline script, which the content security policy forbids");
    }
    Ok(())
}

fn inline_scripts(html: &str) -> Result<Vec<String>> {
    let scripts: RefCell<Vec<String>> = RefCell::new(Vec::new());
    let handlers = vec![
        element!(INLINE_SCRIPT, |_| {
            scripts.borrow_mut().push(String::new());
            Ok(())
        }),
        text!(INLINE_SCRIPT, |chunk| {
            if let Some(script) = scripts.borrow_mut().last_mut() {
                script.push_str(chunk.as_str());
            }
            Ok(())
        }),
    ];
    rewrite(html, "reading index.html", handlers)?;
    Ok(scripts.into_inner())
}

fn link_scripts(html: &str, addresses: &[(String, String)]) -> Result<String> {
    let mut next = addresses.iter();
    let handlers = vec![element!(INLINE_SCRIPT, |script| {
        let (address, integrity) = next.next().ok_or("an inline script appeared on the second reading")?;
        script.set_attribute("src", address)?;
        script.set_attribute("integrity", integrity)?;
        script.set_attribute("crossorigin", "anonymous")?;
        script.set_inner_content("", ContentType::Html);
        Ok(())
    })];
    rewrite(html, "moving inline scripts out of index.html", handlers)
}

/// The policy comes first in the head: it binds only what stands after it.
fn with_policy(html: &str) -> Result<String> {
    let mut seen = false;
    let handlers = vec![element!("head", |head| {
        seen = true;
        let meta = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">", csp::for_meta());
        head.prepend(&meta, ContentType::Html);
        Ok(())
    })];
    let html = rewrite(html, "adding the policy", handlers)?;
    if !seen {
        bail!("index.html has no <head>");
    }
    Ok(html)
}

/// Inline styles and handlers would be dropped by the browser without a word; say so here.
fn check_no_inline_style(html: &str) -> Result<()> {
    let mut found = None;
    let handlers = vec![element!("*", |element| {
        let tag = element.tag_name();
        let attributes = element.attributes().iter().map(lol_html::html_content::Attribute::name);
        if tag == "style" {
            found = Some("an inline <style>".to_owned());
        } else if let Some(name) =
            attributes.into_iter().find(|name| name == "style" || name.starts_with("on"))
        {
            found = Some(format!("<{tag} {name}=…>"));
        }
        Ok(())
    })];
    rewrite(html, "reading markup", handlers)?;
    match found {
        Some(what) => bail!("there is {what}, which the content security policy forbids; put it in a file"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body>\
        <script type=\"module\">\nimport init from '/a.js';\nconst wasm = await init({});\n</script>\
        <script type=\"application/json\">{}</script><script src=\"/b.js\"></script></body></html>";

    #[test]
    fn only_runnable_inline_scripts_are_moved() {
        let scripts = inline_scripts(HTML).unwrap();
        assert_eq!(scripts.len(), 1);
        assert!(scripts[0].contains("await init({})"));
        let html = link_scripts(HTML, &[("/boot-1.js".into(), "sha384-x".into())]).unwrap();
        assert!(html.contains("<script type=\"module\" src=\"/boot-1.js\" integrity=\"sha384-x\" crossorigin=\"anonymous\"></script>"));
        assert!(
            !html.contains("await init") && html.contains("{}</script>") && html.contains("src=\"/b.js\"")
        );
    }

    #[test]
    fn the_policy_is_the_first_thing_in_the_head() {
        assert!(
            with_policy(HTML)
                .unwrap()
                .contains("<head><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';")
        );
        assert!(with_policy("<p>no head</p>").is_err());
    }

    #[test]
    fn inline_styles_and_handlers_are_refused() {
        for bad in ["<style>a{}</style>", "<p style=\"color:red\">x</p>", "<p onclick=\"x()\">x</p>"] {
            assert!(check_no_inline_style(bad).is_err(), "{bad}");
        }
        assert!(check_no_inline_style(HTML).is_ok());
    }
}
