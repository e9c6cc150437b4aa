//! How long a base takes for a picture, by the precision of its weights.
//!
//! Weights are decoded to binary32 when a base is opened and computed with in binary32, so the arithmetic is the same for all; this measures what
//! comes of that here. Runs that are not counted come first; then the bases take turns, so that whatever else the machine does meets all of them.

use engine::cpu::Path;
use engine::policy::Policy;
use experiments::networks::efficientnet_lite0::Extractor;
use protocol::transfer::limits;
use protocol::{BaseSpeed, BaseSpeedSpec, Failure};

use super::base::{Source, weights};
use super::features::{SIDE, Watch, cut_by_id};
use crate::worker_host::clock::now_ms;
use crate::worker_host::jobs::Stop;
use crate::worker_host::pace::yield_now;

/// Runs of each base that are not counted.
const WARM_UP: usize = 3;
/// Runs of each base that are.
const RUNS: usize = 31;

/// A base with its times.
struct Timed {
    extractor: Extractor,
    speed: BaseSpeed,
    times: Vec<f64>,
}

/// Times every base that is asked for.
pub(in crate::worker_host) async fn speeds(
    spec: &BaseSpeedSpec,
    mut watch: Watch<'_>,
) -> Result<Vec<BaseSpeed>, Stop> {
    if spec.weights.len() > limits::PRECISIONS {
        return Err(Failure::new("choice_unknown").with("id", spec.weights.join(", ")).into());
    }
    let cut = cut_by_id(&spec.cut)?;
    let mut bases = Vec::new();
    for id in &spec.weights {
        let source = Source::by_id(id).ok_or_else(|| Failure::new("choice_unknown").with("id", id))?;
        let base = weights(source, cut, &mut watch).await?;
        yield_now().await;
        let extractor = Extractor::new(&base.weights, cut, 1, SIDE, &Policy::FP32, Path::Wide)
            .map_err(|error| Failure::new("base_damaged").with("reason", error))?;
        let speed = BaseSpeed {
            weights: id.clone(),
            weight_bytes: base.bytes,
            median_ms: 0.0,
            lower_ms: 0.0,
            upper_ms: 0.0,
            runs: RUNS as u32,
        };
        bases.push(Timed { extractor, speed, times: Vec::with_capacity(RUNS) });
    }
    // The values do not matter to the time; they differ so that none is a constant picture.
    let levels: Vec<f32> = (0..SIDE * SIDE * 3).map(|i| (i * 7919 % 256) as f32).collect();
    for run in 0..WARM_UP + RUNS {
        for base in &mut bases {
            yield_now().await;
            watch.check()?;
            let begun = now_ms();
            base.extractor.run(&levels);
            if run >= WARM_UP {
                base.times.push(now_ms() - begun);
            }
        }
        watch.computed(run + 1, WARM_UP + RUNS);
    }
    Ok(bases.into_iter().map(Timed::speed).collect())
}

impl Timed {
    fn speed(self) -> BaseSpeed {
        let mut times = self.times;
        times.sort_by(f64::total_cmp);
        let at = |share: usize| times.get(times.len() * share / 4).copied().unwrap_or_default();
        BaseSpeed { lower_ms: at(1), median_ms: at(2), upper_ms: at(3), ..self.speed }
    }
}
