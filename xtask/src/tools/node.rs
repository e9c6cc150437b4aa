//! Tools that come from the npm registry: wasm-opt (npm package `binaryen`) and the packages of `e2e/`.

use anyhow::{Context, Result, bail};

use super::{install, present, version_of};
use crate::process;
use crate::project::{Project, cargo_home};

/// Also the version in `Trunk.toml` (`wasm_opt = "version_132"`): Trunk takes the `wasm-opt` on `PATH` when the
/// two agree and otherwise tries to download one.
const BINARYEN: &str = "132";

/// Installs wasm-opt among cargo's binaries, so that plain `trunk serve` and `trunk build --release` find it too.
pub fn ensure_wasm_opt(project: &Project) -> Result<()> {
    if version_of(project, "wasm-opt", &["--version"]).as_deref() == Some(BINARYEN) {
        present("wasm-opt", BINARYEN);
        return Ok(());
    }
    let home = cargo_home()?;
    // npm puts a global package's commands into `<prefix>/bin`, on Windows into `<prefix>` itself.
    let prefix = if cfg!(windows) { home.join("bin") } else { home.clone() };
    let spec = format!("binaryen@{BINARYEN}.0.0");
    install(
        "wasm-opt",
        "less than a minute (100 MB)",
        process::command(project, "npm")
            .context("Node 20 or newer is needed: install it from your system's packages")?
            .args(["install", "--global", "--no-fund", "--no-audit", "--prefix"])
            .arg(&prefix)
            .arg(&spec),
    )?;
    let on_plain_path = which::which("wasm-opt").ok();
    match version_of(project, "wasm-opt", &["--version"]).as_deref() {
        Some(BINARYEN) => {}
        other => bail!(
            "wasm-opt {BINARYEN} was installed in {} but `wasm-opt --version` says {other:?}",
            prefix.display()
        ),
    }
    if on_plain_path.is_none_or(|path| !path.starts_with(&home)) {
        println!(
            "note: `trunk serve` typed by hand uses the wasm-opt on your own PATH; put {} first on it",
            home.join("bin").display()
        );
    }
    Ok(())
}

/// The packages of the browser tests, exactly as `e2e/package-lock.json` says.
pub fn ensure_e2e(project: &Project) -> Result<()> {
    let folder = project.path("e2e");
    let lock = folder.join("package-lock.json");
    if !lock.is_file() {
        println!("e2e: no package-lock.json, nothing to install");
        return Ok(());
    }
    // npm writes this file last, so it is older than the lock file exactly when the lock file changed.
    let installed = folder.join("node_modules/.package-lock.json");
    let modified = |path: &std::path::Path| path.metadata().and_then(|data| data.modified());
    if let (Ok(installed), Ok(wanted)) = (modified(&installed), modified(&lock))
        && installed >= wanted
    {
        present("e2e packages", "npm");
        return Ok(());
    }
    install(
        "e2e packages",
        "less than a minute",
        process::command(project, "npm")?
            .current_dir(&folder)
            // Playwright drives the system's Chromium; its own download is not wanted.
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
            .args(["ci", "--no-fund", "--no-audit"]),
    )
}

/// `npx` in `e2e/`, with the address of the site and the browser to drive in the environment.
pub fn playwright(project: &Project, address: &str) -> Result<std::process::Command> {
    let chromium = super::chromium(project).context("Chromium is missing")?;
    let mut command = process::command(project, "npx")?;
    command
        .current_dir(project.path("e2e"))
        .env("PP_BASE_URL", address)
        .env("PP_CHROMIUM", chromium)
        .arg("--no-install");
    Ok(command)
}
