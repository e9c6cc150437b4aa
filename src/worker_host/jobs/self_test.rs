//! The conformance digests, computed again by this build in this browser.

use js_sys::{Array, JSON, Reflect};
use numerics::by_id;
use numerics::conformance::{Check, What};
use protocol::{Event, Failure, JobId, Outcome, SelfTestRow};
use wasm_bindgen::prelude::*;

use super::{Cancel, Stop, breathe, post};
use crate::worker_host::clock::now_ms;
use crate::worker_host::fetch::fetch;

/// The oracles' digests, a copy of the file in `docs/conformance`.
const DIGESTS: &str = "digests.json";
/// Answers computed between looks at the clock.
const STEP: usize = 4096;
/// Work between pauses.
const PAUSE_EVERY_MS: f64 = 40.0;
/// A quick run takes formats up to this width, and the 16-bit ones in nearest-even.
const QUICK_BITS: u8 = 8;

struct Row {
    format: String,
    what: String,
    mode: Option<String>,
    overflow: Option<String>,
    count: u64,
    sha256: String,
    oracles: Vec<String>,
}

/// Runs every row, or the quick ones, and posts each as it ends.
pub(super) async fn run(job: JobId, quick: bool, cancel: &Cancel) -> Result<(), Stop> {
    let unreadable = |reason: String| Failure::new("digests_unreadable").with("reason", reason);
    let digests = fetch(DIGESTS).await.map_err(unreadable)?;
    let rows = read(&String::from_utf8_lossy(&digests)).ok_or_else(|| unreadable("JSON".to_owned()))?;
    let rows: Vec<Row> = rows.into_iter().filter(|row| !quick || is_quick(row)).collect();
    let total = rows.len() as u64;
    let mut mismatches = 0;
    let mut last_pause = now_ms();
    for (index, row) in rows.into_iter().enumerate() {
        let format = by_id(&row.format)
            .ok_or_else(|| Failure::new("digests_unreadable").with("reason", &row.format))?;
        let what = What::from_columns(&row.what, row.mode.as_deref(), row.overflow.as_deref())
            .ok_or_else(|| Failure::new("digests_unreadable").with("reason", &row.what))?;
        let mut check = Check::new(format, what);
        while !check.step(STEP) {
            if now_ms() - last_pause > PAUSE_EVERY_MS {
                breathe(cancel).await?;
                last_pause = now_ms();
            }
        }
        let answer = check.finish();
        let equal = answer.count == row.count && answer.sha256_hex() == row.sha256;
        mismatches += u32::from(!equal);
        post::event(
            job,
            Event::SelfTestRow(SelfTestRow {
                format: format.name.to_owned(),
                what: row.what,
                mode: row.mode.unwrap_or_default(),
                overflow: row.overflow.unwrap_or_default(),
                count: row.count,
                equal,
                oracles: row.oracles,
            }),
        );
        post::event(job, Event::Progress { done: index as u64 + 1, total });
        breathe(cancel).await?;
        last_pause = now_ms();
    }
    post::event(job, Event::Done(Outcome::SelfTest { rows: total as u32, mismatches }));
    Ok(())
}

/// The rows of the table. The browser reads JSON; a parser of our own would be downloaded for this alone.
fn read(json: &str) -> Option<Vec<Row>> {
    let list: Array = JSON::parse(json).ok()?.dyn_into().ok()?;
    list.iter().map(|row| row_of(&row)).collect()
}

fn row_of(row: &JsValue) -> Option<Row> {
    let field = |name: &str| Reflect::get(row, &name.into()).ok();
    let text = |name: &str| field(name)?.as_string();
    let oracles: Array = field("oracles")?.dyn_into().ok()?;
    Some(Row {
        format: text("format")?,
        what: text("what")?,
        mode: text("mode"),
        overflow: text("overflow"),
        count: field("count")?.as_f64()? as u64,
        sha256: text("sha256")?,
        oracles: oracles.iter().filter_map(|oracle| oracle.as_string()).collect(),
    })
}

fn is_quick(row: &Row) -> bool {
    by_id(&row.format).is_some_and(|format| {
        let common = row.overflow.as_deref() != Some("wrap")
            && row.mode.as_deref().is_none_or(|mode| mode == "nearest-even");
        format.bits <= QUICK_BITS || (format.bits <= 16 && common)
    })
}
