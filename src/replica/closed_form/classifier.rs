//! Linear classifiers of a mixture in closed form (MX.2 to MX.9).

use crate::math::real::{self, Dual2};
use crate::math::{GaussMeasure, Real};
use crate::model::Mixture;

/// A linear classifier `sign(w·x/√N + b)` and the law of its stabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Classifier {
    /// Overlap `w·v/N` with the axis of the clusters.
    pub m: f64,
    /// Squared norm `|w|²/N`.
    pub q: f64,
    /// Bias.
    pub bias: f64,
    /// Mean of `y w·x/√N` over training patterns, where the classifier was made from them: their
    /// stabilities are `N(training_mean + y b, Δ q)` (MX.7).
    pub training_mean: Option<f64>,
}

impl Classifier {
    /// `m/√q`.
    pub fn cosine(&self) -> f64 {
        self.m / self.q.sqrt()
    }

    /// Probability of an error on a new pattern (MX.2).
    pub fn generalization_error(&self, mixture: &Mixture) -> f64 {
        mixture.error(self.m, self.q, self.bias)
    }

    /// Fraction of training patterns that it gets wrong (MX.7).
    pub fn training_error(&self, mixture: &Mixture) -> Option<f64> {
        let mean = self.training_mean?;
        Some(mixture.error(mean, self.q, self.bias))
    }

    /// Mean of `(1-Δ)²/2` over training patterns.
    pub fn training_square_loss(&self, mixture: &Mixture) -> Option<f64> {
        let mean = self.training_mean?;
        let miss = mixture.mean(|y| (1.0 - mean - y * self.bias).powi(2));
        Some(0.5 * (miss + mixture.delta() * self.q))
    }

    /// The same with the bias of smallest error (MX.3).
    pub fn with_best_bias(self, mixture: &Mixture) -> Self {
        Classifier {
            bias: mixture.best_bias(self.m, self.q),
            ..self
        }
    }
}

/// Overlap `q_b = α/(α+Δ)` of the posterior mean of `v` with `v`, and with itself (MX.5).
pub fn posterior_overlap(mixture: &Mixture, alpha: f64) -> f64 {
    alpha / (alpha + mixture.delta())
}

/// The Bayes-optimal classifier of `αN` labelled patterns: the posterior mean of `v` (MX.5, MX.6).
pub fn bayes_optimal(mixture: &Mixture, alpha: f64) -> Classifier {
    let overlap = posterior_overlap(mixture, alpha);
    Classifier {
        m: overlap,
        q: overlap,
        bias: 0.5 * mixture.delta() * mixture.log_odds(),
        training_mean: Some(1.0),
    }
}

/// The best classifier of all, which knows `v`.
pub fn oracle(mixture: &Mixture) -> Classifier {
    Classifier {
        m: 1.0,
        q: 1.0,
        bias: 0.5 * mixture.delta() * mixture.log_odds(),
        training_mean: None,
    }
}

/// Hebb's rule, `w = Σ y x/(α√N)`, without bias (MX.8).
pub fn hebb(mixture: &Mixture, alpha: f64) -> Classifier {
    let norm = 1.0 + mixture.delta() / alpha;
    Classifier {
        m: 1.0,
        q: norm,
        bias: 0.0,
        training_mean: Some(norm),
    }
}

/// The oracle's rule with the estimated centroid in the place of `v`: its bias is not the best one
/// of its norm (MX.8).
pub fn plug_in(mixture: &Mixture, alpha: f64) -> Classifier {
    Classifier {
        bias: oracle(mixture).bias,
        ..hebb(mixture, alpha)
    }
}

impl Classifier {
    /// The same answers from weights of squared norm `Q`: weights and bias are scaled together.
    pub fn of_norm(self, norm: f64) -> Self {
        let scale = (norm / self.q).sqrt();
        Classifier {
            m: scale * self.m,
            q: norm,
            bias: scale * self.bias,
            training_mean: self.training_mean.map(|mean| scale * mean),
        }
    }
}

/// The classifiers in closed form, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedForm {
    /// [`bayes_optimal`].
    BayesOptimal,
    /// [`oracle`].
    Oracle,
    /// [`hebb`].
    Hebb,
    /// [`plug_in`].
    PlugIn,
}

impl ClosedForm {
    /// All of them.
    pub const ALL: [ClosedForm; 4] = [
        ClosedForm::BayesOptimal,
        ClosedForm::Oracle,
        ClosedForm::Hebb,
        ClosedForm::PlugIn,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            ClosedForm::BayesOptimal => "bayes-optimal",
            ClosedForm::Oracle => "oracle",
            ClosedForm::Hebb => "hebb",
            ClosedForm::PlugIn => "plug-in",
        }
    }

    /// The classifier of `αN` labelled patterns.
    pub fn at(self, mixture: &Mixture, alpha: f64) -> Classifier {
        match self {
            ClosedForm::BayesOptimal => bayes_optimal(mixture, alpha),
            ClosedForm::Oracle => oracle(mixture),
            ClosedForm::Hebb => hebb(mixture, alpha),
            ClosedForm::PlugIn => plug_in(mixture, alpha),
        }
    }
}

/// Newton steps of [`semi_supervised_overlap`]; it ends after six or so, near its threshold later.
const STEPS: usize = 200;

/// Overlap of the posterior mean of `v` with `v` for balanced clusters of which only a fraction of
/// the patterns is labelled (MX.9).
pub fn semi_supervised_overlap(delta: f64, alpha: f64, labelled: f64) -> f64 {
    let measure = GaussMeasure::graded(&[]);
    let image = |q: Dual2<1>| {
        let signal = q / delta;
        let tanh = |z: f64| (signal.sqrt() * z + signal).tanh();
        let hidden = measure.sum(tanh) * (1.0 - labelled);
        let field = (hidden + labelled) * (alpha / delta);
        field / (field + 1.0)
    };
    // The image is concave and increasing: from above Newton falls monotonically to the largest
    // fixed point.
    let mut q = 1.0;
    for _ in 0..STEPS {
        let defect = image(real::variable::<1>(q, 0)) - real::variable::<1>(q, 0);
        let next = q - Real::re(defect) / real::gradient(&defect)[0];
        if next.is_nan() || next <= 1e-14 {
            return 0.0;
        }
        let moved = (q - next).abs();
        q = next;
        if moved <= 4.0 * f64::EPSILON * q {
            break;
        }
    }
    q
}
