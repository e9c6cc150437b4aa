//! The page that every static page is made from, one for each program: `index.html` with its `data-trunk` links carried out,
//! fit for a policy without inline scripts.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use lol_html::element;
use lol_html::html_content::ContentType;

use super::index::{Asset, Index, LINK, Style};
use super::programs::Built;
use super::{csp, names};
use crate::html::{attribute, rewrite};

/// Scripts the browser would run; a data block (`type="application/json"`) is not one.
const INLINE_SCRIPT: &str = "script:not([src]):not([type]), script:not([src])[type=\"module\"], script:not([src])[type=\"text/javascript\"]";

/// The page of each program. Writes the scripts that start them into `out`.
pub fn prepare(
    out: &Path,
    public_url: &str,
    index: &Index,
    styles: &[Style],
    programs: &[Built],
) -> Result<Vec<String>> {
    check_no_inline(&index.html).context("index.html")?;
    programs.iter().map(|program| one(out, public_url, index, styles, program)).collect()
}

fn one(out: &Path, public_url: &str, index: &Index, styles: &[Style], program: &Built) -> Result<String> {
    let boot = boot(public_url, program);
    let name = names::hashed("boot", "js", boot.as_bytes());
    std::fs::write(out.join(&name), &boot).with_context(|| format!("writing {name}"))?;
    let links =
        Links { public_url, styles, boot: &name, integrity: &names::integrity(boot.as_bytes()), program };
    let html = links.carried_out(index)?;
    with_policy(&html)
}

/// The script that starts a program. The event's name is Trunk's, whose own pages have the same script inline; `page.js` waits for it.
fn boot(public_url: &str, program: &Built) -> String {
    format!(
        "import init from '{public_url}{}';\nconst wasm = await init({{ module_or_path: '{public_url}{}' }});\n\
         dispatchEvent(new CustomEvent(\"TrunkApplicationStarted\", {{detail: {{wasm}}}}));\n",
        program.script, program.wasm
    )
}

/// What takes the place of the links.
struct Links<'a> {
    public_url: &'a str,
    styles: &'a [Style],
    boot: &'a str,
    integrity: &'a str,
    program: &'a Built,
}

impl Links<'_> {
    fn carried_out(&self, index: &Index) -> Result<String> {
        let mut assets = index.assets.iter();
        let mut styles = self.styles.iter();
        let mut bases = 0;
        let handlers = vec![
            element!(LINK, |link| {
                match assets.next().ok_or("a link appeared on the second reading")? {
                    Asset::Style(_) => {
                        let style = styles.next().ok_or("there are more style sheets than were copied")?;
                        link.replace(&self.style(style), ContentType::Html);
                    }
                    Asset::Program => link.replace(&self.script(), ContentType::Html),
                    Asset::Folder { .. } | Asset::File { .. } | Asset::Worker => link.remove(),
                }
                Ok(())
            }),
            element!("head > base[data-trunk-public-url]", |base| {
                bases += 1;
                base.remove_attribute("data-trunk-public-url");
                base.set_attribute("href", self.public_url)?;
                Ok(())
            }),
            element!("head", |head| {
                head.append(&self.preloads(), ContentType::Html);
                Ok(())
            }),
        ];
        let html = rewrite(&index.html, "carrying out the links of index.html", handlers)?;
        ensure!(bases == 1, "index.html needs one <base data-trunk-public-url>; it has {bases}");
        Ok(html)
    }

    fn address(&self, file: &str) -> String {
        attribute(&format!("{}{file}", self.public_url))
    }

    fn style(&self, style: &Style) -> String {
        format!(
            "<link rel=\"stylesheet\" href=\"{}\" integrity=\"{}\" crossorigin=\"anonymous\"/>",
            self.address(&style.name),
            style.integrity
        )
    }

    fn script(&self) -> String {
        format!(
            "<script type=\"module\" src=\"{}\" integrity=\"{}\" crossorigin=\"anonymous\"></script>",
            self.address(self.boot),
            self.integrity
        )
    }

    /// Without integrity: Chromium warns on every load that it ignores that on preloads.
    fn preloads(&self) -> String {
        format!(
            "<link rel=\"modulepreload\" href=\"{}\" crossorigin=\"anonymous\">\
             <link rel=\"preload\" href=\"{}\" crossorigin=\"anonymous\" as=\"fetch\" type=\"application/wasm\">",
            self.address(&self.program.script),
            self.address(&self.program.wasm)
        )
    }
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

/// An error when the markup holds anything that the policy would keep from working: browsers drop inline scripts, styles and handlers.
pub fn check_no_inline(html: &str) -> Result<()> {
    let mut found = None;
    let mut script = false;
    let handlers = vec![
        element!("*", |element| {
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
        }),
        element!(INLINE_SCRIPT, |_| {
            script = true;
            Ok(())
        }),
    ];
    rewrite(html, "reading markup", handlers)?;
    let found = if script { Some("an inline script".to_owned()) } else { found };
    match found {
        Some(what) => bail!("there is {what}, which the content security policy forbids; put it in a file"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Project;

    fn carried_out(public_url: &str) -> Result<String> {
        let index = Index::read(&Project::locate()?)?;
        let styles: Vec<Style> = index
            .assets
            .iter()
            .filter_map(|asset| match asset {
                Asset::Style(path) => {
                    Some(Style { name: path.replace('/', "-"), integrity: "sha384-s".into() })
                }
                _ => None,
            })
            .collect();
        let program = Built { script: "app-1.js".into(), wasm: "app-1_bg.wasm".into() };
        let links = Links {
            public_url,
            styles: &styles,
            boot: "boot-1.js",
            integrity: "sha384-b",
            program: &program,
        };
        links.carried_out(&index)
    }

    #[test]
    fn every_link_of_the_page_is_carried_out() {
        let html = carried_out("/p/").unwrap();
        assert!(!html.contains("data-trunk"), "{html}");
        for part in [
            "<base href=\"/p/\"",
            "<link rel=\"stylesheet\" href=\"/p/src-ui-style-tokens.css\" integrity=\"sha384-s\" crossorigin=\"anonymous\"/>",
            "<script type=\"module\" src=\"/p/boot-1.js\" integrity=\"sha384-b\" crossorigin=\"anonymous\"></script>",
            "<link rel=\"modulepreload\" href=\"/p/app-1.js\" crossorigin=\"anonymous\">",
            "<link rel=\"preload\" href=\"/p/app-1_bg.wasm\" crossorigin=\"anonymous\" as=\"fetch\" type=\"application/wasm\">",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        // Sheets keep their order: later ones win.
        assert!(html.find("tokens.css").unwrap() < html.find("base.css").unwrap());
        check_no_inline(&html).unwrap();
    }

    #[test]
    fn a_program_is_started_by_its_own_files_and_says_that_it_runs() {
        let program = Built { script: "a-1.js".into(), wasm: "a-2_bg.wasm".into() };
        let boot = boot("/p/", &program);
        assert!(boot.contains("from '/p/a-1.js';") && boot.contains("module_or_path: '/p/a-2_bg.wasm'"));
        // The name that the page's first script waits for.
        let event = boot.split('"').nth(1).unwrap();
        assert!(Project::locate().unwrap().read("public/page.js").unwrap().contains(&format!("\"{event}\"")));
    }

    #[test]
    fn the_policy_is_the_first_thing_in_the_head() {
        let page = with_policy("<html><head><meta charset=\"utf-8\"></head></html>").unwrap();
        assert!(
            page.contains("<head><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';")
        );
        assert!(with_policy("<p>no head</p>").is_err());
    }

    #[test]
    fn what_the_policy_forbids_is_refused() {
        for bad in [
            "<style>a{}</style>",
            "<p style=\"color:red\">x</p>",
            "<p onclick=\"x()\">x</p>",
            "<script>x()</script>",
            "<script type=\"module\">x()</script>",
        ] {
            assert!(check_no_inline(bad).is_err(), "{bad}");
        }
        let fine = "<script type=\"application/json\">{}</script><script src=\"/b.js\"></script>";
        assert!(check_no_inline(fine).is_ok());
    }
}
