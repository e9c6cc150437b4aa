//! The programs' files get names that change with their content, so that they can be cached for ever.
//!
//! Trunk names the app's files by what the compiler made, before wasm-bindgen and wasm-opt: other options for
//! those would change the content under an old name. And it gives workers fixed names: a page that took a new
//! loader but an old `worker_bg.wasm` from a cache would break, so the loader (whose address carries the build id)
//! names hashed files.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::names;

/// Renames the app's script and wasm in `out`, and their mentions in Trunk's `index.html`.
pub fn app(out: &Path, name: &str) -> Result<()> {
    let index = out.join("index.html");
    let mut html = std::fs::read_to_string(&index).with_context(|| format!("reading {}", index.display()))?;
    let (prefix, wasm_end) = (format!("{name}-"), "_bg.wasm");
    let mut renamed = 0;
    for entry in std::fs::read_dir(out)?.collect::<Result<Vec<_>, _>>()? {
        let old = entry.file_name().to_string_lossy().into_owned();
        if !old.starts_with(&prefix) || !names::is_hashed(&old) || !html.contains(&old) {
            continue;
        }
        let bytes = std::fs::read(entry.path()).with_context(|| format!("reading {old}"))?;
        let new = names::hashed(name, "js", &bytes);
        let new = if old.ends_with(wasm_end) { new.replace(".js", wasm_end) } else { new };
        std::fs::rename(entry.path(), out.join(&new)).with_context(|| format!("renaming {old}"))?;
        html = html.replace(&old, &new);
        renamed += 1;
    }
    ensure!(renamed == 2, "expected the app's script and wasm in index.html, found {renamed} of them");
    std::fs::write(&index, html).context("writing index.html")
}

/// Renames the files of the worker binary `name` in `out`, if it was built.
pub fn worker(out: &Path, name: &str) -> Result<()> {
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

    #[test]
    fn the_apps_names_follow_their_content_and_the_page_follows_the_names() {
        let out = std::env::temp_dir().join(format!("app-names-{}", std::process::id()));
        std::fs::create_dir_all(&out).unwrap();
        let (js, wasm) = ("app-0123456789abcdef.js", "app-0123456789abcdef_bg.wasm");
        std::fs::write(
            out.join("index.html"),
            format!("<link href=\"/{wasm}\"><script>import '/{js}'; '/{wasm}'</script>"),
        )
        .unwrap();
        std::fs::write(out.join(js), "glue").unwrap();
        std::fs::write(out.join(wasm), "\0asm").unwrap();
        app(&out, "app").unwrap();

        let html = std::fs::read_to_string(out.join("index.html")).unwrap();
        let (js, wasm) = (
            names::hashed("app", "js", b"glue"),
            names::hashed("app", "js", b"\0asm").replace(".js", "_bg.wasm"),
        );
        assert_eq!(html, format!("<link href=\"/{wasm}\"><script>import '/{js}'; '/{wasm}'</script>"));
        assert!(out.join(js).is_file() && out.join(wasm).is_file());
        assert!(app(&out.join("en"), "app").is_err());
        std::fs::remove_dir_all(&out).unwrap();
    }
}
