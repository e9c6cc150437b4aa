//! Measures this machine natively and prints the table: `cargo run -p experiments --profile proof --example throughput [part ...]`.

use std::time::Instant;

use experiments::throughput::{Advance, Part, Plan, Runner, Settings, cases, clock_step_ms, matvec_formats};

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).map(|word| word.to_lowercase()).collect();
    let parts = Part::ALL
        .into_iter()
        .filter(|part| wanted.is_empty() || wanted.contains(&format!("{part:?}").to_lowercase()))
        .collect();
    let formats = matvec_formats().map(str::to_owned).collect();
    let plan = Plan { parts, formats, matvec_side: 4096, seed: 1 };
    let settings = Settings { runs: 7, run_ms: 50.0 };
    let started = Instant::now();
    let mut now_ms = || started.elapsed().as_secs_f64() * 1e3;
    println!("clock step {:.6} ms", clock_step_ms(&mut now_ms));
    println!(
        "{:<26} {:>10} {:>10} {:>10} {:>9} {:>12} {:>9} {:>9} {:>8}",
        "", "median G/s", "lower", "upper", "GB/s", "stored bytes", "SQNR dB", "result", "calls"
    );
    for case in cases(&plan) {
        let mut runner = Runner::new(&case, settings);
        let figures = loop {
            match runner.advance(&mut now_ms) {
                Ok(Advance::More) => {}
                Ok(Advance::Measured(figures)) => break Some(figures),
                Err(failure) => {
                    println!("{:<26} {failure}", case.id);
                    break None;
                }
            }
        };
        let Some(figures) = figures else { continue };
        let (rate, cost) = (figures.calls_per_second, figures.cost);
        let giga = |calls: f64| calls * cost.work_per_call / 1e9;
        println!(
            "{:<26} {:>10.3} {:>10.3} {:>10.3} {:>9.2} {:>12} {:>9.2} {:>9.1e} {:>8}",
            case.id,
            giga(rate.median),
            giga(rate.lower),
            giga(rate.upper),
            rate.median * cost.bytes_per_call / 1e9,
            cost.stored_bytes,
            cost.error.map_or(f64::NAN, |error| error.sqnr_db),
            figures.result_error.unwrap_or(f64::NAN),
            rate.calls
        );
    }
}
