//! A saddle point in ten lines: the binary perceptron at half a pattern per weight.
//!
//! ```text
//! cargo run --release --example saddle_point
//! ```
//!
//! The order parameters solve the saddle-point equations (RS.5); at infinite inverse temperature the
//! value of the free entropy there is the entropy of the solutions (RS.7).

use quenched::model::loss::Theta;
use quenched::model::prior::Binary;
use quenched::model::{Control, Data, Parameters};
use quenched::replica::ensemble::Ensemble;
use quenched::solve::NotConverged;
use std::sync::Arc;

fn main() -> Result<(), NotConverged> {
    let perceptron = Ensemble::new(Arc::new(Binary), Arc::new(Theta), Data::Storage);
    let p = Parameters {
        alpha: 0.5,
        kappa: 0.0,
        ..Parameters::default()
    };
    let start = &perceptron.starts()[0];
    let solution = perceptron.solve_from(start, &p, Control::Alpha)?;
    let state = perceptron.state(solution, &p);

    let q = state.observables.q.expect("the overlap always exists");
    let entropy = state.observables.entropy.expect("solutions are counted");
    println!("overlap   q = {q:.12}");
    println!("entropy   s = {entropy:.12} ± {:.0e}", state.error_estimate);
    println!("residual      {:.0e}", state.residual);
    println!("status        {}", state.status().name());

    // The same numbers from an independent numpy/scipy program (benches/peers).
    assert!((q - 0.322_385_363_224).abs() < 1e-12);
    assert!((entropy - 0.314_390_066_855_625).abs() < 1e-13);
    Ok(())
}
