//! What precision costs: every preset trains the same networks on the same data from the same seeds.
//!
//! `cargo run -p experiments --profile proof --example precision` writes `docs/precision/README.md` and `results.json`; it takes about
//! four minutes. Accuracies, losses and counts are the same on every machine; speeds are this machine's.

mod report;
mod study;

use std::error::Error;
use std::path::Path;

use study::{Method, Task};

fn main() -> Result<(), Box<dyn Error>> {
    let only = std::env::args().nth(1);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut results = Vec::new();
    for task in Task::ALL {
        let data = task.data(&root)?;
        let methods: Vec<Method> = study::methods()
            .into_iter()
            .filter(|method| only.as_ref().is_none_or(|id| *id == method.name || method.name == "fp32"))
            .collect();
        let rows = study::run(&task, &data, &methods)?;
        results.push((task, rows));
    }
    let folder = root.join("docs/precision");
    if only.is_none() {
        std::fs::write(folder.join("README.md"), report::page(&results))?;
        std::fs::write(folder.join("results.json"), report::json(&results) + "\n")?;
    }
    println!("{}", report::page(&results));
    Ok(())
}
