//! Which package may depend on which: the direction of dependencies of ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

use super::Violation;
use crate::process;
use crate::project::Project;

/// What each package of the workspace may use of the workspace. A new package must be added here first.
const ALLOWED: [(&str, &[&str]); 11] = [
    ("datasets", &[]),
    ("numerics", &[]),
    ("tensor-files", &[]),
    ("protocol", &["numerics"]),
    ("engine", &["numerics"]),
    ("experiments", &["datasets", "engine", "numerics", "tensor-files"]),
    ("convert-bench", &["numerics"]),
    ("engine-bench", &["engine", "experiments", "numerics"]),
    ("conformance", &["numerics", "tensor-files"]),
    ("precision-playground", &["numerics", "protocol", "tensor-files", "engine", "experiments"]),
    ("xtask", &["datasets", "tensor-files"]),
];

/// Packages that must build and test without a browser, at any depth of their dependencies.
const WITHOUT_A_BROWSER: [&str; 7] =
    ["datasets", "numerics", "tensor-files", "protocol", "engine", "experiments", "conformance"];
const BROWSER: [&str; 4] = ["leptos", "web-sys", "gloo", "plotters"];
/// The GPU API brings the browser's bindings for wasm and none natively; what lies behind it does not count.
const GPU_API: &str = "wgpu";

pub fn check(project: &Project, violations: &mut Vec<Violation>) -> Result<usize> {
    let text = process::output(process::command(project, "cargo")?.args([
        "metadata",
        "--format-version",
        "1",
        "--locked",
    ]))
    .context("Cargo.lock must be present and up to date (`cargo metadata --locked`)")?;
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata's output")?;
    check_metadata(&metadata, violations)
}

fn check_metadata(metadata: &Value, violations: &mut Vec<Violation>) -> Result<usize> {
    let names: BTreeMap<&str, &str> = array(&metadata["packages"])
        .filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?)))
        .collect();
    let edges: BTreeMap<&str, Vec<&str>> = array(&metadata["resolve"]["nodes"])
        .filter_map(|node| Some((node["id"].as_str()?, normal_dependencies(node))))
        .collect();
    let members: BTreeSet<&str> = array(&metadata["workspace_members"]).filter_map(Value::as_str).collect();
    anyhow::ensure!(!members.is_empty(), "cargo metadata lists no workspace members");

    for member in &members {
        let name = names.get(member).context("a member without a package")?;
        let mut report =
            |what: String| violations.push(Violation { file: format!("package {name}"), line: 0, what });
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| known == name) else {
            report("is not in the table of allowed dependencies (xtask/src/invariants/crates.rs)".to_owned());
            continue;
        };
        for dependency in edges.get(member).into_iter().flatten().filter(|id| members.contains(*id)) {
            let dependency = names.get(dependency).context("a dependency without a package")?;
            if !allowed.contains(dependency) {
                report(format!("may not depend on {dependency}"));
            }
        }
        if WITHOUT_A_BROWSER.contains(name) {
            for reached in reachable(member, &edges, &names).iter().filter_map(|id| names.get(id)) {
                if BROWSER.iter().any(|banned| {
                    reached == banned
                        || reached.starts_with(&format!("{banned}-"))
                        || reached.starts_with(&format!("{banned}_"))
                }) {
                    report(format!("reaches {reached}, but must build without a browser"));
                }
            }
        }
    }
    Ok(members.len())
}

/// Dependencies that are neither for tests nor for build scripts.
fn normal_dependencies(node: &Value) -> Vec<&str> {
    array(&node["deps"])
        .filter(|dep| array(&dep["dep_kinds"]).any(|kind| kind["kind"].is_null()))
        .filter_map(|dep| dep["pkg"].as_str())
        .collect()
}

fn reachable<'a>(
    start: &'a str,
    edges: &BTreeMap<&'a str, Vec<&'a str>>,
    names: &BTreeMap<&str, &str>,
) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![start];
    while let Some(id) = open.pop() {
        for next in edges.get(id).into_iter().flatten() {
            let opaque = names.get(next).is_some_and(|name| *name == GPU_API);
            if seen.insert(*next) && !opaque {
                open.push(next);
            }
        }
    }
    seen
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Metadata of packages `name -> [(dependency, kind)]`; names double as ids.
    fn metadata(packages: &[(&str, &[(&str, Value)])], members: &[&str]) -> Value {
        json!({
            "packages": packages.iter().map(|(name, _)| json!({"id": name, "name": name})).collect::<Vec<_>>(),
            "workspace_members": members,
            "resolve": {"nodes": packages.iter().map(|(name, deps)| json!({"id": name, "deps": deps.iter()
                .map(|(dep, kind)| json!({"pkg": dep, "dep_kinds": [{"kind": kind}]})).collect::<Vec<_>>()})).collect::<Vec<_>>()},
        })
    }

    fn broken(packages: &[(&str, &[(&str, Value)])], members: &[&str]) -> Vec<String> {
        let mut violations = Vec::new();
        check_metadata(&metadata(packages, members), &mut violations).unwrap();
        violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_wrong_direction_is_caught() {
        let found = broken(
            &[("numerics", &[("protocol", Value::Null)]), ("protocol", &[])],
            &["numerics", "protocol"],
        );
        assert_eq!(found, ["package numerics: may not depend on protocol"]);
    }

    #[test]
    fn a_browser_crate_is_caught_at_any_depth_but_not_in_tests() {
        let packages: &[(&str, &[(&str, Value)])] = &[
            ("numerics", &[("helper", Value::Null)]),
            ("helper", &[("web-sys", Value::Null)]),
            ("web-sys", &[]),
        ];
        assert_eq!(
            broken(packages, &["numerics"]),
            ["package numerics: reaches web-sys, but must build without a browser"]
        );
        let packages: &[(&str, &[(&str, Value)])] =
            &[("numerics", &[("web-sys", json!("dev"))]), ("web-sys", &[])];
        assert!(broken(packages, &["numerics"]).is_empty());
    }

    #[test]
    fn what_lies_behind_the_gpu_api_does_not_count() {
        let packages: &[(&str, &[(&str, Value)])] =
            &[("engine", &[("wgpu", Value::Null)]), ("wgpu", &[("web-sys", Value::Null)]), ("web-sys", &[])];
        assert!(broken(packages, &["engine"]).is_empty());
    }

    #[test]
    fn an_unknown_package_is_caught() {
        assert_eq!(broken(&[("extra", &[])], &["extra"]).len(), 1);
    }
}
