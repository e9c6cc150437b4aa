//! Every case of every part from its setting up to its figures, by a clock that only looks move.

use std::collections::BTreeSet;

use experiments::throughput::{
    Advance, Arithmetic, Case, Failure, Figures, Outcome, Part, Plan, Rounds, Runner, Settings, Unit,
    VECTORS, Work, cases, matvec_formats,
};

fn plan(parts: &[Part]) -> Plan {
    Plan {
        parts: parts.to_vec(),
        formats: matvec_formats().chain(["e8m0"]).map(str::to_owned).collect(),
        matvec_side: 256,
        seed: 11,
    }
}

const SETTINGS: Settings = Settings { runs: 3, run_ms: 50.0, clock_step_ms: 0.0 };

/// Each look at the clock takes 50 ms, so that runs are a few calls.
fn measure(case: &Case) -> Result<Figures, Failure> {
    let mut time = 0.0;
    let mut now_ms = || {
        time += 50.0;
        time
    };
    let mut runner = Runner::new(case, SETTINGS);
    loop {
        if let Advance::Measured(figures) = runner.advance(&mut now_ms)? {
            return Ok(figures);
        }
    }
}

fn measure_part(part: Part) -> Vec<(Case, Figures)> {
    let mut ids = BTreeSet::new();
    let mut measured = Vec::new();
    for case in cases(&plan(&[part])) {
        assert!(ids.insert(case.id.clone()), "{} twice", case.id);
        assert_eq!(case.part, part);
        match measure(&case) {
            Ok(figures) => {
                assert_eq!(figures.calls_per_second.runs, 3);
                assert!(figures.cost.work_per_call > 0.0, "{}", case.id);
                measured.push((case, figures));
            }
            Err(failure) => {
                assert_eq!(failure, Failure::NoRelaxedSimd, "{}", case.id);
                assert!(case.unit == Unit::RelaxedSimd && VECTORS == Unit::Simd128, "{}", case.id);
            }
        }
    }
    measured
}

#[test]
fn peaks_compute_what_they_say() {
    let measured = measure_part(Part::Peaks);
    assert_eq!(measured.len(), if VECTORS == Unit::RelaxedSimd { 12 } else { 10 });
    assert!(measured.iter().all(|(_, figures)| figures.cost.bytes_per_call == 0.0));
}

#[test]
fn memory_holds_what_was_written() {
    let measured = measure_part(Part::Memory);
    let bytes: Vec<f64> =
        measured.iter().map(|(_, figures)| figures.cost.bytes_per_call / f64::from(1 << 20)).collect();
    assert_eq!(bytes, [64.0, 64.0, 128.0, 64.0]);
    assert!(measured.iter().all(|(case, _)| case.work == Work::Byte && case.format.is_empty()));
}

#[test]
fn products_are_those_of_binary64() {
    for (case, figures) in measure_part(Part::MatMul) {
        let error = figures.result_error.unwrap();
        let exact = case.work == Work::Op;
        assert!(if exact { error == 0.0 } else { error > 0.0 }, "{} {error:e}", case.id);
        assert_eq!(figures.cost.work_per_call, 2.0 * (case.size as f64).powi(3));
    }
}

#[test]
fn matrix_vector_products_cover_every_format() {
    let measured = measure_part(Part::MatVec);
    for format in matvec_formats() {
        let own: Vec<_> = measured.iter().filter(|(case, _)| case.format == format).collect();
        let integer = matches!(format, "int8" | "int16" | "int32");
        assert_eq!(own.len(), if integer { 2 } else { 1 }, "{format}");
        assert!(own.iter().all(|(_, figures)| figures.cost.error.is_some() && figures.cost.stored_bytes > 0));
    }
    let native = measured.iter().filter(|(case, _)| case.arithmetic == Arithmetic::Native).count();
    assert_eq!(native, 5);
}

#[test]
fn conversions_go_both_ways_in_every_format() {
    let measured = measure_part(Part::Conversions);
    assert_eq!(measured.len(), 2 * (matvec_formats().count() + 1));
}

#[test]
fn emulated_dots_are_rounded_after_every_operation() {
    let measured = measure_part(Part::Emulated);
    assert_eq!(measured.len(), 4);
    assert!(measured.iter().all(|(case, _)| case.arithmetic == Arithmetic::Emulated));
}

#[test]
fn parts_come_in_order_and_sides_are_brought_into_range() {
    let mut plan = plan(&[Part::Emulated, Part::Peaks]);
    let parts: Vec<Part> = cases(&plan).iter().map(|case| case.part).collect();
    assert!(parts.is_sorted_by_key(|part| *part == Part::Peaks));
    plan.parts = vec![Part::MatVec];
    plan.formats = vec!["fp32".to_owned(), "nothing".to_owned()];
    for (asked, side) in [(0, 256), (300, 256), (5000, 4864), (usize::MAX, 16384)] {
        plan.matvec_side = asked;
        let sides: Vec<usize> = cases(&plan).iter().map(|case| case.size).collect();
        assert_eq!(sides, [side]);
    }
}

/// A case's id and what came of it.
type Found = (String, Result<Figures, Failure>);

/// Every outcome of a plan, and the turns after each advance.
fn rounds(plan: &Plan) -> (Vec<Found>, Vec<(u64, u64)>) {
    let mut time = 0.0;
    let mut now_ms = || {
        time += 50.0;
        time
    };
    let mut rounds = Rounds::new(cases(plan), SETTINGS);
    let (mut found, mut progress) = (Vec::new(), Vec::new());
    loop {
        match rounds.advance(&mut now_ms) {
            Outcome::More => {}
            Outcome::Measured(case, figures) => found.push((case.id, Ok(figures))),
            Outcome::NotMeasured(case, failure) => found.push((case.id, Err(failure))),
            Outcome::Done => return (found, progress),
        }
        progress.push(rounds.progress());
    }
}

#[test]
fn in_rounds_every_case_comes_to_its_end_once() {
    let plan = Plan { formats: vec!["fp32".to_owned(), "e4m3".to_owned()], ..plan(&Part::ALL) };
    let (found, progress) = rounds(&plan);
    let ids: BTreeSet<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!((ids.len(), found.len()), (cases(&plan).len(), cases(&plan).len()));
    for (id, outcome) in &found {
        match outcome {
            Ok(figures) => {
                let rate = figures.rate();
                assert!(rate.best >= rate.median && rate.upper >= rate.lower && rate.lower > 0.0, "{id}");
                assert_eq!(rate.runs, 3, "{id}");
            }
            Err(failure) => assert_eq!(*failure, Failure::NoRelaxedSimd, "{id}"),
        }
    }
    let (had, all) = progress[progress.len() - 1];
    assert_eq!((had, all), (4 * found.len() as u64, 4 * found.len() as u64));
    assert!(progress.windows(2).all(|pair| pair[0].0 <= pair[1].0));
}

#[test]
fn an_empty_plan_is_done_at_once() {
    assert_eq!(rounds(&plan(&[])).0.len(), 0);
}
