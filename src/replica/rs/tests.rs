use super::*;
use crate::math::special;
use crate::model::loss::{CrossEntropy, Hinge, Square, Theta};
use crate::model::machine::registered;
use crate::model::prior::{self, Binary, Gaussian, Laplace, Spherical, Ternary};
use crate::model::{Bias, Data, Mixture};
use crate::replica::ensemble::Ensemble;
use crate::replica::observables::Ansatz;
use crate::solve::{Tolerances, saddle};

const STEP: f64 = 1e-5;

/// Derivatives on frozen nodes must be those of the value.
fn check_derivatives(rs: &Rs, x: &[f64], p: &Parameters, control: Control) {
    let name = format!("{} {} {control:?} {x:?}", rs.prior.name(), rs.loss.name());
    let rule = rs.freeze(x, p);
    let at = rs.evaluate(x, p, control, &rule);
    let scale = 1.0 + at.magnitude + at.hessian.amax();
    let close = |a: f64, b: f64, what: &str| {
        assert!((a - b).abs() < 2e-9 * scale, "{name}: {what} {a} {b}");
    };
    for i in 0..x.len() {
        let [up, down] = [STEP, -STEP].map(|step| {
            let mut y = x.to_vec();
            y[i] += step;
            rs.evaluate(&y, p, control, &rule)
        });
        let difference = |a: f64, b: f64| (a - b) / (2.0 * STEP);
        close(at.gradient[i], difference(up.value, down.value), "gradient");
        for j in 0..x.len() {
            let bend = difference(up.gradient[j], down.gradient[j]);
            close(at.hessian[(i, j)], bend, &format!("Hessian {i} {j}"));
        }
        let mixed = difference(up.control_slope, down.control_slope);
        close(at.mixed[i], mixed, &format!("mixed {i}"));
    }
    let value = p.get(control);
    let [up, down] =
        [STEP, -STEP].map(|step| rs.evaluate(x, &p.with(control, value + step), control, &rule));
    close(
        at.control_slope,
        (up.value - down.value) / (2.0 * STEP),
        "control",
    );
    let bend = (up.control_slope - down.control_slope) / (2.0 * STEP);
    close(at.control_bend, bend, "control twice");
}

fn priors() -> Vec<Arc<dyn Prior>> {
    vec![
        Arc::new(Binary),
        Arc::new(Spherical),
        Arc::new(Ternary),
        Arc::new(Gaussian::unit()),
        Arc::new(Laplace),
        prior::by_name("atoms:-2,0.5@3,1").expect("atoms"),
    ]
}

/// Every law of the patterns.
fn disorders() -> Vec<Disorder> {
    let mixture = Mixture::new(0.7, 0.3).expect("a mixture");
    vec![
        Data::Storage.into(),
        Data::Teacher.into(),
        Disorder::Clusters(mixture, Bias::Learned),
        Disorder::Clusters(mixture, Bias::Fixed(0.2)),
        Disorder::Clusters(mixture, Bias::Fixed(0.0)),
    ]
}

/// A point in the coordinates of a model.
fn point(rs: &Rs) -> Vec<f64> {
    let mut x = vec![-0.3, 0.4];
    if rs.disorder.has_axis() {
        x.extend([0.7, -0.6]);
    }
    if rs.chart.free() {
        x.extend([0.2, 0.5]);
    }
    if rs.chart.bias {
        x.push(-0.4);
    }
    x
}

#[test]
fn derivatives_are_those_of_the_value() {
    let thermal = Parameters {
        alpha: 0.7,
        kappa: 0.2,
        beta: 1.5,
        ..Parameters::default()
    };
    let hard = Parameters {
        beta: f64::INFINITY,
        ..thermal
    };
    let (theta, hinge): (Arc<dyn Loss>, Arc<dyn Loss>) = (Arc::new(Theta), Arc::new(Hinge));
    for prior in priors() {
        for disorder in disorders() {
            for (loss, p, control) in [
                (&theta, hard, Control::Alpha),
                (&theta, hard, Control::Kappa),
                (&theta, thermal, Control::Beta),
                (&hinge, thermal, Control::Kappa),
            ] {
                let rs = Rs::new(prior.clone(), loss.clone(), disorder);
                check_derivatives(&rs, &point(&rs), &p, control);
            }
        }
    }
    for machine in registered() {
        for (loss, p, control) in [
            (&theta, hard, Control::Alpha),
            (&hinge, thermal, Control::Kappa),
        ] {
            let rs = Rs::new(Arc::new(Binary), loss.clone(), Data::Storage);
            let rs = rs.of_machine(machine.clone());
            check_derivatives(&rs, &point(&rs), &p, control);
        }
    }
    let rs = Rs::new(Arc::new(Ternary), Arc::new(CrossEntropy), Data::Storage);
    check_derivatives(&rs, &point(&rs), &thermal, Control::Gamma);
}

/// The saddle point connected to light loads.
fn solved(prior: Arc<dyn Prior>, p: &Parameters) -> (Order<f64>, f64) {
    let rs = Rs::new(prior.clone(), Arc::new(Theta), Data::Storage);
    let model = Ensemble::new(prior, Arc::new(Theta), Data::Storage);
    let s = model.connected(p).expect("converges");
    (rs.order(&s.x), s.value)
}

/// Against values of another program, which solves the four equations by iteration.
#[test]
fn free_norms_have_known_saddle_points() {
    let storage = Parameters {
        alpha: 0.5,
        ..Parameters::default()
    };
    let margin = Parameters {
        kappa: 1.0,
        ..storage
    };
    for (name, p, [q, norm, q_hat, norm_hat, entropy]) in [
        (
            "ternary",
            storage,
            [
                0.209_687_553_373_288_34,
                0.666_242_448_214_322_5,
                0.981_495_208_484_369_9,
                -0.308_907_559_802_444_7,
                0.720_391_459_754_638_8,
            ],
        ),
        (
            "atoms:-2,-1,1,2",
            storage,
            [
                0.791_163_450_965_478_9,
                2.499_378_551_168_31,
                0.262_951_908_346_324_37,
                -0.083_235_866_430_873_77,
                1.007_944_593_792_263,
            ],
        ),
        (
            "laplace",
            margin,
            [
                3.060_794_331_459_856,
                5.085_364_474_850_54,
                0.680_757_243_997_900_7,
                -0.506_944_708_736_890_9,
                -0.819_118_538_500_038_9,
            ],
        ),
        (
            "gaussian",
            margin,
            [
                1.571_756_787_365_847_8,
                2.194_944_932_236_446_5,
                4.047_128_356_392_234,
                -3.442_476_521_740_258_6,
                -1.208_701_268_755_864_7,
            ],
        ),
    ] {
        let (o, value) = solved(prior::by_name(name).expect("a prior"), &p);
        for (got, right) in [
            (o.q, q),
            (o.norm, norm),
            (o.q_hat, q_hat),
            (o.shift(), norm_hat),
            (value, entropy),
        ] {
            assert!(
                (got - right).abs() < 2e-13 * (1.0 + right.abs()),
                "{name} {got} {right}"
            );
        }
    }
}

/// Spherical weights, square loss: the tilted stabilities are Gaussian, and so is their mean.
#[test]
fn training_errors_of_the_square_loss_are_a_tail() {
    let rs = Rs::new(Arc::new(Spherical), Arc::new(Square), Data::Storage);
    for beta in [1.0, 30.0, 1e3, 1e4] {
        let p = Parameters {
            alpha: 3.0,
            beta,
            ..Parameters::default()
        };
        let t = (beta / 0.6).ln();
        let start = [t, 2.0 * t];
        let s = saddle::solve(&rs, &start, &p, Control::Alpha, &Tolerances::default())
            .expect("converges");
        let o = rs.order(&s.x);
        let c = beta * o.v;
        let right = special::h(c / ((1.0 + c) * o.v + o.q).sqrt());
        let rule = rs.freeze(&s.x, &p);
        let seen = rs.observables(&s.x, s.value, &p, &rule);
        let error = seen.training_error.expect("there is one");
        assert!((error - right).abs() < 1e-12, "{beta}: {error} {right}");
        // E (1-ω)²/(2(1+c)²) + v/(2(1+c)), ω of variance q.
        let loss = (1.0 + o.q) / (2.0 * (1.0 + c).powi(2)) + o.v / (2.0 * (1.0 + c));
        let measured = seen.training_loss.expect("there is one");
        assert!((measured - loss).abs() < 1e-12, "{beta}: {measured} {loss}");
    }
}

/// Without patterns every ansatz of a free norm is the prior itself.
#[test]
fn a_free_norm_tends_to_the_priors_own() {
    for prior in priors() {
        let rs = Rs::new(prior.clone(), Arc::new(Theta), Data::Storage);
        if !rs.chart.free() {
            continue;
        }
        let p = Parameters {
            alpha: 1e-4,
            ..Parameters::default()
        };
        let (o, value) = solved(prior.clone(), &p);
        let name = prior.name();
        let far = (o.norm - prior.second_moment()).abs();
        assert!(far < 2e-4 * o.norm, "{name} {o:?}");
        assert!((value - prior.volume()).abs() < 2e-4, "{name} {value}");
    }
}
