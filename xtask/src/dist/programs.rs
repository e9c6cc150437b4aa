//! The programs of the hosted site: it has several, with some widgets each.
//!
//! A widget costs every page that loads it tens of kilobytes, whether it is shown or not, and its labs cost the worker as much. So a page
//! loads the program that has its widget, and starts that program's workers. They are one package with other features. A build for
//! development is one program with everything, which is also what `trunk serve` shows. Going from one to another is an ordinary load.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, anyhow};

use super::routes::Page;
use super::{names, rename};
use crate::project::Project;
use crate::{relaxed, wasm};

/// One program and the widgets in it, which are Cargo features of the same names.
pub struct Program {
    pub name: &'static str,
    /// Stem of its worker's files.
    worker: &'static str,
    pub widgets: &'static [&'static str],
    /// Whether something trains, for which there is a worker with relaxed SIMD as well.
    trains: bool,
}

/// The first one also serves the pages without a widget.
pub const PROGRAMS: [Program; 6] = [
    Program { name: "numbers", worker: "worker_numbers", widgets: &["bits", "convert"], trains: false },
    Program { name: "measure", worker: "worker_measure", widgets: &["throughput"], trains: true },
    Program { name: "generate", worker: "worker_generate", widgets: &["gan"], trains: true },
    Program { name: "learn", worker: "worker_learn", widgets: &["overfitting"], trains: true },
    Program { name: "vary", worker: "worker_vary", widgets: &["augmentation"], trains: true },
    Program { name: "see", worker: "worker_see", widgets: &["transfer"], trains: true },
];

/// The program of a build for development.
const WHOLE: [Program; 1] =
    [Program { name: "app", worker: "worker", widgets: &["all-widgets"], trains: true }];

/// A program's files, by their hashed names.
#[derive(Debug, Clone)]
pub struct Built {
    pub script: String,
    pub wasm: String,
}

/// Index of the program that a page loads.
pub fn of(page: &Page) -> usize {
    let widget = match page {
        Page::Widget(id) | Page::Embed(id) => id.as_str(),
        _ => return 0,
    };
    PROGRAMS.iter().position(|program| program.widgets.contains(&widget)).unwrap_or(0)
}

/// Builds every program and its workers into `out`; returns one for each of [`PROGRAMS`].
pub fn build(project: &Project, out: &Path, id: &str, release: bool) -> Result<Vec<Built>> {
    let job = Job { project, out, id, release };
    if release {
        return job.build(&PROGRAMS);
    }
    let built = job.build(&WHOLE)?;
    Ok(built.iter().cycle().take(PROGRAMS.len()).cloned().collect())
}

/// What all programs of a build share.
#[derive(Clone, Copy)]
struct Job<'a> {
    project: &'a Project,
    out: &'a Path,
    id: &'a str,
    release: bool,
}

impl Job<'_> {
    /// The interfaces, the workers and the workers with relaxed SIMD side by side: the last pass over a whole program keeps one core busy,
    /// and the three kinds have folders of their own to compile in, which Cargo locks one by one.
    fn build(self, programs: &[Program]) -> Result<Vec<Built>> {
        let failed = AtomicBool::new(false);
        // A failure in one lane ends the others after the program they are at.
        let lane = |work: &dyn Fn(&Program) -> Result<Option<Built>>| -> Result<Vec<Built>> {
            let mut built = Vec::new();
            for program in programs {
                if failed.load(Ordering::Relaxed) {
                    break;
                }
                match work(program) {
                    Ok(one) => built.extend(one),
                    Err(error) => {
                        failed.store(true, Ordering::Relaxed);
                        return Err(error.context(format!("building the program `{}`", program.name)));
                    }
                }
            }
            Ok(built)
        };
        let apps = || lane(&|program| self.app(program).map(Some));
        let workers = || lane(&|program| self.worker(program, false).map(|()| None));
        let relaxed = || {
            lane(&|program| {
                let built = if program.trains { self.worker(program, true) } else { Ok(()) };
                built.map(|()| None)
            })
        };
        if std::thread::available_parallelism().map_or(1, usize::from) == 1 {
            let built = apps()?;
            workers()?;
            relaxed()?;
            return Ok(built);
        }
        std::thread::scope(|scope| {
            let (workers, relaxed) = (scope.spawn(workers), scope.spawn(relaxed));
            let built = apps();
            for lane in [workers, relaxed] {
                lane.join().map_err(|_| anyhow!("a build's thread panicked"))??;
            }
            built
        })
    }

    fn app(self, program: &Program) -> Result<Built> {
        let name = program.name;
        let app = wasm::Program {
            bin: "app",
            features: &format!("ui,{}", program.widgets.join(",")),
            release: self.release,
            relaxed: false,
            name,
            env: &[("PP_BUILD_ID", self.id), ("PP_WORKER", program.worker)],
        };
        let stage = wasm::target(self.project).join("programs");
        std::fs::create_dir_all(&stage).context("making a folder for the programs")?;
        app.build(self.project, &stage)?;
        let read = |end: &str| std::fs::read(stage.join(format!("{name}{end}"))).context("reading a program");
        let (script, wasm) = (read(".js")?, read("_bg.wasm")?);
        let built = Built {
            script: names::hashed(name, "js", &script),
            wasm: names::hashed(name, "js", &wasm).replace(".js", "_bg.wasm"),
        };
        std::fs::write(self.out.join(&built.script), script).context("writing a program's script")?;
        std::fs::write(self.out.join(&built.wasm), wasm).context("writing a program's wasm")?;
        Ok(built)
    }

    fn worker(self, program: &Program, relaxed: bool) -> Result<()> {
        let stem = program.worker;
        let name = if relaxed { format!("{stem}{}", relaxed::ENDING) } else { stem.to_owned() };
        let worker = wasm::Program {
            bin: "worker",
            features: &format!("worker,{}", program.widgets.join(",")),
            release: self.release,
            relaxed,
            name: &name,
            env: &[],
        };
        worker.build(self.project, self.out)?;
        relaxed::loader(self.out, &name)?;
        rename::worker(self.out, &name)
    }
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
    fn a_worker_is_named_for_one_program() {
        let mut stems: Vec<&str> = PROGRAMS.iter().chain(&WHOLE).map(|program| program.worker).collect();
        // What is no worker by its name must hold the build id: see `verify`.
        assert!(stems.iter().all(|stem| stem.starts_with("worker")));
        stems.sort_unstable();
        stems.dedup();
        assert_eq!(stems.len(), PROGRAMS.len() + WHOLE.len());
    }
}
