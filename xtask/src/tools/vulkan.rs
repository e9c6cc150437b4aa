//! A Vulkan driver for the native tests of the GPU executor: Mesa's, whose lavapipe needs no GPU.
//!
//! Not having one is no reason to stop: those tests then say so (and fail under `CI`).

use std::path::Path;

use super::browser::apt_install;
use super::present;
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

/// Installs Mesa's drivers where there is none and apt-get may be used; otherwise says what is missing.
pub fn ensure(project: &Project) {
    if !cfg!(target_os = "linux") {
        println!("Vulkan driver: not looked for on this system; the GPU executor's native tests need one");
        return;
    }
    if has_driver() {
        present("Vulkan driver", "an ICD file");
        return;
    }
    if let Err(error) = apt_install(project, &["mesa-vulkan-drivers"]) {
        println!("Vulkan driver: none, so the GPU executor is not tested natively ({error})");
    }
}
