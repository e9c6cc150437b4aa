//! One wasm program: cargo, wasm-bindgen, wasm-opt.
//!
//! Plain Trunk gets its flags from `index.html`; a test below holds the two together.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::process::{self, command};
use crate::project::Project;

/// The flags of `.cargo/config.toml`, which the variable replaces, with relaxed SIMD.
const RELAXED_FLAGS: &str = "-C target-feature=+simd128,+relaxed-simd --cfg=erase_components";

/// What the programs use. Named one by one: `--all-features` writes forms that browsers do not read yet.
const FEATURES: [&str; 7] = [
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-reference-types",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-multivalue",
];

/// The worker's few lines of `main`, and with them the last pass over the whole program, for speed. That pass goes by the binary's level alone:
/// at the level of its package, which is size, it neither unrolls nor vectorises the engine's loops, and training is a fifth slower. What a
/// package's own level makes small stays small, so this is not the package's level in `Cargo.toml`. Packages have inlined what
/// they call by then; doing it again at the usual threshold makes the download 9 KB larger and nothing faster.
const WHOLE_PROGRAM: [&str; 5] = ["--", "-C", "opt-level=3", "-C", "llvm-args=-inline-threshold=40"];

/// What to build, and how.
pub struct Program<'a> {
    /// The binary: `app` or `worker`.
    pub bin: &'static str,
    /// Cargo features, with commas.
    pub features: &'a str,
    /// For download, or for development.
    pub release: bool,
    /// With relaxed SIMD.
    pub relaxed: bool,
    /// The files' stem.
    pub name: &'a str,
    /// Variables for the compiler's environment.
    pub env: &'a [(&'static str, &'a str)],
}

impl Program<'_> {
    /// Writes `<name>.js` and `<name>_bg.wasm` into `out`.
    pub fn build(&self, project: &Project, out: &Path) -> Result<()> {
        let mut target = target(project);
        let mut cargo = command(project, "cargo")?;
        cargo
            .args(["rustc", "--quiet", "--locked", "--bin", self.bin])
            .args([
                "--target",
                "wasm32-unknown-unknown",
                "--no-default-features",
                "--features",
                self.features,
            ])
            .envs(self.env.iter().copied());
        if self.relaxed {
            // Other flags would have the strict build made again each time.
            target.push("relaxed");
            cargo.env("RUSTFLAGS", RELAXED_FLAGS);
        }
        let (profile, folder) = match (self.release, self.bin) {
            (false, _) => ("dev", "debug"),
            (true, "worker") => ("worker", "worker"),
            (true, _) => ("release", "release"),
        };
        cargo.args(["--profile", profile, "--target-dir"]).arg(&target);
        if profile == "worker" {
            cargo.args(WHOLE_PROGRAM);
        }
        process::run(&mut cargo)?;

        let compiled = target.join("wasm32-unknown-unknown").join(folder).join(format!("{}.wasm", self.bin));
        let mut bindgen = command(project, "wasm-bindgen")?;
        bindgen.args(["--target", "web", "--no-typescript", "--out-name", self.name, "--out-dir"]);
        process::run(bindgen.arg(out).arg(compiled))?;
        ensure!(
            !out.join("snippets").exists(),
            "a crate brings scripts of its own, which a site would have to hold"
        );
        if self.release {
            let wasm = out.join(format!("{}_bg.wasm", self.name));
            let mut opt = command(project, "wasm-opt")?;
            // Twice: the second run finds half a kilobyte more, compressed, in a worker.
            let level = format!("-O{}", level(self.bin));
            opt.args([&level, &level]).args(FEATURES);
            if self.relaxed {
                opt.arg("--enable-relaxed-simd");
            }
            process::run(opt.arg("--output").arg(&wasm).arg(&wasm))?;
        }
        Ok(())
    }
}

/// What wasm-opt is to make of a program: the worker fast, the interface small.
fn level(bin: &str) -> char {
    if bin == "worker" { '3' } else { 'z' }
}

/// Where cargo writes.
pub fn target(project: &Project) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project.path("target"), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use lol_html::element;

    use super::*;

    #[test]
    fn trunk_is_told_the_same() {
        let html = Project::locate().unwrap().read("index.html").unwrap();
        let mut seen = Vec::new();
        let handlers = vec![element!("link[data-trunk][rel=\"rust\"]", |link| {
            let value = |name: &str| link.get_attribute(name).unwrap_or_default();
            let bin = value("data-bin");
            assert_eq!(value("data-wasm-opt"), level(&bin).to_string(), "{bin}");
            assert_eq!(value("data-wasm-opt-params"), FEATURES.join(" "), "{bin}");
            if bin == "worker" {
                assert_eq!(value("data-cargo-profile-release"), "worker");
                assert_eq!(value("data-cargo-features"), "worker,all-widgets");
                assert!(link.has_attribute("data-cargo-no-default-features"));
            }
            seen.push(bin);
            Ok(())
        })];
        crate::html::rewrite(&html, "reading index.html", handlers).unwrap();
        assert_eq!(seen, ["app", "worker"]);
    }
}
