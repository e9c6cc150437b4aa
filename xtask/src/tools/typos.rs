//! The spelling checker. Its wheel is prebuilt (seconds); crates.io builds it (minutes) where there is no pip.

use anyhow::Result;

use super::cargo_tools::cargo_install;
use super::{install, present, version_of};
use crate::process;
use crate::project::Project;

const TYPOS: &str = "1.52.0";
const TYPOS_SERIES: &str = "1.";

pub fn ensure(project: &Project) -> Result<()> {
    if let Some(version) = version_of(project, "typos", &["--version"])
        && version.starts_with(TYPOS_SERIES)
    {
        present("typos", &version);
        return Ok(());
    }
    for python in ["python3", "python"] {
        if version_of(project, python, &["-m", "pip", "--version"]).is_none() {
            continue;
        }
        let spec = format!("typos=={TYPOS}");
        let target = project.tools_dir();
        let wheel = install(
            "typos",
            "a few seconds",
            process::command(project, python)?
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--only-binary",
                    ":all:",
                    "--no-deps",
                    "--upgrade",
                    "--target",
                ])
                .arg(&target)
                .arg(&spec),
        );
        match wheel {
            Ok(()) if version_of(project, "typos", &["--version"]).is_some() => return Ok(()),
            Ok(()) => println!("typos: the wheel holds no program for this machine; building it instead"),
            Err(error) => println!("typos: {error:#}; building it instead"),
        }
    }
    let spec = format!("typos-cli@{TYPOS}");
    cargo_install(project, "typos", "about 3 minutes on two cores", &spec, &["--locked"])
}
