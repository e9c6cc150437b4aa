//! What a visitor downloads, against the budgets of the project.
//!
//! First load is every file a page names (scripts, preloads, style sheets) and the page itself, for the heaviest
//! widget page; the worker is what its loader names. Compressed sizes are brotli at its best level, as static
//! hosts precompress. Left out: prose and icons, which a page shows without waiting for them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use lol_html::element;
use walkdir::WalkDir;

use crate::html::rewrite;
use crate::project::Project;

/// Compressed bytes of the heaviest page with what it loads.
const FIRST_LOAD_BYTES: usize = 450_000;
/// Compressed bytes of any one worker.
const WORKER_BYTES: usize = 400_000;

#[derive(Args)]
pub struct SizeArgs {
    /// The built site.
    #[arg(long, default_value = "dist", value_name = "DIR")]
    pub out: PathBuf,
}

pub fn run(project: &Project, args: &SizeArgs) -> Result<()> {
    check(project, &project.root().join(&args.out))
}

/// Prints the table; an error when a budget is exceeded.
pub fn check(project: &Project, out: &Path) -> Result<()> {
    if !out.join("build-id.txt").is_file() {
        bail!(
            "{} holds no site; run `cargo xtask dist` first",
            out.strip_prefix(project.root()).unwrap_or(out).display()
        );
    }
    let mut over = Vec::new();
    println!("{:<44} {:>10} {:>10}", "file", "bytes", "brotli");
    let mut parts = vec![("first load".to_owned(), FIRST_LOAD_BYTES, first_load(out)?)];
    for stem in workers(out)? {
        let files = worker(out, &stem)?;
        parts.push((stem, WORKER_BYTES, files));
    }
    for (name, limit, files) in parts {
        let (mut raw_total, mut compressed_total) = (0, 0);
        for file in &files {
            let bytes = std::fs::read(out.join(file)).with_context(|| format!("reading {file}"))?;
            let compressed = compressed_bytes(&bytes)?;
            println!("{file:<44} {:>10} {compressed:>10}", bytes.len());
            raw_total += bytes.len();
            compressed_total += compressed;
        }
        println!("{:<44} {raw_total:>10} {compressed_total:>10}  of {limit} ({} files)\n", name, files.len());
        if compressed_total > limit {
            over.push(format!("{name} is {compressed_total} bytes, budget {limit}"));
        }
    }
    if over.is_empty() { Ok(()) } else { bail!("over budget: {}", over.join("; ")) }
}

fn compressed_bytes(bytes: &[u8]) -> Result<usize> {
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &params).context("compressing")?;
    Ok(compressed.len())
}

/// The page of a language that is heaviest with what it loads, and what it loads.
fn first_load(out: &Path) -> Result<Vec<String>> {
    let mut heaviest = (0, Vec::new());
    for entry in WalkDir::new(out.join("en")).sort_by_file_name() {
        let entry = entry.context("the site has no English pages")?;
        if entry.file_name() != "index.html" {
            continue;
        }
        let html = std::fs::read_to_string(entry.path())?;
        let mut files = vec![entry.path().strip_prefix(out)?.to_string_lossy().replace('\\', "/")];
        // By file name: the page names its files with the public address before them.
        files.extend(references(&html)?.into_iter().filter_map(|address| {
            let path = address.split(['?', '#']).next()?.trim_start_matches('/').to_owned();
            shortest_existing(out, &path)
        }));
        let bytes: u64 =
            files.iter().map(|file| out.join(file).metadata().map_or(0, |data| data.len())).sum();
        if bytes > heaviest.0 {
            heaviest = (bytes, files);
        }
    }
    Ok(heaviest.1)
}

/// `/base/app.js` lies at `app.js` below the site, whatever the base: the longest ending that is a file.
fn shortest_existing(out: &Path, path: &str) -> Option<String> {
    let mut rest = path;
    loop {
        if out.join(rest).is_file() {
            return Some(rest.to_owned());
        }
        rest = rest.split_once('/')?.1;
    }
}

/// Addresses of scripts, style sheets and preloads, each once.
fn references(html: &str) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let handlers = vec![element!(
        "script[src], link[rel=\"stylesheet\"], link[rel=\"modulepreload\"], link[rel=\"preload\"]",
        |element| {
            found.extend(element.get_attribute("src").or_else(|| element.get_attribute("href")));
            Ok(())
        }
    )];
    rewrite(html, "reading a page", handlers)?;
    Ok(found)
}

/// The stems of the site's workers.
fn workers(out: &Path) -> Result<Vec<String>> {
    let mut stems = Vec::new();
    for entry in std::fs::read_dir(out)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        stems.extend(name.strip_suffix("_loader.js").map(str::to_owned));
    }
    stems.sort();
    if stems.is_empty() {
        bail!("the site has no worker");
    }
    Ok(stems)
}

/// The loader, script and wasm of a worker.
fn worker(out: &Path, stem: &str) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(out)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name == format!("{stem}_loader.js") || name.starts_with(&format!("{stem}-")) {
            files.push(name);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_what_it_loads() {
        let html = "<link rel=\"modulepreload\" href=\"/p/a.js\"><link rel=\"icon\" href=\"/i.png\">\
            <link rel=\"stylesheet\" href=\"/p/s.css\"><script src=\"/p/boot.js\"></script><script src=\"/p/a.js\"></script>";
        assert_eq!(
            references(html).unwrap().into_iter().collect::<Vec<_>>(),
            ["/p/a.js", "/p/boot.js", "/p/s.css"]
        );
    }

    #[test]
    fn repetition_compresses_and_noise_does_not() {
        assert!(compressed_bytes(&[7; 10_000]).unwrap() < 100);
        let noise: Vec<u8> =
            (0..10_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8 ^ (i as u8)).collect();
        assert!(compressed_bytes(&noise).unwrap() > 100);
    }

    #[test]
    fn a_site_over_budget_is_an_error() {
        let out = std::env::temp_dir().join(format!("size-{}", std::process::id()));
        std::fs::create_dir_all(out.join("en")).unwrap();
        std::fs::write(out.join("build-id.txt"), "x").unwrap();
        std::fs::write(out.join("en/index.html"), "<script src=\"/app.js\"></script>").unwrap();
        std::fs::write(out.join("worker_loader.js"), "x").unwrap();
        let project = Project::at(&out);
        std::fs::write(out.join("app.js"), "small").unwrap();
        assert!(check(&project, &out).is_ok());
        // Bytes of a hash chain do not compress.
        let mut noise = Vec::new();
        let mut block = [0u8; 32];
        while noise.len() < 600_000 {
            block = <sha2::Sha256 as sha2::Digest>::digest(block).into();
            noise.extend(block);
        }
        std::fs::write(out.join("app.js"), noise).unwrap();
        assert!(check(&project, &out).unwrap_err().to_string().contains("first load"));
        std::fs::remove_dir_all(&out).unwrap();
    }
}
