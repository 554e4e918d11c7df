//! The state around a teacher that meets every pattern with little room to spare (TH.26 to TH.29):
//! few weights differ from the teacher's, each on its own, and one order parameter is left.

use super::ensemble::Ensemble;
use super::observables::{Observables, angle};
use super::state::{Regime, Standing, State};
use crate::math::{Feature, GaussMeasure};
use crate::model::Parameters;
use crate::model::channel::Channel;
use crate::model::loss::ZeroSet;
use crate::model::prior::Alphabet;
use crate::model::site::{Jets, Site};
use crate::solve::event::bracketed_root;
use std::convert::Infallible;

/// Step in `ln v` of the search for the state: it is wide on this scale, a barrier farther out too.
const STEP: f64 = 0.25;
/// Largest error, relative to `½λv`, with which the state is one: then the barrier is far.
const UNSURE: f64 = 1e-2;
/// States whose `ln v` differ by less are the same one in two descriptions.
const SAME: f64 = 0.3;

/// The order parameters and the free entropy of the state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Around {
    /// Mean square difference `v` of a weight from the teacher's.
    variance: f64,
    /// Its conjugate `λ`.
    conjugate: f64,
    /// Free entropy.
    pub value: f64,
    /// Its absolute error: order parameters that are left out, and quadrature.
    pub error: f64,
    /// Its derivative by the load.
    pub by_load: f64,
    /// What is left of the equation, relative to its terms.
    residual: f64,
}

/// Averages over the differences `d` of a weight from the teacher's `w₀`.
#[derive(Default)]
struct Moves {
    /// `E ln Σ_w p_w e^{-λd²/2}`.
    value: f64,
    /// `E⟨d²⟩`.
    square: f64,
    /// `E w₀⟨d⟩`.
    along: f64,
    /// `E⟨d⟩²`, with the field of variance `q̂` that two configurations share.
    shared: f64,
    /// `E⟨d²⟩²`, likewise.
    fluctuation: f64,
    /// `E⟨ln p_w⟩`.
    log_weight: f64,
}

/// Averages over the patterns.
#[derive(Default)]
struct Sums {
    /// `E ln Z`.
    value: f64,
    /// `∂_v` of it.
    by_variance: f64,
    /// `E g²`.
    squared_slope: f64,
    /// `E b²`.
    squared_bend: f64,
    loss: f64,
    error: f64,
}

impl Ensemble {
    /// Room that the teacher's weights leave at every pattern, where they leave some and are discrete.
    fn room(&self, p: &Parameters) -> Option<f64> {
        let discrete_teacher =
            self.disorder.has_teacher() && self.discrete() && self.disorder.clusters().is_none();
        match self.zero_set(p) {
            ZeroSet::HalfLine(edge) if edge < 0.0 && discrete_teacher && p.beta > 0.0 => {
                Some(-edge)
            }
            _ => None,
        }
    }

    fn moves(&self, lambda: f64, q_hat: f64) -> Moves {
        let Alphabet::Atoms(atoms) = self.prior.alphabet() else {
            return Moves::default();
        };
        let mut moves = Moves::default();
        for (own, probability) in self.prior.teacher() {
            let weight = |w: f64| atoms.iter().find(|a| a.0 == w).map_or(1.0, |a| a.1);
            let ln_own = weight(own).ln();
            // Differences with their weights relative to the teacher's own value.
            let others: Vec<(f64, f64, f64)> = atoms
                .iter()
                .filter(|a| a.0 != own)
                .map(|&(w, p)| (w - own, p.ln(), p.ln() - ln_own))
                .map(|(d, ln_p, gap)| (d, ln_p, (gap - 0.5 * lambda * d * d).exp()))
                .collect();
            let rest: f64 = others.iter().map(|o| o.2).sum();
            let scale = probability / (1.0 + rest);
            moves.value += probability * (ln_own + rest.ln_1p());
            moves.log_weight += scale * ln_own;
            for &(d, ln_p, r) in &others {
                moves.square += scale * r * d * d;
                moves.along += scale * r * d * own;
                moves.log_weight += scale * r * ln_p;
                for &(e, _, s) in &others {
                    let both = scale / (1.0 + rest) * r * s * (q_hat * d * e).min(700.0).exp();
                    moves.shared += both * d * e;
                    moves.fluctuation += both * (d * e).powi(2);
                }
            }
        }
        moves
    }

    /// The conjugate at which the mean square difference is `v`, if any positive one is.
    fn conjugate(&self, v: f64) -> Option<f64> {
        let excess = |ln_lambda: f64| self.moves(ln_lambda.exp(), 0.0).square - v;
        let (low, high) = (-30.0, 30.0);
        let ends = (excess(low), excess(high));
        if ends.0 <= 0.0 || ends.1 >= 0.0 {
            return None;
        }
        let ln_square = |s: f64| -> Result<f64, Infallible> {
            Ok((self.moves(s.exp(), 0.0).square.max(1e-300) / v).ln())
        };
        let ends = [low, high].map(|s| (s, ln_square(s).unwrap_or(0.0)));
        let Ok(root) = bracketed_root(ends[0], ends[1], 1e-15, ln_square);
        Some(root.x.exp())
    }

    /// Fields `|u|` of the teacher on its patterns, with the weights of the average.
    fn teacher_fields(&self, measure: &GaussMeasure) -> (Vec<f64>, Vec<f64>) {
        let scale = self.prior.second_moment().sqrt();
        let nodes = measure.nodes().iter().filter(|node| node.0 > 0.0);
        nodes.map(|&(z, weight)| (scale * z, 2.0 * weight)).unzip()
    }

    /// Nodes for the fields, at this variance of a stability.
    fn nodes_around(&self, v: f64, channel: &Channel) -> GaussMeasure {
        let mut features = Vec::with_capacity(4);
        channel.features(v, &mut features);
        features.push(Feature {
            centre: 0.0,
            width: v.sqrt(),
        });
        let scale = self.prior.second_moment().sqrt();
        for f in &mut features {
            (f.centre, f.width) = (f.centre / scale, f.width / scale);
        }
        features.push(Feature {
            centre: 0.0,
            width: 0.0,
        });
        GaussMeasure::graded(&features)
    }

    fn sums_around(&self, v: f64, channel: &Channel, measure: &GaussMeasure, all: bool) -> Sums {
        let (fields, weights) = self.teacher_fields(measure);
        let (mut jets, mut sums) = (Jets::default(), Sums::default());
        channel.fill(&fields, v, None, &mut jets);
        for (i, w) in weights.iter().enumerate() {
            let (g, b) = (jets.slope[i], jets.bend[i]);
            sums.value += w * jets.value[i];
            sums.by_variance += 0.5 * w * (b + g * g);
            sums.squared_slope += w * g * g;
            sums.squared_bend += w * b * b;
        }
        if all {
            let mut out = vec![0.0; fields.len()];
            let mean = |out: &[f64]| weights.iter().zip(out).map(|(w, x)| w * x).sum();
            channel.mean_energy(&fields, v, &mut out);
            sums.loss = mean(&out);
            channel.error_probability(&fields, v, &mut out);
            sums.error = mean(&out);
        }
        sums
    }

    /// The state around the teacher: the maximum of (TH.26) at the smallest `v`.
    pub(super) fn around_teacher(&self, p: &Parameters) -> Option<Around> {
        let room = self.room(p)?;
        let channel = Channel::new(self.loss.clone(), *p);
        // `∂φ/∂ln v`: positive below the state, negative above.
        let slope = |ln_v: f64| -> Option<f64> {
            let v = ln_v.exp();
            let sums = self.sums_around(v, &channel, &self.nodes_around(v, &channel), false);
            Some(v * (0.5 * self.conjugate(v)? + p.alpha * sums.by_variance))
        };
        // There patterns cost nothing yet (TH.27).
        let first = 2.0 * room.ln() - (60.0 + 2.0 * (p.alpha / room).ln().max(0.0)).ln();
        let mut low = (first, slope(first).filter(|s| *s > 0.0)?);
        let high = loop {
            let next = low.0 + STEP;
            // Beyond v = κ² costs grow no faster than √v.
            if next > 2.0 * room.ln() + 1.0 {
                return None;
            }
            let here = slope(next)?;
            if here <= 0.0 {
                break (next, here);
            }
            low = (next, here);
        };
        let root = bracketed_root(low, high, 1e-13, |s| slope(s).ok_or(())).ok()?;
        let around = self.around_at(root.x.exp(), &channel, p)?;
        let scale = 0.5 * around.conjugate * around.variance;
        (around.error <= UNSURE * scale).then_some(around)
    }

    /// The functional at this variance, with the error of what it leaves out (TH.28).
    fn around_at(&self, v: f64, channel: &Channel, p: &Parameters) -> Option<Around> {
        let conjugate = self.conjugate(v)?;
        let nodes = self.nodes_around(v, channel);
        let coarse = self.sums_around(v, channel, &nodes, false);
        let sums = self.sums_around(v, channel, &nodes.refined(), false);
        let moves = self.moves(conjugate, p.alpha * sums.squared_slope);
        let half = 0.5 * conjugate * v;
        let cost = p.alpha * sums.value;
        let left_out = conjugate * moves.shared.abs()
            + 2.0 * (cost * moves.along / self.prior.second_moment()).abs();
        let rounding = 32.0 * f64::EPSILON * (half + cost.abs() + moves.value.abs());
        Some(Around {
            variance: v,
            conjugate,
            value: half + moves.value + cost,
            error: left_out + p.alpha * (sums.value - coarse.value).abs() + rounding,
            by_load: sums.value,
            residual: (1.0 + 2.0 * p.alpha * sums.by_variance / conjugate).abs(),
        })
    }

    /// The same with its observables.
    pub(super) fn state_around(&self, around: &Around, p: &Parameters) -> State {
        let channel = Channel::new(self.loss.clone(), *p);
        let v = around.variance;
        let nodes = self.nodes_around(v, &channel).refined();
        let sums = self.sums_around(v, &channel, &nodes, true);
        let q_hat = p.alpha * sums.squared_slope;
        let moves = self.moves(around.conjugate, q_hat);
        let rho = self.prior.second_moment();
        let norm = rho + 2.0 * moves.along + moves.square;
        let (m, own) = (rho + moves.along, moves.square - moves.shared);
        let free = |value: f64| self.rs.dimension() > 4 && value.is_finite();
        // √(ρQ - m²) and √(ρq - m²).
        let across = |square: f64| (rho * square - moves.along * moves.along).max(0.0).sqrt();
        let hard = p.beta.is_infinite();
        let energy = if hard {
            0.0
        } else {
            p.beta * p.alpha * sums.loss
        };
        State {
            regime: if hard {
                Regime::Satisfied
            } else {
                Regime::Thermal
            },
            x: Vec::new(),
            observables: Observables {
                q: Some(norm - own),
                q_hat: Some(q_hat),
                norm: free(norm).then_some(norm),
                norm_hat: free(norm).then_some(around.conjugate),
                m: Some(m),
                m_hat: Some(around.conjugate + q_hat),
                free_entropy: (!hard).then_some(around.value),
                entropy: Some(around.value - moves.log_weight + energy),
                ground_state_energy: hard.then_some(0.0),
                training_loss: Some(sums.loss),
                training_error: Some(sums.error),
                generalization_error: Some(angle(m, across(moves.square))),
                bayes_error: Some(angle(m, across(moves.shared))),
                at_stability: Some(1.0 - p.alpha * sums.squared_bend * moves.fluctuation),
                ..Observables::default()
            },
            potential: around.value,
            residual: around.residual,
            potential_error: around.error,
            // What is left out moves conjugates in proportion.
            error_estimate: around
                .error
                .max(around.error / (0.5 * around.conjugate * v)),
            frozen_beta: None,
            discrete: true,
            planted: false,
            standing: Standing::Dominant,
            stats: Default::default(),
        }
    }

    /// Whether a state is this one in the coordinates of the interior.
    pub(super) fn is_around(&self, state: &State, around: &Around) -> bool {
        let observables = &state.observables;
        let norm = observables.norm.unwrap_or(self.prior.second_moment());
        let left = observables.q.map(|q| norm - q).filter(|left| *left > 0.0);
        state.standing != Standing::Barrier
            && left.is_some_and(|left| (left / around.variance).ln().abs() < SAME)
    }
}
