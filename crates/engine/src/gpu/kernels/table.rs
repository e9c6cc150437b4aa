//! Rounding by a table: for formats without arithmetic of their own here (posits, codebooks, floats without subnormals) and for modes other than
//! nearest-even, of at most 16 bits.
//!
//! As a function of binary32 numbers in their order, a deterministic rounding is a staircase. The table holds the first number of
//! each stair, found by bisection with `numerics` itself, so it is exact; a kernel looks its number up.

use numerics::Format;

use super::Compiler;
use crate::plan::View;
use crate::policy::Quantizer;
use crate::rounding::numerics_rounding;

/// A staircase in the arena: keys of all stairs but the first, then the values of all stairs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    /// Its words.
    pub view: View,
    stairs: usize,
    /// What NaN becomes.
    nan: u32,
}

/// Position of a number in the order from negative infinity to infinity, negative zero before zero.
fn key(bits: u32) -> u32 {
    if bits >> 31 == 1 { !bits } else { bits | 0x8000_0000 }
}

fn number(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 1 { key & 0x7FFF_FFFF } else { !key })
}

/// The table of a quantizer, written once for each.
pub(super) fn of(compiler: &mut Compiler<'_>, quantizer: &Quantizer, format: &Format) -> Table {
    if let Some((_, table)) = compiler.known_tables.iter().find(|(known, _)| known == quantizer) {
        return *table;
    }
    let rounding = numerics_rounding(quantizer);
    let round = |x: f32| {
        let value = format.encode_f64(f64::from(x), &rounding).value.to_f64() as f32;
        if value.is_nan() { 0x7FC0_0000 } else { value.to_bits() }
    };
    let (keys, values) = staircase(format, &round);
    let nan = round(f32::NAN);
    let stairs = values.len();
    let view = compiler.table(keys.into_iter().chain(values).collect());
    let table = Table { view, stairs, nan };
    compiler.known_tables.push((*quantizer, table));
    table
}

/// Keys at which the value changes, and the values before, between and after them.
fn staircase(format: &Format, round: &impl Fn(f32) -> u32) -> (Vec<u32>, Vec<u32>) {
    // The format's own values cut the line into pieces in which the value changes once or twice.
    let mut cuts: Vec<u32> = (0..1_u64 << format.bits)
        .map(|code| format.decode(code).to_f64() as f32)
        .filter(|value| !value.is_nan())
        .chain([f32::NEG_INFINITY, f32::MIN, -0.0, 0.0, f32::MAX, f32::INFINITY])
        .map(|value| key(value.to_bits()))
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let at = |key: u32| round(number(key));
    let (mut keys, mut values) = (Vec::new(), vec![at(cuts[0])]);
    let mut here = cuts[0];
    for &next in &cuts[1..] {
        let end = at(next);
        while values.last() != Some(&end) {
            // The first key whose value is not the present one.
            let (mut low, mut high) = (here, next);
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if values.last() == Some(&at(middle)) { low = middle } else { high = middle }
            }
            keys.push(high);
            values.push(at(high));
            here = high;
        }
        here = next;
    }
    (keys, values)
}

/// The function that looks a number up: takes the table's place and a counter. Overflow is what leaves the range or, with a clamp, lies beyond `max`.
pub(super) fn function(table: &Table, max: f32) -> (String, String) {
    let keys = table.stairs - 1;
    let name = format!("round_table_{keys}_{:x}_{:x}", table.nan, max.to_bits());
    let text = format!(
        "fn {name}(x: f32, at: u32, counter: u32) -> f32 {{
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7FFFFFFFu;
  let key = select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
  var low = 0u;
  var high = {keys}u;
  while (low < high) {{
    let middle = (low + high) / 2u;
    if (arena[at + middle] <= key) {{
      low = middle + 1u;
    }} else {{
      high = middle;
    }}
  }}
  var value = arena[at + {keys}u + low];
  let is_nan = magnitude > 0x7F800000u;
  value = select(value, 0x{nan:08X}u, is_nan);
  let result = value & 0x7FFFFFFFu;
  let clamped = magnitude > 0x{max:08X}u && result >= 0x{max:08X}u;
  let beyond = magnitude < 0x7F800000u && (result >= 0x7F800000u || clamped);
  let vanished = result == 0u && magnitude != 0u && !is_nan;
  if (beyond || vanished || is_nan) {{
    count_events(counter, vec3<u32>(select(0u, 1u, beyond), select(0u, 1u, vanished), select(0u, 1u, is_nan)));
  }}
  return bitcast<f32>(value);
}}

",
        nan = table.nan,
        max = max.to_bits(),
    );
    (name, text)
}

#[cfg(test)]
mod tests {
    use super::{key, number, staircase};
    use numerics::{Rounding, RoundingMode, by_id};

    #[test]
    fn keys_are_an_order() {
        let numbers = [f32::NEG_INFINITY, -1.0, -1e-40, -0.0, 0.0, 1e-40, 2.0, f32::INFINITY];
        assert!(numbers.windows(2).all(|pair| key(pair[0].to_bits()) < key(pair[1].to_bits())));
        assert!(numbers.iter().all(|x| number(key(x.to_bits())).to_bits() == x.to_bits()));
    }

    #[test]
    fn stairs_are_the_rounding() {
        for (id, mode) in [
            ("posit8", RoundingMode::NearestEven),
            ("nf4", RoundingMode::NearestEven),
            ("e4m3", RoundingMode::TowardPositive),
            ("e5m2", RoundingMode::ToOdd),
        ] {
            let format = by_id(id).expect("a format of the table");
            let rounding = Rounding { mode, ..Rounding::default() };
            let round = |x: f32| {
                let value = format.encode_f64(f64::from(x), &rounding).value.to_f64() as f32;
                if value.is_nan() { 0x7FC0_0000 } else { value.to_bits() }
            };
            let (keys, values) = staircase(format, &round);
            assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "{id}");
            for high in 0..=u32::from(u16::MAX) {
                for low in [0, 1, 0x7FFF, 0x8000, 0xFFFF] {
                    let x = f32::from_bits(high << 16 | low);
                    if !x.is_nan() {
                        let stair = keys.partition_point(|&first| first <= key(x.to_bits()));
                        assert_eq!(values[stair], round(x), "{id} {mode:?} {x:e}");
                    }
                }
            }
        }
    }
}
