//! OpenClipart: drawings of six classes, in the public domain.
//!
//! The package's folders are noisy (padlocks among animals, many copies and versions without colour), so the drawings were chosen
//! by eye from sheets of all of them: what shows one thing of its class, no two alike.

use std::path::Path;

use anyhow::Result;

use crate::data::images::read_png;
use crate::data::package::{Client, Package, read_text};
use crate::data::{DataSet, Notice, chosen};

static PACKAGE: Package = Package {
    client: Client::Debian,
    name: "openclipart-png",
    version: "1:0.18+dfsg-19",
    file: "openclipart-png_1%3a0.18+dfsg-19_all.deb",
    sha256: "f07f1545a2970c2cf3fa339bc2405da1a95cf2b1827bfa05bf73eb1c20291c02",
};

pub const DATA_SET: DataSet = DataSet {
    name: "clip-art",
    title: "Clip-art, 96×96",
    credit: "By the contributors of the Open Clip Art Library, who dedicated their drawings to the public domain.",
    package: &PACKAGE,
    licence: "LicenseRef-public-domain",
    notice: Notice { file: "licences/clip-art.txt", text: notice },
    done: "297 drawings of six classes, chosen by eye (the list is `xtask/src/data/sets/clip_art.txt`): laid over white, cut to \
           what is drawn, put in the middle of a square, averaged down to 96 pixels. The first 25 of each class are for \
           training, the others, 15 to 33 of a class, for testing. The classes take turns as long as they last.",
    build,
};

const SIDE: usize = 96;
const TRAIN_PER_CLASS: usize = 25;

fn notice(folder: &Path) -> Result<String> {
    read_text(folder, "usr/share/doc/openclipart-png/copyright")
}

fn build(folder: &Path) -> Result<Vec<u8>> {
    let pngs = folder.join("usr/share/openclipart/png");
    chosen::build(DATA_SET.name, SIDE, include_str!("clip_art.txt"), TRAIN_PER_CLASS, |file| {
        read_png(&pngs, file)?.framed()?.shrunk(SIDE)
    })
}
