//! What the automatic choice of a device found on earlier visits: kept in the browser, so that it is not tried again.
//!
//! One entry for each kind of step on each pair of devices, the latest first, and only those that this build of the site
//! measured: another one has other kernels. The stored text is hexadecimal of the protocol's encoding; what cannot be read
//! (another version's, or somebody else's) is as if nothing were there. Left out: when a trial was made.

use protocol::Trial;

use crate::ui::storage;

const KEY: &str = "pp.device-trials";
/// Entries kept.
const MOST: usize = 48;

fn build() -> &'static str {
    option_env!("PP_BUILD_ID").unwrap_or(env!("CARGO_PKG_VERSION"))
}

/// All that is remembered.
pub fn remembered() -> Vec<Trial> {
    storage::read(KEY).and_then(|text| decoded(&text, build())).unwrap_or_default()
}

/// Adds a trial.
pub fn remember(trial: &Trial) {
    if let Some(text) = encoded(&with(remembered(), trial), build()) {
        storage::write(KEY, &text);
    }
}

fn with(mut trials: Vec<Trial>, new: &Trial) -> Vec<Trial> {
    trials.retain(|known| !known.is_like(new));
    trials.insert(0, new.clone());
    trials.truncate(MOST);
    trials
}

fn encoded(trials: &[Trial], build: &str) -> Option<String> {
    use std::fmt::Write as _;
    let bytes = protocol::encode(&trials).ok()?;
    let mut text = format!("{build} ");
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}

fn decoded(text: &str, build: &str) -> Option<Vec<Trial>> {
    let digits = text.strip_prefix(build)?.strip_prefix(' ')?.as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    let value = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|&[high, low]| Some(value(high)? << 4 | value(low)?)).collect();
    let trials: Vec<Trial> = protocol::decode(&bytes.filter(|_| rest.is_empty())?).ok()?;
    let is_sound = |trial: &Trial| trial.cpu_steps_per_s.is_finite() && trial.gpu_steps_per_s.is_finite();
    trials.iter().all(is_sound).then_some(trials)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(flop: u64, gpu_steps_per_s: f32) -> Trial {
        let adapter = "an adapter".to_owned();
        Trial { adapter, relaxed: false, step: (flop, 2, 3), cpu_steps_per_s: 4.5, gpu_steps_per_s }
    }

    #[test]
    fn what_is_stored_is_read_by_the_same_build_only() {
        let trials = vec![trial(1, 2.0), trial(2, 3.0)];
        let text = encoded(&trials, "build-1").expect("trials are encodable");
        assert_eq!(decoded(&text, "build-1"), Some(trials));
        assert_eq!(decoded(&text, "build-2"), None);
        assert_eq!(decoded(&text, "build-"), None);
    }

    #[test]
    fn foreign_text_is_nothing() {
        for text in
            ["", "build", "build ", "build 0", "build zz", "build ffffffffffffffff", "build \u{e9}\u{e9}"]
        {
            assert_eq!(decoded(text, "build").unwrap_or_default(), [], "{text}");
        }
        let spoilt = encoded(&[trial(1, f32::NAN)], "build").expect("encodable");
        assert_eq!(decoded(&spoilt, "build"), None);
    }

    #[test]
    fn a_new_trial_replaces_one_of_its_kind_and_the_oldest_go() {
        let many = (0..60).fold(Vec::new(), |trials, flop| with(trials, &trial(flop, 1.0)));
        assert_eq!(many.len(), MOST);
        assert_eq!(many[0].step.0, 59);
        let again = with(many, &trial(30, 9.0));
        assert_eq!((again.len(), again[0].gpu_steps_per_s), (MOST, 9.0));
        assert_eq!(again.iter().filter(|known| known.step.0 == 30).count(), 1);
    }
}
