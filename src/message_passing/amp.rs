//! Approximate message passing with the Onsager term, for any prior and any loss (MP.4–MP.9).
//!
//! | symbol | meaning |
//! | --- | --- |
//! | `m_i`, `σ_i` | mean and variance of a weight |
//! | `b_i`, `a` | field of the patterns on a weight, and their precision |
//! | `ω_μ`, `v` | mean and variance of a stability without its own pattern |
//! | `g_μ` | answer of a pattern, `∂_ω ln Z_ℓ(ω_μ, v)` |
//!
//! One iteration costs two products with the patterns and allocates nothing.

use super::channel::Regime;
use super::iteration::{Run, Settings, Thermodynamics, Unsupported, run};
use super::kernel::{Operator, Tables};
use super::patterns::Patterns;
use crate::model::spherical::Spherical;
use crate::model::{Loss, Parameters, Prior};

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
    /// Variance `v` of the stabilities, `Σσ/N`.
    pub v: f64,
    /// Precision `a` of the weights, radius multiplier included (MP.7).
    pub precision: f64,
}

/// Message passing on one instance.
#[derive(Clone, Debug)]
pub struct Amp<'a, P, L> {
    operator: Operator<'a>,
    prior: P,
    loss: L,
    p: Parameters,
    regime: Regime,
    external: Vec<f64>,
    state: State,
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
        };
        Amp {
            operator: Operator::new(patterns),
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

    /// The state of the last iteration.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// One iteration, keeping a part `damping` of the old means; the largest change of a mean, or
    /// `None` where numbers became infinite, with the state before it restored.
    pub fn step(&mut self, damping: f64) -> Option<f64> {
        self.old.clone_from_state(&self.state);
        self.answer_of_patterns();
        let change = self.means_in_fields(damping);
        let finite = change.is_finite() && self.state.v.is_finite() && self.state.v > 0.0;
        if !finite {
            std::mem::swap(&mut self.state, &mut self.old);
            return None;
        }
        Some(change)
    }

    /// Fields of the stabilities and the answers of the patterns (MP.4, MP.5).
    fn answer_of_patterns(&mut self) {
        let n = self.state.mean.len() as f64;
        let state = &mut self.state;
        state.v = state.variance.iter().sum::<f64>() / n;
        self.operator
            .forward(&state.mean, &mut self.table, &mut state.omega);
        let scale = n.sqrt().recip();
        let mut bend = 0.0;
        for (omega, g) in state.omega.iter_mut().zip(&mut state.g) {
            *omega = *omega * scale - state.v * *g;
            let response = self.regime.respond(&self.loss, *omega, state.v, &self.p);
            *g = response.g;
            bend += response.bend;
        }
        state.precision = bend / n;
        self.operator
            .backward(&state.g, &mut self.table, &mut state.field);
        for (field, mean) in state.field.iter_mut().zip(&state.mean) {
            *field = *field * scale + state.precision * mean;
        }
    }

    /// Means and variances of the weights in their fields (MP.6, MP.7).
    fn means_in_fields(&mut self, damping: f64) -> f64 {
        let state = &mut self.state;
        let total = |i: usize, field: &[f64]| field[i] + self.external[i];
        let n = state.mean.len();
        let square = (0..n).map(|i| total(i, &state.field).powi(2)).sum::<f64>() / n as f64;
        let minimum = self.regime == Regime::Minimum;
        state.precision = if minimum {
            square.sqrt()
        } else {
            self.prior.norm_precision(state.precision, square)
        };
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

    /// Free entropy, energy, entropy and overlap of the present state; they mean something at a
    /// fixed point.
    pub fn thermodynamics(&self) -> Thermodynamics {
        let state = &self.state;
        let n = state.mean.len() as f64;
        let energy = state
            .omega
            .iter()
            .map(|&omega| self.regime.energy(&self.loss, omega, state.v, &self.p))
            .sum::<f64>()
            / n;
        let overlap = state.mean.iter().map(|m| m * m).sum::<f64>() / n;
        if self.regime == Regime::Minimum {
            return Thermodynamics {
                free_entropy: -energy,
                energy,
                entropy: 0.0,
                overlap,
            };
        }
        let free_entropy = (self.weights_term() + self.patterns_term()) / n;
        let beta_energy = if self.p.beta.is_finite() {
            self.p.beta * energy
        } else {
            0.0
        };
        Thermodynamics {
            free_entropy,
            energy,
            entropy: free_entropy + beta_energy,
            overlap,
        }
    }

    /// Part of the weights in MP.8.
    fn weights_term(&self) -> f64 {
        let state = &self.state;
        let term = |i: usize| {
            let (m, b) = (state.mean[i], state.field[i]);
            self.prior.ln_z(state.precision, b + self.external[i])
                + 0.5 * state.precision * (m * m + state.variance[i])
                - b * m
        };
        (0..state.mean.len()).map(term).sum()
    }

    /// Part of the patterns in MP.8.
    fn patterns_term(&self) -> f64 {
        let state = &self.state;
        let term = |(&omega, &g): (&f64, &f64)| {
            let response = self.regime.respond(&self.loss, omega, state.v, &self.p);
            response.ln_z + 0.5 * state.v * g * g
        };
        state.omega.iter().zip(&state.g).map(term).sum()
    }

    /// `m·w/N`, the overlap of the means with a configuration.
    pub fn overlap_with(&self, w: &[f64]) -> f64 {
        let pairs = self.state.mean.iter().zip(w);
        pairs.map(|(m, w)| m * w).sum::<f64>() / self.state.mean.len() as f64
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
        mut p: Parameters,
    ) -> Result<Self, Unsupported> {
        if loss.jumps() {
            return Err(Unsupported::NotConvex);
        }
        p.beta = f64::INFINITY;
        Ok(Self::in_regime(
            patterns,
            Spherical,
            loss,
            p,
            Regime::Minimum,
        ))
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
    }
}

/// One finite entry for each weight.
fn check(values: &[f64], n: usize) -> Result<(), Unsupported> {
    let valid = values.len() == n && values.iter().all(|x| x.is_finite());
    valid.then_some(()).ok_or(Unsupported::Length)
}
