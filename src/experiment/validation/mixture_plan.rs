//! Which minimisers and Gibbs measures of two clusters are compared, and what around them.

use super::checks::Check;
use super::mixture_setup::{MixtureCentre, Setup, Target};
use super::quantity::{Nearby, Quantity as Q};
use super::size_series::{Method, Series};
use crate::model::Constraint;
use crate::model::{Bias, Mixture};
use crate::search::centroids::Rule;

/// Zero temperature.
const HARD: f64 = f64::INFINITY;

/// Clusters with their bias: none where balance makes it vanish, else learned or the one given.
struct Plan<'a> {
    check: Check,
    sizes: &'a [usize],
    mixture: Mixture,
    learned: Bias,
    given: Bias,
}

impl Plan<'_> {
    fn one(
        &self,
        [weights, loss]: [&'static str; 2],
        alpha: f64,
        (bias, beta, target): (Bias, f64, Target),
        quantities: &[Q],
    ) -> Series {
        let own = (bias == Bias::Learned).then_some(Q::Bias);
        Series {
            check: self.check,
            names: [weights, "mixture", loss],
            method: Method::Mixture(Setup {
                mixture: self.mixture,
                bias,
                beta,
                target,
            }),
            alpha,
            sizes: self.sizes.to_vec(),
            quantities: quantities.iter().copied().chain(own).collect(),
        }
    }

    fn classifiers(&self) -> Vec<Series> {
        let errors = [Q::M, Q::Q, Q::TrainingError, Q::GeneralizationError];
        let energies = [Q::Cosine, Q::TrainingLoss, Q::GroundStateEnergy];
        let free = [&errors[..], &energies].concat();
        let confined = [Q::Lambda, Q::GroundStateEnergy, Q::M, Q::TrainingError];
        let optimal = (self.given, HARD, Target::BayesOptimal);
        let mut all = vec![self.one(["spherical", "theta"], 1.0, optimal, &errors)];
        for (loss, lambda, norm) in [
            ("square", 1.0, 0.3),
            ("cross-entropy", 0.5, 1.0),
            ("hinge", 1.0, 0.5),
        ] {
            let minimum = |constraint| (self.learned, HARD, Target::Minimum(constraint));
            let ridge = minimum(Constraint::Ridge(lambda));
            let sphere = minimum(Constraint::Norm(norm));
            all.push(self.one(["ridge", loss], 1.5, ridge, &free));
            all.push(self.one(["spherical", loss], 1.5, sphere, &confined));
        }
        all
    }

    fn gibbs_measures(&self) -> Vec<Series> {
        let hard = [Q::Entropy, Q::Q, Q::M, Q::GeneralizationError];
        let thermal = [&hard[..], &[Q::TrainingError]].concat();
        let [learned, given] = [self.learned, self.given];
        let [spherical, binary] = [["spherical", "theta"], ["binary", "theta"]];
        vec![
            self.one(spherical, 1.0, (learned, HARD, Target::Gibbs), &hard),
            self.one(spherical, 1.5, (given, 2.0, Target::Gibbs), &thermal),
            self.one(binary, 0.6, (given, HARD, Target::Gibbs), &hard),
            self.one(binary, 1.0, (given, 1.5, Target::Gibbs), &thermal),
        ]
    }
}

/// Classifiers in closed form, over these sizes.
pub(super) fn closed_forms(check: Check, sizes: &[usize]) -> Vec<Series> {
    let errors = [
        Q::M,
        Q::Q,
        Q::Cosine,
        Q::TrainingError,
        Q::GeneralizationError,
    ];
    let all = [&errors[..], &[Q::BestBiasError]].concat();
    let one = |(delta, rho): (f64, f64), rule| {
        let mixture = Mixture::new(delta, rho)?;
        let none = Bias::Fixed(0.0);
        let plan = Plan {
            check,
            sizes,
            mixture,
            learned: none,
            given: none,
        };
        let names = ["spherical", "theta"];
        Some(plan.one(names, 1.0, (none, HARD, Target::Closed(rule)), &all))
    };
    let mixtures = [(1.0, 0.3), (0.5, 0.2)].into_iter();
    let rules = [Rule::BayesOptimal, Rule::Hebb, Rule::PlugIn];
    mixtures
        .flat_map(|mixture| rules.map(|rule| one(mixture, rule)))
        .flatten()
        .collect()
}

/// What is simulated, over these sizes.
pub(super) fn series(check: Check, sizes: &[usize]) -> Vec<Series> {
    let none = Bias::Fixed(0.0);
    let plans = [
        (1.0, 0.5, none, none),
        (0.5, 0.2, Bias::Learned, Bias::Fixed(-0.2)),
    ];
    let plan = |(delta, rho, learned, given)| {
        Some(Plan {
            check,
            sizes,
            mixture: Mixture::new(delta, rho)?,
            learned,
            given,
        })
    };
    let plans = plans.into_iter().filter_map(plan);
    plans
        .flat_map(|plan| [plan.classifiers(), plan.gibbs_measures()].concat())
        .collect()
}

/// What is simulated around classifiers, over these sizes.
pub(super) fn around_classifiers(check: Check, sizes: &[usize]) -> Vec<Series> {
    use Nearby::{Entropy, GeneralizationError, PerturbedError, TrainingError};
    let at = |what: &[Nearby], distances: &[usize]| -> Vec<Q> {
        let pairs = distances
            .iter()
            .flat_map(|d| what.iter().map(move |w| (*w, *d)));
        pairs.map(|(what, d)| Q::Local(what, d)).collect()
    };
    let thermal = [
        PerturbedError,
        Entropy,
        Nearby::Q,
        TrainingError,
        GeneralizationError,
    ];
    let thermal = at(&thermal, &[50, 150, 300]);
    let hard = at(&[Entropy, Nearby::Q, GeneralizationError], &[100, 250]);
    let optimal = MixtureCentre::BayesOptimal;
    let square = MixtureCentre::Minimiser("square", 0.5);
    let logistic = MixtureCentre::Minimiser("cross-entropy", 0.1);
    let cases = [
        ((1.0, 0.5), optimal, 2.0, &thermal),
        ((1.0, 0.5), optimal, f64::INFINITY, &hard),
        ((0.5, 0.2), optimal, 2.0, &thermal),
        ((0.5, 0.2), square, 2.0, &thermal),
        ((0.5, 0.2), square, f64::INFINITY, &hard),
        ((0.5, 0.2), logistic, 2.0, &thermal),
        ((1.0, 0.5), logistic, f64::INFINITY, &hard),
    ];
    let one = |((delta, rho), centre, beta, quantities): ((f64, f64), _, f64, &Vec<_>)| {
        let setup = Setup {
            mixture: Mixture::new(delta, rho)?,
            bias: Bias::Learned,
            beta,
            target: Target::Around(centre),
        };
        Some(Series {
            check,
            names: ["spherical", "mixture", "theta"],
            method: Method::Mixture(setup),
            alpha: 1.0,
            sizes: sizes.to_vec(),
            quantities: quantities.clone(),
        })
    };
    cases.into_iter().filter_map(one).collect()
}
