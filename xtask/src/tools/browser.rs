//! Chromium, its driver and a Korean font, from the system's own packages.
//!
//! The browser is never downloaded from elsewhere.

use std::path::PathBuf;

use anyhow::Result;

use super::present;
use super::system::apt_install;
use crate::process;
use crate::project::Project;

const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const CHROMEDRIVER: [&str; 2] = ["chromedriver", "chromium.chromedriver"];
const MAC_CHROME: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// The browser that tests, benchmarks and screenshots drive. `PP_CHROMIUM` overrides the search.
pub fn chromium(project: &Project) -> Option<PathBuf> {
    if let Some(chosen) = std::env::var_os("PP_CHROMIUM") {
        return Some(PathBuf::from(chosen));
    }
    CHROMIUM
        .iter()
        .find_map(|name| process::find(project, name))
        .or_else(|| Some(PathBuf::from(MAC_CHROME)).filter(|path| path.is_file()))
}

/// The WebDriver server that `wasm-bindgen-test-runner` starts. `CHROMEDRIVER` overrides the search.
pub fn chromedriver(project: &Project) -> Option<PathBuf> {
    if let Some(chosen) = std::env::var_os("CHROMEDRIVER") {
        return Some(PathBuf::from(chosen));
    }
    CHROMEDRIVER.iter().find_map(|name| process::find(project, name))
}

/// Whether a font with Hangul is installed; `true` where that cannot be asked (no fontconfig).
fn has_korean_font(project: &Project) -> bool {
    let Ok(mut command) = process::command(project, "fc-list") else { return true };
    process::output(command.arg(":lang=ko")).map_or(true, |list| !list.trim().is_empty())
}

pub fn ensure(project: &Project) -> Result<()> {
    let mut missing = Vec::new();
    match chromium(project) {
        Some(path) => present("Chromium", &path.display().to_string()),
        None => missing.push("chromium"),
    }
    match chromedriver(project) {
        Some(path) => present("chromedriver", &path.display().to_string()),
        None => missing.push("chromium-driver"),
    }
    // fontconfig itself arrives with Chromium: without a browser the answer above is not to be trusted.
    if missing.contains(&"chromium") || !has_korean_font(project) {
        missing.push("fonts-noto-cjk");
    } else {
        present("Korean font", "fontconfig");
    }
    if missing.is_empty() {
        return Ok(());
    }
    apt_install(project, &missing)
}
