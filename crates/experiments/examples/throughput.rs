//! Measures this machine natively and prints the table: `cargo run -p experiments --profile proof --example throughput [part ...]`.

use std::time::Instant;

use experiments::throughput::{
    Case, Figures, Outcome, Part, Plan, Rounds, Settings, Spread, cases, clock_step_ms, matvec_formats,
    signs, unsteady_share,
};

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).map(|word| word.to_lowercase()).collect();
    let parts = Part::ALL
        .into_iter()
        .filter(|part| wanted.is_empty() || wanted.contains(&format!("{part:?}").to_lowercase()))
        .collect();
    let formats = matvec_formats().map(str::to_owned).collect();
    let plan = Plan { parts, formats, matvec_side: 4096, seed: 1 };
    let started = Instant::now();
    let mut now_ms = || started.elapsed().as_secs_f64() * 1e3;
    let clock_step_ms = clock_step_ms(&mut now_ms);
    println!("clock step {clock_step_ms:.6} ms");
    println!(
        "{:<26} {:>10} {:>10} {:>8} {:>9} {:>12} {:>9} {:>9} {:>8}",
        "", "best G/s", "median", "IQR", "GB/s", "stored bytes", "SQNR dB", "result", "calls"
    );
    let mut rounds = Rounds::new(cases(&plan), Settings { runs: 9, run_ms: 20.0, clock_step_ms });
    let mut rates = Vec::new();
    loop {
        match rounds.advance(&mut now_ms) {
            Outcome::More => {}
            Outcome::Measured(case, figures) => {
                print(&case, &figures);
                rates.push((case.id, figures.rate()));
            }
            Outcome::NotMeasured(case, failure) => println!("{:<26} {failure}", case.id),
            Outcome::Done => break,
        }
    }
    let rates: Vec<(&str, Spread)> = rates.iter().map(|(id, rate)| (id.as_str(), *rate)).collect();
    println!(
        "{:.1} s; stolen {:.3}, unsteady {:.3}; busy: {:?}",
        now_ms() * 1e-3,
        rounds.stolen_share(),
        unsteady_share(rates.iter().map(|(_, rate)| rate)),
        signs(rounds.stolen_share(), &rates)
    );
}

fn print(case: &Case, figures: &Figures) {
    let (rate, cost) = (figures.rate(), figures.cost);
    println!(
        "{:<26} {:>10.3} {:>10.3} {:>7.1}% {:>9.2} {:>12} {:>9.2} {:>9.1e} {:>8}",
        case.id,
        rate.best / 1e9,
        rate.median / 1e9,
        100.0 * (rate.upper - rate.lower) / rate.median,
        figures.calls_per_second.median * cost.bytes_per_call / 1e9,
        cost.stored_bytes,
        cost.error.map_or(f64::NAN, |error| error.sqnr_db),
        figures.result_error.unwrap_or(f64::NAN),
        rate.calls
    );
}
