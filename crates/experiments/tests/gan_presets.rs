//! What the presets promise, over ten seeds. Minutes long, so it runs only when asked:
//! `cargo test -p experiments --profile proof --test gan_presets -- --ignored`.

use experiments::gan::{Config, Gan, metrics, presets};

/// Modes covered by 2000 samples after so many rounds, for seeds 1 to 10.
fn covered(config: &Config, rounds: u64) -> Vec<usize> {
    (1..=10)
        .map(|seed| {
            let mut gan = Gan::new(config.clone().with_seed(seed), None).expect("a preset");
            (0..rounds).for_each(|_| gan.step());
            let points = gan.observe().points(2000);
            metrics::coverage(gan.law().expect("points"), &points).covered
        })
        .collect()
}

#[test]
#[ignore = "minutes long"]
fn presets_keep_their_promises() {
    let default = covered(&presets::eight_gaussians(), presets::ROUNDS);
    assert!(default.iter().filter(|&&modes| modes == 8).count() >= 9, "default: {default:?}");
    let collapsed = covered(&presets::collapse(), presets::ROUNDS);
    assert!(collapsed.iter().filter(|&&modes| modes <= 4).count() >= 9, "collapse: {collapsed:?}");
    let cured = covered(&presets::cure(), presets::ROUNDS);
    assert!(cured.iter().filter(|&&modes| modes == 8).count() >= 9, "cure: {cured:?}");
}
