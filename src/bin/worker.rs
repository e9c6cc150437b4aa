//! Serves the compute worker.

fn main() {
    precision_playground::worker_host::serve();
}
