//! States at the boundary of the domain, known in closed form: the teacher itself, and no
//! interaction at all.

use super::around_teacher::Around;
use super::ensemble::Ensemble;
use super::observables::Observables;
use super::state::{Regime, Standing, State};
use crate::math::{Feature, average};
use crate::model::loss::{ZeroSet, features_of};
use crate::model::prior::Alphabet;
use crate::model::{Bias, Mixture, Parameters};

/// How far, relative to each other, the conjugates of a state on the Nishimori line may differ.
const NISHIMORI: f64 = 1e-3;

impl Ensemble {
    /// Whether the solver's coordinates can be those of a state: where the student's posterior is the
    /// true one, `m = q` holds exactly (RS.10), and saddle points elsewhere mean nothing.
    pub(super) fn possible(&self, x: &[f64], p: &Parameters) -> bool {
        let posterior = self.disorder.has_teacher()
            && p.beta.is_infinite()
            && self.zero_set(p) == ZeroSet::HalfLine(0.0);
        match x {
            [_, ln_q_hat, _, asinh_m_hat, ..] if posterior => {
                (asinh_m_hat.sinh() / ln_q_hat.exp() - 1.0).abs() < NISHIMORI
            }
            _ => true,
        }
    }

    /// Whether the teacher's own weights are an isolated state (RS.11): patterns whose stability lies
    /// at a jump of the energy pull every other weight vector away from it, be it by little. At
    /// β = ∞ they must satisfy every pattern.
    pub(super) fn planted(&self, p: &Parameters) -> bool {
        let discrete_teacher = self.disorder.has_teacher() && self.discrete();
        discrete_teacher
            && self.falls_at_edge(p)
            && p.beta > 0.0
            && match self.zero_set(p) {
                ZeroSet::HalfLine(edge) => edge == 0.0 || (edge > 0.0 && p.beta.is_finite()),
                _ => false,
            }
    }

    /// Whether the weight of a stability jumps at the end of the zero set.
    fn falls_at_edge(&self, p: &Parameters) -> bool {
        self.jumps() || p.beta.is_infinite()
    }

    /// Free entropy of the teacher's own weights, or of the state around them, where either competes
    /// with all others; its derivative by the load, its error, and the state around.
    pub(super) fn rival(&self, p: &Parameters) -> Option<(f64, f64, f64, Option<Around>)> {
        if self.planted(p) {
            let potential = self.teacher_potential(p);
            let per_load = (potential - self.teacher_log_weight()) / p.alpha;
            return Some((potential, per_load, 0.0, None));
        }
        let around = self.around_teacher(p)?;
        Some((around.value, around.by_load, around.error, Some(around)))
    }

    /// Mean energy of a pattern at the teacher's own weights, where stabilities are `√ρ |z|`, and its
    /// error: panels narrower than rounding are not resolved.
    fn teacher_loss(&self, p: &Parameters) -> (f64, f64) {
        let satisfied = match self.zero_set(p) {
            ZeroSet::HalfLine(edge) => edge <= 0.0,
            _ => false,
        };
        if p.beta.is_infinite() || satisfied {
            return (0.0, 0.0);
        }
        let mut features = features_of(&*self.loss, p);
        features.push(Feature {
            centre: 0.0,
            width: 0.0,
        });
        let scale = self.prior.second_moment().sqrt();
        for f in &mut features {
            (f.centre, f.width) = (f.centre / scale, f.width / scale);
        }
        let energy = |z: f64| {
            if z < 0.0 {
                0.0
            } else {
                2.0 * self.loss.energy(scale * z, p)[0]
            }
        };
        let mean = average(&features, energy);
        (mean.value, mean.error + 8.0 * f64::EPSILON)
    }

    /// Mean logarithm of the prior weight of the teacher's own values: zero where the prior counts.
    fn teacher_log_weight(&self) -> f64 {
        let Alphabet::Atoms(atoms) = self.prior.alphabet() else {
            return 0.0;
        };
        let weight = |w: f64| atoms.iter().find(|a| a.0 == w).map_or(1.0, |a| a.1);
        let teacher = self.prior.teacher();
        teacher.iter().map(|&(w, p)| p * weight(w).ln()).sum()
    }

    /// Free entropy of the teacher's own weights (RS.27).
    fn teacher_potential(&self, p: &Parameters) -> f64 {
        let cost = if p.beta.is_infinite() {
            0.0
        } else {
            p.alpha * p.beta * self.teacher_loss(p).0
        };
        self.teacher_log_weight() - cost
    }

    /// The teacher's own weights as an isolated state, where the model has one.
    pub fn perfect(&self, p: &Parameters) -> Option<State> {
        if !self.planted(p) {
            return None;
        }
        let (loss, loss_error) = self.teacher_loss(p);
        let potential = self.teacher_potential(p);
        let weight = if loss_error > 0.0 {
            p.alpha * p.beta
        } else {
            0.0
        };
        Some(State {
            regime: Regime::Perfect,
            x: Vec::new(),
            observables: Observables {
                q: Some(self.prior.second_moment()),
                m: Some(self.prior.second_moment()),
                free_entropy: p.beta.is_finite().then_some(potential),
                entropy: Some(0.0),
                ground_state_energy: p.beta.is_infinite().then_some(0.0),
                training_loss: Some(loss),
                training_error: Some(0.0),
                generalization_error: Some(0.0),
                bayes_error: Some(0.0),
                ..Observables::default()
            },
            potential,
            residual: 0.0,
            potential_error: weight * loss_error,
            error_estimate: weight * loss_error,
            frozen_beta: None,
            discrete: true,
            planted: true,
            standing: Standing::Dominant,
            stats: Default::default(),
        })
    }

    /// The state without interaction, β = 0 (RS.14).
    pub fn free(&self, p: &Parameters) -> State {
        if let Some((mixture, bias)) = self.disorder.clusters() {
            return self.free_among(mixture, bias, p);
        }
        let mut features = features_of(&*self.loss, p);
        features.push(Feature {
            centre: 0.0,
            width: 0.0,
        });
        let loss = average(&features, |z| self.loss.energy(z, p)[0]);
        let phi = self.free_entropy_without_patterns;
        let teacher = |value: f64| self.disorder.has_teacher().then_some(value);
        let observables = Observables {
            q: Some(0.0),
            q_hat: Some(0.0),
            m: teacher(0.0),
            m_hat: teacher(0.0),
            free_entropy: Some(phi),
            entropy: Some(phi),
            training_loss: Some(loss.value),
            training_error: Some(0.5),
            generalization_error: teacher(0.5),
            bayes_error: teacher(0.5),
            at_stability: Some(1.0),
            ..Observables::default()
        };
        self.without_patterns(observables, loss.error)
    }

    /// The same with clusters: a bias that nothing determines is zero.
    fn free_among(&self, mixture: &Mixture, bias: Bias, p: &Parameters) -> State {
        let bias = match bias {
            Bias::Fixed(bias) => bias,
            Bias::Learned => 0.0,
        };
        let width = mixture.delta().sqrt();
        let loss = |y: f64| {
            let at = |omega: f64| (omega - y * bias) / width;
            let mut features = features_of(&*self.loss, p);
            for f in &mut features {
                (f.centre, f.width) = (at(f.centre), f.width / width);
            }
            average(&features, |z| self.loss.energy(y * bias + width * z, p)[0])
        };
        let phi = self.free_entropy_without_patterns;
        let error = mixture.error(0.0, 1.0, bias);
        let observables = Observables {
            q: Some(0.0),
            q_hat: Some(0.0),
            m: Some(0.0),
            m_hat: Some(0.0),
            bias: Some(bias),
            free_entropy: Some(phi),
            entropy: Some(phi),
            training_loss: Some(mixture.mean(|y| loss(y).value)),
            training_error: Some(error),
            generalization_error: Some(error),
            at_stability: Some(1.0),
            ..Observables::default()
        };
        self.without_patterns(observables, mixture.mean(|y| loss(y).error))
    }

    fn without_patterns(&self, observables: Observables, error_estimate: f64) -> State {
        State {
            potential: self.free_entropy_without_patterns,
            potential_error: error_estimate,
            error_estimate,
            discrete: self.discrete(),
            ..State::bare(Regime::Free, observables)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Control, Data, loss::Theta, prior::Binary};
    use crate::replica::state::Outcome;
    use crate::replica::sweep::Branches;
    use crate::solve::saddle;
    use std::sync::Arc;

    #[test]
    fn saddle_points_off_the_nishimori_line_are_no_states() {
        let model = Ensemble::new(Arc::new(Binary), Arc::new(Theta), Data::Teacher);
        let p = Parameters {
            alpha: 0.03,
            ..Parameters::default()
        };
        let off = [13.1001350, 1.92506617, 8.1261756, 3.30945749];
        let saddle = saddle::solve(&*model.rs, &off, &p, Control::Alpha, &model.tolerances)
            .expect("a saddle point");
        assert!(!model.possible(&saddle.x, &p));
        let found = model.sweep(&p, Control::Alpha, &[p.alpha], Branches::All);
        let [Outcome::States(states)] = &found[..] else {
            panic!("one outcome");
        };
        for (_, state) in states {
            let (q, m) = (state.observables.q, state.observables.m);
            assert!((q.unwrap() - m.unwrap()).abs() < 1e-12);
        }
    }
}
