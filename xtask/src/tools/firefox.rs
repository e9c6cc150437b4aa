//! Firefox and its WebDriver server, for the one stage that runs in a second browser.

use std::path::PathBuf;

use anyhow::Result;

use super::cargo_tools::cargo_install;
use super::present;
use super::system::apt_install;
use crate::process;
use crate::project::Project;

const FIREFOX: [&str; 2] = ["firefox-esr", "firefox"];
const GECKODRIVER: &str = "0.37.1";

/// The browser. `PP_FIREFOX` overrides the search.
pub fn firefox(project: &Project) -> Option<PathBuf> {
    if let Some(chosen) = std::env::var_os("PP_FIREFOX") {
        return Some(PathBuf::from(chosen));
    }
    FIREFOX.iter().find_map(|name| process::find(project, name))
}

/// Its WebDriver server. `GECKODRIVER` overrides the search.
pub fn geckodriver(project: &Project) -> Option<PathBuf> {
    if let Some(chosen) = std::env::var_os("GECKODRIVER") {
        return Some(PathBuf::from(chosen));
    }
    process::find(project, "geckodriver")
}

pub fn ensure(project: &Project) -> Result<()> {
    match firefox(project) {
        Some(path) => present("Firefox", &path.display().to_string()),
        None => apt_install(project, &["firefox-esr"])?,
    }
    if let Some(path) = geckodriver(project) {
        present("geckodriver", &path.display().to_string());
        return Ok(());
    }
    // Debian has no package of it.
    let spec = format!("geckodriver@{GECKODRIVER}");
    cargo_install(project, "geckodriver", "about 2 minutes on two cores", &spec, &["--locked"])
}
