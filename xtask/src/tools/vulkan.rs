//! A Vulkan driver for the native tests of the GPU executor: Mesa's, whose lavapipe needs no GPU.
//!
//! Not having one is no reason to stop: those tests are then left out, which is counted (and fails under `CI`).

use std::path::Path;

use anyhow::Result;

use super::present;
use super::system::apt_install;
use crate::project::Project;

/// Where drivers announce themselves.
const FOLDERS: [&str; 3] = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];

/// Whether some driver is installed.
fn has_driver() -> bool {
    std::env::var_os("VK_ICD_FILENAMES").is_some()
        || std::env::var_os("VK_DRIVER_FILES").is_some()
        || FOLDERS.iter().any(|folder| {
            std::fs::read_dir(Path::new(folder)).is_ok_and(|mut entries| entries.next().is_some())
        })
}

/// Installs Mesa's drivers where there is none and apt-get may be used. Other systems bring the interface that the tests use there.
pub fn ensure(project: &Project) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if has_driver() {
        present("Vulkan driver", "an ICD file");
        return Ok(());
    }
    apt_install(project, &["mesa-vulkan-drivers", "libvulkan1"])
}
