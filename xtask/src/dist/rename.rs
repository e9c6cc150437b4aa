//! A worker's files get names that change with their content, so that they can be cached for ever.
//!
//! The page names only the loader (its address carries the build id), and the loader names hashed files: a page that took a new
//! loader but an old `worker_bg.wasm` from a cache would break.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::names;

/// Renames the files of the worker `name` in `out`.
pub fn worker(out: &Path, name: &str) -> Result<()> {
    let loader = out.join(format!("{name}_loader.js"));
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
    ensure!(
        text.contains(from),
        "the worker's script does not name `{from}`; has wasm-bindgen's output changed?"
    );
    Ok(text.replace(from, to))
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
        worker(&out, "worker").unwrap();

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
}
