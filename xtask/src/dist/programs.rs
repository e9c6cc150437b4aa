//! The programs of the hosted site: it has several, with some widgets each.
//!
//! A widget costs every page that loads it tens of kilobytes, whether it is shown or not, and its labs cost the worker as much. So a page
//! loads the program that has its widget, and starts that program's workers. Trunk builds one
//! program with everything, which is what `trunk serve` and debug builds show; for a release the programs below take its
//! place. They are the same package with other features. Going from one to another is an ordinary load.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::routes::Page;
use super::{names, rename};
use crate::project::Project;
use crate::{relaxed, wasm};

/// One program and the widgets in it, which are Cargo features of the same names.
pub struct Program {
    pub name: &'static str,
    pub widgets: &'static [&'static str],
    /// Whether something trains, for which there is a worker with relaxed SIMD as well.
    trains: bool,
}

/// The first one also serves the pages without a widget.
pub const PROGRAMS: [Program; 5] = [
    Program { name: "numbers", widgets: &["bits", "convert"], trains: false },
    Program { name: "measure", widgets: &["throughput"], trains: true },
    Program { name: "generate", widgets: &["gan"], trains: true },
    Program { name: "learn", widgets: &["overfitting", "augmentation"], trains: true },
    Program { name: "see", widgets: &["transfer"], trains: true },
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

/// Builds every program and its workers into `out`, and removes Trunk's.
pub fn build(project: &Project, out: &Path, id: &str, trunks: &Built) -> Result<Vec<Built>> {
    remove(out, &[&trunks.script, &trunks.wasm])?;
    remove_worker(out, TRUNKS_WORKER)?;
    PROGRAMS.iter().map(|program| program.build(project, out, id)).collect()
}

/// Stem of the worker that Trunk builds.
const TRUNKS_WORKER: &str = "worker";

impl Program {
    fn build(&self, project: &Project, out: &Path, id: &str) -> Result<Built> {
        let widgets = self.widgets.join(",");
        let worker = format!("worker_{}", self.name);
        let app = wasm::Program {
            bin: "app",
            features: &format!("ui,{widgets}"),
            release: true,
            relaxed: false,
            name: self.name,
            env: &[("PP_BUILD_ID", id), ("PP_WORKER", &worker)],
        };
        let stage = wasm::target(project).join("programs");
        std::fs::create_dir_all(&stage).context("making a folder for the programs")?;
        app.build(project, &stage)?;
        let (script, wasm) = (format!("{}.js", self.name), format!("{}_bg.wasm", self.name));
        let read = |file: &str| std::fs::read(stage.join(file)).with_context(|| format!("reading {file}"));
        let (script_bytes, wasm_bytes) = (read(&script)?, read(&wasm)?);
        let built = Built {
            script: names::hashed(self.name, "js", &script_bytes),
            wasm: names::hashed(self.name, "js", &wasm_bytes).replace(".js", "_bg.wasm"),
        };
        std::fs::write(out.join(&built.script), script_bytes).context("writing a program's script")?;
        std::fs::write(out.join(&built.wasm), wasm_bytes).context("writing a program's wasm")?;

        for relaxed in [false, true] {
            if !relaxed || self.trains {
                self.build_worker(project, out, &worker, relaxed)?;
            }
        }
        Ok(built)
    }

    fn build_worker(&self, project: &Project, out: &Path, stem: &str, relaxed: bool) -> Result<()> {
        let name = if relaxed { format!("{stem}_relaxed") } else { stem.to_owned() };
        let features = format!("worker,{}", self.widgets.join(","));
        let program = wasm::Program {
            bin: "worker",
            features: &features,
            release: true,
            relaxed,
            name: &name,
            env: &[],
        };
        program.build(project, out)?;
        relaxed::loader(out, &name)?;
        rename::worker(out, &name)
    }
}

/// Removes the loader, the script and the wasm of a worker.
fn remove_worker(out: &Path, stem: &str) -> Result<()> {
    let mut files = vec![format!("{stem}_loader.js")];
    for entry in std::fs::read_dir(out)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!("{stem}-")) {
            files.push(name);
        }
    }
    remove(out, &files.iter().collect::<Vec<_>>())
}

fn remove(out: &Path, files: &[&String]) -> Result<()> {
    files
        .iter()
        .try_for_each(|file| std::fs::remove_file(out.join(file)).with_context(|| format!("removing {file}")))
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
