//! Laws that every registered prior obeys, and some atoms.

use super::*;
use crate::math::GaussMeasure;
use crate::math::gauss::{graded_panels, panel_nodes};
use crate::model::site::Jets;

/// The registry, a ridge and atoms of every kind.
fn all() -> Vec<Arc<dyn Prior>> {
    let mut all = registered();
    let ridge = Gaussian::ridge(2.5).expect("positive");
    all.push(Arc::new(ridge));
    for name in [
        "atoms:-1,1",
        "atoms:-1,0,1",
        "atoms:-2,-1,1,2",
        "atoms:0,1",
        "atoms:-1@0.2,0.5@3,4@0.01",
        "atoms:-3,-2,-1,0,1,2,3",
    ] {
        all.push(by_name(name).expect("well formed"));
    }
    all
}

fn fill(prior: &dyn Prior, a: f64, fields: &[f64]) -> Jets {
    let mut jets = Jets::default();
    prior.fill(fields, a, true, &mut jets);
    jets
}

/// The measure of one weight by nodes: its values, or panels over its density.
fn nodes(prior: &dyn Prior) -> Vec<(f64, f64)> {
    if let Alphabet::Atoms(states) = prior.alphabet() {
        return states;
    }
    let density: fn(f64, f64) -> f64 = match prior.name().as_str() {
        "laplace" => |w, _| 0.5 * (-w.abs()).exp(),
        _ => |w, l| (l / std::f64::consts::TAU).sqrt() * (-0.5 * l * w * w).exp(),
    };
    let lambda = 1.0 / prior.second_moment();
    let kink = [crate::math::Feature {
        centre: 0.0,
        width: 0.0,
    }];
    panel_nodes(&graded_panels(-80.0, 80.0, 0.8, &kink))
        .into_iter()
        .map(|(w, step)| (w, step * density(w, lambda)))
        .collect()
}

/// `ln Z`, mean, variance and the three derivatives in `a` by a plain sum.
fn plain(nodes: &[(f64, f64)], a: f64, b: f64) -> [f64; 6] {
    let exponent = |w: f64| w * (b - 0.5 * a * w);
    let top = nodes
        .iter()
        .map(|n| exponent(n.0))
        .fold(f64::NEG_INFINITY, f64::max);
    let tilted = |f: &dyn Fn(f64) -> f64| -> f64 {
        let term = |&(w, p): &(f64, f64)| p * (exponent(w) - top).exp() * f(w);
        nodes.iter().map(term).sum()
    };
    let z = tilted(&|_| 1.0);
    let mean = tilted(&|w| w) / z;
    let square = tilted(&|w| w * w) / z;
    [
        top + z.ln(),
        mean,
        tilted(&|w| (w - mean).powi(2)) / z,
        -0.5 * square,
        -0.5 * tilted(&|w| (w - mean) * (w * w - square)) / z,
        0.25 * tilted(&|w| (w * w - square).powi(2)) / z,
    ]
}

fn close(got: f64, want: f64, tolerance: f64, what: &str) {
    let allowed = tolerance * (1.0 + want.abs());
    assert!(
        (got - want).abs() <= allowed,
        "{what}: {got} instead of {want}"
    );
}

fn row(jets: &Jets, i: usize) -> [f64; 6] {
    [
        jets.value[i],
        jets.slope[i],
        jets.bend[i],
        jets.by[i],
        jets.slope_by[i],
        jets.by_by[i],
    ]
}

#[test]
fn jets_are_those_of_a_plain_sum() {
    let fields = [-12.0, -3.3, -1.0, -0.4, 0.0, 0.7, 1.0, 2.2, 9.0];
    for prior in all() {
        let (name, nodes) = (prior.name(), nodes(&*prior));
        for a in [0.1, 0.9, 4.0, 30.0] {
            let jets = fill(&*prior, a, &fields);
            // Quadrature of the continuous laws ends at |w| = 80.
            for (i, &b) in fields
                .iter()
                .enumerate()
                .filter(|(_, b)| b.abs() < 60.0 * a)
            {
                for (k, (got, want)) in row(&jets, i)
                    .into_iter()
                    .zip(plain(&nodes, a, b))
                    .enumerate()
                {
                    close(got, want, 1e-12, &format!("{name} a={a} b={b} entry {k}"));
                }
            }
        }
    }
}

#[test]
fn jets_are_their_own_derivatives() {
    let (step, fields) = (1e-4, [-7.0, -1.0, -0.2, 0.0, 0.5, 1.3, 6.0]);
    for prior in all() {
        let name = prior.name();
        let at = |a: f64, shift: f64| {
            let moved: Vec<f64> = fields.iter().map(|b| b + shift).collect();
            fill(&*prior, a, &moved)
        };
        for a in [0.3, 2.0] {
            let (here, up, down) = (at(a, 0.0), at(a, step), at(a, -step));
            let (more, less) = (at(a + step, 0.0), at(a - step, 0.0));
            let difference = |x: &[f64], y: &[f64], i: usize| (x[i] - y[i]) / (2.0 * step);
            for (i, b) in fields.iter().enumerate() {
                let what = |k: &str| format!("{name} a={a} b={b} {k}");
                close(
                    difference(&up.value, &down.value, i),
                    here.slope[i],
                    1e-6,
                    &what("slope"),
                );
                close(
                    difference(&up.slope, &down.slope, i),
                    here.bend[i],
                    1e-6,
                    &what("bend"),
                );
                close(
                    difference(&more.value, &less.value, i),
                    here.by[i],
                    1e-6,
                    &what("by"),
                );
                close(
                    difference(&up.by, &down.by, i),
                    here.slope_by[i],
                    1e-6,
                    &what("slope_by"),
                );
                close(
                    difference(&more.by, &less.by, i),
                    here.by_by[i],
                    1e-6,
                    &what("by_by"),
                );
                // Heat equation (W.20).
                let heat = -0.5 * (here.bend[i] + here.slope[i].powi(2));
                close(here.by[i], heat, 1e-13, &what("heat equation"));
            }
        }
    }
}

#[test]
fn nothing_overflows_in_strong_fields() {
    let fields = [-1e4, -300.0, 300.0, 1e4];
    for prior in all() {
        for a in [1e-6, 1.0, 1e6] {
            let jets = fill(&*prior, a, &fields);
            for (i, b) in fields.iter().enumerate() {
                let entries = row(&jets, i);
                let what = format!("{} a={a} b={b}: {entries:?}", prior.name());
                assert!(entries.iter().all(|x| x.is_finite()), "{what}");
                assert!(
                    entries[2] >= 0.0 && entries[3] <= 0.0 && entries[5] >= 0.0,
                    "{what}"
                );
            }
        }
    }
}

#[test]
fn volume_is_ln_z_without_field() {
    for prior in all() {
        close(
            prior.volume(),
            fill(&*prior, 0.0, &[0.0]).value[0],
            1e-15,
            &prior.name(),
        );
    }
}

#[test]
fn teachers_have_the_law_of_the_prior() {
    for prior in all() {
        let (name, teacher) = (prior.name(), prior.teacher());
        let sum = |f: &dyn Fn(f64) -> f64| -> f64 { teacher.iter().map(|&(w, p)| p * f(w)).sum() };
        close(sum(&|_| 1.0), 1.0, 1e-14, &format!("{name}: probabilities"));
        close(
            sum(&|w| w * w),
            prior.second_moment(),
            1e-13,
            &format!("{name}: second moment"),
        );
        let own = -2.0 * fill(&*prior, 0.0, &[0.0]).by[0];
        close(
            own,
            prior.second_moment(),
            1e-14,
            &format!("{name}: own law"),
        );
        if prior.norm() != Norm::Free {
            close(prior.second_moment(), 1.0, 1e-15, &format!("{name}: norm"));
        }
        if prior.norm() == Norm::Sphere {
            continue;
        }
        // An even function; every law that is not symmetric has all its values, so that an odd one
        // has the right mean too.
        let nodes = nodes(&*prior);
        let total: f64 = nodes.iter().map(|n| n.1).sum();
        let even: f64 = nodes.iter().map(|&(w, p)| p * (0.3 * w).cos()).sum::<f64>() / total;
        close(
            sum(&|w| (0.3 * w).cos()),
            even,
            1e-12,
            &format!("{name}: cosine"),
        );
        let mean: f64 = nodes.iter().map(|&(w, p)| p * w).sum::<f64>() / total;
        if mean.abs() > 1e-9 {
            close(sum(&|w| w), mean, 1e-13, &format!("{name}: mean"));
        }
    }
}

#[test]
fn draws_have_the_law_of_the_prior() {
    let count = 200_000;
    for prior in all() {
        let nodes = nodes(&*prior);
        let total: f64 = nodes.iter().map(|n| n.1).sum();
        let draws: Vec<f64> = (0..count)
            .map(|k| prior.draw((f64::from(k) + 0.5) / f64::from(count)))
            .collect();
        for t in [0.2, 0.9, 2.0] {
            for wave in [f64::sin, f64::cos] {
                let got = draws.iter().map(|w| wave(t * w)).sum::<f64>() / f64::from(count);
                let want = nodes.iter().map(|&(w, p)| p * wave(t * w)).sum::<f64>() / total;
                close(got, want, 2e-5, &format!("{} t={t}", prior.name()));
            }
        }
    }
}

/// `½(1 + …)`: the field that gives a configuration the overlap `S` with a reference of `+1`,
/// maximised by a golden section.
#[test]
fn balls_are_legendre_transforms() {
    let mut counted = 0;
    for prior in all() {
        for overlap in [0.0, 0.3, -0.8, 0.99] {
            let Some(ball) = prior.ball(overlap) else {
                continue;
            };
            counted += 1;
            // min_h of ln Z_w(A, h w₀) + A/2 - h S over w₀ of the teacher's law, with A at its own
            // minimum on the sphere.
            let free = |h: f64, shift: f64| {
                let at = |w0: f64| fill(&*prior, shift, &[h * w0]).value[0];
                let average: f64 = prior.teacher().iter().map(|&(w0, p)| p * at(w0)).sum();
                average + 0.5 * shift - h * overlap
            };
            let best = |h: f64| match prior.norm() {
                Norm::Sphere => minimum(-0.999, 400.0, |shift| free(h, shift)),
                _ => free(h, 0.0),
            };
            close(
                minimum(-60.0, 60.0, best),
                ball,
                1e-9,
                &format!("{} S={overlap}", prior.name()),
            );
        }
    }
    assert_eq!(counted, 12, "binary, spherical and atoms:-1,1");
    for name in ["ternary", "gaussian", "laplace", "atoms:-2,-1,1,2"] {
        assert_eq!(by_name(name).expect("known").ball(0.5), None);
    }
}

/// Smallest value of a convex function.
fn minimum(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..120 {
        let third = (high - low) / 3.0;
        if f(low + third) < f(high - third) {
            high -= third;
        } else {
            low += third;
        }
    }
    f(0.5 * (low + high))
}

/// The entropic average by quadrature over teacher and field, value and `E[(∂²_b ln Z_w)²]`.
fn average(
    prior: &dyn Prior,
    teacher: &[(f64, f64)],
    [q_hat, m_hat, shift]: [f64; 3],
) -> (f64, f64) {
    let measure = GaussMeasure::graded(&[]);
    let (mut value, mut squares) = (0.0, 0.0);
    for &(w0, p) in teacher {
        let fields: Vec<f64> = measure
            .positions()
            .iter()
            .map(|z| q_hat.sqrt() * z + m_hat * w0)
            .collect();
        let jets = fill(prior, q_hat + shift, &fields);
        for (i, weight) in measure.weights().iter().enumerate() {
            value += p * weight * jets.value[i];
            squares += p * weight * jets.bend[i] * jets.bend[i];
        }
    }
    (value, squares)
}

#[test]
fn closed_forms_are_the_averages() {
    let mut counted = 0;
    for prior in all() {
        for at in [
            [0.4, 0.0, 0.3],
            [2.0, 0.7, -0.9],
            [9.0, -2.0, -6.0],
            [1e-3, 0.0, 0.0],
        ] {
            let [q_hat, m_hat, shift] = at;
            let Some((jet, squares)) = prior.closed(q_hat, m_hat, shift) else {
                continue;
            };
            counted += 1;
            let what = format!("{} {at:?}", prior.name());
            let teacher = match prior.norm() {
                Norm::Sphere => Gaussian::unit().teacher(),
                _ => prior.teacher(),
            };
            let (value, got_squares) = if prior.norm() == Norm::Sphere {
                let f =
                    |a: f64| average(&*prior, &teacher, [q_hat, m_hat, a]).0 + 0.5 * (q_hat + a);
                let best = precision(&f, -q_hat - 0.5, 60.0);
                (f(best), average(&*prior, &teacher, [q_hat, m_hat, best]).1)
            } else {
                average(&*prior, &teacher, at)
            };
            close(jet.value, value, 2e-13, &what);
            close(squares, got_squares, 1e-6, &what);
            let closed = |x: [f64; 3]| prior.closed(x[0], x[1], x[2]).expect("closed").0;
            let step = 1e-5 * q_hat.min(1.0);
            for i in 0..3 {
                let (mut up, mut down) = (at, at);
                up[i] += step;
                down[i] -= step;
                let (up, down) = (closed(up), closed(down));
                close(
                    jet.gradient[i],
                    (up.value - down.value) / (2.0 * step),
                    1e-6,
                    &what,
                );
                for j in 0..3 {
                    let bend = (up.gradient[j] - down.gradient[j]) / (2.0 * step);
                    close(jet.hessian[i][j], bend, 1e-6, &what);
                }
            }
        }
    }
    assert_eq!(counted, 12, "spherical, gaussian and ridge");
}

/// Where a convex function has its minimum, by thirds.
fn precision(f: &impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    for _ in 0..100 {
        let third = (high - low) / 3.0;
        if f(low + third) < f(high - third) {
            high -= third;
        } else {
            low += third;
        }
    }
    0.5 * (low + high)
}

/// Averages over a measure graded to the features agree with those over one twice as fine.
#[test]
fn features_resolve_the_averages() {
    for prior in all() {
        for (q_hat, shift) in [
            (0.5, 0.0),
            (40.0, -30.0),
            (2000.0, -1000.0),
            (2000.0, 3000.0),
        ] {
            let mut features = Vec::new();
            prior.features(q_hat + shift, &mut features);
            let root = f64::sqrt(q_hat);
            for feature in &mut features {
                feature.centre /= root;
                feature.width /= root;
            }
            let measure = GaussMeasure::graded(&features);
            let on = |measure: &GaussMeasure| -> f64 {
                let fields: Vec<f64> = measure.positions().iter().map(|z| root * z).collect();
                let jets = fill(&*prior, q_hat + shift, &fields);
                let terms = jets.bend.iter().zip(measure.weights());
                terms.map(|(bend, weight)| weight * bend).sum()
            };
            let what = format!("{} q_hat={q_hat} shift={shift}", prior.name());
            close(on(&measure), on(&measure.refined()), 1e-12, &what);
        }
    }
}

#[test]
fn one_law_under_two_names_has_the_same_jets() {
    let fields: Vec<f64> = (-40..=40).map(|k| 0.37 * f64::from(k)).collect();
    for (name, atoms) in [("binary", "atoms:1,-1"), ("ternary", "atoms:0,-1,1")] {
        let (fast, plain) = (
            by_name(name).expect("known"),
            by_name(atoms).expect("known"),
        );
        assert_eq!(fast.norm(), plain.norm());
        assert_eq!(fast.alphabet(), plain.alphabet());
        assert_eq!(fast.teacher(), plain.teacher());
        for a in [-0.7, 0.0, 1.3, 40.0] {
            let (x, y) = (fill(&*fast, a, &fields), fill(&*plain, a, &fields));
            for (i, b) in fields.iter().enumerate() {
                for (x, y) in row(&x, i).into_iter().zip(row(&y, i)) {
                    // Variances keep their digits however small; a rounding error of `⟨w²⟩` squared is 1e-32.
                    assert!(
                        (x - y).abs() <= 2e-14 * x.abs() + 1e-31,
                        "{name} {a} {b} {x} {y}"
                    );
                }
            }
        }
    }
}

#[test]
fn laplace_without_precision_is_the_limit() {
    let fields = [-0.9, -0.3, 0.0, 0.5];
    let (zero, tiny) = (fill(&Laplace, 0.0, &fields), fill(&Laplace, 1e-9, &fields));
    for (i, b) in fields.iter().enumerate() {
        for (x, y) in row(&zero, i).into_iter().zip(row(&tiny, i)) {
            close(y, x, 1e-4, &format!("b={b}"));
        }
        close(zero.value[i], tiny.value[i], 1e-6, "value");
    }
    for (a, b) in [(-0.1, 0.0), (0.0, 1.0), (0.0, -3.0)] {
        assert_eq!(fill(&Laplace, a, &[b]).value[0], f64::INFINITY);
    }
}

#[test]
fn names_come_back() {
    for prior in all().iter().filter(|prior| prior.name() != "ridge") {
        assert_eq!(
            by_name(&prior.name()).expect("its own name").name(),
            prior.name()
        );
    }
    let name = |text: &str| by_name(text).expect("well formed").name();
    assert_eq!(name("atoms: 2@0.5, -1"), "atoms:-1,2@0.5");
    assert_eq!(name("atoms:1e0,-0"), "atoms:0,1");
}

#[test]
fn wrong_names_say_what_is_wrong() {
    for (text, message) in [
        (
            "heavy",
            "no weights are called \"heavy\"; there are binary, spherical, ternary, gaussian, laplace and atoms:V[@P],…",
        ),
        (
            "atoms:",
            "atoms need at least two values, for example atoms:-1,0,1",
        ),
        (
            "atoms:1",
            "atoms need at least two values, for example atoms:-1,0,1",
        ),
        (
            "atoms:1,x",
            "\"x\" is not a number: a value V of atoms:V[@P],…",
        ),
        (
            "atoms:1,2@",
            "\"\" is not a number: a weight P of atoms:V[@P],…",
        ),
        (
            "atoms:1,,2",
            "\"\" is not a number: a value V of atoms:V[@P],…",
        ),
        (
            "atoms:1,nan",
            "the value NaN of a weight must be finite, at most 1e6 in magnitude",
        ),
        (
            "atoms:1,inf",
            "the value inf of a weight must be finite, at most 1e6 in magnitude",
        ),
        (
            "atoms:1,2@0",
            "the weight 0 of the value 2 must be positive, 1e-100 to 1e100",
        ),
        (
            "atoms:1,2@-1",
            "the weight -1 of the value 2 must be positive, 1e-100 to 1e100",
        ),
        (
            "atoms:1,2,1",
            "the value 1 is given twice; give it once, with the sum of the weights",
        ),
        (
            "atoms:0,-0",
            "the value 0 is given twice; give it once, with the sum of the weights",
        ),
    ] {
        assert_eq!(by_name(text).expect_err(text), message);
    }
    let many: Vec<String> = (0..65).map(|k| k.to_string()).collect();
    let error = by_name(&format!("atoms:{}", many.join(","))).expect_err("too many");
    assert_eq!(error, "atoms have at most 64 values, not 65");
    for lambda in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(Gaussian::ridge(lambda), None);
    }
}
