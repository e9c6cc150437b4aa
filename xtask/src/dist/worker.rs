//! The worker's files get names that change with their content.
//!
//! Trunk gives workers fixed names. A page that took a new loader but an old `worker_bg.wasm` from a cache would
//! break, so the loader (whose address carries the build id) names hashed files.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::names;

/// Renames the files of the worker binary `name` in `out`, if it was built.
pub fn rename(out: &Path, name: &str) -> Result<()> {
    let loader = out.join(format!("{name}_loader.js"));
    if !loader.is_file() {
        return Ok(());
    }
    let wasm = out.join(format!("{name}_bg.wasm"));
    let glue = out.join(format!("{name}.js"));
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("reading {}", path.display()));
    let read_text =
        |path: &Path| std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()));

    // The glue's hash takes in the module's name, so that one name stands for one pair of files.
    let wasm_stem = names::hashed(name, "js", &read(&wasm)?);
    let wasm_name = wasm_stem.replace(".js", "_bg.wasm");
    let glue_text = replace_once_or_more(&read_text(&glue)?, &format!("{name}_bg.wasm"), &wasm_name)?;
    let glue_name = names::hashed(name, "js", glue_text.as_bytes());
    let loader_text =
        replace_once_or_more(&read_text(&loader)?, &format!("./{name}.js"), &format!("./{glue_name}"))?;

    std::fs::rename(&wasm, out.join(&wasm_name)).context("renaming the worker's wasm")?;
    std::fs::write(out.join(&glue_name), glue_text).context("writing the worker's script")?;
    std::fs::remove_file(&glue).context("removing the worker's unhashed script")?;
    std::fs::write(&loader, loader_text).context("writing the worker's loader")
}

fn replace_once_or_more(text: &str, from: &str, to: &str) -> Result<String> {
    ensure!(text.contains(from), "the worker's script does not name `{from}`; has Trunk's output changed?");
    Ok(text.replace(from, to))
}

/// The app's wasm must hold the build id, or its worker address would not change with the build.
pub fn check_build_id(out: &Path, id: &str) -> Result<()> {
    for entry in std::fs::read_dir(out)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with("app-") && name.ends_with("_bg.wasm") {
            let bytes = std::fs::read(&path)?;
            let found = bytes.windows(id.len()).any(|window| window == id.as_bytes());
            ensure!(
                found,
                "{name} does not hold the build id {id}: does the worker's address use PP_BUILD_ID?"
            );
            return Ok(());
        }
    }
    anyhow::bail!("Trunk built no app-<hash>_bg.wasm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loader_glue_and_wasm_name_each_other() {
        let out = std::env::temp_dir().join(format!("worker-names-{}", std::process::id()));
        std::fs::create_dir_all(&out).unwrap();
        std::fs::write(out.join("worker_loader.js"), "import init from './worker.js';await init();").unwrap();
        std::fs::write(out.join("worker.js"), "new URL('worker_bg.wasm', import.meta.url)").unwrap();
        std::fs::write(out.join("worker_bg.wasm"), "\0asm").unwrap();
        rename(&out, "worker").unwrap();

        let loader = std::fs::read_to_string(out.join("worker_loader.js")).unwrap();
        let glue_name = loader.split(['\'', '/']).find(|part| part.starts_with("worker-")).unwrap();
        let glue = std::fs::read_to_string(out.join(glue_name)).unwrap();
        let wasm_name = glue.split('\'').nth(1).unwrap();
        assert!(names::is_hashed(glue_name) && names::is_hashed(wasm_name));
        assert!(
            out.join(wasm_name).is_file()
                && !out.join("worker.js").exists()
                && !out.join("worker_bg.wasm").exists()
        );
        std::fs::remove_dir_all(&out).unwrap();
    }

    #[test]
    fn a_missing_build_id_is_an_error() {
        let out = std::env::temp_dir().join(format!("worker-id-{}", std::process::id()));
        std::fs::create_dir_all(&out).unwrap();
        std::fs::write(out.join("app-0123456789abcdef_bg.wasm"), "xx0123456789abxx").unwrap();
        assert!(check_build_id(&out, "0123456789ab").is_ok());
        assert!(check_build_id(&out, "ffffffffffff").is_err());
        std::fs::remove_dir_all(&out).unwrap();
    }
}
