//! The interface's programs: the hosted site has several, with some widgets each.
//!
//! A widget costs every page that loads it tens of kilobytes, whether it is shown or not, so a page loads the program that has its widget. Trunk builds one
//! program with everything, which is what `trunk serve` and debug builds show; for a release the programs below take its
//! place. They are the same package with other features. Going from one to another is an ordinary load.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::names;
use super::routes::Page;
use crate::process::{self, command};
use crate::project::Project;

/// One program and the widgets in it, which are Cargo features of the same names.
pub struct Program {
    name: &'static str,
    widgets: &'static [&'static str],
}

/// The first one also serves the pages without a widget.
pub const PROGRAMS: [Program; 3] = [
    Program { name: "numbers", widgets: &["bits", "convert"] },
    Program { name: "measure", widgets: &["throughput"] },
    Program { name: "generate", widgets: &["gan"] },
];

/// As for the app in `index.html`.
const WASM_OPT: [&str; 8] = [
    "-Os",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-reference-types",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-multivalue",
];

/// A program's files, by their hashed names.
#[derive(Debug, Clone)]
pub struct Built {
    script: String,
    wasm: String,
}

/// Index of the program that a page loads.
pub fn of(page: &Page) -> usize {
    let widget = match page {
        Page::Widget(id) | Page::Embed(id) => id.as_str(),
        _ => return 0,
    };
    PROGRAMS.iter().position(|program| program.widgets.contains(&widget)).unwrap_or(0)
}

/// Builds every program into `out` and removes Trunk's.
pub fn build(project: &Project, out: &Path, id: &str, trunks: &Built) -> Result<Vec<Built>> {
    let all: Result<Vec<Built>> = PROGRAMS.iter().map(|program| one(project, out, id, program)).collect();
    for file in [&trunks.script, &trunks.wasm] {
        std::fs::remove_file(out.join(file)).with_context(|| format!("removing {file}"))?;
    }
    all
}

fn one(project: &Project, out: &Path, id: &str, program: &Program) -> Result<Built> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project.path("target"), PathBuf::from);
    let features = format!("ui,{}", program.widgets.join(","));
    let mut cargo = command(project, "cargo")?;
    cargo
        .args([
            "build",
            "--quiet",
            "--locked",
            "--release",
            "--bin",
            "app",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .args(["--no-default-features", "--features", &features])
        .env("PP_BUILD_ID", id);
    process::run(&mut cargo)?;
    let stage = target.join("programs");
    let mut bindgen = command(project, "wasm-bindgen")?;
    bindgen.args(["--target", "web", "--no-typescript", "--out-name", program.name, "--out-dir"]).arg(&stage);
    process::run(bindgen.arg(target.join("wasm32-unknown-unknown/release/app.wasm")))?;
    let wasm = stage.join(format!("{}_bg.wasm", program.name));
    process::run(command(project, "wasm-opt")?.args(WASM_OPT).arg("--output").arg(&wasm).arg(&wasm))?;
    let read = |file: &Path| std::fs::read(file).with_context(|| format!("reading {}", file.display()));
    let (script_bytes, wasm_bytes) = (read(&stage.join(format!("{}.js", program.name)))?, read(&wasm)?);
    let built = Built {
        script: names::hashed(program.name, "js", &script_bytes),
        wasm: names::hashed(program.name, "js", &wasm_bytes).replace(".js", "_bg.wasm"),
    };
    std::fs::write(out.join(&built.script), script_bytes).context("writing a program's script")?;
    std::fs::write(out.join(&built.wasm), wasm_bytes).context("writing a program's wasm")?;
    Ok(built)
}

/// The files of Trunk's program, as its `index.html` names them.
pub fn trunks(out: &Path) -> Result<Built> {
    let mut files: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(out)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with("app-") && names::is_hashed(&name) {
            files.push(name);
        }
    }
    let take = |end: &str| files.iter().find(|name| name.ends_with(end)).cloned();
    let (script, wasm) = (take(".js"), take("_bg.wasm"));
    ensure!(files.len() == 2, "expected the app's script and wasm, found {files:?}");
    Ok(Built { script: script.context("the app has no script")?, wasm: wasm.context("the app has no wasm")? })
}

/// `text` with Trunk's program replaced by another.
pub fn renamed(text: &str, from: &Built, to: &Built) -> String {
    text.replace(&from.script, &to.script).replace(&from.wasm, &to.wasm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dist::routes;

    #[test]
    fn every_widget_is_in_exactly_one_program() {
        let project = Project::locate().unwrap();
        for widget in routes::widgets(&project).unwrap() {
            let owners = PROGRAMS.iter().filter(|program| program.widgets.contains(&widget.id.as_str()));
            assert_eq!(owners.count(), 1, "{}", widget.id);
        }
        assert_eq!(of(&Page::Home), 0);
        assert_eq!(of(&Page::Embed("gan".to_owned())), of(&Page::Widget("gan".to_owned())));
        assert_ne!(of(&Page::Widget("gan".to_owned())), 0);
    }

    #[test]
    fn a_page_names_its_own_program() {
        let built = |name: &str| Built { script: format!("{name}-1.js"), wasm: format!("{name}-2_bg.wasm") };
        let html = "<link href=\"/app-1.js\"><link href=\"/app-2_bg.wasm\">";
        let expected = "<link href=\"/x-1.js\"><link href=\"/x-2_bg.wasm\">";
        assert_eq!(renamed(html, &built("app"), &built("x")), expected);
    }
}
