//! Throughput of every block format. Ignored: a figure, not a check. Run it with
//! `cargo test --profile proof --test blocks_speed -- --ignored --nocapture`.

mod blocks_support;

use std::time::Instant;

use blocks_support::Random;
use numerics::RoundingMode;
use numerics::blocks::{BLOCK_FORMATS, BlockOptions, Grouping, TensorStats};

#[test]
#[ignore = "prints throughput; run by name"]
fn throughput() {
    let x = Random(9).normals(1 << 16);
    let stats = TensorStats::of(&x);
    let o = BlockOptions { grouping: Grouping::Group { len: 128 }, ..BlockOptions::default() };
    for format in BLOCK_FORMATS {
        let (mut bytes, mut values) = (Vec::new(), Vec::new());
        let encode_s = best(|| {
            bytes.clear();
            format.quantize(&x, &stats, &o, &mut bytes);
        });
        let decode_s = best(|| {
            values.clear();
            format.dequantize(&bytes, x.len(), &stats, &o, &mut values).unwrap();
        });
        let stochastic = BlockOptions { mode: RoundingMode::Stochastic { random: 0 }, ..o };
        let stochastic_s = best(|| {
            bytes.clear();
            format.quantize(&x, &stats, &stochastic, &mut bytes);
        });
        let rate = |seconds: f64| x.len() as f64 / seconds / 1e6;
        println!(
            "{:13} quantize {:6.1}, stochastically {:6.1}, dequantize {:6.1} M values/s",
            format.id,
            rate(encode_s),
            rate(stochastic_s),
            rate(decode_s)
        );
    }
}

fn best(mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..40 {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64());
    }
    best
}
