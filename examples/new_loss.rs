//! A new loss from outside the crate: `ℓ(Δ) = √(1 + (1-Δ)₊²) - 1`, quadratic near stability one and
//! linear far below it.
//!
//! ```text
//! cargo run --release --example new_loss
//! ```
//!
//! | symbol | value |
//! | --- | --- |
//! | zero set | `Δ ≥ 1` |
//! | kink | of the second derivative, at `Δ = 1` |
//!
//! The energy with two derivatives, its zero set and its kinks make it a model. The local partition
//! function, the proximal point, the Moreau envelope and every average have defaults that hold for a
//! convex energy. Closed forms could override them for speed.

use quenched::math::Feature;
use quenched::model::loss::{Loss, ZeroSet, laws};
use quenched::model::prior::{Binary, Spherical};
use quenched::model::{Control, Data, Parameters};
use quenched::replica::ensemble::Ensemble;
use quenched::replica::state::State;
use quenched::replica::sweep::Branches;
use std::error::Error;
use std::sync::Arc;

/// A hinge that is round near its end and straight far below it.
#[derive(Clone, Copy, Debug)]
struct RoundHinge;

impl Loss for RoundHinge {
    fn name(&self) -> String {
        "round-hinge".to_owned()
    }

    fn formula(&self) -> String {
        "√(1 + max(0, 1-x)²) - 1".to_owned()
    }

    fn energy(&self, delta: f64, _p: &Parameters) -> [f64; 3] {
        let gap = (1.0 - delta).max(0.0);
        if delta >= 1.0 {
            return [0.0; 3];
        }
        let root = gap.hypot(1.0);
        [gap * gap / (1.0 + root), -gap / root, root.powi(-3)]
    }

    fn zero_set(&self, _p: &Parameters) -> ZeroSet {
        ZeroSet::HalfLine(1.0)
    }

    fn features(&self, _p: &Parameters, out: &mut Vec<Feature>) {
        out.push(Feature {
            centre: 1.0,
            width: 0.0,
        });
    }
}

/// The dominant state at one load and inverse temperature.
fn state_at(model: &Ensemble, alpha: f64, beta: f64) -> Result<State, Box<dyn Error>> {
    let p = Parameters {
        alpha,
        ..Parameters::default()
    };
    let outcome = model.sweep(&p, Control::Beta, &[beta], Branches::Dominant);
    let state = outcome.first().and_then(|o| o.dominant());
    state
        .cloned()
        .ok_or_else(|| "no saddle point was found".into())
}

fn main() -> Result<(), Box<dyn Error>> {
    obeys_laws();
    finite_temperature()?;
    ground_state()
}

/// The laws that every loss obeys, as the crate's own tests check them.
fn obeys_laws() {
    let p = Parameters {
        beta: 2.0,
        ..Parameters::default()
    };
    let prox = laws::proximal_optimality(&RoundHinge, &p, 1.0);
    println!("laws: largest violation {prox:.0e} (proximal point)");
    assert!(prox < 1e-11);
}

/// Binary weights at finite temperature, checked with `∂φ/∂β = -α ⟨ℓ⟩`.
fn finite_temperature() -> Result<(), Box<dyn Error>> {
    let (alpha, beta, step) = (1.5, 1.0, 1e-4);
    let model = Ensemble::new(Arc::new(Binary), Arc::new(RoundHinge), Data::Storage);
    let state = state_at(&model, alpha, beta)?;
    let seen = state.observables;
    let loss = seen.training_loss.ok_or("a thermal state has a loss")?;
    println!("binary weights, alpha = {alpha}, beta = {beta}:");
    println!("  overlap          {:.12}", seen.q.unwrap_or(f64::NAN));
    println!(
        "  free entropy     {:.12} ± {:.0e}",
        state.potential, state.error_estimate
    );
    println!("  loss per pattern {loss:.12}");
    let above = state_at(&model, alpha, beta + step)?.potential;
    let below = state_at(&model, alpha, beta - step)?.potential;
    let slope = (above - below) / (2.0 * step);
    assert!((slope + alpha * loss).abs() < 1e-8, "{slope}");
    Ok(())
}

/// Spherical weights at zero temperature, checked with `de/dα = ⟨ℓ⟩` at the proximal points.
fn ground_state() -> Result<(), Box<dyn Error>> {
    let (alpha, step) = (3.0, 1e-4);
    let model = Ensemble::new(Arc::new(Spherical), Arc::new(RoundHinge), Data::Storage);
    let at = |alpha| state_at(&model, alpha, f64::INFINITY);
    let state = at(alpha)?;
    let energy = |state: &State| state.observables.ground_state_energy;
    let loss = state.observables.training_loss;
    let loss = loss.ok_or("a ground state has a loss")?;
    println!("spherical weights, alpha = {alpha}, zero temperature:");
    println!(
        "  energy           {:.12} ± {:.0e}",
        energy(&state).ok_or("a ground state has an energy")?,
        state.error_estimate
    );
    let (Some(above), Some(below)) = (energy(&at(alpha + step)?), energy(&at(alpha - step)?))
    else {
        return Err("ground states nearby have energies".into());
    };
    // The energy is e = α⟨M⟩ - 1/(2χ), stationary in χ: its slope is the mean envelope.
    let slope = (above - below) / (2.0 * step);
    println!("  slope in alpha   {slope:.8}, loss per pattern {loss:.8}");
    assert!(
        slope >= loss,
        "an envelope lies above the loss at its proximal point"
    );
    Ok(())
}
