//! Message passing on patterns of two clusters, against minimisers found by other means and against
//! the replica theory.

use nalgebra::{DMatrix, DVector};
use quenched::message_passing::Confinement;
use quenched::message_passing::iteration::Status;
use quenched::message_passing::{
    Amp, Biased, Instance, InstanceSpec, Patterns, RealMatrix, Settings,
};
use quenched::model::channel::Channel;
use quenched::model::loss::{CrossEntropy, Hinge, Loss, Square};
use quenched::model::{Bias, Mixture, Parameters};
use std::sync::Arc;

const SEED: u64 = 20;

/// Patterns of two clusters.
struct Drawn {
    patterns: RealMatrix,
    labels: Vec<f64>,
}

fn sample(n: usize, alpha: f64, mixture: &Mixture, seed: u64, sample: u64) -> Drawn {
    let spec = InstanceSpec::mixture(n, alpha, *mixture);
    let instance = Instance::sample(&spec, seed, sample);
    let clusters = instance.clusters.expect("of clusters");
    let Patterns::Real(patterns) = instance.patterns else {
        panic!("signs")
    };
    Drawn {
        patterns,
        labels: clusters.labels,
    }
}

fn parameters(gamma: f64) -> Parameters {
    Parameters {
        gamma,
        ..Parameters::default()
    }
}

fn settings() -> Settings {
    Settings {
        tolerance: 1e-12,
        max_iterations: 5000,
        damping: 0.0,
    }
}

fn clusters(drawn: &Drawn, mixture: &Mixture, bias: Bias) -> Biased {
    Biased {
        variance: mixture.delta(),
        labels: drawn.labels.clone(),
        bias,
    }
}

/// A minimiser: weights, bias, multiplier.
struct Minimiser {
    w: Vec<f64>,
    bias: f64,
    multiplier: f64,
    energy: f64,
}

fn by_messages(
    drawn: &Drawn,
    mixture: &Mixture,
    (loss, p): (impl Loss + 'static, Parameters),
    bias: Bias,
    confinement: Confinement,
) -> Minimiser {
    let patterns = Patterns::Real(drawn.patterns.clone());
    let amp =
        Amp::minimum(&patterns, Channel::new(Arc::new(loss), p), confinement).expect("convex");
    let mut amp = amp
        .on_clusters(clusters(drawn, mixture, bias))
        .expect("fits");
    let run = amp.run(&settings());
    println!("{mixture:?} {bias:?} {confinement:?}: {run:?}");
    assert_eq!(run.status, Status::Converged, "{run:?}");
    Minimiser {
        w: amp.state().mean.clone(),
        bias: amp.state().bias,
        multiplier: amp.state().multiplier,
        energy: amp.thermodynamics().energy,
    }
}

/// Stabilities of a classifier.
fn stabilities(drawn: &Drawn, found: &Minimiser) -> Vec<f64> {
    let root = (found.w.len() as f64).sqrt();
    let rows = drawn.labels.iter().enumerate();
    rows.map(|(mu, y)| {
        let pairs = drawn.patterns.row(mu).iter().zip(&found.w);
        pairs.map(|(x, w)| x * w).sum::<f64>() / root + y * found.bias
    })
    .collect()
}

/// Damped Newton on the risk itself, weights and bias together.
fn by_newton(
    drawn: &Drawn,
    lambda: f64,
    bias: Bias,
    slopes: impl Fn(f64) -> [f64; 2],
) -> (Vec<f64>, f64) {
    let (m, n) = (drawn.patterns.rows(), drawn.patterns.columns());
    let free = usize::from(bias == Bias::Learned);
    let given = match bias {
        Bias::Fixed(b) => b,
        Bias::Learned => 0.0,
    };
    let root = (n as f64).sqrt();
    let design = DMatrix::from_fn(m, n + free, |mu, i| {
        if i < n {
            drawn.patterns.row(mu)[i] / root
        } else {
            drawn.labels[mu]
        }
    });
    let labels = DVector::from_column_slice(&drawn.labels);
    let mut x = DVector::zeros(n + free);
    for _ in 0..100 {
        let z = &design * &x + &labels * given;
        let slope = z.map(|z| slopes(z)[0]);
        let bend = z.map(|z| slopes(z)[1]);
        let mut gradient = design.transpose() * slope;
        let mut hessian = design.transpose() * DMatrix::from_diagonal(&bend) * &design;
        for i in 0..n {
            gradient[i] += lambda * x[i];
            hessian[(i, i)] += lambda;
        }
        let step = hessian.lu().solve(&gradient).expect("positive");
        // Far away steps of a convex function are shortened.
        let size = step.amax();
        x -= &step * (1.0 / size).min(1.0);
        if size < 1e-13 {
            break;
        }
    }
    let learned = if free == 1 { x[n] } else { given };
    (x.iter().take(n).copied().collect(), learned)
}

fn same(found: &Minimiser, (w, bias): (Vec<f64>, f64)) {
    let off = found.w.iter().zip(&w).map(|(a, b)| (a - b).abs());
    let off = off.fold(0.0, f64::max);
    assert!(off < 1e-9, "{off:e}");
    assert!((found.bias - bias).abs() < 1e-9, "{} {bias}", found.bias);
}

#[test]
fn fixed_points_are_the_minimisers_of_smooth_losses() {
    for (delta, rho, alpha) in [(1.0, 0.5, 2.0), (0.5, 0.2, 1.0), (2.0, 0.3, 0.5)] {
        let mixture = Mixture::new(delta, rho).unwrap();
        let drawn = sample(120, alpha, &mixture, SEED, 0);
        for bias in [Bias::Learned, Bias::Fixed(-0.4)] {
            for lambda in [0.1, 1.0, 100.0] {
                let ridge = Confinement::Ridge(lambda);
                let p = parameters(0.5);
                let found = by_messages(&drawn, &mixture, (Square, p), bias, ridge);
                same(&found, by_newton(&drawn, lambda, bias, |z| [z - 1.0, 1.0]));
                for gamma in [0.5, 3.0] {
                    let p = parameters(gamma);
                    let found = by_messages(&drawn, &mixture, (CrossEntropy, p), bias, ridge);
                    let slopes = |z: f64| {
                        let s = 1.0 / (1.0 + (2.0 * gamma * z).exp());
                        [-s, 2.0 * gamma * s * (1.0 - s)]
                    };
                    same(&found, by_newton(&drawn, lambda, bias, slopes));
                }
            }
        }
    }
}

/// The conditions that single out the minimum of a convex risk: `λ w = Σ a ξ/√N` and, for a learned
/// bias, `Σ y a = 0` with `a` between minus the two slopes of the loss at each stability. `a` is
/// least squares on the patterns at the kink, given elsewhere.
fn hinge_is_minimal(drawn: &Drawn, found: &Minimiser, lambda: f64, bias: Bias) -> usize {
    let (n, root) = (found.w.len(), (found.w.len() as f64).sqrt());
    let z = stabilities(drawn, found);
    let kink: Vec<usize> = (0..z.len())
        .filter(|mu| (z[*mu] - 1.0).abs() < 1e-8)
        .collect();
    let mut left = DVector::from_fn(n + 1, |i, _| if i < n { lambda * found.w[i] } else { 0.0 });
    let column = |mu: usize| {
        DVector::from_fn(n + 1, |i, _| match (i < n, bias) {
            (true, _) => drawn.patterns.row(mu)[i] / root,
            (false, Bias::Learned) => drawn.labels[mu],
            _ => 0.0,
        })
    };
    for mu in (0..z.len()).filter(|mu| z[*mu] < 1.0 && !kink.contains(mu)) {
        left -= column(mu);
    }
    if kink.is_empty() {
        assert!(left.amax() < 1e-9, "{left}");
        return 0;
    }
    let active = DMatrix::from_columns(&kink.iter().map(|mu| column(*mu)).collect::<Vec<_>>());
    let svd = active.clone().svd(true, true);
    let a = svd.solve(&left, 1e-12).expect("factors");
    let miss = (active * &a - left).amax();
    println!("{} of {} at the kink, {miss:e}", kink.len(), z.len());
    assert!(miss < 1e-8, "{miss:e}");
    assert!(a.iter().all(|a| (-1e-8..=1.0 + 1e-8).contains(a)), "{a}");
    kink.len()
}

#[test]
fn fixed_points_are_the_minimisers_of_the_hinge() {
    let mut at_kink = 0;
    for (delta, rho, alpha) in [(1.0, 0.5, 2.0), (0.5, 0.2, 1.0), (2.0, 0.3, 0.5)] {
        let mixture = Mixture::new(delta, rho).unwrap();
        let drawn = sample(120, alpha, &mixture, SEED, 0);
        for bias in [Bias::Learned, Bias::Fixed(-0.4)] {
            for lambda in [0.1, 1.0, 10.0] {
                let ridge = Confinement::Ridge(lambda);
                let hinge = (Hinge, parameters(0.5));
                let found = by_messages(&drawn, &mixture, hinge, bias, ridge);
                at_kink += hinge_is_minimal(&drawn, &found, lambda, bias);
            }
        }
    }
    assert!(at_kink > 500, "{at_kink}");
}

#[test]
fn minima_of_given_norm_are_those_of_their_multiplier() {
    let mixture = Mixture::new(0.7, 0.3).unwrap();
    let drawn = sample(150, 2.0, &mixture, SEED, 3);
    let p = parameters(0.5);
    for norm in [0.05, 0.6, 1.5] {
        for bias in [Bias::Learned, Bias::Fixed(0.2)] {
            let sphere = Confinement::Sphere(norm);
            let found = by_messages(&drawn, &mixture, (CrossEntropy, p), bias, sphere);
            let square: f64 = found.w.iter().map(|w| w * w).sum();
            assert!((square / 150.0 - norm).abs() < 1e-12 * norm);
            assert!(found.multiplier > 0.0);
            let slopes = |z: f64| {
                let s = 1.0 / (1.0 + z.exp());
                [-s, s * (1.0 - s)]
            };
            same(&found, by_newton(&drawn, found.multiplier, bias, slopes));
            let z = stabilities(&drawn, &found);
            let energy = z.iter().map(|z| (-z).exp().ln_1p()).sum::<f64>() / 150.0;
            assert!((energy - found.energy).abs() < 1e-10);
            // Beyond least squares the multiplier of the square loss is negative.
            let found = by_messages(&drawn, &mixture, (Square, p), bias, sphere);
            assert_eq!(
                found.multiplier < 0.0,
                norm > 1.0,
                "{norm} {}",
                found.multiplier
            );
            same(
                &found,
                by_newton(&drawn, found.multiplier, bias, |z| [z - 1.0, 1.0]),
            );
        }
    }
}
