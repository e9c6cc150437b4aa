//! Noto's emoji: small pictures of five classes.

use std::path::Path;

use anyhow::{Context, Result};

use crate::data::images::read_png;
use crate::data::package::{Client, Package};
use crate::data::{APACHE, DataSet, Notice, chosen};

static PACKAGE: Package = Package {
    client: Client::Npm,
    name: "emoji-datasource-google",
    version: "16.0.0",
    file: "emoji-datasource-google-16.0.0.tgz",
    sha256: "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438",
};

pub const DATA_SET: DataSet = DataSet {
    name: "emoji",
    title: "Emoji, 64×64",
    credit: "Noto Emoji, by Google.",
    package: &PACKAGE,
    licence: "Apache-2.0",
    notice: Notice { file: "licences/emoji.txt", text: notice },
    done: "268 pictures of five of the package's categories, chosen by eye so that no two are almost alike (the list is \
           `xtask/src/data/sets/emoji.txt`): laid over white, at the package's size of 64 pixels. The first 25 of each class are \
           for training, the others, 19 to 35 of a class, for testing. The classes take turns as long as they last.",
    build,
};

const SIDE: usize = 64;
const TRAIN_PER_CLASS: usize = 25;

const NOTICE: &str = "\
emoji.bin: licence and credit

The pictures are Noto Emoji by Google, as distributed in the npm package emoji-datasource-google 16.0.0, which says of them
that they are available under the Apache License, Version 2.0. Changes: a choice of 268 pictures, laid over white and
stored in another format. The text of the licence follows.

----

";

#[expect(clippy::unnecessary_wraps, reason = "other packages have a text to read")]
fn notice(_: &Path) -> Result<String> {
    Ok(format!("{NOTICE}{APACHE}"))
}

fn build(folder: &Path) -> Result<Vec<u8>> {
    let pngs = folder.join("package/img/google/64");
    chosen::build(DATA_SET.name, SIDE, include_str!("emoji.txt"), TRAIN_PER_CLASS, |line| {
        // The picture's name is there for people.
        let (file, _) = line.split_once(' ').with_context(|| format!("`{line}` has no name"))?;
        read_png(&pngs, file)?.shrunk(SIDE)
    })
}
