//! A training run asks for no memory: after the first steps not one allocation, however long it goes on.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use engine::cpu::{Executor, Path};
use engine::graph::{DType, Padding, RandomKind};
use engine::nn::optimiser::{Optimiser, minimise};
use engine::nn::{self, Activation, Net, WeightInit};
use engine::plan::Plan;
use engine::policy::presets::{self, PRESETS};

thread_local! {
    /// Of this thread alone: tests run side by side.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

fn count() {
    // While a thread ends its counter is gone.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: every call goes on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations during `steps` steps that follow three others.
fn allocations(executor: &mut Executor, steps: u64) -> u64 {
    (0..3).for_each(|_| executor.step());
    let before = ALLOCATIONS.get();
    (0..steps).for_each(|_| executor.step());
    ALLOCATIONS.get() - before
}

fn perceptron(preset: &str) -> Executor {
    let policy = presets::by_id(preset).expect("a preset").policy();
    let mut net = Net::new(&policy);
    let x = net.graph.random(RandomKind::Normal, [4, 8]);
    let x = net.rounders.activation(&mut net.graph, x);
    let labels = net.graph.input("labels", [4], DType::U32);
    let x = net.dense("hidden", x, 8, WeightInit::He, Activation::Tanh);
    let logits = net.dense("out", x, 3, WeightInit::Glorot, Activation::Linear);
    let loss = nn::cross_entropy(&mut net.graph, logits, labels);
    let params = net.parameters("");
    let lr = net.graph.constant(1e-3);
    minimise(&mut net, "adam", loss, &params, lr, Optimiser::ADAM);
    Executor::new(Plan::new(&net.graph), 1, Path::Wide)
}

#[test]
fn a_hundred_thousand_steps_allocate_nothing() {
    assert!(
        ALLOCATIONS.get() > 0 || {
            std::hint::black_box(vec![1]);
            ALLOCATIONS.get() > 0
        },
        "counts"
    );
    for preset in ["fp32", "e4m3"] {
        assert_eq!(allocations(&mut perceptron(preset), 100_000), 0, "{preset}");
    }
}

#[test]
fn no_preset_allocates() {
    for preset in PRESETS {
        assert_eq!(allocations(&mut perceptron(preset.id), 50), 0, "{}", preset.id);
    }
}

#[test]
fn images_and_attention_allocate_nothing() {
    let mut net = Net::new(&presets::by_id("bf16").expect("a preset").policy());
    let images = net.graph.random(RandomKind::Normal, [2, 8, 8, 1]);
    let x = net.conv2d("conv.0", images, 3, 4, 1, Padding::Same, Activation::Relu);
    let x = net.graph.max_pool(x, 2, 2, Padding::Valid);
    let x = net.conv2d("conv.1", x, 3, 8, 2, Padding::Same, Activation::Relu6);
    let x = net.graph.reshape(x, [2, 4, 8]);
    let x = nn::attention(&mut net, "attention", x, 2, Some(10_000.0));
    let x = nn::layer_norm(&mut net, "norm", x, 1e-5);
    let square = net.graph.mul(x, x);
    let loss = net.graph.mean(square);
    let params = net.parameters("");
    let lr = net.graph.constant(1e-3);
    minimise(&mut net, "adam", loss, &params, lr, Optimiser::ADAM);
    let mut executor = Executor::new(Plan::new(&net.graph), 1, Path::Wide);
    assert_eq!(allocations(&mut executor, 20), 0);
}
