//! The paths a Rust source file names, each made absolute.
//!
//! The file is tokenised (so comments and strings do not count, and code inside macros such as `view!` does),
//! `use` trees are spread out, and `crate`, `self` and `super` are resolved against the module the code stands in.
//! Macros that paste identifiers together are not followed.

use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path as written, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPath {
    /// Absolute: begins with `crate` for our own modules, else with a crate's (or a local item's) name.
    pub segments: Vec<String>,
    pub line: usize,
}

/// Every path of two or more segments, and every `use` (also of one segment), in `source`.
///
/// `module` is where the file stands below the crate's root, for example `["ui", "charts"]`.
/// `own_name` is the crate's library name, which binaries use in place of `crate`.
pub fn named_paths(source: &str, module: &[String], own_name: &str) -> Result<Vec<NamedPath>> {
    let tokens: TokenStream = source.parse().map_err(|error| anyhow!("not Rust: {error}"))?;
    let mut reader = Reader { own_name, found: Vec::new() };
    reader.read(&tokens.into_iter().collect::<Vec<_>>(), module);
    Ok(reader.found)
}

struct Reader<'a> {
    own_name: &'a str,
    found: Vec<NamedPath>,
}

impl Reader<'_> {
    fn read(&mut self, tokens: &[TokenTree], module: &[String]) {
        let mut i = 0;
        while i < tokens.len() {
            match &tokens[i] {
                TokenTree::Group(group) => {
                    self.read(&group.stream().into_iter().collect::<Vec<_>>(), module);
                    i += 1;
                }
                // `impl Trait + use<'a>` imports nothing.
                TokenTree::Ident(word)
                    if word == "use" && !tokens.get(i + 1).is_some_and(|t| is_punct(t, '<')) =>
                {
                    let end =
                        tokens[i..].iter().position(|t| is_punct(t, ';')).map_or(tokens.len(), |n| i + n);
                    self.read_use(&tokens[i + 1..end], &[], module);
                    i = end + 1;
                }
                TokenTree::Ident(word) if word == "extern" && is_ident(tokens.get(i + 1), "crate") => {
                    if let Some(TokenTree::Ident(name)) = tokens.get(i + 2) {
                        self.add(&[name.to_string()], name.span().start().line, module);
                    }
                    i += 3;
                }
                TokenTree::Ident(word) if word == "mod" => {
                    // `mod name { … }`: what is inside stands one module deeper.
                    if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                        (tokens.get(i + 1), tokens.get(i + 2))
                        && body.delimiter() == Delimiter::Brace
                    {
                        let mut inner = module.to_vec();
                        inner.push(name.to_string());
                        self.read(&body.stream().into_iter().collect::<Vec<_>>(), &inner);
                        i += 3;
                    } else {
                        i += 1;
                    }
                }
                TokenTree::Ident(word) => {
                    let line = word.span().start().line;
                    let mut segments = vec![word.to_string()];
                    let mut next = i + 1;
                    while is_path_separator(tokens, next)
                        && let Some(TokenTree::Ident(word)) = tokens.get(next + 2)
                    {
                        segments.push(word.to_string());
                        next += 3;
                    }
                    if segments.len() > 1 {
                        self.add(&segments, line, module);
                    }
                    i = next;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => i += 1,
            }
        }
    }

    /// One `use` tree: `a::b`, `a::{b, c::d}`, `a::b as c`, `a::*`.
    fn read_use(&mut self, tokens: &[TokenTree], before: &[String], module: &[String]) {
        for branch in tokens.split(|token| is_punct(token, ',')) {
            let mut segments = before.to_vec();
            let mut line = 0;
            for token in branch {
                match token {
                    TokenTree::Ident(word) if word == "as" => break,
                    TokenTree::Ident(word) if word == "self" && !segments.is_empty() => {
                        line = word.span().start().line;
                    }
                    TokenTree::Ident(word) => {
                        line = word.span().start().line;
                        segments.push(word.to_string());
                    }
                    TokenTree::Group(group) => {
                        self.read_use(&group.stream().into_iter().collect::<Vec<_>>(), &segments, module);
                        // A tree ends with its group, which has been read.
                        line = 0;
                        break;
                    }
                    TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                }
            }
            if line != 0 {
                self.add(&segments, line, module);
            }
        }
    }

    fn add(&mut self, written: &[String], line: usize, module: &[String]) {
        let mut absolute: Vec<String>;
        let mut rest = written;
        match written.first().map(String::as_str) {
            Some("crate") => {
                absolute = vec!["crate".to_owned()];
                rest = &rest[1..];
            }
            Some(name) if name == self.own_name => {
                absolute = vec!["crate".to_owned()];
                rest = &rest[1..];
            }
            Some("self" | "super") => {
                let mut base = module.to_vec();
                while let Some(first) = rest.first() {
                    match first.as_str() {
                        "self" => {}
                        "super" => {
                            base.pop();
                        }
                        _ => break,
                    }
                    rest = &rest[1..];
                }
                absolute = vec!["crate".to_owned()];
                absolute.extend(base);
            }
            _ => absolute = Vec::new(),
        }
        absolute.extend(rest.iter().cloned());
        self.found.push(NamedPath { segments: absolute, line });
    }
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

fn is_ident(token: Option<&TokenTree>, wanted: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(word)) if word == wanted)
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    matches!((tokens.get(at), tokens.get(at + 1)), (Some(a), Some(b)) if is_punct(a, ':') && is_punct(b, ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(source: &str) -> Vec<String> {
        let module = ["ui".to_owned(), "charts".to_owned()];
        named_paths(source, &module, "playground")
            .unwrap()
            .into_iter()
            .map(|path| path.segments.join("::"))
            .collect()
    }

    #[test]
    fn use_trees_are_spread_out() {
        assert_eq!(paths("use a::{b, c::{self, d as e}, f::*};"), ["a::b", "a::c", "a::c::d", "a::f"]);
    }

    #[test]
    fn relative_paths_become_absolute() {
        assert_eq!(paths("use super::widgets::bits;"), ["crate::ui::widgets::bits"]);
        assert_eq!(
            paths("mod tests { use super::*; use super::super::x; }"),
            ["crate::ui::charts", "crate::ui::x"]
        );
        assert_eq!(paths("fn f() { playground::ui::x() }"), ["crate::ui::x"]);
        assert_eq!(paths("fn f() -> impl Fn() + use<'_> { a::b() }"), ["a::b"]);
    }

    #[test]
    fn code_inside_macros_counts_and_comments_and_strings_do_not() {
        assert_eq!(
            paths("view! { <p on:click=move |_| plotters::draw()>\"a::b\"</p> } // c::d"),
            ["plotters::draw"]
        );
    }

    #[test]
    fn lines_are_kept() {
        assert_eq!(named_paths("\n\nuse a::b;", &[], "x").unwrap()[0].line, 3);
    }
}
