//! `cargo xtask use`: the whole of the property suite of `e2e/use.ts`, against the release site. Its report goes to `docs/use/README.md`.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;

use crate::dist;
use crate::process;
use crate::project::Project;
use crate::serve::Running;
use crate::tools::{self, Need};

#[derive(Args)]
pub struct UseArgs {
    /// A site that is built already, instead of building `dist/`.
    #[arg(long, value_name = "DIR")]
    pub site: Option<PathBuf>,
    /// The report's file, instead of `docs/use/README.md`.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Only these widgets, separated by commas.
    #[arg(long, value_name = "IDS")]
    pub widgets: Option<String>,
    /// Passed on to Playwright.
    #[arg(last = true)]
    pub rest: Vec<String>,
}

pub fn run(project: &Project, args: &UseArgs) -> Result<()> {
    tools::ensure(project, &[Need::Chromium, Need::E2e])?;
    let (out, base) = if let Some(site) = &args.site {
        ensure!(site.join("build-id.txt").is_file(), "{} holds no site", site.display());
        (site.clone(), "/".to_owned())
    } else {
        tools::ensure(project, tools::BUILD)?;
        let out = project.path("dist");
        let base = dist::make(project, "/", &out, true)?;
        (out, base)
    };
    let server = Running::on_free_port(out, base)?;
    let mut playwright = tools::playwright(project, &server.address())?;
    playwright.args(["playwright", "test", "--config", "use.config.ts"]).args(&args.rest);
    if let Some(report) = &args.report {
        playwright.env("PP_USE_REPORT", std::path::absolute(report)?);
    }
    if let Some(widgets) = &args.widgets {
        playwright.env("PP_USE_WIDGETS", widgets);
    }
    process::run(&mut playwright)
}
