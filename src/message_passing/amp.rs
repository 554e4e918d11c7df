//! Approximate message passing with the Onsager term, for any prior and any loss (MP.4–MP.9), on
//! patterns of unit variance or of two clusters (MX.60–MX.65).
//!
//! | symbol | meaning |
//! | --- | --- |
//! | `m_i`, `σ_i` | mean and variance of a weight |
//! | `b_i`, `a` | field of the patterns on a weight, and their precision |
//! | `ω_μ`, `v` | mean and variance of a stability without its own pattern |
//! | `g_μ` | answer of a pattern, `∂_ω ln Z_ℓ(ω_μ, v)` |
//! | `Δ`, `y_μ`, `B` | with clusters: variance of the entries, label of a pattern, bias |
//!
//! One iteration costs two products with the patterns and allocates nothing.

use super::biased::Biased;
use super::iteration::{Run, Settings, Unsupported, run};
use super::kernel::{Operator, Tables};
use super::measure::{Confinement, Measure};
use super::patterns::Patterns;
use super::shell::Shell;
use super::tabulated::Tabulated;
use crate::model::Bias;
use crate::model::channel::{Channel, Limit};
use crate::model::prior::{Norm, Prior};
use crate::model::site::Jets;
use std::sync::Arc;

/// The iterated quantities; `b`, `ω` and `g` as in the table of [`self`](super::amp).
#[derive(Clone, Debug)]
pub struct State {
    /// Means of the weights.
    pub mean: Vec<f64>,
    /// Variances of the weights, in units of `1/β` in the regime of a minimum.
    pub variance: Vec<f64>,
    /// Fields `b` of the patterns, external field excluded.
    pub field: Vec<f64>,
    /// Cavity means `ω` of the stabilities.
    pub omega: Vec<f64>,
    /// Answers `g` of the patterns.
    pub g: Vec<f64>,
    /// Variance `v` of the stabilities, `ΔΣσ/N`.
    pub v: f64,
    /// Precision `A` of the weights: that of the patterns, on the sphere with its multiplier (MP.7).
    pub precision: f64,
    /// What a ridge or a given norm contributes to it: `λ` or the multiplier (MX.61).
    pub multiplier: f64,
    /// Bias `B`, zero without clusters.
    pub bias: f64,
}

/// Message passing on one instance.
#[derive(Clone, Debug)]
pub struct Amp<'a> {
    pub(super) operator: Operator<'a>,
    pub(super) measure: Measure,
    pub(super) channel: Channel,
    pub(super) clusters: Option<Biased>,
    /// Variance of the entries of patterns without clusters.
    spread: f64,
    pub(super) shell: Option<Shell>,
    pub(super) external: Vec<f64>,
    pub(super) state: State,
    old: State,
    table: Tables,
    room: Room,
}

/// Room for what an iteration computes, so that it allocates nothing.
#[derive(Clone, Debug, Default)]
struct Room {
    /// Fields on the weights, external field included, and what they make of them.
    totals: Vec<f64>,
    weights: Jets,
    /// Fields of the stabilities with a bias on trial, and the answers of the patterns.
    shifted: Vec<f64>,
    answers: Jets,
    tables: Tabulated,
}

impl<'a> Amp<'a> {
    /// Starts at the means of the prior, which are zero for symmetric weights. In the limit of a
    /// ground state it goes to the minimum of a convex energy on the sphere `|w|² = N` (MP.9); where
    /// every pattern can be satisfied at no cost that is not unique and the iteration does not
    /// converge.
    ///
    /// # Errors
    /// [`Unsupported`] where β is none, every configuration costs at β = ∞, or the ground state is not
    /// a single one.
    pub fn new(
        patterns: &'a Patterns,
        prior: Arc<dyn Prior>,
        channel: Channel,
    ) -> Result<Self, Unsupported> {
        let measure = Measure::new(prior, &channel)?;
        Ok(Self::of(patterns, measure, channel))
    }

    /// The minimum of a convex energy with a ridge, or on a sphere of any norm (MX.61). The means at
    /// a fixed point are the minimiser itself. The channel is taken in the limit of a ground state.
    ///
    /// # Errors
    /// [`Unsupported::NotConvex`] for other losses, [`Unsupported::Confinement`] for a ridge or a
    /// norm that is not positive.
    pub fn minimum(
        patterns: &'a Patterns,
        mut channel: Channel,
        confinement: Confinement,
    ) -> Result<Self, Unsupported> {
        channel.parameters.beta = f64::INFINITY;
        let channel = channel.in_limit(Limit::Ground);
        let measure = Measure::minimum(&channel, confinement)?;
        Ok(Self::of(patterns, measure, channel))
    }

    fn of(patterns: &'a Patterns, measure: Measure, channel: Channel) -> Self {
        let (m, n) = (patterns.rows(), patterns.columns());
        let [mean, variance] = measure.start();
        let state = State {
            mean: vec![mean; n],
            variance: vec![variance; n],
            field: vec![0.0; n],
            omega: vec![0.0; m],
            g: vec![0.0; m],
            v: variance,
            precision: 0.0,
            multiplier: 0.0,
            bias: 0.0,
        };
        Amp {
            operator: Operator::new(patterns),
            measure,
            channel,
            clusters: None,
            spread: 1.0,
            shell: None,
            external: vec![0.0; n],
            old: state.clone(),
            state,
            table: Vec::new(),
            room: Room {
                totals: vec![0.0; n],
                shifted: vec![0.0; m],
                ..Room::default()
            },
        }
    }

    /// For patterns `y x` of a mixture: entries of this variance around a common centre, and a bias
    /// (MX.60, MX.62).
    ///
    /// # Errors
    /// [`Unsupported`] where the labels do not fit the patterns, the variance is not positive, a bias
    /// is to be learned for a loss that is not convex, at finite β, or the norm of the weights is free.
    pub fn on_clusters(mut self, clusters: Biased) -> Result<Self, Unsupported> {
        clusters.check(self.state.g.len())?;
        let learned = clusters.bias == Bias::Learned;
        self.measure.check_clusters(&self.channel, learned)?;
        self.clusters = Some(clusters);
        Ok(self)
    }

    /// For patterns without clusters whose entries have another variance than one, which takes the
    /// place of `Δ` in (MX.60).
    pub fn of_variance(mut self, variance: f64) -> Self {
        self.spread = variance;
        self
    }

    /// A field on every weight, such as `γ w̃_i` along a configuration (MP.11).
    ///
    /// # Errors
    /// [`Unsupported::Length`] where it has not one finite entry for each weight.
    pub fn set_external(&mut self, field: &[f64]) -> Result<(), Unsupported> {
        check(field, self.external.len())?;
        self.external.copy_from_slice(field);
        Ok(())
    }

    /// Starts anew at these means, with no answers of patterns: variances are what is left of the
    /// mean square of a weight, of each where all have the same, else on average.
    ///
    /// # Errors
    /// [`Unsupported::Length`] where there is not one finite mean for each weight.
    pub fn start_at(&mut self, mean: &[f64]) -> Result<(), Unsupported> {
        check(mean, self.external.len())?;
        let state = &mut self.state;
        state.mean.copy_from_slice(mean);
        match &self.measure {
            Measure::Weights(prior) if prior.norm() == Norm::Free => {
                let square = mean.iter().map(|m| m * m).sum::<f64>() / mean.len() as f64;
                state
                    .variance
                    .fill((prior.second_moment() - square).max(0.0));
            }
            _ => {
                for (variance, m) in state.variance.iter_mut().zip(mean) {
                    *variance = (1.0 - m * m).max(0.0);
                }
            }
        }
        state.g.fill(0.0);
        Ok(())
    }

    /// Moves the means and leaves all else as it is: a perturbation that the next iterations forget
    /// or not.
    ///
    /// # Errors
    /// [`Unsupported::Length`] where there is not one finite entry for each weight.
    pub fn displace(&mut self, by: &[f64]) -> Result<(), Unsupported> {
        check(by, self.external.len())?;
        let pairs = self.state.mean.iter_mut().zip(by);
        pairs.for_each(|(mean, by)| *mean += by);
        Ok(())
    }

    /// Whether it goes to a minimum, and not to a measure.
    pub fn is_minimum(&self) -> bool {
        matches!(self.measure, Measure::Minimum(_))
    }

    /// The state of the last iteration.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// One iteration, keeping a part `damping` of the old means, with clusters at least the part at
    /// which their axis settles (MX.64); the largest change of a mean and of the bias, or `None` where
    /// numbers became infinite, with the state before it restored.
    pub fn step(&mut self, damping: f64) -> Option<f64> {
        self.old.clone_from_state(&self.state);
        let answered = self.answer_of_patterns();
        let moved = self.means_in_fields(damping.max(self.settling()));
        let change = moved + (self.state.bias - self.old.bias).abs();
        let finite = change.is_finite() && self.state.v.is_finite() && self.state.v > 0.0;
        let finite = finite && answered.is_some() && self.state.is_bounded();
        if !finite {
            std::mem::swap(&mut self.state, &mut self.old);
            return None;
        }
        Some(change)
    }

    /// Fields of the stabilities and the answers of the patterns (MP.4, MP.5, MX.60); none where
    /// there is no bias.
    fn answer_of_patterns(&mut self) -> Option<()> {
        let n = self.state.mean.len() as f64;
        let (state, room) = (&mut self.state, &mut self.room);
        let spread = self.clusters.as_ref().map_or(self.spread, |c| c.variance);
        let v = spread * (state.variance.iter().sum::<f64>() / n);
        state.v = v;
        self.operator
            .forward(&state.mean, &mut self.table, &mut state.omega);
        let scale = n.sqrt().recip();
        for (omega, g) in state.omega.iter_mut().zip(&state.g) {
            *omega = *omega * scale - v * *g;
        }
        let (channel, answers, tables) = (&self.channel, &mut room.answers, &mut room.tables);
        if let Some(clusters) = &self.clusters {
            let respond = |fields: &[f64], out: &mut Jets| tables.fill(channel, fields, v, out);
            let room = (&mut room.shifted[..], &mut *answers);
            state.bias = clusters.shift(&mut state.omega, state.bias, room, respond)?;
        }
        tables.fill(channel, &state.omega, v, answers);
        state.g.copy_from_slice(&answers.slope);
        state.precision = -spread * (answers.bend.iter().sum::<f64>() / n);
        self.operator
            .backward(&state.g, &mut self.table, &mut state.field);
        for (field, mean) in state.field.iter_mut().zip(&state.mean) {
            *field = *field * scale + state.precision * mean;
        }
        Some(())
    }

    /// The part of the old means that takes back what an iteration overshoots along the axis of the
    /// clusters: their overlap with it answers itself with slope `-s` (MX.64).
    fn settling(&self) -> f64 {
        let overshoot = |clusters: &Biased| {
            let steep = self.state.precision * self.state.v / clusters.variance.powi(2);
            steep / (1.0 + steep)
        };
        self.clusters.as_ref().map_or(0.0, overshoot)
    }

    /// Means and variances of the weights in their fields (MP.6, MP.7).
    fn means_in_fields(&mut self, damping: f64) -> f64 {
        let state = &mut self.state;
        if let Some(shell) = &mut self.shell {
            shell.pull(&state.field, &mut self.external);
        }
        let Room {
            totals, weights, ..
        } = &mut self.room;
        let fields = state.field.iter().zip(&self.external);
        for (total, (field, external)) in totals.iter_mut().zip(fields) {
            *total = field + external;
        }
        let reaction = state.precision;
        state.precision = self.measure.fill(totals, None, reaction, weights);
        state.multiplier = state.precision - reaction;
        let free = self.measure.is_free();
        let mut change = 0.0f64;
        for i in 0..totals.len() {
            let mean = (1.0 - damping) * weights.slope[i] + damping * state.mean[i];
            let variance = (1.0 - damping) * weights.bend[i] + damping * state.variance[i];
            // A sum, and not a maximum, would hide nothing either: NaN must not be lost here.
            let mut moved = (mean - state.mean[i]).abs();
            if free {
                moved += (variance - state.variance[i]).abs();
            }
            change = if moved > change || moved.is_nan() {
                moved
            } else {
                change
            };
            (state.mean[i], state.variance[i]) = (mean, variance);
        }
        change
    }

    /// Iterates to a fixed point.
    pub fn run(&mut self, settings: &Settings) -> Run {
        run(settings, || self.step(settings.damping))
    }

    /// Memory of the packed patterns and of the state, in bytes.
    pub fn bytes(&self) -> usize {
        let (n, m) = (self.state.mean.len(), self.state.g.len());
        let of_jets = |jets: &Jets| 4 * jets.len();
        let rooms = n + m + of_jets(&self.room.weights) + of_jets(&self.room.answers);
        self.operator.bytes() + (7 * n + 4 * m + rooms) * size_of::<f64>()
    }
}

/// Fields and answers whose squares and products are finite.
const BOUND: f64 = 1e140;

impl State {
    /// Whether free entropies of the state can be computed.
    fn is_bounded(&self) -> bool {
        let all = self.field.iter().chain(&self.omega).chain(&self.g);
        all.fold(0.0, |most: f64, x| most.max(x.abs())) < BOUND
    }

    /// Copies without allocating.
    fn clone_from_state(&mut self, other: &State) {
        self.mean.clone_from(&other.mean);
        self.variance.clone_from(&other.variance);
        self.field.clone_from(&other.field);
        self.omega.clone_from(&other.omega);
        self.g.clone_from(&other.g);
        (self.v, self.precision) = (other.v, other.precision);
        (self.multiplier, self.bias) = (other.multiplier, other.bias);
    }
}

/// One finite entry for each weight.
pub(super) fn check(values: &[f64], n: usize) -> Result<(), Unsupported> {
    let valid = values.len() == n && values.iter().all(|x| x.is_finite());
    valid.then_some(()).ok_or(Unsupported::Length)
}
