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
use super::channel::Regime;
use super::iteration::{Run, Settings, Unsupported, run};
use super::kernel::{Operator, Tables};
use super::patterns::Patterns;
use super::shell::Shell;
use crate::model::scalar::spherical::Spherical;
use crate::model::{
    Bias, Parameters,
    scalar::{Loss, Prior},
};

/// What keeps the weights of a minimum finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Confinement {
    /// A ridge `λ|w|²/2` of strength `λ > 0`.
    Ridge(f64),
    /// The sphere `|w|² = N Q` of squared norm `Q > 0`.
    Sphere(f64),
}

impl Confinement {
    pub(super) fn check(self) -> Result<(), Unsupported> {
        let (Confinement::Ridge(x) | Confinement::Sphere(x)) = self;
        let valid = x > 0.0 && x.is_finite();
        valid.then_some(()).ok_or(Unsupported::Confinement)
    }

    /// Stiffness `Â` of a weight when the patterns contribute `reaction` and fields have mean square
    /// `square` (MX.61).
    pub(super) fn stiffness(self, reaction: f64, square: f64) -> f64 {
        match self {
            Confinement::Ridge(lambda) => lambda + reaction,
            Confinement::Sphere(norm) => (square / norm).sqrt(),
        }
    }
}

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
    /// Precision `a` of the weights, radius multiplier included (MP.7).
    pub precision: f64,
    /// What a ridge or a given norm contributes to it: `λ` or the multiplier (MX.61).
    pub multiplier: f64,
    /// Bias `B`, zero without clusters.
    pub bias: f64,
}

/// Message passing on one instance.
#[derive(Clone, Debug)]
pub struct Amp<'a, P, L> {
    pub(super) operator: Operator<'a>,
    pub(super) prior: P,
    pub(super) loss: L,
    pub(super) p: Parameters,
    pub(super) regime: Regime,
    pub(super) confinement: Confinement,
    pub(super) clusters: Option<Biased>,
    pub(super) shell: Option<Shell>,
    pub(super) external: Vec<f64>,
    pub(super) state: State,
    old: State,
    table: Tables,
}

impl<'a, P: Prior, L: Loss> Amp<'a, P, L> {
    /// Starts at zero means. At β = ∞ it averages over configurations that satisfy every pattern.
    ///
    /// # Errors
    /// [`Unsupported`] where β is none, or every configuration costs at β = ∞.
    pub fn new(
        patterns: &'a Patterns,
        prior: P,
        loss: L,
        p: Parameters,
    ) -> Result<Self, Unsupported> {
        if p.beta.is_nan() || p.beta < 0.0 {
            return Err(Unsupported::Beta);
        }
        let regime = Regime::of(&loss, &p).ok_or(Unsupported::NoSolutions)?;
        Ok(Self::in_regime(patterns, prior, loss, p, regime))
    }

    fn in_regime(patterns: &'a Patterns, prior: P, loss: L, p: Parameters, regime: Regime) -> Self {
        let (m, n) = (patterns.rows(), patterns.columns());
        let precision = prior.norm_precision(0.0, 0.0);
        let variance = match regime {
            Regime::Minimum => 1.0,
            _ => prior.variance(precision, 0.0),
        };
        let state = State {
            mean: vec![0.0; n],
            variance: vec![variance; n],
            field: vec![0.0; n],
            omega: vec![0.0; m],
            g: vec![0.0; m],
            v: variance,
            precision,
            multiplier: 0.0,
            bias: 0.0,
        };
        Amp {
            operator: Operator::new(patterns),
            confinement: Confinement::Sphere(1.0),
            clusters: None,
            shell: None,
            external: vec![0.0; n],
            old: state.clone(),
            state,
            table: Vec::new(),
            prior,
            loss,
            p,
            regime,
        }
    }

    /// For patterns `y x` of a mixture: entries of this variance around a common centre, and a bias
    /// (MX.60, MX.62).
    ///
    /// # Errors
    /// [`Unsupported`] where the labels do not fit the patterns, the variance is not positive, or a
    /// bias is to be learned for a loss that jumps, at finite β.
    pub fn on_clusters(mut self, clusters: Biased) -> Result<Self, Unsupported> {
        clusters.check(self.state.g.len())?;
        let many = self.regime == Regime::Gibbs && self.loss.jumps();
        if many && clusters.bias == Bias::Learned {
            return Err(Unsupported::LearnedBias);
        }
        self.clusters = Some(clusters);
        Ok(self)
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

    /// Starts anew at these means, with no answers of patterns.
    ///
    /// # Errors
    /// [`Unsupported::Length`] where there is not one finite mean for each weight.
    pub fn start_at(&mut self, mean: &[f64]) -> Result<(), Unsupported> {
        check(mean, self.external.len())?;
        self.state.mean.copy_from_slice(mean);
        for (variance, m) in self.state.variance.iter_mut().zip(mean) {
            *variance = (1.0 - m * m).max(0.0);
        }
        self.state.g.fill(0.0);
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

    /// The state of the last iteration.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// One iteration, keeping a part `damping` of the old means, with clusters at least the part at
    /// which their axis settles (MX.64); the largest change of a mean and of the bias, or `None` where numbers became infinite, with the state before it restored.
    pub fn step(&mut self, damping: f64) -> Option<f64> {
        self.old.clone_from_state(&self.state);
        let answered = self.answer_of_patterns();
        let moved = self.means_in_fields(damping.max(self.settling()));
        let change = moved + (self.state.bias - self.old.bias).abs();
        let finite = change.is_finite() && self.state.v.is_finite() && self.state.v > 0.0;
        let finite = finite && answered.is_some();
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
        let (state, regime) = (&mut self.state, self.regime);
        let spread = self.clusters.as_ref().map_or(1.0, |c| c.variance);
        let v = spread * (state.variance.iter().sum::<f64>() / n);
        state.v = v;
        self.operator
            .forward(&state.mean, &mut self.table, &mut state.omega);
        let scale = n.sqrt().recip();
        for (omega, g) in state.omega.iter_mut().zip(&state.g) {
            *omega = *omega * scale - v * *g;
        }
        let respond = |omega: f64| regime.respond(&self.loss, omega, v, &self.p);
        if let Some(clusters) = &self.clusters {
            state.bias = clusters.shift(&mut state.omega, state.bias, respond)?;
        }
        let mut bend = 0.0;
        for (omega, g) in state.omega.iter().zip(&mut state.g) {
            let response = respond(*omega);
            *g = response.g;
            bend += response.bend;
        }
        state.precision = spread * (bend / n);
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
        let total = |i: usize, field: &[f64]| field[i] + self.external[i];
        let n = state.mean.len();
        let square = (0..n).map(|i| total(i, &state.field).powi(2)).sum::<f64>() / n as f64;
        let minimum = self.regime == Regime::Minimum;
        let reaction = state.precision;
        state.precision = if minimum {
            self.confinement.stiffness(reaction, square)
        } else {
            self.prior.norm_precision(reaction, square)
        };
        state.multiplier = state.precision - reaction;
        let mut change = 0.0f64;
        for i in 0..n {
            let b = total(i, &state.field);
            let [mean, variance] = if minimum {
                [b / state.precision, state.precision.recip()]
            } else {
                let [_, mean, variance] = self.prior.jet(state.precision, b);
                [mean, variance]
            };
            let mean = (1.0 - damping) * mean + damping * state.mean[i];
            let variance = (1.0 - damping) * variance + damping * state.variance[i];
            // A sum, and not a maximum, would hide nothing either: NaN must not be lost here.
            let moved = (mean - state.mean[i]).abs();
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
        self.operator.bytes() + (7 * n + 4 * m) * size_of::<f64>()
    }
}

impl<'a, L: Loss> Amp<'a, Spherical, L> {
    /// The minimum of a convex energy on the sphere `|w|² = N` (MP.9). Where every pattern can be
    /// satisfied at no cost the minimum is not unique and the iteration does not converge.
    ///
    /// # Errors
    /// [`Unsupported::NotConvex`] for losses that jump.
    pub fn ground_state(
        patterns: &'a Patterns,
        loss: L,
        p: Parameters,
    ) -> Result<Self, Unsupported> {
        Self::minimum(patterns, loss, p, Confinement::Sphere(1.0))
    }

    /// The minimum of a convex energy with a ridge, or on a sphere of any norm (MX.61). The means at
    /// a fixed point are the minimiser itself.
    ///
    /// # Errors
    /// [`Unsupported::NotConvex`] for losses that jump, [`Unsupported::Confinement`] for a ridge or a
    /// norm that is not positive.
    pub fn minimum(
        patterns: &'a Patterns,
        loss: L,
        mut p: Parameters,
        confinement: Confinement,
    ) -> Result<Self, Unsupported> {
        if loss.jumps() {
            return Err(Unsupported::NotConvex);
        }
        confinement.check()?;
        p.beta = f64::INFINITY;
        let amp = Self::in_regime(patterns, Spherical, loss, p, Regime::Minimum);
        Ok(Amp { confinement, ..amp })
    }
}

impl State {
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
