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
    let id = build::build_id(project)?;
    let place = place::Place::beside(out)?;
    let new = place.path();
    assemble(project, &public_url, new, &id, || programs::build(project, new, &id, release))?;
    verify::build_id(new, &id)?;
    place.take()?;
    Ok(base_path(&public_url).to_owned())
}

/// The whole site into the empty folder `out`; `programs` writes the programs there.
fn assemble(
    project: &Project,
    public_url: &str,
    out: &Path,
    id: &str,
    programs: impl FnOnce() -> Result<Vec<programs::Built>>,
) -> Result<()> {
    // What a person may have got wrong in the page is said before minutes of compiling.
    let index = index::Index::read(project)?;
    let styles = index.lay_out(project, out)?;
    let programs = programs()?;
    write(out, "build-id.txt", &format!("{id}\n"))?;
    let templates = template::prepare(out, public_url, &index, &styles, &programs)?;
    finish(project, public_url, out, &templates)
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
    use super::*;

    /// Everything but the compiler: programs that hold nothing.
    #[test]
    fn a_site_is_whole_and_each_page_has_its_own_program() {
        let project = Project::locate().unwrap();
        let out = std::env::temp_dir().join(format!("site-{}", std::process::id()));
        std::fs::create_dir_all(&out).unwrap();
        let programs = || {
            programs::PROGRAMS
                .iter()
                .map(|program| {
                    let name = program.name;
                    let script = names::hashed(name, "js", name.as_bytes());
                    let wasm = script.replace(".js", "_bg.wasm");
                    write(&out, &script, name)?;
                    write(&out, &wasm, name)?;
                    write(&out, &format!("worker_{name}_loader.js"), name)?;
                    Ok(programs::Built { script, wasm })
                })
                .collect()
        };
        assemble(&project, "/p/", &out, "0123456789ab", programs).unwrap();
        let read = |file: &str| std::fs::read_to_string(out.join(file)).unwrap();
        for (page, program) in [("en", "numbers"), ("ko/gan", "generate"), ("embed/transfer", "see")] {
            let html = read(&format!("{page}/index.html"));
            assert!(html.contains(&format!("href=\"/p/{program}-")), "{page}");
            assert!(!html.contains("data-trunk"), "{page}");
        }
        let headers = read("_headers");
        for part in ["/p/embed/*", "/p/worker_see_loader.js", "/p/tokens-", "/p/boot-", "/p/numbers-"] {
            assert!(headers.contains(part), "{part}");
        }
        assert_eq!(read("build-id.txt"), "0123456789ab\n");
        std::fs::remove_dir_all(&out).unwrap();
    }

    #[test]
    fn the_base_is_the_path_of_the_address() {
        assert_eq!(base_path("/"), "/");
        assert_eq!(base_path("/a/"), "/a/");
        assert_eq!(base_path("https://host/a/"), "/a/");
        assert_eq!(base_path("https://host/"), "/");
    }
}
