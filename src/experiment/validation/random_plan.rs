//! Which measures and minima of random patterns are compared.

use super::checks::Check;
use super::quantity::{Nearby, Quantity as Q};
use super::random_setup::{Centre, Setup, Target};
use super::size_series::{Method, Series};

/// Zero temperature.
const HARD: f64 = f64::INFINITY;

/// Weights, data and loss.
type Names = [&'static str; 3];

struct Plan<'a> {
    check: Check,
    sizes: &'a [usize],
}

impl Plan<'_> {
    fn one(&self, names: Names, alpha: f64, setup: Setup, quantities: &[Q]) -> Series {
        Series {
            check: self.check,
            names,
            method: Method::Random(setup),
            alpha,
            sizes: self.sizes.to_vec(),
            quantities: quantities.to_vec(),
        }
    }
}

/// A setup at this temperature, without a margin.
fn setup(beta: f64, target: Target) -> Setup {
    Setup {
        beta,
        kappa: 0.0,
        gamma: 1.0,
        target,
    }
}

/// What is simulated, over these sizes.
pub(super) fn series(check: Check, sizes: &[usize]) -> Vec<Series> {
    let plan = Plan { check, sizes };
    match check {
        Check::Temperature => temperatures(&plan),
        Check::Learning => learning(&plan),
        Check::Minima => minima(&plan),
        Check::Stability => stability(&plan),
        Check::Margin => margins(&plan),
        _ => references(&plan),
    }
}

fn temperatures(plan: &Plan) -> Vec<Series> {
    let hard = [Q::Entropy, Q::Q, Q::QHat, Q::TrainingError];
    // The theta loss is an error: its mean says nothing new.
    let counted = [Q::FreeEntropy, Q::Entropy, Q::Q, Q::QHat, Q::TrainingError];
    let soft = [&counted[..], &[Q::TrainingLoss]].concat();
    let taught = [&soft[..], &[Q::M, Q::MHat]].concat();
    let at = |beta| setup(beta, Target::Measure);
    let margin = |kappa| Setup { kappa, ..at(HARD) };
    let binary = ["binary", "storage", "theta"];
    vec![
        plan.one(binary, 0.8, margin(-0.5), &hard),
        plan.one(binary, 0.25, margin(0.5), &hard[..3]),
        plan.one(binary, 1.0, at(2.0), &counted),
        plan.one(["spherical", "storage", "theta"], 2.5, at(1.0), &counted),
        plan.one(["spherical", "storage", "square"], 1.0, at(2.0), &soft),
        plan.one(
            ["binary", "teacher", "cross-entropy"],
            1.0,
            at(2.0),
            &taught,
        ),
        plan.one(["spherical", "teacher", "hinge"], 1.5, at(1.0), &taught),
    ]
}

fn learning(plan: &Plan) -> Vec<Series> {
    let known = [
        Q::Entropy,
        Q::M,
        Q::MHat,
        Q::GeneralizationError,
        Q::BayesError,
    ];
    let hard = setup(HARD, Target::Measure);
    let [binary, spherical] = ["binary", "spherical"].map(|w| [w, "teacher", "theta"]);
    let path: Vec<Q> = (1..=5).map(Q::TeacherAfter).collect();
    vec![
        plan.one(binary, 0.8, hard, &known),
        plan.one(spherical, 1.5, hard, &known),
        Series {
            // Patterns of signs, whose sums must not vanish.
            method: Method::Trajectory,
            sizes: plan.sizes.iter().map(|n| n | 1).collect(),
            ..plan.one(binary, 0.8, hard, &path)
        },
    ]
}

fn minima(plan: &Plan) -> Vec<Series> {
    let all = [Q::GroundStateEnergy, Q::Chi, Q::TrainingError];
    let taught = [&all[..], &[Q::M, Q::GeneralizationError]].concat();
    let minimum = setup(HARD, Target::Minimum);
    let of = |data, loss, alpha, quantities: &[Q]| {
        plan.one(["spherical", data, loss], alpha, minimum, quantities)
    };
    vec![
        of("storage", "hinge", 3.0, &all),
        of("teacher", "hinge", 2.0, &taught),
        of("storage", "square", 2.0, &all),
        of("teacher", "cross-entropy", 2.0, &taught),
    ]
}

fn stability(plan: &Plan) -> Vec<Series> {
    let at = |beta| setup(beta, Target::Forgetting);
    let of = |names, alpha, beta| plan.one(names, alpha, at(beta), &[Q::AtStability]);
    vec![
        of(["binary", "storage", "theta"], 0.4, HARD),
        of(["binary", "storage", "theta"], 1.0, 2.0),
        of(["binary", "teacher", "theta"], 0.8, HARD),
        of(["spherical", "storage", "theta"], 1.0, HARD),
        of(["spherical", "storage", "square"], 1.0, 2.0),
        of(["spherical", "teacher", "theta"], 1.5, HARD),
    ]
}

fn margins(plan: &Plan) -> Vec<Series> {
    let largest = setup(HARD, Target::LargestMargin);
    let of = |alpha| {
        plan.one(
            ["spherical", "storage", "theta"],
            alpha,
            largest,
            &[Q::Kappa],
        )
    };
    vec![of(0.5), of(1.0)]
}

fn references(plan: &Plan) -> Vec<Series> {
    let pairs = [100, 200, 300].map(|d| [Nearby::Entropy, Nearby::Q].map(|what| Q::Local(what, d)));
    let quantities = pairs.concat();
    let around = |data, alpha, centre| {
        let setup = setup(HARD, Target::Around(centre));
        plan.one(["spherical", data, "theta"], alpha, setup, &quantities)
    };
    vec![
        around("teacher", 1.5, Centre::Teacher),
        around("storage", 0.5, Centre::CrossEntropy(0.5)),
        around("storage", 0.5, Centre::LargestMargin),
    ]
}
