//! Message passing against state evolution, the replica theory, exact identities and the values of
//! an independent computation (tests/reference/message-passing.json).

use crate::reference::table;
use quenched::message_passing::committee::standard_normals;
use quenched::message_passing::instance::lattice_threshold;
use quenched::message_passing::machine::Machine;
use quenched::message_passing::protocol::Protocol;
#[cfg(feature = "rayon")]
use quenched::message_passing::protocol::SelfField;
use quenched::message_passing::reinforcement::{
    Outcome, Reinforced, SolverSettings, SymmetryBreaking, focusing_bp, reinforced_bp,
};
use quenched::message_passing::{
    Amp, Committee, Entries, FastPerceptron, Instance, InstanceSpec, Patterns, Settings,
    SignMatrix, StateEvolution, Status, TeacherWeights, Unsupported,
};
use quenched::model::channel::{Channel, Limit};
use quenched::model::loss::{self, CrossEntropy, Loss, Square, Theta};
use quenched::model::prior::{self, Binary, Prior, Spherical};
use quenched::model::{Control, Data, Parameters};
use quenched::replica::{model::model, state, sweep::Branches};

use std::sync::Arc;

const SEED: u64 = 20_260_101;

fn channel(loss: impl Loss + 'static, p: Parameters) -> Channel {
    Channel::new(Arc::new(loss), p)
}

/// The minimum of the energy.
fn ground(loss: impl Loss + 'static, p: Parameters) -> Channel {
    channel(loss, p).in_limit(Limit::Ground)
}

/// A registered prior and loss.
fn named(weights: &str, loss: &str, p: Parameters) -> (Arc<dyn Prior>, Channel) {
    let loss = loss::by_name(loss).unwrap();
    (prior::by_name(weights).unwrap(), Channel::new(loss, p))
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Entropy and overlap of binary weights with random labels.
fn solutions(n: usize, m: usize, sample: u64) -> (f64, f64) {
    let spec = InstanceSpec {
        m,
        ..InstanceSpec::storage(n, 1.0)
    };
    let instance = Instance::sample(&spec, SEED, sample);
    let mut amp = Amp::new(
        &instance.patterns,
        Arc::new(Binary),
        channel(Theta, Parameters::default()),
    )
    .unwrap();
    let run = amp.run(&Settings::default());
    assert_eq!(run.status, Status::Converged, "{n} {m} {sample}: {run:?}");
    let found = amp.thermodynamics();
    (found.entropy, found.overlap)
}

#[test]
fn entropies_and_overlaps_are_those_of_an_independent_computation() {
    for row in &table("message-passing.json").rows("entropy_and_overlap")[..3] {
        let (n, m) = (row.whole("N"), row.whole("M"));
        let (mut entropies, mut overlaps) = (Vec::new(), Vec::new());
        for sample in 0..100 {
            let (s, q) = solutions(n, m, sample);
            entropies.push(s);
            overlaps.push(q);
        }
        for (values, key) in [(entropies, "s_amp"), (overlaps, "q_amp")] {
            let (mean, error) = mean_and_error(&values);
            let other = [0, 1].map(|i| row.at(key).nth(i).value());
            let z = (mean - other[0]) / error.hypot(other[1]);
            println!("{n} {m} {key}: {mean} +- {error}, {other:?}, z = {z}");
            assert!(z.abs() < 3.5, "{n} {m} {key}: {mean} ± {error}, {other:?}");
        }
    }
}

#[test]
fn state_evolution_gives_the_reference_trajectory_and_the_iteration_follows_it() {
    let reference = table("message-passing.json").at("state_evolution").nth(0);
    let theory = reference.numbers("se");
    let p = Parameters {
        alpha: 0.4,
        ..Parameters::default()
    };
    let evolution =
        StateEvolution::new(Arc::new(Binary), Data::Storage, channel(Theta, p)).unwrap();
    let own = evolution.trajectory(30);
    assert_eq!([own.len(), theory.len()], [31, 31]);
    for (t, (a, b)) in own.iter().zip(&theory).enumerate() {
        assert!((a.q - b).abs() < 1e-10, "{t}: {} {b}", a.q);
        assert!((a.q + a.v - 1.0).abs() < 1e-13);
    }
    let samples: Vec<Vec<f64>> = (0..16)
        .map(|sample| {
            let instance = Instance::sample(&InstanceSpec::storage(4001, 0.4), SEED, sample);
            let mut amp =
                Amp::new(&instance.patterns, Arc::new(Binary), channel(Theta, p)).unwrap();
            let overlap = |_| {
                amp.step(0.0).unwrap();
                amp.thermodynamics().overlap
            };
            (1..=12).map(overlap).collect()
        })
        .collect();
    for t in 0..12 {
        let values: Vec<f64> = samples.iter().map(|s| s[t]).collect();
        let (mean, error) = mean_and_error(&values);
        let z = (mean - own[t + 1].q) / error;
        println!("{t} {mean} {error} {z}");
        assert!(
            z.abs() < 4.0 && error < 1e-3,
            "{t}: {mean} ± {error}, {}",
            own[t + 1].q
        );
    }
}

/// The fixed point of state evolution against the saddle point of the same model.
fn same_as_saddle(names: [&str; 3], p: &Parameters) {
    let data = if names[1] == "teacher" {
        Data::Teacher
    } else {
        Data::Storage
    };
    let (prior, channel) = named(names[0], names[2], *p);
    let evolution = StateEvolution::new(prior, data, channel).unwrap();
    let found = evolution.fixed_point(1e-12, 5000).unwrap();
    let replica = model(names[0], names[1], names[2]).unwrap();
    let outcome = replica.sweep(p, Control::Alpha, &[p.alpha], Branches::All);
    let state::Outcome::States(states) = &outcome[0] else {
        panic!("{names:?} {p:?}: {:?}", outcome[0]);
    };
    let near = states.iter().any(|(_, state)| {
        let q = state.observables.q.unwrap();
        let m = match data {
            Data::Teacher => state.observables.m.unwrap(),
            Data::Storage => 0.0,
        };
        (q - found.q).abs() < 1e-10 && (m - found.m).abs() < 1e-10
    });
    let seen: Vec<_> = states
        .iter()
        .map(|(_, s)| (s.observables.q, s.observables.m))
        .collect();
    assert!(near, "{names:?} {p:?}: {found:?} {seen:?}");
}

#[test]
fn fixed_points_of_state_evolution_are_saddle_points() {
    let p = Parameters {
        alpha: 0.6,
        beta: 2.0,
        kappa: 0.2,
        gamma: 0.8,
        ..Parameters::default()
    };
    for data in ["storage", "teacher"] {
        for weights in ["binary", "spherical"] {
            for loss in ["theta", "hinge", "square", "cross-entropy"] {
                same_as_saddle([weights, data, loss], &p);
            }
            let cold = Parameters {
                beta: f64::INFINITY,
                ..p
            };
            same_as_saddle([weights, data, "theta"], &cold);
        }
    }
}

fn instance(
    n: usize,
    alpha: f64,
    entries: Entries,
    data: Data,
    weights: TeacherWeights,
) -> Instance {
    let spec = InstanceSpec {
        entries,
        data,
        weights,
        ..InstanceSpec::storage(n, alpha)
    };
    Instance::sample(&spec, SEED, 0)
}

/// Free entropy and energy of a converged run.
fn free_entropy(patterns: &Patterns, names: [&str; 2], p: Parameters) -> [f64; 2] {
    let (prior, channel) = named(names[0], names[1], p);
    let mut amp = Amp::new(patterns, prior, channel).unwrap();
    let settings = Settings {
        tolerance: 1e-12,
        ..Settings::default()
    };
    let run = amp.run(&settings);
    assert_eq!(run.status, Status::Converged, "{names:?} {run:?}");
    let found = amp.thermodynamics();
    assert!((found.entropy - found.free_entropy - p.beta * found.energy).abs() < 1e-13);
    [found.free_entropy, found.energy]
}

fn energy_is_a_derivative(patterns: &Patterns, names: [&str; 2]) {
    let at = |beta: f64| Parameters {
        beta,
        kappa: 0.1,
        gamma: 0.8,
        ..Parameters::default()
    };
    let step = 1e-4;
    let value = |beta| free_entropy(patterns, names, at(beta));
    let slope = (value(1.5 + step)[0] - value(1.5 - step)[0]) / (2.0 * step);
    let energy = value(1.5)[1];
    assert!((slope + energy).abs() < 1e-7, "{names:?}: {slope} {energy}");
}

#[test]
fn the_energy_is_minus_the_slope_of_the_free_entropy_in_beta() {
    for entries in [Entries::Signs, Entries::Gaussian] {
        let drawn = instance(101, 0.6, entries, Data::Storage, TeacherWeights::Binary);
        for prior in prior::registered() {
            for loss in loss::registered() {
                let names = [prior.name(), loss.name()];
                energy_is_a_derivative(&drawn.patterns, [&names[0], &names[1]]);
            }
        }
    }
}

/// The means are the minimum of the energy on the sphere: its gradient is along them.
fn is_a_minimum(drawn: &Instance, loss: impl Loss + Clone + 'static, slope: impl Fn(f64) -> f64) {
    let p = Parameters::default();
    let mut amp = Amp::new(
        &drawn.patterns,
        Arc::new(Spherical),
        ground(loss.clone(), p),
    )
    .unwrap();
    let settings = Settings {
        tolerance: 1e-11,
        ..Settings::default()
    };
    let run = amp.run(&settings);
    assert_eq!(run.status, Status::Converged, "{run:?}");
    let w = &amp.state().mean;
    let n = w.len();
    let root = (n as f64).sqrt();
    let norm: f64 = w.iter().map(|w| w * w).sum();
    assert!((norm / n as f64 - 1.0).abs() < 1e-12);
    let fields: Vec<f64> = drawn.patterns.preactivations(w).map(|x| x / root).collect();
    let energy: f64 = fields.iter().map(|&x| loss.energy(x, &p)[0]).sum::<f64>() / n as f64;
    assert!((amp.thermodynamics().energy - energy).abs() < 1e-9);
    let gradient: Vec<f64> = (0..n)
        .map(|i| {
            let part = |(mu, x): (usize, &f64)| slope(*x) * drawn.patterns.entry(mu, i) / root;
            fields.iter().enumerate().map(part).sum()
        })
        .collect();
    let along: f64 = gradient.iter().zip(w).map(|(g, w)| g * w).sum::<f64>() / n as f64;
    for (g, w) in gradient.iter().zip(w) {
        assert!((g - along * w).abs() < 1e-8, "{g} {}", along * w);
    }
}

#[test]
fn ground_states_of_convex_losses_are_minima_on_the_sphere() {
    for entries in [Entries::Signs, Entries::Gaussian] {
        for data in [Data::Storage, Data::Teacher] {
            let drawn = instance(201, 3.0, entries, data, TeacherWeights::Spherical);
            is_a_minimum(&drawn, Square, |x| x - 1.0);
            let sharp = Parameters::default().gamma;
            is_a_minimum(&drawn, CrossEntropy, |x| -0.5 * (1.0 - (sharp * x).tanh()));
        }
    }
}

#[test]
fn ground_states_follow_state_evolution() {
    let p = Parameters {
        alpha: 2.0,
        ..Parameters::default()
    };
    // The square loss is solved in closed form: 1 + χ = √(2α)/(√(2α) - 1).
    let evolution =
        StateEvolution::new(Arc::new(Spherical), Data::Storage, ground(Square, p)).unwrap();
    let fixed = evolution.fixed_point(1e-14, 1000).unwrap();
    assert!((fixed.v - 1.0 / ((2.0 * p.alpha).sqrt() - 1.0)).abs() < 1e-12);
    let evolution =
        StateEvolution::new(Arc::new(Spherical), Data::Teacher, ground(CrossEntropy, p)).unwrap();
    let fixed = evolution.fixed_point(1e-13, 1000).unwrap();
    let overlaps: Vec<f64> = (0..12)
        .map(|sample| {
            let spec = InstanceSpec {
                weights: TeacherWeights::Spherical,
                entries: Entries::Gaussian,
                ..InstanceSpec::teacher(800, p.alpha)
            };
            let drawn = Instance::sample(&spec, SEED, sample);
            let mut amp = Amp::new(
                &drawn.patterns,
                Arc::new(Spherical),
                ground(CrossEntropy, p),
            )
            .unwrap();
            assert_eq!(amp.run(&Settings::default()).status, Status::Converged);
            amp.overlap_with(drawn.teacher.as_ref().unwrap())
        })
        .collect();
    let (mean, error) = mean_and_error(&overlaps);
    println!("{mean} {error} {}", fixed.m);
    assert!(
        (mean - fixed.m).abs() < 4.0 * error && error < 4e-3,
        "{mean} ± {error}, {fixed:?}"
    );
}

#[test]
fn a_planted_teacher_is_as_near_as_two_solutions_are() {
    // Bayes-optimal: the overlap with the teacher and that of two solutions are the same.
    let p = Parameters {
        alpha: 0.9,
        ..Parameters::default()
    };
    let evolution =
        StateEvolution::new(Arc::new(Binary), Data::Teacher, channel(Theta, p)).unwrap();
    let fixed = evolution.fixed_point(1e-13, 2000).unwrap();
    assert!((fixed.q - fixed.m).abs() < 1e-10, "{fixed:?}");
    let (mut own, mut teacher) = (Vec::new(), Vec::new());
    for sample in 0..16 {
        let drawn = Instance::sample(&InstanceSpec::teacher(2001, p.alpha), SEED, sample);
        let mut amp = Amp::new(&drawn.patterns, Arc::new(Binary), channel(Theta, p)).unwrap();
        assert_eq!(amp.run(&Settings::default()).status, Status::Converged);
        own.push(amp.thermodynamics().overlap);
        teacher.push(amp.overlap_with(drawn.teacher.as_ref().unwrap()));
    }
    for values in [own, teacher] {
        let (mean, error) = mean_and_error(&values);
        println!("{mean} {error} {}", fixed.q);
        assert!(
            (mean - fixed.q).abs() < 4.0 * error && error < 0.01,
            "{mean} ± {error}, {fixed:?}"
        );
    }
}

#[test]
fn the_overlap_with_a_configuration_is_the_slope_of_the_free_entropy_in_its_field() {
    let drawn = instance(
        401,
        0.6,
        Entries::Signs,
        Data::Teacher,
        TeacherWeights::Binary,
    );
    let teacher = drawn.teacher.as_ref().unwrap();
    let at = |gamma: f64| {
        let mut amp = Amp::new(
            &drawn.patterns,
            Arc::new(Binary),
            channel(Theta, Parameters::default()),
        )
        .unwrap();
        let field: Vec<f64> = teacher.iter().map(|w| gamma * w).collect();
        amp.set_external(&field).unwrap();
        let settings = Settings {
            tolerance: 1e-12,
            damping: 0.3,
            ..Settings::default()
        };
        assert_eq!(amp.run(&settings).status, Status::Converged);
        (amp.thermodynamics().free_entropy, amp.overlap_with(teacher))
    };
    for gamma in [0.2, 0.6] {
        let step = 1e-4;
        let slope = (at(gamma + step).0 - at(gamma - step).0) / (2.0 * step);
        let (free_entropy, overlap) = at(gamma);
        assert!((slope - overlap).abs() < 1e-7, "{gamma}: {slope} {overlap}");
        // MP.11: no more configurations at a distance than there are in its shell.
        let local = free_entropy - gamma * overlap;
        assert!(local < Binary.ball(overlap).unwrap(), "{local}");
    }
}

#[cfg(feature = "rayon")]
#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let drawn = instance(
        3001,
        1.0,
        Entries::Signs,
        Data::Storage,
        TeacherWeights::Binary,
    );
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let mut fast = FastPerceptron::new(signs(&drawn), 0.0);
            let changes: Vec<_> = (0..10).map(|_| fast.step(SelfField::None, 0.0)).collect();
            (changes, fast.mean().to_vec())
        })
    };
    let one = run(1);
    assert!(run(2) == one && run(8) == one);
}

#[test]
fn margins_are_counted_at_the_midpoint_of_the_lattice() {
    // Solutions of w·ξ > κ√N do not change while κ√N moves between two odd numbers.
    let n = 101;
    let drawn = instance(
        n,
        0.3,
        Entries::Signs,
        Data::Storage,
        TeacherWeights::Binary,
    );
    let entropy = |kappa: f64| {
        let p = Parameters {
            kappa: lattice_threshold(kappa, n) / (n as f64).sqrt(),
            ..Parameters::default()
        };
        let mut amp = Amp::new(&drawn.patterns, Arc::new(Binary), channel(Theta, p)).unwrap();
        assert_eq!(amp.run(&Settings::default()).status, Status::Converged);
        amp.thermodynamics().entropy
    };
    assert_eq!(entropy(0.11), entropy(0.28));
    assert!(entropy(0.11) > entropy(0.32));
}

#[test]
fn bad_input_is_refused_and_nothing_infinite_is_kept() {
    let drawn = instance(
        51,
        0.5,
        Entries::Signs,
        Data::Storage,
        TeacherWeights::Binary,
    );
    let with = |beta: f64| Parameters {
        beta,
        ..Parameters::default()
    };
    assert!(
        Amp::new(
            &drawn.patterns,
            Arc::new(Binary),
            channel(Theta, with(f64::NAN))
        )
        .is_err()
    );
    assert!(
        Amp::new(
            &drawn.patterns,
            Arc::new(Binary),
            channel(Theta, with(-1.0))
        )
        .is_err()
    );
    assert!(
        Amp::new(
            &drawn.patterns,
            Arc::new(Binary),
            channel(CrossEntropy, with(f64::INFINITY))
        )
        .is_err()
    );
    let ground_state = |prior, loss| Amp::new(&drawn.patterns, prior, loss).err();
    let convex = ground(Square, with(f64::INFINITY));
    for name in ["binary", "ternary", "gaussian"] {
        let refused = ground_state(prior::by_name(name).unwrap(), convex.clone());
        assert_eq!(refused, Some(Unsupported::GroundState), "{name}");
    }
    let refused = ground_state(Arc::new(Spherical), ground(Theta, with(f64::INFINITY)));
    assert_eq!(refused, Some(Unsupported::NotConvex));
    // Real equalities for sums over atoms.
    let refused = ground_state(Arc::new(Binary), channel(Square, with(f64::INFINITY)));
    assert_eq!(refused, Some(Unsupported::NoSolutions));
    let mut amp = Amp::new(&drawn.patterns, Arc::new(Binary), channel(Theta, with(1.0))).unwrap();
    assert!(amp.set_external(&[0.0; 50]).is_err());
    assert!(amp.set_external(&[f64::NAN; 51]).is_err());
    assert!(amp.start_at(&[f64::INFINITY; 51]).is_err());
    // Far beyond capacity an iteration may fail to converge, but its state stays finite.
    for (n, alpha) in [(51, 3.0), (15, 1.5), (5, 10.0), (1, 4.0)] {
        for sample in 0..20 {
            let drawn = Instance::sample(&InstanceSpec::storage(n, alpha), SEED, sample);
            let mut amp = Amp::new(
                &drawn.patterns,
                Arc::new(Binary),
                channel(Theta, with(f64::INFINITY)),
            )
            .unwrap();
            amp.run(&Settings::default());
            let found = amp.thermodynamics();
            assert!(amp.state().mean.iter().all(|m| m.is_finite()));
            assert!(
                found.free_entropy.is_finite(),
                "{n} {alpha} {sample}: {found:?}"
            );
        }
    }
}

#[test]
fn one_unit_is_the_perceptron() {
    for (beta, kappa) in [(f64::INFINITY, 0.0), (f64::INFINITY, 0.3), (1.5, 0.0)] {
        let n = 201;
        let drawn = instance(
            n,
            0.5,
            Entries::Signs,
            Data::Storage,
            TeacherWeights::Binary,
        );
        let threshold = lattice_threshold(kappa, n);
        let p = Parameters {
            beta,
            kappa: threshold / (n as f64).sqrt(),
            ..Parameters::default()
        };
        let mut amp = Amp::new(&drawn.patterns, Arc::new(Binary), channel(Theta, p)).unwrap();
        let mut one =
            Committee::new(&drawn.patterns, Machine::Perceptron { threshold }, beta).unwrap();
        let settings = Settings::default();
        assert_eq!(amp.run(&settings).status, Status::Converged);
        assert_eq!(one.run(&settings).status, Status::Converged);
        let (a, b) = (amp.thermodynamics(), one.thermodynamics());
        let pairs = [
            (a.free_entropy, b.free_entropy),
            (a.energy, b.energy),
            (a.entropy, b.entropy),
            (a.overlap, b.overlap),
        ];
        assert!(
            pairs.iter().all(|(a, b)| (a - b).abs() < 1e-9),
            "{a:?} {b:?}"
        );
    }
}

#[test]
fn energies_of_committees_are_slopes_of_their_free_entropies() {
    let drawn = instance(
        105,
        0.5,
        Entries::Signs,
        Data::Storage,
        TeacherWeights::Binary,
    );
    for machine in [
        Machine::Tree { units: 3 },
        Machine::Tree { units: 5 },
        Machine::FullyConnected { units: 3 },
    ] {
        let value = |beta: f64| {
            let mut committee = Committee::new(&drawn.patterns, machine, beta).unwrap();
            let mut damping = 0.0;
            if matches!(machine, Machine::FullyConnected { .. }) {
                committee.start_from_noise(0.3, SEED, 0);
                damping = 0.5;
            }
            let run = committee.run(&Settings {
                tolerance: 1e-12,
                damping,
                max_iterations: 5000,
            });
            assert_eq!(run.status, Status::Converged, "{machine:?} {run:?}");
            committee.thermodynamics()
        };
        let step = 1e-4;
        let slope =
            (value(1.5 + step).free_entropy - value(1.5 - step).free_entropy) / (2.0 * step);
        let energy = value(1.5).energy;
        assert!(
            (slope + energy).abs() < 1e-7,
            "{machine:?}: {slope} {energy}"
        );
    }
}

/// `ln` of the number of configurations without errors, per weight.
fn counted(drawn: &Instance, machine: Machine) -> Option<f64> {
    let columns = drawn.patterns.columns();
    let (n, inputs) = (machine.weights(columns), machine.inputs(columns));
    let mask = (1u32 << inputs) - 1;
    let rows: Vec<Vec<u32>> = (0..drawn.patterns.rows())
        .map(|mu| {
            let bits = |seen: std::ops::Range<usize>| {
                let bit =
                    |(at, i): (usize, usize)| u32::from(drawn.patterns.entry(mu, i) > 0.0) << at;
                seen.enumerate().map(bit).sum::<u32>()
            };
            (0..machine.units())
                .map(|k| bits(machine.span(k, columns).1))
                .collect()
        })
        .collect();
    let right = |w: u32, row: &Vec<u32>| {
        let positive = |(k, bits): &(usize, &u32)| {
            let agree = (!((w >> (k * inputs)) ^ *bits) & mask).count_ones() as usize;
            2 * agree > inputs
        };
        2 * row.iter().enumerate().filter(positive).count() > machine.units()
    };
    let count = (0..1u32 << n)
        .filter(|&w| rows.iter().all(|row| right(w, row)))
        .count();
    (count > 0).then(|| (count as f64).ln() / n as f64)
}

#[test]
fn entropies_of_small_machines_are_those_of_enumeration() {
    for (machine, columns) in [
        (Machine::PERCEPTRON, 15),
        (Machine::Tree { units: 3 }, 15),
        (Machine::FullyConnected { units: 3 }, 5),
    ] {
        let mut errors = Vec::new();
        for sample in 0..60 {
            let spec = InstanceSpec {
                m: 5,
                ..InstanceSpec::storage(columns, 1.0)
            };
            let drawn = Instance::sample(&spec, SEED, sample);
            let Some(exact) = counted(&drawn, machine) else {
                continue;
            };
            let mut committee = Committee::new(&drawn.patterns, machine, f64::INFINITY).unwrap();
            committee.start_from_noise(0.1, SEED, sample);
            let run = committee.run(&Settings {
                damping: 0.5,
                tolerance: 1e-8,
                max_iterations: 3000,
            });
            let found = committee.thermodynamics();
            // At this size the Gaussian law of the fields has spurious saturated fixed points.
            if run.status == Status::Converged && found.overlap < 0.99 {
                errors.push(found.entropy - exact);
            }
        }
        let (mean, error) = mean_and_error(&errors);
        println!("{machine:?}: {mean} +- {error} ({} samples)", errors.len());
        assert!(errors.len() >= 45);
        assert!(
            mean.abs() < 0.02 && error < 0.01,
            "{machine:?}: {mean} ± {error}"
        );
    }
}

/// Outcomes of a solver on a few instances, and the fraction solved.
fn solved(
    machine: Machine,
    columns: usize,
    alpha: f64,
    samples: u64,
    solve: impl Fn(&mut Committee, u64) -> Outcome,
) -> usize {
    let count = |sample: &u64| {
        let m = (alpha * machine.weights(columns) as f64).round() as usize;
        let spec = InstanceSpec {
            m,
            ..InstanceSpec::storage(columns, 1.0)
        };
        let drawn = Instance::sample(&spec, SEED, *sample);
        let mut committee = Committee::new(&drawn.patterns, machine, f64::INFINITY).unwrap();
        let outcome = solve(&mut committee, *sample);
        assert_eq!(
            outcome.errors,
            machine.errors(&drawn.patterns, &outcome.weights)
        );
        assert_eq!(outcome.solved, outcome.errors == 0);
        assert!(outcome.weights.iter().all(|w| w.abs() == 1.0) && !outcome.diverged);
        outcome.solved
    };
    (0..samples).filter(count).count()
}

fn signs(drawn: &Instance) -> &SignMatrix {
    match &drawn.patterns {
        Patterns::Signs(signs) => signs,
        Patterns::Real(_) => panic!("signs were asked for"),
    }
}

#[test]
fn single_precision_moves_no_result() {
    let settings = Settings {
        tolerance: 3e-6,
        ..Settings::default()
    };
    for (n, alpha, kappa) in [(1001, 0.4, 0.0), (2001, 0.7, 0.0), (1001, 0.5, 0.2)] {
        let threshold = lattice_threshold(kappa, n);
        let drawn = instance(
            n,
            alpha,
            Entries::Signs,
            Data::Storage,
            TeacherWeights::Binary,
        );
        let machine = Machine::Perceptron { threshold };
        let mut wide = Committee::new(&drawn.patterns, machine, f64::INFINITY).unwrap();
        let mut fast = FastPerceptron::new(signs(&drawn), threshold);
        assert_eq!(wide.run(&Settings::default()).status, Status::Converged);
        assert_eq!(fast.run(&settings).status, Status::Converged);
        let pairs = wide.mean().iter().zip(fast.mean());
        let largest = pairs
            .map(|(a, b)| (a - f64::from(*b)).abs())
            .fold(0.0, f64::max);
        let (a, b) = (wide.thermodynamics(), fast.thermodynamics());
        println!(
            "{n} {alpha}: |dm| {largest} {} {}",
            a.entropy - b.entropy,
            a.overlap - b.overlap
        );
        assert!(largest < 5e-5, "{largest}");
        assert!((a.entropy - b.entropy).abs() < 1e-6, "{a:?} {b:?}");
        assert!((a.overlap - b.overlap).abs() < 1e-5, "{a:?} {b:?}");
    }
}

/// Instances of the perceptron, of these, that a solver solves.
fn solved_fast(alpha: f64, samples: u64, solve: impl Fn(&mut FastPerceptron) -> Outcome) -> usize {
    let count = |sample: &u64| {
        let drawn = Instance::sample(&InstanceSpec::storage(1001, alpha), SEED, *sample);
        let mut fast = FastPerceptron::new(signs(&drawn), 0.0);
        let outcome = solve(&mut fast);
        assert_eq!(outcome.errors, drawn.errors(&outcome.weights));
        assert_eq!(outcome.solved, outcome.errors == 0);
        outcome.solved
    };
    (0..samples).filter(count).count()
}

#[test]
fn reinforcement_and_focusing_find_solutions() {
    let rbp =
        |fast: &mut FastPerceptron| reinforced_bp(fast, 1e-3, SolverSettings::REINFORCEMENT, None);
    let focusing = |protocol: Protocol| {
        move |fast: &mut FastPerceptron| {
            focusing_bp(fast, &protocol, SolverSettings::FOCUSING, None)
        }
    };
    let pseudo = focusing(Protocol::PseudoReinforcement { step: 0.005 });
    let scoping = focusing(Protocol::Scoping {
        y: 21.0,
        step: 0.03,
        largest: 1.5,
    });
    assert_eq!(solved_fast(0.5, 10, rbp), 10);
    assert_eq!(solved_fast(0.5, 10, pseudo), 10);
    assert_eq!(solved_fast(0.5, 10, scoping), 10);
    // The reference computation solves 20, about 10 and 5 of 20 of its own instances; of a hundred
    // of ours 95 are solved at 0.70.
    let [easy, middle, hard] = [0.7, 0.74, 0.76].map(|alpha| solved_fast(alpha, 40, rbp));
    println!("of 40: {easy} at 0.70, {middle} at 0.74, {hard} at 0.76");
    assert!(easy >= 35, "{easy}");
    assert!((12..=30).contains(&middle), "{middle}");
    assert!((4..=18).contains(&hard), "{hard}");
}

#[test]
fn committees_find_solutions() {
    let run = |machine: Machine, rate: f64| {
        move |committee: &mut Committee, sample: u64| {
            if matches!(machine, Machine::FullyConnected { .. }) {
                committee.start_from_noise(0.3, SEED, sample);
            }
            reinforced_bp(
                committee,
                rate,
                SolverSettings::reinforcement(machine),
                None,
            )
        }
    };
    let tree = Machine::Tree { units: 3 };
    assert_eq!(solved(tree, 2001, 0.6, 2, run(tree, 1e-3)), 2);
    let connected = Machine::FullyConnected { units: 5 };
    assert_eq!(solved(connected, 201, 0.5, 2, run(connected, 2e-3)), 2);
}

#[test]
fn a_field_that_vanishes_separates_equivalent_units() {
    // Without a field all units stay alike at this load, and no run solves it.
    let machine = Machine::FullyConnected { units: 5 };
    let focus = |field: bool| {
        move |committee: &mut Committee, sample: u64| {
            let breaking = SymmetryBreaking {
                pattern: standard_normals(committee.weights(), SEED, sample),
                amplitude: 0.3,
                gone_after: None,
            };
            let protocol = Protocol::PseudoReinforcement { step: 0.01 };
            let breaking = field.then_some(&breaking);
            focusing_bp(committee, &protocol, SolverSettings::FOCUSING, breaking)
        }
    };
    assert_eq!(solved(machine, 101, 0.2, 3, focus(false)), 0);
    assert_eq!(solved(machine, 101, 0.2, 3, focus(true)), 3);
}
