//! Packages of the system, where it has Debian's `apt-get`; elsewhere the error says what to install.

use anyhow::{Result, bail};

use super::install;
use crate::process;
use crate::project::Project;

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
