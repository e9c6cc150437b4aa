//! Data sets, fetched beside the worker when a lab first needs them, checked, and kept for the next.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use datasets::Dataset;
use protocol::Failure;

use crate::worker_host::fetch::fetch;

/// Names that may be asked for: files of `public/data`.
const NAMES: [&str; 6] = ["digits", "mnist", "fashion-mnist", "breast-cancer", "clip-art", "emoji"];

thread_local! {
    static LOADED: RefCell<HashMap<&'static str, Rc<Dataset>>> = RefCell::new(HashMap::new());
}

/// A data set by name.
pub(in crate::worker_host) async fn load(name: &str) -> Result<Rc<Dataset>, Failure> {
    let name = NAMES
        .into_iter()
        .find(|known| *known == name)
        .ok_or_else(|| Failure::new("data_unknown").with("name", name))?;
    if let Some(data) = LOADED.with_borrow(|loaded| loaded.get(name).cloned()) {
        return Ok(data);
    }
    let bytes = fetch(&format!("data/{name}.bin"))
        .await
        .map_err(|reason| Failure::new("data_unreachable").with("name", name).with("reason", reason))?;
    let data = Dataset::read(&bytes)
        .map_err(|error| Failure::new("data_damaged").with("name", name).with("reason", error))?;
    let data = Rc::new(data);
    LOADED.with_borrow_mut(|loaded| loaded.insert(name, data.clone()));
    Ok(data)
}
