//! Plain Trunk, as `trunk serve` has it: the build for development, from `index.html` and `Trunk.toml` as they are.
//!
//! Nothing else here uses Trunk, so this is what notices that the two have come apart. Left out: the release build (`trunk build --release`
//! differs by flags that a test of `wasm` compares) and watching.

use anyhow::{Result, ensure};

use super::Outcome;
use crate::dist;
use crate::process::{self, command};
use crate::project::Project;

pub fn run(project: &Project) -> Result<Outcome> {
    let out = project.path("target/trunk");
    // The page's folder for sites is not touched: it holds the hosted one.
    process::run(command(project, "trunk")?.args(["build", "--dist"]).arg(&out))?;
    let references = dist::check_page(&out, "/", "index.html")?;
    for worker in ["worker", "worker_relaxed"] {
        for end in ["_loader.js", ".js", "_bg.wasm"] {
            ensure!(out.join(format!("{worker}{end}")).is_file(), "Trunk's site has no {worker}{end}");
        }
    }
    println!("Trunk's page names {references} files, all there, and has both workers");
    Ok(Outcome::passed())
}
