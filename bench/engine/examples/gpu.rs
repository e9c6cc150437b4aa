//! Steps of each workload on the Vulkan device there is: dispatches, pipelines, times. `cargo run --profile proof --features webgpu --example gpu`
//!
//! The device is Vulkan's choice; `VK_ICD_FILENAMES` names a driver.

use std::time::Instant;

use engine::gpu::{Device, DeviceOptions, Executor};
use engine::graph::{DType, Graph};
use engine::plan::Plan;
use engine::policy::Policy;
use experiments::workloads::Workload;
use pollster::block_on;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = block_on(Device::request(DeviceOptions::default()))?;
    println!("{}, software: {}", device.name(), device.is_software());
    for n in [64, 256, 512] {
        let mut graph = Graph::new();
        let (a, b) = (graph.input("a", [n, n], DType::F32), graph.input("b", [n, n], DType::F32));
        let product = graph.matmul(a, b);
        graph.output("product", product);
        let mut executor = block_on(Executor::new(&device, Plan::new(&graph), 1))?;
        let reps = (1 << 28) / (n * n * n) + 1;
        let mut best = f64::INFINITY;
        for _ in 0..4 {
            let start = Instant::now();
            executor.submit(reps as u64)?;
            block_on(executor.done())?;
            best = best.min(start.elapsed().as_secs_f64() / reps as f64);
        }
        println!("product of {n}: {:.2} GFLOP/s", 2e-9 * (n * n * n) as f64 / best);
    }
    for workload in Workload::ALL {
        let built = workload.build(&Policy::FP32);
        let start = Instant::now();
        let mut executor = block_on(Executor::new(&device, Plan::new(&built.graph), 1))?;
        let made = start.elapsed();
        executor.submit(1)?;
        block_on(executor.done())?;
        let first = start.elapsed();
        let mut best = f64::INFINITY;
        for _ in 0..4 {
            let start = Instant::now();
            executor.submit(10)?;
            block_on(executor.done())?;
            best = best.min(start.elapsed().as_secs_f64() / 10.0);
        }
        println!(
            "{workload:?}: {} kernels, {} dispatches, {} pipelines; made in {:.2} s, first step after {:.2} s; {:.1} steps/s, loss {:?}",
            executor.plan().steps.len(),
            executor.dispatch_count(),
            executor.pipeline_count(),
            made.as_secs_f64(),
            first.as_secs_f64(),
            1.0 / best,
            block_on(executor.read_output("loss"))?
        );
    }
    Ok(())
}
