//! Steps a second of every workload, natively: `cargo run --profile proof -p engine-bench --example steps -- --kernels`.

use std::time::Instant;

use engine::policy::Policy;
use engine_bench::Training;
use experiments::workloads::Workload;

fn main() {
    for workload in Workload::ALL {
        let mut training = Training::new(workload, &Policy::FP32);
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
        let (start, mut count) = (Instant::now(), 0);
        while start.elapsed().as_secs_f64() < 1.5 {
            training.steps(10);
            count += 10;
        }
        let per_s = f64::from(count) / start.elapsed().as_secs_f64();
        let loss = training.steps(1);
        let plan = training.plan();
        println!(
            "{workload:?}: {per_s:.0} steps/s, {:.1} GFLOP/s, {} kernels, loss {}",
            plan.flop_count as f64 * per_s / 1e9,
            plan.steps.len(),
            loss
        );
        if std::env::args().any(|argument| argument == "--kernels") {
            kernels(&mut training);
        }
    }
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
