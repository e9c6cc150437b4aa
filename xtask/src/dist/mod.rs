//! The site as it is hosted: Trunk's output with static pages, a strict policy and cacheable names.

mod csp;
pub mod locale;
mod names;
mod pages;
pub mod programs;
mod rename;
pub mod routes;
mod skeleton;
mod template;
mod verify;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

pub use csp::{OTHER_HEADERS, for_header};
pub use names::{IMMUTABLE, REVALIDATE, is_hashed};

use crate::build::{self, Build};
use crate::project::Project;
use crate::relaxed;
use crate::tools;

#[derive(Args)]
pub struct DistArgs {
    /// Where the site will stand: a path such as `/playground/`, or a whole address (better for search engines).
    #[arg(long, default_value = "/", value_name = "P")]
    pub public_url: String,
    /// The folder to write, replaced if it exists.
    #[arg(long, default_value = "dist", value_name = "DIR")]
    pub out: PathBuf,
}

pub fn run(project: &Project, args: &DistArgs) -> Result<()> {
    tools::ensure_build(project)?;
    let out = project.root().join(&args.out);
    make(project, &args.public_url, &out, true)?;
    println!("the site is in {}", args.out.display());
    Ok(())
}

/// Builds the site into `out`; returns the path part of its public address.
pub fn make(project: &Project, public_url: &str, out: &Path, release: bool) -> Result<String> {
    let public_url = build::checked_public_url(public_url)?;
    let id =
        build::trunk(project, &Build { release, public_url: public_url.clone(), out: out.to_path_buf() })?;
    finish(project, &public_url, out, release.then_some(id.as_str()))?;
    verify::build_id(out, &id)?;
    Ok(base_path(&public_url).to_owned())
}

/// Everything after Trunk. `split` is the build id where Trunk's one program is to be replaced by several.
fn finish(project: &Project, public_url: &str, out: &Path, split: Option<&str>) -> Result<()> {
    rename::worker(out, "worker")?;
    rename::worker(out, relaxed::NAME)?;
    rename::app(out, "app")?;
    let trunks = programs::trunks(out)?;
    let programs = match split {
        Some(id) => programs::build(project, out, id, &trunks)?,
        None => vec![trunks.clone(); programs::PROGRAMS.len()],
    };
    let templates = template::prepare(out, public_url, &trunks, &programs)?;
    let widgets = routes::widgets(project)?;

    let style = skeleton::stage_style(&widgets);
    let style_name = names::hashed("stages", "css", style.as_bytes());
    write(out, &style_name, &style)?;
    let site = pages::Site {
        public_url,
        templates: &templates,
        stage_style: &format!("{public_url}{style_name}"),
        stage_style_integrity: &names::integrity(style.as_bytes()),
    };

    let skeleton = skeleton::Skeleton { project, widgets: &widgets };
    let all = routes::all(&widgets);
    for language in routes::LANGUAGES {
        let locale = locale::Locale::load(project, language)?;
        for route in all.iter().filter(|route| route.language == language) {
            write(out, &route.file(), &pages::render(&site, route, &locale, &skeleton)?)?;
        }
    }
    write(out, "_headers", &headers_file(base_path(public_url), out)?)?;
    let files: Vec<String> = all.iter().map(routes::Route::file).collect();
    let references = verify::pages(out, public_url, &files)?;
    println!("{} static pages written, {references} references checked", files.len());
    Ok(())
}

/// Pages get the policy that keeps other sites from framing them; so do workers, which have a policy of their own.
fn headers_file(base: &str, out: &Path) -> Result<String> {
    let mut pages = vec![String::new(), "404.html".to_owned()];
    pages.extend(routes::LANGUAGES.map(|language| format!("{language}/*")));
    let mut hashed = Vec::new();
    for entry in std::fs::read_dir(out)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if is_hashed(&name) {
            hashed.push(name);
        } else if name.ends_with("_loader.js") {
            pages.push(name);
        }
    }
    hashed.sort();
    Ok(csp::headers_file(base, &pages, &hashed))
}

/// The path of an address: `/a/` of `https://host/a/`.
pub fn base_path(public_url: &str) -> &str {
    match public_url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
        None => public_url,
    }
}

fn write(out: &Path, file: &str, text: &str) -> Result<()> {
    let path = out.join(file);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::base_path;

    #[test]
    fn the_base_is_the_path_of_the_address() {
        assert_eq!(base_path("/"), "/");
        assert_eq!(base_path("/a/"), "/a/");
        assert_eq!(base_path("https://host/a/"), "/a/");
        assert_eq!(base_path("https://host/"), "/");
    }
}
