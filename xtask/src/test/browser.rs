//! The tests that run in a browser.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::Outcome;
use crate::process::{self, Stream, command};
use crate::project::Project;
use crate::serve::Running;
use crate::tools;

const WASM: &str = "wasm32-unknown-unknown";

/// Every `tests/*.rs` that has wasm-bindgen tests, of every package, through `wasm-bindgen-test-runner`.
pub fn wasm(project: &Project) -> Result<Outcome> {
    let tests = wasm_tests(project)?;
    if tests.is_empty() {
        return Ok(Outcome::Skipped("no tests/*.rs has a #[wasm_bindgen_test]".to_owned()));
    }
    let chromium = tools::chromium(project).context("Chromium is missing")?;
    let driver = tools::chromedriver(project).context("chromedriver is missing")?;
    // WebGPU on machines without a GPU: Chromium's own software renderer, which it offers only when asked to.
    let arguments = ["--enable-unsafe-webgpu", "--enable-unsafe-swiftshader"];
    let capabilities = serde_json::json!({ "goog:chromeOptions": { "binary": chromium, "args": arguments } });
    let settings = project.tools_dir().join("webdriver.json");
    std::fs::create_dir_all(project.tools_dir())?;
    std::fs::write(&settings, capabilities.to_string())?;

    let mut closing = Vec::new();
    for (manifest, test) in tests {
        closing.extend(run(project, &manifest, &test, ("CHROMEDRIVER", &driver), &settings)?);
    }
    Ok(Outcome::closing(closing))
}

/// Tests whose bits must not depend on the browser: manifest and name.
const SAME_BITS: [(&str, &str); 2] =
    [("crates/engine/Cargo.toml", "replay_wasm"), ("crates/numerics/Cargo.toml", "bulk_wasm")];

/// [`SAME_BITS`] in Firefox, whose compiler of WebAssembly is another.
pub fn firefox(project: &Project) -> Result<Outcome> {
    let driver = tools::geckodriver(project).context("geckodriver is missing")?;
    let browser = tools::firefox(project).context("Firefox is missing")?;
    let capabilities =
        serde_json::json!({ "moz:firefoxOptions": { "binary": browser, "args": ["-headless"] } });
    let settings = project.tools_dir().join("webdriver-firefox.json");
    std::fs::create_dir_all(project.tools_dir())?;
    std::fs::write(&settings, capabilities.to_string())?;
    let mut closing = Vec::new();
    for (manifest, test) in SAME_BITS {
        closing.extend(run(project, manifest, test, ("GECKODRIVER", &driver), &settings)?);
    }
    Ok(Outcome::closing(closing))
}

/// One test binary in a browser, by its driver; the closing lines.
fn run(
    project: &Project,
    manifest: &str,
    test: &str,
    (driver_name, driver): (&str, &Path),
    settings: &Path,
) -> Result<Vec<String>> {
    let mut run = command(project, "cargo")?;
    run.args(["test", "--locked", "--target", WASM, "--test", test, "--manifest-path", manifest])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner")
        // The runner takes the first driver that it knows of.
        .env_remove("CHROMEDRIVER")
        .env_remove("GECKODRIVER")
        .env(driver_name, driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", settings)
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        // Seconds: for the driver to come up, and for all tests of one binary, on a busy machine.
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "600");
    let lines = process::run_keeping(&mut run, Stream::Output, |line| line.starts_with("test result:"))?;
    // The runner ends with success when a binary holds no test for it.
    ensure!(!lines.is_empty(), "{manifest}: `--test {test}` ran no test");
    Ok(lines)
}

/// Manifest and test name of each integration test that names `wasm_bindgen_test`.
fn wasm_tests(project: &Project) -> Result<Vec<(String, String)>> {
    let mut packages = vec![".".to_owned()];
    for entry in std::fs::read_dir(project.path("crates"))? {
        packages.push(format!("crates/{}", entry?.file_name().to_string_lossy()));
    }
    packages.sort();
    let mut found = Vec::new();
    for package in packages {
        let folder = project.path(&format!("{package}/tests"));
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut files: Vec<_> =
            entries.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|ext| ext == "rs")) {
            if std::fs::read_to_string(file)?.contains("wasm_bindgen_test") {
                let name =
                    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                found.push((format!("{package}/Cargo.toml"), name));
            }
        }
    }
    Ok(found)
}

/// Playwright, against the site in `dist/` (built by the stage before).
pub fn e2e(project: &Project) -> Result<Outcome> {
    let out = project.path("dist");
    ensure!(out.join("build-id.txt").is_file(), "dist/ holds no site; run the stage `build` first");
    if !project.path("e2e/package-lock.json").is_file() {
        return Ok(Outcome::Skipped("e2e/ has no package-lock.json".to_owned()));
    }
    let server = Running::on_free_port(out, "/".to_owned())?;
    let mut playwright = tools::playwright(project, &server.address())?;
    playwright.args(["playwright", "test"]);
    let closing = process::run_keeping(&mut playwright, Stream::Output, is_playwright_count)?;
    if !closing.iter().any(|line| line.contains(" passed")) {
        bail!("Playwright ran no test");
    }
    Ok(Outcome::closing(closing))
}

/// `  12 passed (34.5s)`, `  1 flaky`, `  2 skipped`.
fn is_playwright_count(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let number = words.next().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    number
        && words
            .next()
            .is_some_and(|word| matches!(word, "passed" | "failed" | "flaky" | "skipped" | "interrupted"))
}
