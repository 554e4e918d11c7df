//! Replicas at a mutual distance against an independent computation, identities and limits.
//!
//! `robust-oracle.json` comes from a derivation and code that share nothing with this crate.

use crate::reference::{Entry, Ledger, table};
use quenched::model::Parameters;
use quenched::replica::local::critical::LocalQuantity;
use quenched::replica::local::neighbourhoods::{Choice, LocalModel, Replicas};
use quenched::replica::local::point::{LocalOutcome, LocalState};
use quenched::replica::state::Status;

fn at(alpha: f64, kappa: f64) -> Parameters {
    Parameters {
        alpha,
        kappa,
        ..Parameters::default()
    }
}

fn given(row: &Entry) -> Parameters {
    at(row.number("alpha"), row.number("kappa"))
}

fn groups(weights: &str, replicas: Replicas, p: &Parameters, d: &[f64]) -> Vec<LocalOutcome> {
    let model = LocalModel::new(weights, "storage", "theta").expect("registered");
    let found = model.curve(&Choice::Robust(replicas), p, d);
    found.expect("replicas need no reference").outcomes
}

/// Pairs of solutions of the symmetric perceptron, whose first moment is exact: their number at an overlap
/// times the probability that a pattern of both stabilities lies within the window.
#[test]
fn pairs_of_the_symmetric_perceptron() {
    let (alpha, kappa) = (0.5, 0.8);
    for d in [0.02, 0.1, 0.3] {
        let q: f64 = 1.0 - 2.0 * d;
        // Trapezoidal sum over the common field: the integrand is entire and falls off as a Gaussian.
        let step = 0.01 * (1.0 - q).sqrt();
        let within = |mean: f64| {
            let edge = |x: f64| puruspe::erfc(x / (2.0 * (1.0 - q)).sqrt());
            0.5 * (edge(-kappa - mean) - edge(kappa - mean))
        };
        let count = (12.0 / step) as i64;
        let both: f64 = (-count..=count)
            .map(|i| {
                let z = step * i as f64;
                step * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()
                    * within(q.sqrt() * z).powi(2)
            })
            .sum();
        let bit = -d * d.ln() - (1.0 - d) * (1.0 - d).ln();
        for (weights, volume) in [
            ("binary", std::f64::consts::LN_2 + bit),
            ("spherical", 0.5 * (1.0 - q * q).ln()),
        ] {
            let model = LocalModel::new(weights, "storage", "window").expect("registered");
            let choice = Choice::Robust(Replicas::Finite(2.0));
            let curve = model
                .curve(&choice, &at(alpha, kappa), &[d])
                .expect("a theory");
            let state = curve.states().next().expect("a group");
            let want = 0.5 * (volume + alpha * both.ln());
            let got = state.potential[0];
            assert!((got - want).abs() < 1e-12, "{weights} d={d}: {got} {want}");
            assert_eq!(state.observables.q, Some(0.0));
            assert_eq!(state.status(), Status::Ok, "{weights} d={d}");
        }
    }
}

/// External entropies of infinitely many replicas on the sphere, where a weak load makes the response of
/// the group enormous: (LD.28) and (LD.7) with 30 digits, the average over the maximiser by adaptive
/// panels, the maximiser by bisection (mpmath, apart from this crate).
#[test]
fn external_entropy_at_a_light_load() {
    for (beta, d, want) in [
        (1.0, 0.08, 12.853_919_789_516_68),
        (2.0, 0.1, 9.829_722_468_884_918),
        (2.0, 0.2, 4.003_762_264_855_801),
    ] {
        let p = Parameters {
            beta,
            ..at(0.1, 0.0)
        };
        let [state] = &states("spherical", Replicas::Infinite, &p, &[d])[..] else {
            panic!("one state");
        };
        let got = state.observables.external_entropy.expect("an entropy");
        let off = (got - want).abs();
        let rounding = 4.0 * f64::EPSILON * want;
        let claimed = state.error_estimate * want.max(1.0) + rounding;
        assert!(
            off <= claimed && off < 1e-11,
            "beta={beta} d={d}: {off:e} {claimed:e}"
        );
    }
}

/// So many replicas that the field of their weights almost vanishes: (LD.4) and (LD.35) by an independent
/// program (numpy; Gauss-Legendre panels in both fields of a pattern, panels around both maxima of a
/// weight), good to 1e-7 in the number of replicas, 1e-6 at 4e7 of them.
#[test]
fn millions_of_replicas_of_zero_complexity() {
    for (d, value, q, y) in [
        (0.15, 0.282_827_233_039_39, 0.683_435_538_714, 756_867.730_7),
        (0.1, 0.206_639_307_911_654, 0.730_201_802, 41_477_888.9),
    ] {
        let s = state("binary", Replicas::ZeroComplexity, &at(0.1, -0.3), d);
        assert_eq!(s.status(), Status::Ok, "d={d}");
        let o = &s.observables;
        assert!(
            (s.potential[0] - value).abs() < 1e-13,
            "d={d}: {}",
            s.potential[0]
        );
        assert!(
            (o.q.expect("an overlap") - q).abs() < 1e-9,
            "d={d}: {:?}",
            o.q
        );
        let replicas = o.replicas.expect("a number");
        assert!((replicas / y - 1.0).abs() < 1e-6, "d={d}: {replicas}");
        let sigma = o.external_entropy.expect("an entropy");
        assert!(sigma.abs() <= s.error_estimate, "d={d}: {sigma}");
    }
}

/// Still more replicas are not looked for, and the row comes at once: no answer is made up.
#[test]
fn billions_of_replicas_are_not_followed() {
    let rows = groups("binary", Replicas::ZeroComplexity, &at(0.1, -0.3), &[0.05]);
    assert!(
        matches!(rows[..], [LocalOutcome::NotConverged { .. }]),
        "{rows:?}"
    );
}

fn states(weights: &str, replicas: Replicas, p: &Parameters, d: &[f64]) -> Vec<LocalState> {
    let states = groups(weights, replicas, p, d).into_iter().zip(d);
    states
        .map(|(outcome, d)| {
            let state = outcome.dominant();
            state
                .unwrap_or_else(|| panic!("{weights} {replicas:?} {p:?} d={d}: {outcome:?}"))
                .clone()
        })
        .collect()
}

fn state(weights: &str, replicas: Replicas, p: &Parameters, d: f64) -> LocalState {
    states(weights, replicas, p, &[d]).remove(0)
}

#[test]
fn infinitely_many_replicas() {
    let mut ledger = Ledger::default();
    for c in table("robust-oracle.json").rows("infinite") {
        let weights = c.text("weights");
        let p = given(&c);
        let points = c.rows("points");
        let mut distances: Vec<f64> = points.iter().map(|row| row.nth(0).value()).collect();
        distances.extend(c.rows_if_any("ended").iter().map(Entry::value));
        let found = groups(weights, Replicas::Infinite, &p, &distances);
        for (row, outcome) in points.iter().zip(&found) {
            let label = format!("{weights} {} {} d={}", p.alpha, p.kappa, row.nth(0));
            let Some(s) = outcome.dominant() else {
                ledger.check(&format!("{label}: {outcome:?}"), false);
                continue;
            };
            let o = s.observables;
            ledger.close(&label, "phi", Some(s.potential[0]), row.item(1), 1e-12);
            ledger.close(&label, "local", Some(o.entropy), row.item(1), 1e-12);
            ledger.close(&label, "slope", Some(s.potential[1]), row.item(2), 1e-9);
            ledger.close(&label, "sigma", o.external_entropy, row.item(3), 1e-8);
            if weights == "binary" {
                ledger.close(&label, "q_hat", o.q_hat, row.item(6), 1e-9);
            }
            ledger.close(&label, "replicon", o.at_stability, row.item(7), 1e-9);
            ledger.check(
                &format!("{label}: above the ball"),
                o.entropy <= o.ball + 1e-14,
            );
        }
        for outcome in &found[points.len()..] {
            let ended = matches!(outcome, LocalOutcome::NoSolution);
            ledger.check(&format!("{weights} {p:?}: {outcome:?}"), ended);
        }
    }
    ledger.end(364);
}

#[test]
fn finitely_many_replicas() {
    let mut ledger = Ledger::default();
    for c in table("robust-oracle.json").rows("finite") {
        let (p, d) = (given(&c), c.number("d"));
        for row in c.rows("points") {
            let y = row.nth(0).value();
            let s = state("binary", Replicas::Finite(y), &p, d);
            let (o, label) = (s.observables, format!("{} d={d} y={y}", p.alpha));
            ledger.close(&label, "phi", Some(s.potential[0]), row.item(1), 1e-13);
            ledger.close(&label, "slope", Some(s.potential[1]), row.item(2), 1e-9);
            ledger.close(&label, "sigma", o.external_entropy, row.item(3), 2e-8);
            ledger.close(&label, "internal", Some(o.entropy), row.item(4), 1e-9);
            ledger.close(&label, "q0", o.q, row.item(5), 1e-9);
            ledger.close(&label, "q_hat0", o.q_hat, row.item(6), 1e-9);
            ledger.close(&label, "replicon", o.at_stability, row.item(7), 1e-9);
        }
    }
    ledger.end(379);
}

#[test]
fn replicas_of_zero_complexity() {
    let mut ledger = Ledger::default();
    for c in table("robust-oracle.json").rows("zero_complexity") {
        let (p, row) = (given(&c), c.at("point"));
        let d = row.nth(0).value();
        let s = state("binary", Replicas::ZeroComplexity, &p, d);
        let (o, label) = (s.observables, format!("{} d={d}", p.alpha));
        ledger.close(&label, "y", o.replicas, row.item(1), 1e-8);
        ledger.close(&label, "phi", Some(s.potential[0]), row.item(2), 1e-13);
        ledger.close(&label, "local", Some(o.entropy), row.item(2), 1e-12);
        ledger.close(&label, "slope", Some(s.potential[1]), row.item(3), 5e-9);
        ledger.close(&label, "q0", o.q, row.item(4), 1e-9);
        ledger.close(&label, "q_hat0", o.q_hat, row.item(5), 1e-9);
        ledger.close(&label, "replicon", o.at_stability, row.item(6), 1e-9);
        let sigma = o.external_entropy.expect("an external entropy");
        ledger.check(&format!("{label}: {sigma:e}"), sigma.abs() < 1e-10);
    }
    ledger.end(76);
}

/// Theta loss at finite temperature: values of an independent computation that searches every maximum
/// (LD.31, LD.32), and the limit of low temperature with its verdict.
#[test]
fn temperatures_down_to_zero() {
    let limit = -0.096_780_207_251_4;
    for (beta, phi, loss, entropy) in [
        (1.0, 0.185_733_564_828, 0.027_922_597_309, 0.199_694_863_483),
        (
            10.0,
            0.170_368_066_069,
            4.128_403_775_7e-6,
            0.170_388_708_088,
        ),
        (
            20.0,
            0.170_366_001_929,
            1.874_349_459e-10,
            0.170_366_003_803,
        ),
        (40.0, 0.170_366_001_835, 0.0, 0.170_366_001_835),
        (60.0, 0.170_366_001_835, 0.0, 0.170_366_001_835),
        (100.0, 0.170_366_001_835, 0.0, 0.170_366_001_835),
        (f64::INFINITY, 0.170_366_001_835, 0.0, 0.170_366_001_835),
    ] {
        let p = Parameters {
            beta,
            ..at(0.5, 0.0)
        };
        let s = state("binary", Replicas::Infinite, &p, 0.1);
        let o = s.observables;
        let near = |got: f64, want: f64| (got - want).abs() < 1e-12;
        assert!(near(s.potential[0], phi), "{beta}: {}", s.potential[0]);
        assert!(near(o.entropy, entropy), "{beta}: {}", o.entropy);
        let lost = o.training_loss.expect("a mean loss");
        assert!(near(lost, loss), "{beta}: {lost}");
        let sigma = o.external_entropy.expect("an external entropy");
        assert!(sigma < -0.09, "{beta}: {sigma}");
        if beta >= 40.0 {
            assert!((sigma - limit).abs() < 1e-11, "{beta}: {sigma}");
        }
        assert_eq!(s.status(), Status::RsUnstable, "{beta}");
        assert!(s.error_estimate < 1e-10, "{beta}: {}", s.error_estimate);
    }
}

/// Few replicas at low temperature have the numbers of β = ∞ within what is claimed of both.
#[test]
fn errors_of_few_replicas_cover_two_ways_to_the_same_numbers() {
    for (weights, y) in [("binary", 3.0), ("spherical", 3.0), ("binary", 10.0)] {
        let [cold, frozen] = [60.0, f64::INFINITY].map(|beta| {
            let p = Parameters {
                beta,
                ..at(0.5, 0.0)
            };
            state(weights, Replicas::Finite(y), &p, 0.01)
        });
        let claimed = cold.error_estimate + frozen.error_estimate;
        let [a, b] = [&cold, &frozen].map(|s| s.observables);
        let pairs = [
            (Some(a.entropy), Some(b.entropy)),
            (a.external_entropy, b.external_entropy),
            (a.q, b.q),
            (a.q_hat, b.q_hat),
        ];
        for (a, b) in pairs {
            let Some((a, b)) = a.zip(b) else { continue };
            assert!(
                (a - b).abs() <= claimed,
                "{weights} {y}: {a} {b} {claimed:e}"
            );
        }
        assert!(claimed < 1e-8, "{weights} {y}: {claimed:e}");
    }
}

/// A verdict needs its numbers: where the external entropy is not known, the state is not good.
#[test]
fn what_could_not_be_checked_is_not_ok() {
    let mut s = state("spherical", Replicas::Infinite, &at(0.5, 0.0), 0.1);
    assert_eq!(s.status(), Status::Ok);
    s.observables.external_entropy = Some(f64::NAN);
    assert_eq!(s.status(), Status::NotConverged);
    s.observables.external_entropy = Some(1.0);
    s.observables.at_stability = Some(f64::NAN);
    assert_eq!(s.status(), Status::NotConverged);
}

/// Free entropies of few replicas: eight digits of two other codes, and at the smallest distance,
/// where those lose digits, twelve of the independent computation.
#[test]
fn few_replicas() {
    let p = at(0.5, 0.0);
    for (y, values, nearest) in [
        (2.0, [0.30542514, 0.27185629, 0.20515290], 0.169415963910),
        (3.0, [0.30058915, 0.25289323, 0.16553872], 0.121085659640),
        (4.0, [0.29758187, 0.24238971, 0.14577458], 0.097585836944),
    ] {
        let found = states(
            "binary",
            Replicas::Finite(y),
            &p,
            &[0.25, 0.15, 0.05, 0.015],
        );
        let digits = values.map(|want| (want, 1e-8));
        for (s, (want, digit)) in found
            .iter()
            .zip(digits.into_iter().chain([(nearest, 1e-12)]))
        {
            let (got, d) = (s.potential[0], s.distance);
            assert!((got - want).abs() < digit, "y={y} d={d}: {got} {want}");
        }
    }
}

/// Fourth-order central difference of values at -2, -1, 1 and 2 steps.
fn central([a, b, c, d]: [f64; 4], h: f64) -> f64 {
    (a - 8.0 * b + 8.0 * c - d) / (12.0 * h)
}

const AROUND: [f64; 4] = [-2.0, -1.0, 1.0, 2.0];

#[test]
fn slopes_are_derivatives() {
    for (weights, p, d) in [
        ("binary", at(0.5, 0.0), 0.05),
        ("binary", at(0.7, -0.1), 0.01),
        ("spherical", at(1.0, 0.0), 0.1),
        ("spherical", at(2.0, -0.5), 0.03),
    ] {
        for replicas in [
            Replicas::Finite(2.0),
            Replicas::Finite(7.5),
            Replicas::Finite(200.0),
            Replicas::Infinite,
        ] {
            let h = 4e-3 * d;
            let mut distances = AROUND.map(|k| d + k * h).to_vec();
            distances.push(d);
            let found = states(weights, replicas, &p, &distances);
            let by_difference = central([0, 1, 2, 3].map(|k: usize| found[k].potential[0]), h);
            let apart = by_difference / found[4].potential[1] - 1.0;
            assert!(
                apart.abs() < 1e-8,
                "{weights} {replicas:?} d={d}: {apart:e}"
            );
        }
    }
}

#[test]
fn external_entropy_is_a_derivative_by_the_number_of_replicas() {
    for (weights, p, d) in [
        ("binary", at(0.5, 0.0), 0.05),
        ("binary", at(0.75, 0.0), 0.02),
        ("spherical", at(1.0, 0.0), 0.1),
        ("spherical", at(2.0, -0.5), 0.05),
    ] {
        for y in [2.5, 10.0, 60.0] {
            let h = 4e-3 * y;
            let phi = |y: f64| state(weights, Replicas::Finite(y), &p, d).potential[0];
            let slope = central(AROUND.map(|k| phi(y + k * h)), h);
            let o = state(weights, Replicas::Finite(y), &p, d).observables;
            let sigma = o.external_entropy.expect("an external entropy");
            let label = format!("{weights} y={y} d={d}: {sigma} {}", -y * y * slope);
            assert!((sigma + y * y * slope).abs() < 1e-8, "{label}");
            let internal = phi(y) + y * slope;
            assert!((o.entropy - internal).abs() < 1e-9, "{label}");
        }
    }
}

#[test]
fn free_entropy_has_its_minimum_where_the_complexity_vanishes() {
    let (p, d) = (at(0.5, 0.0), 0.1);
    let least = state("binary", Replicas::ZeroComplexity, &p, d);
    let best = least.observables.replicas.expect("a number of replicas");
    let mut last = f64::INFINITY;
    for y in [2.0, 3.0, 5.0, 10.0, 20.0, 0.99 * best, best] {
        let s = state("binary", Replicas::Finite(y), &p, d);
        assert!(s.potential[0] < last, "y={y}");
        last = s.potential[0];
        let sigma = s.observables.external_entropy.expect("an external entropy");
        assert!(sigma > 0.0 || y == best, "y={y}: {sigma}");
    }
    assert!((last - least.potential[0]).abs() < 1e-13);
    for y in [1.01 * best, 100.0] {
        let s = state("binary", Replicas::Finite(y), &p, d);
        assert!(
            s.potential[0] > last && s.observables.external_entropy < Some(0.0),
            "y={y}"
        );
        assert!(
            s.reason()
                .is_some_and(|r| r == quenched::replica::reason::Reason::ExternalEntropyNegative)
        );
    }
    let curved = |y: f64| state("binary", Replicas::Finite(y), &p, d).potential[0] - last;
    let ratio = curved(1.02 * best) / curved(1.01 * best);
    assert!((ratio - 4.0).abs() < 0.1, "{ratio}");
}

#[test]
fn many_replicas_approach_the_limit() {
    for (weights, p, d) in [
        ("binary", at(0.5, 0.0), 0.1),
        ("binary", at(0.75, 0.0), 0.02),
        ("spherical", at(1.0, 0.0), 0.1),
        ("spherical", at(2.0, -0.5), 0.05),
    ] {
        let limit = state(weights, Replicas::Infinite, &p, d);
        let sigma = limit
            .observables
            .external_entropy
            .expect("an external entropy");
        // φ_y = φ_∞ + Σ_∞/y + O(1/y²).
        let [near, far] = [3000.0, 6000.0].map(|y| {
            let s = state(weights, Replicas::Finite(y), &p, d);
            (s.potential[0] - limit.potential[0] - sigma / y) * y * y
        });
        println!("{weights} d={d}: {near} {far}");
        assert!(
            near.abs() < 5.0 && (far - near).abs() < 0.02 * near.abs() + 1e-4,
            "{near} {far}"
        );
    }
}

#[test]
fn small_groups_fill_their_ball() {
    let distances = [1e-1, 3e-2, 1e-2, 4e-3];
    for p in [at(0.5, 0.0), at(0.3, 0.0), at(0.7, 0.1)] {
        let found = states("binary", Replicas::Infinite, &p, &distances);
        let missing: Vec<f64> = found
            .iter()
            .map(|s| 1.0 - s.observables.entropy / s.observables.ball)
            .collect();
        assert!(
            missing.windows(2).all(|pair| pair[1] < pair[0]),
            "{p:?} {missing:?}"
        );
        assert!(missing[0] > 1e-2, "{p:?} {missing:?}");
    }
    let [full] = &states("binary", Replicas::Infinite, &at(0.3, 0.0), &[1e-3])[..] else {
        panic!("one state");
    };
    assert!((full.observables.entropy - full.observables.ball).abs() < 1e-15);
}

/// Groups become ever rarer as they shrink: their external entropy falls without bound while their
/// patterns' share of the local entropy vanishes.
#[test]
fn dense_groups_are_rare() {
    for alpha in [0.3, 0.5] {
        let found = states(
            "binary",
            Replicas::Infinite,
            &at(alpha, 0.0),
            &[0.05, 0.02, 0.01, 0.003],
        );
        let external: Vec<f64> = found
            .iter()
            .filter_map(|s| s.observables.external_entropy)
            .collect();
        assert!(external.len() >= 3 && external[0] < 0.0, "{external:?}");
        assert!(
            external.windows(2).all(|pair| pair[1] < pair[0]),
            "{external:?}"
        );
    }
}

#[test]
fn dense_groups_break_up() {
    let model = LocalModel::new("binary", "storage", "theta").expect("registered");
    let choice = Choice::Robust(Replicas::Infinite);
    let critical = model
        .threshold(LocalQuantity::Break, &choice, &at(0.5, 0.0))
        .expect("converges")
        .expect("exists");
    // From a separate derivation and code, which scans curves at loads around it.
    assert!(
        (critical.value - 0.7553020262).abs() < 2e-9,
        "{}",
        critical.value
    );
    assert!((critical.state.distance - 0.0402).abs() < 5e-5);
    assert!(critical.error_estimate < 2e-9);
}

/// (LD.31), (LD.32): the entropy by the derivative of the free entropy, and infinitely many replicas
/// as the limit of many, where the maximiser jumps.
#[test]
fn entropy_at_finite_temperature() {
    let warm = |beta: f64| Parameters {
        beta,
        ..at(0.5, 0.0)
    };
    for replicas in [Replicas::Infinite, Replicas::Finite(3.0)] {
        let at_beta = |beta: f64| state("binary", replicas, &warm(beta), 0.1);
        let (h, s) = (1e-3, at_beta(1.0));
        let slope = (at_beta(1.0 + h).potential[0] - at_beta(1.0 - h).potential[0]) / (2.0 * h);
        let external = s.observables.external_entropy.expect("computed");
        let groups = s.observables.replicas.map_or(0.0, |y| external / y);
        let entropy = s.potential[0] - groups - slope;
        let found = s.observables.entropy;
        assert!(
            (found - entropy).abs() < 1e-6,
            "{replicas:?}: {found} {entropy}"
        );
    }
    let limit = state("binary", Replicas::Infinite, &warm(1.0), 0.1);
    let many = state("binary", Replicas::Finite(3000.0), &warm(1.0), 0.1);
    let external = many.observables.external_entropy.expect("computed");
    let value = many.potential[0] - external / 3000.0;
    assert!((limit.potential[0] - value).abs() < 1e-6, "{value}");
    assert!((limit.observables.entropy - many.observables.entropy).abs() < 1e-5);
}

/// Orthogonal replicas are no group: the curve has ended before, whatever the grid asks.
#[test]
fn orthogonal_replicas_are_no_group() {
    for replicas in [
        Replicas::Finite(7.727),
        Replicas::Infinite,
        Replicas::ZeroComplexity,
    ] {
        let rows = groups("spherical", replicas, &at(1.3, 0.0), &[0.5]);
        assert!(rows.iter().all(|row| row.dominant().is_none()), "{rows:?}");
    }
}
