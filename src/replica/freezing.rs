//! Discrete weights at zero temperature with positive energy: the ground state is the state at the
//! temperature where the entropy vanishes (ZT.5, TH.7).

use super::ensemble::Ensemble;
use super::state::{Regime, State};
use crate::model::{Control, Parameters};
use crate::solve::event::bracketed_root;
use crate::solve::{NotConverged, Solution, saddle};

impl Ensemble {
    /// The inverse temperature at which the entropy of discrete weights vanishes, and the state
    /// there (ZT.5, TH.7), following the branch from high temperature.
    ///
    /// # Errors
    /// `Ok(None)` if the entropy stays positive up to β = 1e60.
    pub fn freezing(&self, p: &Parameters) -> Result<Option<(f64, f64, State)>, NotConverged> {
        let at = |lambda: f64| Parameters {
            beta: lambda.exp(),
            ..*p
        };
        let entropy = |s: &Solution, lambda: f64| s.value - lambda.exp() * s.control_slope;
        let mut lambda = (0.2 / p.alpha).clamp(0.05, 1.0).ln();
        let mut last =
            self.solve_from(&self.light_start(&at(lambda)), &at(lambda), Control::Beta)?;
        let mut last_entropy = entropy(&last, lambda);
        let mut step: f64 = 0.5;
        let mut before = (lambda, last_entropy);
        while last_entropy > 0.0 {
            if lambda > 60.0 * 10.0_f64.ln() {
                return Ok(None);
            }
            let ahead = |s: &Solution, by: f64| -> Vec<f64> {
                let slope = s.tangent.clone().unwrap_or_else(|| vec![0.0; s.x.len()]);
                s.x.iter()
                    .zip(slope)
                    .map(|(x, t)| x + t * lambda.exp() * by)
                    .collect()
            };
            match saddle::solve(
                &*self.rs,
                &ahead(&last, step),
                &at(lambda + step),
                Control::Beta,
                &self.tolerances,
            ) {
                Ok(next) => {
                    before = (lambda, last_entropy);
                    lambda += step;
                    last_entropy = entropy(&next, lambda);
                    last = next;
                    step = (step * 1.2).min(1.0);
                }
                Err(error) if step < 1e-3 => return Err(error),
                Err(_) => step *= 0.5,
            }
        }
        let mut warm = last.x.clone();
        let mut solve_at = |lambda: f64| -> Result<Solution, NotConverged> {
            let s = saddle::solve(
                &*self.rs,
                &warm,
                &at(lambda),
                Control::Beta,
                &self.tolerances,
            )?;
            warm.clone_from(&s.x);
            Ok(s)
        };
        let root = bracketed_root(before, (lambda, last_entropy), self.tolerances.event, |l| {
            solve_at(l).map(|s| entropy(&s, l))
        })?;
        let solution = solve_at(root.x)?;
        let beta = root.x.exp();
        // dS/dlnβ by a central difference: it only scales the error estimate.
        let h = 1e-4;
        let slope = (entropy(&solve_at(root.x + h)?, root.x + h)
            - entropy(&solve_at(root.x - h)?, root.x - h))
            / (2.0 * h);
        let entropy_error = solution.value_error * (1.0 + p.alpha * beta) + root.value.abs();
        let beta_error = beta * (entropy_error / slope.abs() + root.width);
        let mut state = self.state(solution, &at(root.x));
        state.regime = Regime::Frozen;
        state.frozen_beta = Some(beta);
        Ok(Some((beta, beta_error, state)))
    }

    /// The frozen ground state at β = ∞ (ZT.5): the state at its freezing temperature, with its
    /// energy.
    ///
    /// # Errors
    /// As for [`freezing`](Self::freezing).
    pub fn frozen_state(&self, p: &Parameters) -> Result<Option<State>, NotConverged> {
        let Some((_, _, mut state)) = self.freezing(p)? else {
            return Ok(None);
        };
        let energy = state.observables.training_loss.map(|loss| loss * p.alpha);
        state.observables.ground_state_energy = energy;
        state.observables.free_entropy = None;
        state.observables.entropy = Some(0.0);
        state.potential = -energy.unwrap_or(f64::INFINITY);
        Ok(Some(state))
    }
}
