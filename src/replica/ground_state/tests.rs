use super::*;
use crate::model::loss::{CrossEntropy, Hinge, Square};
use crate::model::{Bias, Data, Mixture};

/// Derivatives on frozen nodes must be those of the value.
#[test]
fn derivatives_are_those_of_the_value() {
    let p = Parameters {
        alpha: 2.5,
        kappa: 0.3,
        beta: f64::INFINITY,
        gamma: 0.8,
        ..Parameters::default()
    };
    let step = 1e-5;
    let losses: [(Arc<dyn Loss>, Control); 4] = [
        (Arc::new(Square), Control::Alpha),
        (Arc::new(Hinge), Control::Alpha),
        (Arc::new(CrossEntropy), Control::Alpha),
        (Arc::new(CrossEntropy), Control::Gamma),
    ];
    for (loss, control) in losses {
        let lengths = [
            Constraint::Norm(1.0),
            Constraint::Norm(0.6),
            Constraint::Ridge(0.0),
            Constraint::Ridge(0.7),
        ];
        let mixture = Mixture::new(0.7, 0.3).expect("a mixture");
        let both = [
            Data::Storage.into(),
            Data::Teacher.into(),
            Disorder::Clusters(mixture, Bias::Learned),
            Disorder::Clusters(mixture, Bias::Fixed(0.2)),
        ];
        for (data, length) in both.iter().flat_map(|d| lengths.map(|l| (*d, l))) {
            let ground = GroundState::new(loss.clone(), data, length, 1.0);
            let x = &[-0.4, 0.6, 0.3, -0.2][..ground.dimension()];
            let rule = ground.freeze(x, &p);
            let at = ground.evaluate(x, &p, control, &rule);
            let close = |a: f64, b: f64, what: &str| {
                assert!(
                    (a - b).abs() < 1e-7 * (1.0 + a.abs()),
                    "{} {what}",
                    loss.name()
                );
            };
            for i in 0..x.len() {
                let [up, down] = [step, -step].map(|step| {
                    let mut y = x.to_vec();
                    y[i] += step;
                    ground.evaluate(&y, &p, control, &rule)
                });
                let difference = |a: f64, b: f64| (a - b) / (2.0 * step);
                close(at.gradient[i], difference(up.value, down.value), "gradient");
                let mixed = difference(up.control_slope, down.control_slope);
                close(at.mixed[i], mixed, "mixed");
                // Kinks of the envelope leave an error of the order of the step in differences of
                // the Hessian on fixed nodes.
                for j in 0..x.len() {
                    let bend = difference(up.gradient[j], down.gradient[j]);
                    let allowed = 1e-4 * (1.0 + bend.abs());
                    assert!(
                        (at.hessian[(i, j)] - bend).abs() < allowed,
                        "Hessian {i} {j}"
                    );
                }
            }
        }
    }
}
