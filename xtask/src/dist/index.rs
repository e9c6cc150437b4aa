//! `index.html`: the page and, in its `data-trunk` links, what belongs to it.
//!
//! Plain `trunk serve` reads the same file, so this understands the links that Trunk 0.21 does and no others: a kind or an
//! attribute that is not listed here is an error, because the two would differ without a word.
//! Left out: Trunk's other kinds of asset, hooks and minifying.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use lol_html::element;
use walkdir::WalkDir;

use super::names;
use crate::html::rewrite;
use crate::project::Project;

/// What marks a link that a build replaces.
pub const LINK: &str = "link[data-trunk]";

/// What one `data-trunk` link asks for. Paths are relative to the project's root, with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asset {
    /// A style sheet, under a name that changes with its content.
    Style(String),
    /// The content of a folder, into a folder of the site.
    Folder { from: String, to: PathBuf },
    /// A file, into a folder of the site.
    File { from: String, to: PathBuf },
    /// The program of the page.
    Program,
    /// Its worker, which the page does not name.
    Worker,
}

/// A style sheet as the site has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    pub name: String,
    pub integrity: String,
}

/// The page, and its links in the order of the page.
pub struct Index {
    pub html: String,
    pub assets: Vec<Asset>,
}

impl Index {
    pub fn read(project: &Project) -> Result<Index> {
        Index::parse(project.read("index.html")?)
    }

    fn parse(html: String) -> Result<Index> {
        let mut found = Vec::new();
        let handlers = vec![element!(LINK, |link| {
            found.push(link.attributes().iter().map(|a| (a.name(), a.value())).collect::<Vec<_>>());
            Ok(())
        })];
        rewrite(&html, "reading index.html", handlers)?;
        let assets = found.iter().map(|attributes| asset(attributes)).collect::<Result<Vec<_>>>();
        let assets = assets.context("index.html")?;
        let programs = assets.iter().filter(|asset| **asset == Asset::Program).count();
        ensure!(programs == 1, "index.html names {programs} programs of the page; it needs one");
        Ok(Index { html, assets })
    }

    /// Copies everything but the programs into `out`; returns the style sheets in the order of the page.
    pub fn lay_out(&self, project: &Project, out: &Path) -> Result<Vec<Style>> {
        let mut styles = Vec::new();
        for asset in &self.assets {
            match asset {
                Asset::Style(path) => {
                    let bytes =
                        std::fs::read(project.path(path)).with_context(|| format!("reading {path}"))?;
                    let stem = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
                    let name = names::hashed(&stem.unwrap_or_default(), "css", &bytes);
                    std::fs::write(out.join(&name), &bytes).with_context(|| format!("writing {name}"))?;
                    styles.push(Style { name, integrity: names::integrity(&bytes) });
                }
                Asset::Folder { from, to } => copy_folder(&project.path(from), &out.join(to))?,
                Asset::File { from, to } => {
                    let file = project.path(from);
                    let name = file.file_name().with_context(|| format!("`{from}` names no file"))?;
                    copy(&file, &out.join(to).join(name))?;
                }
                Asset::Program | Asset::Worker => {}
            }
        }
        Ok(styles)
    }
}

fn asset(attributes: &[(String, String)]) -> Result<Asset> {
    let value = |name: &str| attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    let rel = value("rel").context("a data-trunk link has no rel")?;
    let href = || value("href").cloned().with_context(|| format!("a data-trunk link of {rel} has no href"));
    let place = || target(value("data-target-path").map_or("", String::as_str));
    let (asset, known): (Asset, &[&str]) = match rel.as_str() {
        "css" => (Asset::Style(href()?), &["href"]),
        "copy-dir" => {
            let from = href()?;
            // Without a place a folder keeps its name.
            let to = match value("data-target-path") {
                Some(_) => place()?,
                None => Path::new(&from).file_name().map(PathBuf::from).context("a copy-dir of no name")?,
            };
            (Asset::Folder { from, to }, &["href", "data-target-path"])
        }
        "copy-file" => (Asset::File { from: href()?, to: place()? }, &["href", "data-target-path"]),
        "rust" => {
            let of = match value("data-type").map(String::as_str) {
                None | Some("main") => Asset::Program,
                Some("worker") => Asset::Worker,
                Some(other) => bail!("a rust link of type `{other}`"),
            };
            // How Trunk compiles is Trunk's matter; that it is the same is a test's (see `wasm`).
            return Ok(of);
        }
        other => bail!("a data-trunk link of kind `{other}`, which `cargo xtask dist` does not know"),
    };
    for (name, _) in attributes {
        let fine = ["data-trunk", "rel"].contains(&name.as_str()) || known.contains(&name.as_str());
        ensure!(fine, "the attribute `{name}` on a link of {rel}, which `cargo xtask dist` does not know");
    }
    Ok(asset)
}

/// A place inside the site: no way out of it.
fn target(text: &str) -> Result<PathBuf> {
    let mut place = PathBuf::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => bail!("data-target-path=\"{text}\" leads out of the site"),
            part => place.push(part),
        }
    }
    Ok(place)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in WalkDir::new(from).follow_links(true).sort_by_file_name() {
        let entry = entry.with_context(|| format!("reading {}", from.display()))?;
        if entry.file_type().is_file() {
            let inner = entry.path().strip_prefix(from)?;
            copy(entry.path(), &to.join(inner))?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    std::fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: &str = "<link data-trunk rel=\"rust\" data-bin=\"app\" data-type=\"main\">";

    fn parsed(links: &str) -> Result<Vec<Asset>> {
        Index::parse(format!("<head>{links}{MAIN}</head>")).map(|index| index.assets)
    }

    #[test]
    fn links_are_read_in_order() {
        let assets = parsed(
            "<link rel=\"icon\" href=\"i.svg\"><link data-trunk rel=\"css\" href=\"a/b.css\">\
             <link data-trunk rel=\"copy-dir\" href=\"public\" data-target-path=\".\">\
             <link data-trunk rel=\"copy-dir\" href=\"x/fonts\"><link data-trunk rel=\"copy-file\" href=\"d/e.json\">\
             <link data-trunk rel=\"rust\" data-type=\"worker\">",
        );
        let expected = [
            Asset::Style("a/b.css".into()),
            Asset::Folder { from: "public".into(), to: PathBuf::new() },
            Asset::Folder { from: "x/fonts".into(), to: "fonts".into() },
            Asset::File { from: "d/e.json".into(), to: PathBuf::new() },
            Asset::Worker,
            Asset::Program,
        ];
        assert_eq!(assets.unwrap(), expected);
    }

    #[test]
    fn what_trunk_would_do_otherwise_is_refused() {
        for bad in [
            "<link data-trunk rel=\"sass\" href=\"a.scss\">",
            "<link data-trunk rel=\"css\">",
            "<link data-trunk href=\"a.css\">",
            "<link data-trunk rel=\"css\" href=\"a.css\" media=\"print\">",
            "<link data-trunk rel=\"copy-dir\" href=\"a\" data-target-path=\"../b\">",
            MAIN,
        ] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
        assert!(Index::parse("<head></head>".to_owned()).is_err());
    }

    #[test]
    fn the_projects_page_is_understood_and_its_files_are_there() {
        let project = Project::locate().unwrap();
        let index = Index::read(&project).unwrap();
        let out = std::env::temp_dir().join(format!("index-{}", std::process::id()));
        std::fs::create_dir_all(&out).unwrap();
        let styles = index.lay_out(&project, &out).unwrap();
        assert!(styles.len() > 5 && styles[0].name.starts_with("tokens-"));
        for style in &styles {
            assert!(names::is_hashed(&style.name));
            assert_eq!(names::integrity(&std::fs::read(out.join(&style.name)).unwrap()), style.integrity);
        }
        for file in ["page.js", "digests.json", "favicon.svg"] {
            assert!(out.join(file).is_file(), "{file}");
        }
        std::fs::remove_dir_all(&out).unwrap();
    }
}
