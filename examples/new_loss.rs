//! A new loss from outside the crate: the squared hinge `ℓ(Δ) = max(0, 1-Δ)²/2`.
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
//! One required method, `energy`, makes it a model. The local partition function, the proximal
//! point, the Moreau envelope and every average have defaults that hold for a convex energy with a
//! continuous slope, once its kinks are declared. Closed forms could override them for speed.

use quenched::math::{Feature, Real, special};
use quenched::model::scalar::binary::Binary;
use quenched::model::scalar::spherical::Spherical;
use quenched::model::{
    Control, Data, Parameters,
    scalar::{Loss, ZeroSet, check},
};
use quenched::replica::ensemble::Ensemble;
use quenched::replica::state::State;
use quenched::replica::sweep::Branches;
use std::error::Error;

/// Half the squared distance to stability one, from below.
#[derive(Clone, Copy, Debug)]
struct SquaredHinge;

impl Loss for SquaredHinge {
    fn energy<D: Real>(&self, delta: D, _p: &Parameters<D>) -> D {
        if delta.re() < 1.0 {
            (delta - 1.0).square() * 0.5
        } else {
            D::constant(0.0)
        }
    }

    fn zero_set<D: Real>(&self, _p: &Parameters<D>) -> ZeroSet<D> {
        ZeroSet::HalfLine(D::constant(1.0))
    }

    fn features(&self, _p: &Parameters) -> Vec<Feature> {
        vec![Feature {
            centre: 1.0,
            width: 0.0,
        }]
    }
}

/// The dominant state at one inverse temperature.
fn binary_at(alpha: f64, beta: f64) -> Result<State, Box<dyn Error>> {
    let model = Ensemble::new(Binary, SquaredHinge, Data::Storage);
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
    laws();
    finite_temperature()?;
    ground_state()
}

/// The laws that every loss obeys, as the crate's own tests check them.
fn laws() {
    let p = Parameters {
        beta: 2.0,
        ..Parameters::default()
    };
    let derivatives = check::loss_derivatives(&SquaredHinge, &p);
    let prox = check::loss_prox(&SquaredHinge, &p);
    println!(
        "laws: largest violation {derivatives:.0e} (derivatives), {prox:.0e} (proximal point)"
    );
    assert!(derivatives < 1e-7 && prox < 1e-12);
}

/// Binary weights at finite temperature, checked with `∂φ/∂β = -α ⟨ℓ⟩`.
fn finite_temperature() -> Result<(), Box<dyn Error>> {
    let (alpha, beta, step) = (1.5, 1.0, 1e-4);
    let state = binary_at(alpha, beta)?;
    let seen = state.observables;
    let loss = seen.training_loss.ok_or("a thermal state has a loss")?;
    println!("binary weights, alpha = {alpha}, beta = {beta}:");
    println!("  overlap          {:.12}", seen.q.unwrap_or(f64::NAN));
    println!(
        "  free entropy     {:.12} ± {:.0e}",
        state.potential, state.error_estimate
    );
    println!("  loss per pattern {loss:.12}");
    let above = binary_at(alpha, beta + step)?.potential;
    let below = binary_at(alpha, beta - step)?.potential;
    let slope = (above - below) / (2.0 * step);
    assert!((slope + alpha * loss).abs() < 1e-8, "{slope}");
    Ok(())
}

/// Spherical weights at zero temperature: `e = (√(αA) - 1)²/2` with
/// `A = ∫Dz max(0, 1-z)² = 2H(-1) + G(1)`, because the proximal point is linear below the edge.
fn ground_state() -> Result<(), Box<dyn Error>> {
    let model = Ensemble::new(Spherical, SquaredHinge, Data::Storage);
    let p = Parameters {
        alpha: 3.0,
        ..Parameters::default()
    };
    let outcomes = model.sweep(&p, Control::Alpha, &[p.alpha], Branches::Dominant);
    let state = outcomes.first().and_then(|o| o.dominant());
    let state = state.ok_or("no ground state was found")?;
    let energy = state.observables.ground_state_energy;
    let energy = energy.ok_or("a ground state has an energy")?;
    let cost = 2.0 * special::h(-1.0) + special::gauss(1.0);
    let exact = 0.5 * ((p.alpha * cost).sqrt() - 1.0).powi(2);
    println!("spherical weights, alpha = {}, ground state:", p.alpha);
    println!(
        "  energy           {energy:.12} ± {:.0e}",
        state.error_estimate
    );
    println!("  closed form      {exact:.12}");
    assert!((energy - exact).abs() < 1e-12);
    Ok(())
}
