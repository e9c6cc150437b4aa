//! Post-training quantisation: fixed scales from what the tensors of a trained network look like.
//!
//! 1. Build the network's forward graph under [`Policy::FP32`](super::Policy::FP32), let an [`Observer`] name its activation sites as outputs,
//!    plan it, and run it with the trained weights on calibration batches, giving the outputs to [`Observer::collect`] after each.
//! 2. [`Observer::scales`] chooses a scale for each site; [`round_weights`] rounds the weights.
//! 3. Build the same graph by [`Net::calibrated`](crate::nn::Net::calibrated), under a policy without weights (they are rounded already)
//!    and with the activations' format, and evaluate.
//!
//! A scale is what values are divided by before they are rounded: the format's largest value times the scale is the largest value
//! that is kept. Biases stay in binary32. Left out: zero points (asymmetric ranges), scales of activations per channel,
//! corrections of biases and weights after rounding.

use std::collections::BTreeMap;

use numerics::Format;

use super::{BlockAxis, Choice, Mode, Quantizer, Role, RoleRounding, Scaling, Target, max_finite};
use crate::cpu::round_tensor;
use crate::graph::{Graph, ParamRole};
use crate::rounding::Counts;
use crate::snapshot::Weights;

/// Values that percentiles and errors are computed from: at most this many of each batch, at even distances.
pub const SAMPLES_PER_BATCH: usize = 4096;
/// Scales that the search for the least error tries, at even distances up to the one that clips nothing.
pub const CANDIDATES: usize = 80;

/// How a scale is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// The greatest magnitude is the format's largest value: nothing is clipped.
    MinMax,
    /// This share of the magnitudes (such as 0.999) is not clipped.
    Percentile(f32),
    /// The least mean square error among [`CANDIDATES`] scales.
    Mse,
}

/// Fixed scales of activation sites, by the sites' names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SiteScales(BTreeMap<String, f32>);

impl SiteScales {
    /// The scale of a site.
    pub fn get(&self, site: &str) -> Option<f32> {
        self.0.get(site).copied()
    }

    /// Sets a site's scale. Scales are positive and finite; others are passed over.
    pub fn set(&mut self, site: &str, scale: f32) {
        if scale.is_finite() && scale > 0.0 {
            self.0.insert(site.to_owned(), scale);
        }
    }

    /// Names and scales, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f32)> {
        self.0.iter().map(|(name, scale)| (name.as_str(), *scale))
    }
}

/// What is known of a tensor's finite values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    greatest: f32,
    sample: Vec<f32>,
    batches: usize,
}

impl Observed {
    /// Takes note of a batch.
    pub fn add(&mut self, values: &[f32]) {
        let magnitudes = values.iter().map(|x| x.abs()).filter(|x| x.is_finite());
        self.greatest = magnitudes.fold(self.greatest, f32::max);
        let stride = values.len().div_ceil(SAMPLES_PER_BATCH).max(1);
        let taken = values.iter().skip(self.batches % stride).step_by(stride);
        self.sample.extend(taken.copied().filter(|x| x.is_finite()));
        self.batches += 1;
    }

    /// The greatest magnitude.
    pub fn greatest(&self) -> f32 {
        self.greatest
    }

    /// The scale for a format; 1 when all values are zero.
    pub fn scale(&self, format: &Format, method: Method) -> f32 {
        let kept = match method {
            Method::MinMax => self.greatest,
            Method::Percentile(share) => self.quantile(share),
            Method::Mse => return self.least_error(format),
        };
        positive_or_one(kept / max_finite(format))
    }

    /// The magnitude that `share` of the sample does not exceed.
    fn quantile(&self, share: f32) -> f32 {
        let mut magnitudes: Vec<f32> = self.sample.iter().map(|x| x.abs()).collect();
        magnitudes.sort_unstable_by(f32::total_cmp);
        let last = magnitudes.len().saturating_sub(1);
        let at = (f64::from(share.clamp(0.0, 1.0)) * last as f64).ceil() as usize;
        magnitudes.get(at.min(last)).copied().unwrap_or(0.0)
    }

    fn least_error(&self, format: &Format) -> f32 {
        let whole = positive_or_one(self.greatest / max_finite(format));
        let mut best = (f64::INFINITY, whole);
        let mut rounded = vec![0.0; self.sample.len()];
        for candidate in (1..=CANDIDATES).rev() {
            let scale = whole * candidate as f32 / CANDIDATES as f32;
            if scale <= 0.0 {
                break;
            }
            rounded.copy_from_slice(&self.sample);
            round_tensor(&scaled(format, scale), 1, &mut rounded);
            let error = rounded.iter().zip(&self.sample).map(|(y, x)| f64::from(y - x).powi(2)).sum::<f64>();
            if error < best.0 {
                best = (error, scale);
            }
        }
        best.1
    }
}

fn positive_or_one(scale: f32) -> f32 {
    if scale > 0.0 && scale.is_finite() { scale } else { 1.0 }
}

fn scaled(format: &Format, scale: f32) -> Quantizer {
    Quantizer {
        target: Target::Element(*format, Scaling::Fixed(scale)),
        mode: Mode::Fixed(numerics::RoundingMode::NearestEven),
        saturate: true,
    }
}

/// Watches the activation sites of a graph.
#[derive(Clone, Debug)]
pub struct Observer {
    sites: Vec<(String, Observed)>,
}

impl Observer {
    /// Names every activation site of the graph as an output: to be called before the graph is planned.
    pub fn new(graph: &mut Graph) -> Observer {
        let sites: Vec<(String, crate::graph::Tensor)> = graph
            .sites()
            .iter()
            .filter(|site| site.role == Role::Activations)
            .map(|site| (site.name.clone(), site.tensor))
            .collect();
        for (name, tensor) in &sites {
            graph.output(&output_name(name), *tensor);
        }
        Observer { sites: sites.into_iter().map(|(name, _)| (name, Observed::default())).collect() }
    }

    /// Takes note of the sites' values after a step; `output` reads an output by its name.
    pub fn collect<'a>(&mut self, output: impl Fn(&str) -> &'a [f32]) {
        for (name, observed) in &mut self.sites {
            observed.add(output(&output_name(name)));
        }
    }

    /// Names of the sites and what is known of them.
    pub fn sites(&self) -> &[(String, Observed)] {
        &self.sites
    }

    /// A scale for each site.
    pub fn scales(&self, format: &Format, method: Method) -> SiteScales {
        let mut scales = SiteScales::default();
        for (name, observed) in &self.sites {
            scales.set(name, observed.scale(format, method));
        }
        scales
    }
}

fn output_name(site: &str) -> String {
    format!("site: {site}")
}

/// Rounds every weight tensor as `role` says; biases and gains stay. With a scaling per tensor or channel the scales are chosen by
/// `method`; other choices have none to choose.
pub fn round_weights(weights: &mut Weights, role: &RoleRounding, method: Method) -> Counts {
    let mut counts = Counts::default();
    for tensor in weights.tensors.iter_mut().filter(|tensor| tensor.role == ParamRole::Weight) {
        counts.add(round_weight(role, method, tensor.shape.last(), &mut tensor.values));
    }
    counts
}

/// Rounds one weight tensor whose last axis has `columns` elements.
pub fn round_weight(role: &RoleRounding, method: Method, columns: usize, values: &mut [f32]) -> Counts {
    let columns = columns.max(1);
    let groups = match role.choice {
        Choice::Element(_, Scaling::Channel) => columns,
        Choice::Element(_, Scaling::Tensor) => 1,
        _ => return round_tensor(&role.quantizer(BlockAxis::First, 0), columns, values),
    };
    let Choice::Element(format, _) = role.choice else { return Counts::default() };
    let mut counts = Counts::default();
    for group in 0..groups {
        let mut own: Vec<f32> = values.iter().skip(group).step_by(groups).copied().collect();
        let mut observed = Observed::default();
        observed.add(&own);
        let scale = observed.scale(&format, method);
        counts.add(round_tensor(&scaled(&format, scale), 1, &mut own));
        values.iter_mut().skip(group).step_by(groups).zip(own).for_each(|(x, rounded)| *x = rounded);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::RandomKind;
    use crate::random::Stream;

    fn normal(count: usize) -> Vec<f32> {
        let mut values = vec![0.0; count];
        Stream::new(4, 4, 4).fill(RandomKind::Normal, &mut values);
        values
    }

    fn observed(values: &[f32]) -> Observed {
        let mut observed = Observed::default();
        observed.add(values);
        observed
    }

    fn error(values: &[f32], format: &Format, scale: f32) -> f64 {
        let mut rounded = values.to_vec();
        round_tensor(&scaled(format, scale), 1, &mut rounded);
        rounded.iter().zip(values).map(|(y, x)| f64::from(y - x).powi(2)).sum()
    }

    fn format(id: &str) -> Format {
        *numerics::by_id(id).expect("a format of the table")
    }

    #[test]
    fn each_method_keeps_what_it_says() {
        let int8 = format("int8");
        // 1/1000, 2/1000, … 1 and one outlier.
        let mut values: Vec<f32> = (1..=1000).map(|i| i as f32 / 1000.0).collect();
        values.push(-50.0);
        let known = observed(&values);
        assert_eq!(known.scale(&int8, Method::MinMax), 50.0 / 127.0);
        assert_eq!(known.scale(&int8, Method::Percentile(0.5)), 0.501 / 127.0);
        assert_eq!(known.scale(&int8, Method::Percentile(1.0)), 50.0 / 127.0);
        assert_eq!(observed(&[0.0; 9]).scale(&int8, Method::MinMax), 1.0);
        assert_eq!(observed(&[]).scale(&int8, Method::Percentile(0.9)), 1.0);
        assert_eq!(observed(&[f32::NAN, f32::INFINITY, 2.0]).scale(&int8, Method::MinMax), 2.0 / 127.0);
    }

    #[test]
    fn the_search_finds_the_least_error_of_its_candidates() {
        let values = normal(3000);
        for id in ["int8", "int4", "e4m3", "e2m1"] {
            let format = format(id);
            let known = observed(&values);
            let (found, whole) = (known.scale(&format, Method::Mse), known.scale(&format, Method::MinMax));
            let least = error(&values, &format, found);
            for candidate in 1..=CANDIDATES {
                let scale = whole * candidate as f32 / CANDIDATES as f32;
                assert!(least <= error(&values, &format, scale), "{id}: {candidate} of {CANDIDATES}");
            }
        }
        // Four bits for a normal distribution: clipping pays (the optimum for 15 levels lies near 2.7 deviations).
        let clip = observed(&values).scale(&format("int4"), Method::Mse) * 7.0;
        assert!((2.2..3.2).contains(&clip), "{clip}");
    }

    #[test]
    fn the_sample_is_bounded_and_the_greatest_is_not_sampled() {
        let mut values = normal(3 * SAMPLES_PER_BATCH);
        values[1] = 77.0;
        let mut known = Observed::default();
        (0..4).for_each(|_| known.add(&values));
        assert_eq!(known.greatest(), 77.0);
        assert_eq!(known.sample.len(), 4 * SAMPLES_PER_BATCH);
    }

    #[test]
    fn channels_have_scales_of_their_own() {
        let role = |scaling| RoleRounding {
            choice: Choice::Element(format("int4"), scaling),
            stochastic: false,
            saturate: true,
        };
        // Columns of magnitudes 7 and 0.7: one scale loses the second.
        let weight = [7.0, 0.7, -3.0, -0.3, 1.0, 0.1];
        let mut channel = weight;
        round_weight(&role(Scaling::Channel), Method::MinMax, 2, &mut channel);
        channel.iter().zip(weight).for_each(|(got, x)| assert!((got - x).abs() < 1e-6, "{got} {x}"));
        let mut tensor = weight;
        let counts = round_weight(&role(Scaling::Tensor), Method::MinMax, 2, &mut tensor);
        assert_eq!(tensor, [7.0, 1.0, -3.0, 0.0, 1.0, 0.0]);
        assert_eq!((counts.total, counts.underflow), (6, 2));
    }
}
