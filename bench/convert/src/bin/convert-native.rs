//! The same measurements outside a browser: one JSON object on standard output.
//!
//! Units: milliseconds, medians of nine; bytes count what is read and written. `resident` reuses one output whose
//! pages are mapped; `fresh` writes to pages that were never touched.

use std::hint::black_box;
use std::time::Instant;

use convert_bench::{KINDS, quantizer};
use numerics::bulk::random_at;

const LEN: usize = 1 << 24;
const ROUNDS: usize = 9;

fn main() {
    let x: Vec<f32> = (0..LEN as u64)
        .map(|i| {
            // A sum of four uniform numbers: bell-shaped, within ±2.
            let r = random_at(1, i);
            (0..4).map(|k| (r >> (16 * k) & 0xFFFF) as f32 / 65536.0 - 0.5).sum()
        })
        .collect();
    let bytes: &[f32] = &x;
    let copy = [true, false].map(|resident| {
        measure(LEN * 4, resident, |out| {
            for (out, x) in out.as_chunks_mut::<4>().0.iter_mut().zip(bytes) {
                *out = x.to_ne_bytes();
            }
        })
    });
    println!("{{\"elements\": {LEN}, \"rounds\": {ROUNDS},");
    println!(" \"copy\": {},", row("copy", 8, copy, copy));
    println!(" \"encode\": [");
    for (kind, (id, overflow)) in KINDS.iter().enumerate() {
        let Some(quantizer) = quantizer(kind as u32, false) else { continue };
        let out_bytes = quantizer.storage_bytes(LEN);
        let ms = [true, false].map(|resident| measure(out_bytes, resident, |out| quantizer.encode(&x, out)));
        let name = format!("{id} {overflow:?}");
        let comma = if kind + 1 < KINDS.len() { "," } else { "" };
        println!("  {}{comma}", row(&name, 4 + out_bytes / LEN, ms, copy));
    }
    println!(" ]}}");
}

fn measure(out_bytes: usize, resident: bool, mut run: impl FnMut(&mut [u8])) -> f64 {
    let mut kept = vec![1u8; if resident { out_bytes } else { 0 }];
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            // Zeroed memory from the allocator is mapped, not touched.
            let mut fresh = vec![0u8; if resident { 0 } else { out_bytes }];
            let out = if resident { &mut kept } else { &mut fresh };
            let start = Instant::now();
            run(black_box(out));
            let ms = start.elapsed().as_secs_f64() * 1e3;
            black_box(out);
            ms
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

fn row(name: &str, bytes_per_element: usize, [resident, fresh]: [f64; 2], copy: [f64; 2]) -> String {
    let gb_per_s = |ms: f64, bytes: usize| (LEN * bytes) as f64 / ms / 1e6;
    let ratio = |ms: f64, copy: f64| gb_per_s(ms, bytes_per_element) / gb_per_s(copy, 8);
    format!(
        "{{\"name\": \"{name}\", \"resident_ms\": {resident:.3}, \"fresh_ms\": {fresh:.3}, \
         \"resident_gb_per_s\": {:.3}, \"fresh_gb_per_s\": {:.3}, \
         \"resident_to_copy\": {:.3}, \"fresh_to_copy\": {:.3}}}",
        gb_per_s(resident, bytes_per_element),
        gb_per_s(fresh, bytes_per_element),
        ratio(resident, copy[0]),
        ratio(fresh, copy[1]),
    )
}
