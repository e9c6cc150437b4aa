//! What the data sets of scikit-learn share: the package and its licence.

use std::path::Path;

use anyhow::{Context, Result};

use crate::data::Notice;
use crate::data::package::{Client, Package, read_text};

pub static PACKAGE: Package = Package {
    client: Client::Pip { platform: "manylinux2014_x86_64", python: "3.12" },
    name: "scikit-learn",
    version: "1.7.2",
    file: "scikit_learn-1.7.2-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    sha256: "e5bf3d930aee75a65478df91ac1225ff89cd28e9ac7bd1196853a9229b6adb0b",
};

pub const NOTICE: Notice = Notice { file: "licences/scikit-learn.txt", text: notice };

/// The package's own licence. What follows it in the wheel is about libraries that the wheel bundles and we do not.
fn notice(folder: &Path) -> Result<String> {
    let file = "scikit_learn-1.7.2.dist-info/licenses/COPYING";
    let text = read_text(folder, file)?;
    let (own, _) = text.split_once("\n----\n").with_context(|| format!("{file} has another form"))?;
    Ok(format!("{}\n", own.trim_end()))
}
