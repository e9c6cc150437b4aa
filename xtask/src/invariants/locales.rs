//! Both languages say the same things: equal keys, equal `{placeholders}`, no empty text.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::Violation;
use crate::dist::locale::Locale;
use crate::dist::routes::LANGUAGES;
use crate::project::Project;

pub fn check(project: &Project, violations: &mut Vec<Violation>) -> Result<usize> {
    let mut texts = BTreeMap::new();
    for language in LANGUAGES {
        texts.insert(language, Locale::load(project, language)?.into_texts());
    }
    let keys = compare(&texts, violations);
    for language in LANGUAGES {
        for other in LANGUAGES {
            check_prose(project, language, other, violations)?;
        }
    }
    Ok(keys)
}

fn compare(texts: &BTreeMap<&str, BTreeMap<String, String>>, violations: &mut Vec<Violation>) -> usize {
    let all: BTreeSet<&String> = texts.values().flat_map(BTreeMap::keys).collect();
    for key in &all {
        let mut expected: Option<(&str, BTreeSet<String>)> = None;
        for (language, entries) in texts {
            let mut report = |what: String| {
                violations.push(Violation { file: format!("locales/{language}"), line: 0, what });
            };
            let Some(text) = entries.get(*key) else {
                report(format!("`{key}` is missing"));
                continue;
            };
            if text.trim().is_empty() {
                report(format!("`{key}` is empty"));
            }
            let found = placeholders(text);
            match &expected {
                Some((first, names)) if *names != found => {
                    report(format!("`{key}` has placeholders {found:?}, but in {first} {names:?}"));
                }
                Some(_) => {}
                None => expected = Some((language, found)),
            }
        }
    }
    all.len()
}

/// The names in braces: `{count} values in {format}` has `count` and `format`. `{{` is a literal brace.
fn placeholders(text: &str) -> BTreeSet<String> {
    let text = text.replace("{{", "");
    text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.trim().to_owned())).collect()
}

/// Each prose file exists in every language.
fn check_prose(
    project: &Project,
    language: &str,
    other: &str,
    violations: &mut Vec<Violation>,
) -> Result<()> {
    let ending = format!(".{language}.html");
    for (file, text) in super::files(project, "public/prose", &["html"])? {
        let Some(stem) = file.strip_suffix(&ending) else { continue };
        let twin = format!("{stem}.{other}.html");
        if !project.path(&twin).is_file() {
            violations.push(Violation {
                file: twin,
                line: 0,
                what: format!("is missing, but {file} exists"),
            });
        }
        if text.trim().is_empty() && language == other {
            violations.push(Violation { file, line: 0, what: "is empty".to_owned() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(en: &[(&str, &str)], ko: &[(&str, &str)]) -> Vec<String> {
        let table =
            |rows: &[(&str, &str)]| rows.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut violations = Vec::new();
        compare(&BTreeMap::from([("en", table(en)), ("ko", table(ko))]), &mut violations);
        violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_missing_key_is_caught_on_either_side() {
        assert_eq!(broken(&[("a.b", "x")], &[]), ["locales/ko: `a.b` is missing"]);
        assert_eq!(broken(&[], &[("a.b", "x")]), ["locales/en: `a.b` is missing"]);
    }

    #[test]
    fn a_differing_placeholder_is_caught() {
        assert_eq!(broken(&[("a", "{n} values")], &[("a", "{count}개")]).len(), 1);
        assert_eq!(broken(&[("a", "{n} of {m}")], &[("a", "{n}개")]).len(), 1);
    }

    #[test]
    fn an_empty_text_is_caught() {
        assert_eq!(broken(&[("a", "x")], &[("a", " ")]), ["locales/ko: `a` is empty"]);
    }

    #[test]
    fn equal_tables_pass_and_order_does_not_matter() {
        assert!(broken(&[("a", "{n} of {m}, {{literal}}")], &[("a", "{m} 중 {n}")]).is_empty());
    }
}
