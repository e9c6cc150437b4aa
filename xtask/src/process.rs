//! Child processes: one way to start them, so that each sees the same tools and no stray flags.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::project::{Project, cargo_home};

/// `PATH` for children: this checkout's tools and cargo's binaries before everything else.
pub fn search_path(project: &Project) -> Result<OsString> {
    let mut folders: Vec<PathBuf> = vec![project.tools_dir().join("bin"), cargo_home()?.join("bin")];
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    std::env::join_paths(folders).context("PATH holds a folder name that cannot be joined")
}

/// Where a tool is found by children, if anywhere.
pub fn find(project: &Project, tool: &str) -> Option<PathBuf> {
    let path = search_path(project).ok()?;
    which::which_in(tool, Some(path), project.root()).ok()
}

/// A command in the project's root with the children's `PATH`.
///
/// `RUSTFLAGS` is removed because it would replace the target flags in `.cargo/config.toml` (simd128), and
/// `NO_COLOR` because Trunk 0.21 reads it as a boolean and refuses the usual `NO_COLOR=1`. Under `CI=true` cargo keeps
/// nothing for a next build, which there will not be: half of the build folder.
pub fn command(project: &Project, program: &str) -> Result<Command> {
    let executable = find(project, program).with_context(|| format!("`{program}` is not on PATH"))?;
    let mut command = Command::new(executable);
    command
        .current_dir(project.root())
        .env("PATH", search_path(project)?)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("NO_COLOR");
    if in_ci() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    Ok(command)
}

/// Whether this run is a continuous integration's, by the usual `CI=true`.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|ci| ci == "true")
}

/// The command as a person would type it.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or(command.get_program());
    let mut words = vec![program.to_string_lossy().into_owned()];
    words.extend(command.get_args().map(OsStr::to_string_lossy).map(|word| {
        if word.is_empty() || word.contains([' ', '"', '\'', '*']) {
            format!("{word:?}")
        } else {
            word.into_owned()
        }
    }));
    words.join(" ")
}

/// Runs with inherited output; an exit status other than zero is an error that names the command.
pub fn run(command: &mut Command) -> Result<()> {
    let text = shown(command);
    println!("$ {text}");
    let start = Instant::now();
    let status = command.status().with_context(|| format!("starting `{text}`"))?;
    say_seconds(start, &text);
    if !status.success() {
        bail!("`{text}` failed ({status})");
    }
    Ok(())
}

/// How long a command took, when that was long enough to be of interest. Several may run side by side, so it is named.
fn say_seconds(start: Instant, text: &str) {
    let seconds = start.elapsed().as_secs_f64();
    if seconds >= 2.0 {
        println!("({seconds:.0} s: {text})");
    }
}

/// Standard output of a short command, or an error with what it wrote to standard error.
pub fn output(command: &mut Command) -> Result<String> {
    let text = shown(command);
    let output = command.output().with_context(|| format!("starting `{text}`"))?;
    if !output.status.success() {
        bail!("`{text}` failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Where a test runner reports.
#[derive(Clone, Copy)]
pub enum Stream {
    Output,
    Error,
}

/// Runs with one stream passed on line by line, and returns the lines `keep` chooses (colour codes removed).
///
/// When the command fails they are part of the error: a failed runner's closing line says how much failed.
pub fn run_keeping(command: &mut Command, stream: Stream, keep: fn(&str) -> bool) -> Result<Vec<String>> {
    let mut kept = Vec::new();
    match pass_on(command, stream, keep, &mut kept) {
        Ok(()) => Ok(kept),
        Err(error) if kept.is_empty() => Err(error),
        Err(error) => Err(error.context(kept.join(", "))),
    }
}

fn pass_on(
    command: &mut Command,
    stream: Stream,
    keep: fn(&str) -> bool,
    kept: &mut Vec<String>,
) -> Result<()> {
    let text = shown(command);
    println!("$ {text}");
    let start = Instant::now();
    let piped = match stream {
        Stream::Output => command.stdout(Stdio::piped()),
        Stream::Error => command.stderr(Stdio::piped()),
    };
    let mut child = piped.spawn().with_context(|| format!("starting `{text}`"))?;
    let lines: Option<Box<dyn Read>> = match stream {
        Stream::Output => child.stdout.take().map(|stdout| Box::new(stdout) as Box<dyn Read>),
        Stream::Error => child.stderr.take().map(|stderr| Box::new(stderr) as Box<dyn Read>),
    };
    if let Some(lines) = lines {
        let mut out = std::io::stdout();
        for line in BufReader::new(lines).split(b'\n') {
            let line = line.with_context(|| format!("reading the output of `{text}`"))?;
            out.write_all(&line)?;
            out.write_all(b"\n")?;
            let plain = without_colour(&String::from_utf8_lossy(&line));
            if keep(&plain) {
                kept.push(plain.trim().to_owned());
            }
        }
    }
    let status = child.wait().with_context(|| format!("waiting for `{text}`"))?;
    say_seconds(start, &text);
    if !status.success() {
        bail!("`{text}` failed ({status})");
    }
    Ok(())
}

/// Whether colour is welcome on our standard output.
pub fn colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Removes `ESC [ … letter` sequences.
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            for c in chars.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_codes_are_removed() {
        assert_eq!(
            without_colour("test result: \u{1b}[32mok\u{1b}[0m. 3 passed"),
            "test result: ok. 3 passed"
        );
    }

    #[cfg(unix)]
    #[test]
    fn chosen_lines_are_kept_from_either_stream_also_when_the_command_fails() {
        for (stream, redirect) in [(Stream::Output, ""), (Stream::Error, ">&2")] {
            let mut command = Command::new("sh");
            command.args(["-c", &format!("(echo one; echo two) {redirect}; exit 3")]);
            let failed = run_keeping(&mut command, stream, |line| line == "two").unwrap_err();
            let failed = format!("{failed:#}");
            assert!(failed.starts_with("two: ") && failed.contains("exit status: 3"), "{failed}");
            let mut command = Command::new("sh");
            command.args(["-c", &format!("(echo one; echo two) {redirect}")]);
            assert_eq!(run_keeping(&mut command, stream, |line| line == "two").unwrap(), ["two"]);
        }
    }

    #[test]
    fn a_command_is_shown_as_typed() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["test", "--features", "a b"]);
        assert_eq!(shown(&command), "cargo test --features \"a b\"");
    }
}
