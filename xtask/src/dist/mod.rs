//! The site as it is hosted: programs, styles and files of `index.html`, static pages, a strict policy and cacheable names.

mod csp;
mod index;
pub mod locale;
mod names;
mod pages;
mod place;
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

use crate::build;
use crate::project::Project;
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
    tools::ensure(project, tools::BUILD)?;
    let out = project.root().join(&args.out);
    make(project, &args.public_url, &out, true)?;
    println!("the site is in {}", args.out.display());
    Ok(())
}

/// Builds the site into `out`; returns the path part of its public address. What is there stays until the new one is whole.
pub fn make(project: &Project, public_url: &str, out: &Path, release: bool) -> Result<String> {
    let public_url = build::checked_public_url(public_url)?;
    let index = index::Index::read(project)?;
    let id = build::build_id(project)?;
    let place = place::Place::beside(out)?;
    let new = place.path();
    let styles = index.lay_out(project, new)?;
    let programs = programs::build(project, new, &id, release)?;
    write(new, "build-id.txt", &format!("{id}\n"))?;
    let templates = template::prepare(new, &public_url, &index, &styles, &programs)?;
    finish(project, &public_url, new, &templates)?;
    verify::build_id(new, &id)?;
    place.take()?;
    Ok(base_path(&public_url).to_owned())
}

/// The static pages, and what they and their hosts need.
fn finish(project: &Project, public_url: &str, out: &Path, templates: &[String]) -> Result<()> {
    let widgets = routes::widgets(project)?;

    let style = skeleton::stage_style(&widgets);
    let style_name = names::hashed("stages", "css", style.as_bytes());
    write(out, &style_name, &style)?;
    let site = pages::Site {
        public_url,
        templates,
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

/// Counts what a page below `out` names, and checks that it is there: also for a page that is not ours.
pub fn check_page(out: &Path, public_url: &str, file: &str) -> Result<usize> {
    verify::references_of(out, public_url, file)
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
