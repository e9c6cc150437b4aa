//! A sample of the conformance digests that every test run can afford: all rows of the formats of 8 bits
//! or fewer, and of the 16-bit formats the codes and nearest-even. The whole is `cargo run -p conformance`.

use numerics::conformance::{Adjacent, Check, What, digest};
use numerics::{Overflow, RoundingMode, by_id};
use serde_json::Value;

const DIGESTS: &str = include_str!("../../../docs/conformance/digests.json");

fn rows() -> Vec<Value> {
    let parsed: Value = serde_json::from_str(DIGESTS).expect("the file of digests is JSON");
    parsed.as_array().expect("the file of digests is a list").clone()
}

fn what(row: &Value) -> What {
    What::from_columns(
        row["what"].as_str().expect("a column"),
        row["mode"].as_str(),
        row["overflow"].as_str(),
    )
    .unwrap_or_else(|| panic!("unknown columns in {row}"))
}

#[test]
fn sample_of_digests() {
    let (mut checked, mut answers) = (0, 0);
    for row in rows() {
        let format = by_id(row["format"].as_str().expect("a format")).expect("a known format");
        let what = what(&row);
        let nearest = What::Encode(Adjacent::F64, RoundingMode::NearestEven, Overflow::Native);
        let in_sample = format.bits <= 8 || (format.bits == 16 && (what == nearest || what == What::Decode));
        if !in_sample {
            continue;
        }
        let answer = digest(format, what);
        assert_eq!(row["count"].as_u64(), Some(answer.count), "{row}");
        assert_eq!(row["sha256"].as_str(), Some(answer.sha256_hex().as_str()), "{row}");
        checked += 1;
        answers += answer.count;
    }
    println!("{checked} digests, {answers} answers");
    assert!(checked > 280, "only {checked} rows were checked");
}

/// Every format has its rows, so that a format added to the table cannot go unproved.
#[test]
fn every_format_has_rows() {
    let rows = rows();
    for format in numerics::FORMATS {
        for column in ["decode", "inputs", "encode"] {
            let found = rows.iter().any(|row| row["format"] == format.id && row["what"] == column);
            assert!(found, "{} has no {column} row", format.id);
        }
    }
}

/// The size of the slices is nothing to the digest.
#[test]
fn slices_give_the_same_digest() {
    let format = by_id("e4m3").expect("a known format");
    let what = What::Encode(Adjacent::F64, RoundingMode::ToOdd, Overflow::Saturate);
    for budget in [1, 7, 1000] {
        let mut check = Check::new(format, what);
        while !check.step(budget) {}
        assert_eq!(check.finish(), digest(format, what));
    }
}
