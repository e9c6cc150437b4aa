//! The file of digests, and the check of one row.

use std::time::Instant;

use numerics::conformance::{Adjacent, Check, Inputs, What};
use numerics::{Format, Rounding, by_id};
use serde_json::Value as Json;

use crate::mutants::{self, Mutant};
use crate::outcome::{Group, Outcome};

const DIGESTS: &str = include_str!("../../../docs/conformance/digests.json");
const SLICE: usize = 1 << 16;

/// A row of the file.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub format: &'static Format,
    pub columns: Vec<String>,
    pub what: What,
    pub count: u64,
    pub sha256: String,
    pub oracles: Vec<String>,
}

/// Reads the embedded file.
pub(crate) fn load() -> Result<Vec<Row>, String> {
    let parsed: Json = serde_json::from_str(DIGESTS).map_err(|error| format!("digests.json: {error}"))?;
    let listed = parsed.as_array().ok_or("digests.json is not a list")?;
    listed.iter().map(|row| read(row).ok_or_else(|| format!("digests.json: cannot read {row}"))).collect()
}

fn read(row: &Json) -> Option<Row> {
    let text = |key: &str| row.get(key)?.as_str();
    let (what, mode, overflow) = (text("what")?, text("mode"), text("overflow"));
    let names = |key: &str, field: Option<&str>| -> Vec<String> {
        let listed = row.get(key).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        let name =
            |entry: &Json| field.map_or(Some(entry), |field| entry.get(field))?.as_str().map(str::to_owned);
        listed.iter().filter_map(name).collect()
    };
    let mut oracles = names("oracles", None);
    oracles.extend(names("partial", Some("name")).into_iter().map(|name| format!("{name} (part)")));
    Some(Row {
        format: by_id(text("format")?)?,
        columns: [Some(what), mode, overflow].into_iter().flatten().map(str::to_owned).collect(),
        what: What::from_columns(what, mode, overflow)?,
        count: row.get("count")?.as_u64()?,
        sha256: text("sha256")?.to_owned(),
        oracles,
    })
}

/// Recomputes a row and compares.
pub(crate) fn check(row: &Row, mutant: Option<Mutant>) -> Outcome {
    let start = Instant::now();
    let mut check = Check::new(row.format, row.what);
    while !check.step_with(SLICE, |format, x, rounding| mutants::encode(mutant, format, x, rounding)) {}
    let answer = check.finish();
    let mut details = Vec::new();
    if answer.count != row.count {
        details.push(format!("{} answers where the oracles have {}", answer.count, row.count));
    }
    if answer.sha256_hex() != row.sha256 {
        let columns = format!("{} {}", row.format.id, row.columns.join(" "));
        details.push(format!(
            "to see the first differing inputs: conformance --dump {columns} > mine.txt; \
             python tools/oracles/conformance_show.py {columns} --against mine.txt"
        ));
    }
    Outcome {
        group: Group::Digest,
        format: row.format.id.to_owned(),
        what: row.columns.join(" "),
        count: answer.count,
        mismatches: u64::from(!details.is_empty()),
        set_aside: 0,
        oracles: row.oracles.clone(),
        seconds: start.elapsed().as_secs_f64(),
        details,
    }
}

/// Prints the crate's answers of a row, one a line.
pub(crate) fn dump(arguments: &[String]) -> Result<(), String> {
    use std::io::Write as _;
    let [id, what, rest @ ..] = arguments else {
        return Err("--dump wants a format and a column".to_owned());
    };
    let format = by_id(id).ok_or("unknown format")?;
    let column = |i: usize| rest.get(i).map(String::as_str);
    let what = What::from_columns(what, column(0), column(1)).ok_or("unknown what, mode or overflow")?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut line = |answer: u64| writeln!(out, "{answer:x}").map_err(|error| error.to_string());
    match what {
        What::Decode if format.bits <= numerics::conformance::EXHAUSTIVE_BITS => {
            for code in 0..1u64 << format.bits {
                let x = format.decode(code).to_f64();
                line(if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() })?;
            }
        }
        What::Decode => return Err("the decode row of a sampled format has no dump".to_owned()),
        What::Inputs(adjacent) => {
            for x in Inputs::new(format, adjacent) {
                line(if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() })?;
            }
        }
        What::Encode(adjacent, mode, overflow) => {
            let rounding = Rounding { mode, overflow, flush_subnormals: false };
            for x in Inputs::new(format, adjacent) {
                line(format.encode_f64(x, &rounding).code)?;
            }
        }
    }
    Ok(())
}

/// The rows a quick run does: everything of 8 bits or fewer; of 16 bits decoding and nearest-even.
pub(crate) fn is_quick(row: &Row) -> bool {
    let nearest = matches!(
        row.what,
        What::Encode(Adjacent::F64, numerics::RoundingMode::NearestEven, numerics::Overflow::Native)
    );
    row.format.bits <= 8 || (row.format.bits == 16 && (nearest || row.what == What::Decode))
}
