//! Lock files name packages and versions, never a host they were fetched from.

use anyhow::Result;

use super::{Violation, files, relative};
use crate::project::Project;

/// How cargo writes the public registry; git sources and other registries read differently.
const CRATES_IO: (&str, &str) = ("registry+", "/rust-lang/crates.io-index");

pub fn check(project: &Project, violations: &mut Vec<Violation>) -> Result<usize> {
    let mut count = 0;
    for (file, text) in files(project, ".", &["json"])? {
        if file.ends_with("package-lock.json") {
            count += 1;
            check_npm(&file, &text, violations);
        }
    }
    for (file, text) in files(project, ".", &["lock"])? {
        if file.ends_with("Cargo.lock") {
            count += 1;
            check_cargo(&file, &text, violations);
        }
    }
    let rc = project.path(".npmrc");
    if rc.is_file() {
        check_no_registry(&relative(project, &rc), &std::fs::read_to_string(&rc)?, violations);
    }
    Ok(count)
}

fn check_npm(file: &str, text: &str, violations: &mut Vec<Violation>) {
    for (index, line) in text.lines().enumerate() {
        if line.contains("\"resolved\"") {
            let what =
                "names where a package was fetched; set omit-lockfile-registry-resolved=true and rebuild it"
                    .to_owned();
            violations.push(Violation { file: file.to_owned(), line: index + 1, what });
            // One is enough: they come by the hundred.
            break;
        }
    }
}

fn check_cargo(file: &str, text: &str, violations: &mut Vec<Violation>) {
    for (index, line) in text.lines().enumerate() {
        if let Some(source) = line.strip_prefix("source = ")
            && !is_crates_io(source.trim_matches('"'))
        {
            let what = format!("a dependency from elsewhere than crates.io: {source}");
            violations.push(Violation { file: file.to_owned(), line: index + 1, what });
        }
    }
}

fn is_crates_io(source: &str) -> bool {
    source.starts_with(CRATES_IO.0) && source.ends_with(CRATES_IO.1)
}

fn check_no_registry(file: &str, text: &str, violations: &mut Vec<Violation>) {
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("registry") || line.contains("://") {
            violations.push(Violation {
                file: file.to_owned(),
                line: index + 1,
                what: "names a registry".to_owned(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bad_example_is_caught() {
        let mut found = Vec::new();
        check_npm("e2e/package-lock.json", "{\n  \"resolved\": \"somewhere\"\n}", &mut found);
        assert_eq!(found.len(), 1);
        check_cargo("Cargo.lock", "source = \"git+ssh://somewhere/x\"", &mut found);
        assert_eq!(found.len(), 2);
        check_no_registry(".npmrc", "registry=somewhere", &mut found);
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn good_examples_pass() {
        let mut found = Vec::new();
        check_npm("package-lock.json", "{ \"version\": \"1.0.0\", \"integrity\": \"sha512-x\" }", &mut found);
        check_cargo("Cargo.lock", &format!("source = \"{}host{}\"", CRATES_IO.0, CRATES_IO.1), &mut found);
        check_no_registry(".npmrc", "omit-lockfile-registry-resolved=true", &mut found);
        assert!(found.is_empty());
    }
}
