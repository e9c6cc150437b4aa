//! Steps a second of every workload, natively: `cargo run --profile proof -p engine-bench --example steps`.
//!
//! With `-- --policies` every precision policy beside binary32, in turns; with `-- --kernels` the time of each kernel (of a policy:
//! `-- --kernels bf16`).

use std::time::Instant;

use engine::policy::Policy;
use engine_bench::Training;
use experiments::workloads::Workload;

/// Turns of each policy, and how long one lasts.
const TURNS: usize = 7;
const TURN_S: f64 = 0.25;

const POLICIES: [&str; 3] = ["bf16", "fp16", "e4m3"];

fn policy(id: &str) -> Policy {
    // Binary32 itself is not rounded.
    numerics::by_id(id).filter(|_| id != "fp32").map_or(Policy::FP32, |format| Policy::uniform(*format))
}

fn training(workload: Workload, policy: &Policy) -> Training {
    let mut training = Training::new(workload, policy);
    for what in 2..6 {
        for index in 0..engine_bench::BATCHES {
            if let Some(values) = training.tensor(what, index) {
                for (i, value) in values.iter_mut().enumerate() {
                    *value = ((i * 7 + index * 13) % 17) as f32 / 17.0 - 0.5;
                }
            }
        }
    }
    training.steps(5);
    training
}

/// Steps a second of one turn.
fn rate(training: &mut Training, seconds: f64) -> f64 {
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed().as_secs_f64() < seconds {
        training.steps(5);
        count += 5;
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = |flag: &str| arguments.iter().any(|argument| argument == flag);
    for workload in Workload::ALL {
        if asked("--policies") {
            beside_each_other(workload);
            continue;
        }
        let id = POLICIES.iter().find(|id| asked(id)).copied().unwrap_or("fp32");
        let mut training = training(workload, &policy(id));
        let per_s = rate(&mut training, 1.5);
        let loss = training.steps(1);
        let plan = training.plan();
        println!(
            "{workload:?} {id}: {per_s:.0} steps/s, {:.1} GFLOP/s, {} kernels, loss {}",
            plan.flop_count as f64 * per_s / 1e9,
            plan.steps.len(),
            loss
        );
        if asked("--kernels") {
            kernels(&mut training);
        }
    }
}

/// Every policy in turns; the median over turns of its rate over binary32's in the same turn.
fn beside_each_other(workload: Workload) {
    let mut plain = training(workload, &Policy::FP32);
    let mut others = POLICIES.map(|id| training(workload, &policy(id)));
    let mut rates = vec![Vec::new(); 1 + POLICIES.len()];
    for _ in 0..TURNS {
        rates[0].push(rate(&mut plain, TURN_S));
        for (other, rates) in others.iter_mut().zip(&mut rates[1..]) {
            rates.push(rate(other, TURN_S));
        }
    }
    print!("{workload:?}: fp32 {:.0} steps/s", median(rates[0].clone()));
    for (id, own) in POLICIES.iter().zip(&rates[1..]) {
        print!(", {id} {:.2}", median(own.iter().zip(&rates[0]).map(|(own, plain)| own / plain).collect()));
    }
    println!(" of it");
}

/// Microseconds of each kernel of a step.
fn kernels(training: &mut Training) {
    let executor = training.executor();
    let (start, steps) = (Instant::now(), 200);
    let mut times = vec![0.0; executor.plan().steps.len()];
    for _ in 0..steps {
        executor.step_timed(|| start.elapsed().as_secs_f64(), &mut times);
    }
    for (line, time) in executor.plan().describe().lines().zip(times) {
        println!("{:8.1} µs  {line}", time / f64::from(steps) * 1e6);
    }
}
