//! Who may name whom inside the root package (`src/`): invariants 1, 2 and 3 of ARCHITECTURE.md.

use anyhow::{Context, Result};

use super::paths::{NamedPath, named_paths};
use super::{Violation, files};
use crate::project::Project;

const OWN_NAME: &str = "precision_playground";
/// What runs behind the worker's messages; the interface must not reach past the protocol.
const BEHIND_THE_WORKER: [&str; 3] = ["engine", "experiments", "tensor_files"];

/// Checks every source file of the root package and returns how many there were.
pub fn check(project: &Project, violations: &mut Vec<Violation>) -> Result<usize> {
    let sources = files(project, "src", &["rs"])?;
    for (file, text) in &sources {
        check_file(file, text, violations)?;
    }
    for folder in ["src", "crates", "bench"] {
        for (file, text) in files(project, folder, &["rs"])? {
            check_gpu_api(&file, &text, violations);
        }
    }
    for (file, text) in files(project, "public", &["js", "mjs", "html"])? {
        check_worker_spawn_text(&file, &text, violations);
    }
    Ok(sources.len())
}

fn check_file(file: &str, text: &str, violations: &mut Vec<Violation>) -> Result<()> {
    let module = module_of(file);
    let paths = named_paths(text, &module, OWN_NAME).with_context(|| format!("reading {file}"))?;
    for path in &paths {
        if let Some(what) = broken_rule(file, &module, path) {
            violations.push(Violation { file: file.to_owned(), line: path.line, what });
        }
    }
    check_worker_spawn_text(file, text, violations);
    check_tracking(file, text, violations);
    check_typed_fields(file, text, violations);
    Ok(())
}

/// A memo that is only tracked is never computed, so it never changes; `ui::follow` reads it.
fn check_tracking(file: &str, text: &str, violations: &mut Vec<Violation>) {
    if !file.starts_with("src/ui/") || file == "src/ui/follow.rs" {
        return;
    }
    for (index, line) in text.lines().enumerate() {
        if line.contains(".track()") || line.contains("Track::track") {
            let what = "a memo that is only tracked is never computed: use `follow`".to_owned();
            violations.push(Violation { file: file.to_owned(), line: index + 1, what });
        }
    }
}

/// Fields to type into are those of `components/typed`, or say beside them what its `live` part would: elsewhere a refused or clamped text would stay
/// in the field while something else holds.
fn check_typed_fields(file: &str, text: &str, violations: &mut Vec<Violation>) {
    if !file.starts_with("src/ui/") || file.starts_with("src/ui/components/typed/") {
        return;
    }
    let is_live = text.contains("Live::new(");
    for (index, line) in text.lines().enumerate() {
        let is_number = line.contains("type=\"number\"");
        let is_text = line.contains("type=\"text\"") || line.contains("<textarea");
        if is_number || is_text && !is_live {
            let what = "a field to type into is one of src/ui/components/typed".to_owned();
            violations.push(Violation { file: file.to_owned(), line: index + 1, what });
        }
    }
}

/// Only `engine::gpu` knows the GPU API.
fn check_gpu_api(file: &str, text: &str, violations: &mut Vec<Violation>) {
    if file.starts_with("crates/engine/src/gpu/") {
        return;
    }
    for (index, line) in text.lines().enumerate() {
        if line.contains("wgpu::") {
            let what = "only crates/engine/src/gpu may name the GPU API".to_owned();
            violations.push(Violation { file: file.to_owned(), line: index + 1, what });
        }
    }
}

/// The rule that naming `path` in `file` breaks, if any.
fn broken_rule(file: &str, module: &[String], path: &NamedPath) -> Option<String> {
    let first = path.segments.first()?.as_str();
    let room = module.first().map(String::as_str);
    let target = if first == "crate" { path.segments.get(1).map(String::as_str) } else { None };
    let named = path.segments.join("::");

    if room == Some("ui") {
        if BEHIND_THE_WORKER.contains(&first) {
            return Some(format!("ui names `{named}`, which belongs behind the worker"));
        }
        if target == Some("worker_host") {
            return Some(format!("ui imports worker_host (`{named}`)"));
        }
    }
    if room == Some("worker_host") && target == Some("ui") {
        return Some(format!("worker_host imports ui (`{named}`)"));
    }
    // The binary mounts the interface, which needs the framework's own function.
    let may_name_leptos = room == Some("ui") || file == "src/bin/app.rs";
    if first.starts_with("leptos") && !may_name_leptos {
        return Some(format!("only src/ui may name Leptos (`{named}`)"));
    }
    if first.starts_with("plotters") && !file.starts_with("src/ui/charts/") && file != "src/ui/charts.rs" {
        return Some(format!("only src/ui/charts may name plotters (`{named}`)"));
    }
    if spawns_worker(path) && !file.starts_with("src/ui/worker_client") {
        return Some(format!("only src/ui/worker_client may spawn a worker (`{named}`)"));
    }
    let other_widget = path
        .segments
        .get(3)
        .filter(|_| path.segments.starts_with(&["crate", "ui", "widgets"].map(str::to_owned)));
    if let (Some(own), Some(other)) = (widget_of(module), other_widget)
        && own != other
        // Only a folder is a widget; items of widgets/mod.rs (a trait, the registry's types) are shared ground.
        && path.segments.len() > 4
        && other.starts_with(|c: char| c.is_ascii_lowercase())
    {
        return Some(format!("widget `{own}` imports widget `{other}` (`{named}`)"));
    }
    None
}

fn spawns_worker(path: &NamedPath) -> bool {
    let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["web_sys", name, ..] => matches!(*name, "Worker" | "WorkerOptions" | "SharedWorker"),
        ["gloo_worker", .., name] => matches!(*name, "Spawnable" | "WorkerSpawner"),
        ["gloo", "worker", .., name] => matches!(*name, "Spawnable" | "WorkerSpawner"),
        _ => false,
    }
}

fn widget_of(module: &[String]) -> Option<&String> {
    (module.first()? == "ui" && module.get(1)? == "widgets").then(|| module.get(2)).flatten()
}

/// `new Worker(` in JavaScript, whether in a file or inside a Rust string.
fn check_worker_spawn_text(file: &str, text: &str, violations: &mut Vec<Violation>) {
    if file.starts_with("src/ui/worker_client") {
        return;
    }
    for (index, line) in text.lines().enumerate() {
        if line.contains("new Worker(") || line.contains("new SharedWorker(") {
            violations.push(Violation {
                file: file.to_owned(),
                line: index + 1,
                what: "only src/ui/worker_client may spawn a worker (`new Worker`)".to_owned(),
            });
        }
    }
}

/// `src/ui/charts/axis.rs` stands in module `ui::charts::axis`; the library's and the binaries' roots in none.
fn module_of(file: &str) -> Vec<String> {
    let inner = file.strip_prefix("src/").unwrap_or(file);
    let inner = inner.strip_suffix(".rs").unwrap_or(inner);
    if inner == "lib" || inner == "main" || inner.starts_with("bin/") {
        return Vec::new();
    }
    let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(file: &str, text: &str) -> usize {
        let mut violations = Vec::new();
        check_file(file, text, &mut violations).unwrap();
        violations.len()
    }

    #[test]
    fn fields_to_type_into_are_made_in_one_place() {
        let lines = |file: &str, text: &str| {
            let mut violations = Vec::new();
            check_typed_fields(file, text, &mut violations);
            violations.iter().map(|violation| violation.line).collect::<Vec<_>>()
        };
        let text = "<input type=\"checkbox\"/>\n<input type=\"text\"/>\n<input type=\"number\"/>\n<textarea>";
        assert_eq!(lines("src/ui/widgets/a/mod.rs", text), [2, 3, 4]);
        assert_eq!(lines("src/ui/widgets/a/mod.rs", &format!("{text}\nLive::new(state, param)")), [3]);
        assert!(lines("src/ui/components/typed/mod.rs", text).is_empty());
    }

    #[test]
    fn each_bad_example_is_caught_once() {
        for (file, text) in [
            ("src/ui/shell.rs", "use tensor_files::npy;"),
            ("src/ui/shell.rs", "fn f() { experiments::gan::run() }"),
            ("src/ui/shell.rs", "use engine;"),
            ("src/ui/shell.rs", "use crate::worker_host::serve;"),
            ("src/ui/widgets/bits/mod.rs", "use super::super::super::worker_host::serve;"),
            ("src/worker_host/mod.rs", "use crate::{ui};"),
            ("src/worker_host/mod.rs", "use leptos::prelude::*;"),
            ("src/bin/worker.rs", "use leptos_router::hooks::use_params;"),
            ("src/ui/widgets/bits/mod.rs", "use plotters::prelude::*;"),
            ("src/ui/widgets/bits/mod.rs", "use plotters_canvas::CanvasBackend;"),
            ("src/ui/shell.rs", "let w = web_sys::Worker::new(\"x\");"),
            ("src/ui/shell.rs", "use gloo_worker::Spawnable;"),
            ("src/ui/shell.rs", "const JS: &str = \"new Worker('w.js')\";"),
            ("src/ui/widgets/bits/mod.rs", "use crate::ui::widgets::convert::model::Row;"),
            ("src/ui/widgets/bits/model.rs", "use super::super::convert::Row;"),
        ] {
            assert_eq!(broken(file, text), 1, "{file}: {text}");
        }
    }

    #[test]
    fn good_examples_pass() {
        for (file, text) in [
            ("src/ui/shell.rs", "use leptos::prelude::*; use protocol::Message; use numerics::Format;"),
            ("src/bin/app.rs", "use leptos::mount::mount_to_body; use precision_playground::ui::App;"),
            ("src/bin/worker.rs", "fn main() { precision_playground::worker_host::serve() }"),
            ("src/worker_host/mod.rs", "use tensor_files::npy; use web_sys::DedicatedWorkerGlobalScope;"),
            ("src/ui/charts/axis.rs", "use plotters::prelude::*;"),
            ("src/ui/worker_client.rs", "use web_sys::Worker;"),
            ("src/ui/worker_client/mod.rs", "use gloo_worker::Spawnable;"),
            (
                "src/ui/widgets/bits/mod.rs",
                "use crate::ui::widgets::WidgetProps; use crate::ui::widgets::bits::model::State;",
            ),
            ("src/ui/widgets/mod.rs", "use bits::view; use self::convert::view as convert_view;"),
            ("src/ui/shell.rs", "let engine = 1; // engine::run()"),
        ] {
            assert_eq!(broken(file, text), 0, "{file}: {text}");
        }
    }

    #[test]
    fn the_gpu_api_stays_in_its_room() {
        let found = |file| {
            let mut violations = Vec::new();
            check_gpu_api(file, "fn f(device: &wgpu::Device) {}", &mut violations);
            violations.len()
        };
        assert_eq!(
            [found("crates/engine/src/gpu/device.rs"), found("crates/experiments/src/lib.rs")],
            [0, 1]
        );
    }

    #[test]
    fn a_file_that_is_not_rust_is_an_error() {
        assert!(check_file("src/lib.rs", "fn f( {", &mut Vec::new()).is_err());
    }
}
