//! Chromium, its driver and a Korean font, from the system's own packages.
//!
//! The browser is never downloaded from elsewhere. Where apt-get cannot be used the error says what to install.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::{install, present};
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

/// Installs packages of the system with apt-get.
pub(super) fn apt_install(project: &Project, packages: &[&str]) -> Result<()> {
    let by_hand = format!(
        "install by hand what Debian calls: {} (or name installed programs: PP_CHROMIUM, PP_FIREFOX, CHROMEDRIVER, GECKODRIVER)",
        packages.join(" ")
    );
    if process::find(project, "apt-get").is_none() {
        bail!("there is no apt-get here; {by_hand}");
    }
    let Some(prefix) = privilege(project) else {
        bail!("apt-get needs root and `sudo` does not work without a password; {by_hand}");
    };
    let apt = |args: &[&str]| -> Result<std::process::Command> {
        let mut command = match prefix {
            Privilege::Root => process::command(project, "apt-get")?,
            Privilege::Sudo => {
                let mut sudo = process::command(project, "sudo")?;
                sudo.args(["-n", "apt-get"]);
                sudo
            }
        };
        command.env("DEBIAN_FRONTEND", "noninteractive").args(args);
        Ok(command)
    };
    install("the package list", "less than a minute", &mut apt(&["update", "-q"])?)?;
    let mut args = vec!["install", "-y", "-q", "--no-install-recommends"];
    args.extend(packages);
    install(&packages.join(" "), "about 2 minutes", &mut apt(&args)?)
}

#[derive(Clone, Copy)]
enum Privilege {
    Root,
    Sudo,
}

fn privilege(project: &Project) -> Option<Privilege> {
    let id = process::output(process::command(project, "id").ok()?.arg("-u")).ok()?;
    if id.trim() == "0" {
        return Some(Privilege::Root);
    }
    let sudo = process::output(process::command(project, "sudo").ok()?.args(["-n", "true"]));
    sudo.is_ok().then_some(Privilege::Sudo)
}
