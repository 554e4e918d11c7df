//! How many patterns can be satisfied (TH.2, MX.28, AT.4).

use super::shortfall::{depths, squared_distance};
use crate::math::real::{self, Dual2};
use crate::math::{Feature, GaussMeasure, Real, average, special};
use crate::model::field::{Correlation, Field, Law};
use crate::model::mixture::Class;
use crate::model::{Data, Disorder, loss::ZeroSet};
use crate::solve::minimum::{Curved, minimum};
use nalgebra::{DMatrix, DVector};

/// The largest load, and the configuration that is left there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LargestLoad {
    /// Patterns per weight.
    pub alpha: f64,
    /// Cosine of the last configuration with the teacher or the axis of clusters.
    pub m: f64,
    /// Its bias, at `|w|² = N`.
    pub bias: f64,
    /// Relative error of the load.
    pub error: f64,
    /// Fraction of patterns on the edge of the zero set (AT.4).
    pub pinned: f64,
}

/// Cosine that the search starts from, as `artanh m`.
const START: f64 = 0.5;

/// The largest load at which weights of squared norm `N` have every stability in the zero set,
/// `max (1-m²) Δ / E dist²` over `m` and a bias that is learned (TH.2, MX.28); none if the loss has no
/// zero set.
///
/// ```
/// use quenched::model::{Bias, Disorder, Mixture, loss::ZeroSet};
/// use quenched::replica::unit_overlap::largest_load::largest_load;
///
/// let mixture = Mixture::new(1.0, 0.5).expect("a mixture");
/// let clusters = Disorder::Clusters(mixture, Bias::Learned);
/// let found = largest_load(&clusters, ZeroSet::HalfLine(0.0)).expect("has one");
/// assert!((found.alpha - 3.7000334557).abs() < 1e-10);
/// ```
pub fn largest_load(disorder: &Disorder, set: ZeroSet) -> Option<LargestLoad> {
    match set {
        ZeroSet::Empty => return None,
        // The teacher itself, at every load.
        ZeroSet::HalfLine(edge) if edge <= 0.0 && disorder.has_teacher() => {
            return Some(LargestLoad {
                alpha: f64::INFINITY,
                m: 1.0,
                bias: 0.0,
                error: 0.0,
                pinned: 0.0,
            });
        }
        _ => {}
    }
    let patterns = PatternSet { disorder, set };
    let mut start = Vec::new();
    start.extend(disorder.has_axis().then_some(START));
    start.extend(disorder.given_bias().is_none().then_some(0.0));
    let (x, at) = minimum(&start, &mut |x| patterns.cost(x));
    let (u, bias) = patterns.order(&x);
    let missed = at.detail;
    Some(LargestLoad {
        alpha: disorder.noise() / (u.cosh() * u.cosh()) / missed.mean,
        m: u.tanh(),
        bias,
        error: missed.error + SEARCH,
        pinned: patterns.pinned(u, bias),
    })
}

/// What the search leaves, relative: rounding, since the load is flat there.
const SEARCH: f64 = 64.0 * f64::EPSILON;

/// The patterns, and what shall hold of their stabilities.
struct PatternSet<'a> {
    disorder: &'a Disorder,
    set: ZeroSet,
}

/// A mean squared distance and its relative error.
#[derive(Clone, Copy)]
struct Missed {
    mean: f64,
    error: f64,
}

impl PatternSet<'_> {
    /// `(artanh m, b)` from the coordinates that are searched.
    fn order(&self, x: &[f64]) -> (f64, f64) {
        let u = if self.disorder.has_axis() { x[0] } else { 0.0 };
        let bias = self.disorder.given_bias();
        (u, bias.unwrap_or_else(|| x[x.len() - 1]))
    }

    /// The cavity field of a class at overlap one.
    fn field(&self, class: &Class, u: f64, bias: f64) -> Field {
        let teacher = Correlation {
            cosine: u.tanh(),
            sine: 1.0 / u.cosh(),
            variance: 1.0,
        };
        self.disorder.field(class, 1.0, teacher, [u.tanh(), bias])
    }

    /// The logarithm of the inverse load: with clusters quasi-convex, with one minimum.
    fn cost(&self, x: &[f64]) -> Curved<Missed> {
        let order = self.order(x);
        let (u, b): (Dual2<2>, Dual2<2>) = (real::variable(order.0, 0), real::variable(order.1, 1));
        let (mut total, mut error) = (Dual2::<2>::constant(0.0), 0.0_f64);
        for class in self.disorder.classes() {
            let field = self.field(&class, order.0, order.1);
            let mean = match field.law {
                Law::Centred => Dual2::constant(0.0),
                Law::Shifted(_) => u.tanh() + b * class.label,
                Law::Labelled(teacher) => {
                    let (jet, of_class) = self.labelled(teacher, u.tanh());
                    total += jet * class.weight;
                    error = error.max(of_class);
                    continue;
                }
            };
            let variance = Dual2::constant(self.disorder.noise());
            total += squared_distance(mean, variance, self.set) * class.weight;
            error = error.max(self.rounding(&field));
        }
        let cost = (total / self.disorder.noise()).ln() - u.sech().ln() * 2.0;
        let mut kept = Vec::new();
        kept.extend(self.disorder.has_axis().then_some(0));
        kept.extend(self.disorder.given_bias().is_none().then_some(1));
        let (g, h) = (real::gradient(&cost), real::hessian(&cost));
        let n = kept.len();
        Curved {
            value: cost.re,
            gradient: DVector::from_fn(n, |i, _| g[kept[i]]),
            hessian: DMatrix::from_fn(n, n, |i, j| h[kept[i]][kept[j]]),
            detail: Missed {
                mean: total.re,
                error,
            },
        }
    }

    /// Relative rounding error of the closed form: that of a Gaussian tail beyond the depth in the set.
    fn rounding(&self, field: &Field) -> f64 {
        match self.set {
            ZeroSet::Point(_) | ZeroSet::Empty => 4.0 * f64::EPSILON,
            set => {
                let deepest = depths(field.mean(), field.root, set).fold(0.0, f64::max);
                f64::EPSILON * (8.0 + deepest * deepest)
            }
        }
    }

    /// Ends of the set as a function of a field of variance one, where they are finite.
    fn ends(&self) -> (f64, f64) {
        match self.set {
            ZeroSet::HalfLine(low) => (low, f64::INFINITY),
            ZeroSet::Interval(low, high) => (low, high),
            ZeroSet::Point(y) => (y, y),
            ZeroSet::Empty => (f64::INFINITY, f64::NEG_INFINITY),
        }
    }

    /// What bends in a field of a teacher's labels.
    fn features(&self, teacher: Correlation) -> Vec<Feature> {
        let (low, high) = self.ends();
        let mut features = Data::Teacher.features(teacher.cosine, teacher.sine);
        features.extend([low, high].map(|centre| Feature { centre, width: 0.0 }));
        features.retain(|f| f.centre.is_finite());
        features
    }

    /// Under a teacher's labels the mean squared distance as a function of `m`, and its relative error.
    /// The derivative in `m` is `√(2/π)` times the mean of that of the squared distance where the
    /// teacher's field vanishes, at variance `1 - m²` (TH.21).
    fn labelled(&self, teacher: Correlation, m: Dual2<2>) -> (Dual2<2>, f64) {
        let (cosine, sine) = (teacher.cosine, teacher.sine);
        let (low, high) = self.ends();
        let mean = average(&self.features(teacher), |z| {
            let distance = (low - z).max(0.0) + (z - high).max(0.0);
            Data::Teacher.weight(z, cosine, sine) * distance.powi(2)
        });
        let at_boundary = squared_distance::<Dual2<2>>(
            real::variable(0.0, 0),
            real::variable(sine * sine, 1),
            self.set,
        );
        let density = std::f64::consts::FRAC_2_PI.sqrt();
        let first = density * real::gradient(&at_boundary)[0];
        let second = -2.0 * cosine * density * real::hessian(&at_boundary)[0][1];
        let error = mean.error / mean.value + 16.0 * f64::EPSILON;
        (m.lift([mean.value, first, second]), error)
    }

    /// Fraction of patterns that are moved to the edge of the zero set.
    fn pinned(&self, u: f64, bias: f64) -> f64 {
        if let ZeroSet::Point(_) | ZeroSet::Empty = self.set {
            return 1.0;
        }
        let of = |class: Class| {
            let field = self.field(&class, u, bias);
            let outside = match field.law {
                Law::Labelled(teacher) => self.outside(teacher),
                _ => depths(field.mean(), field.root, self.set)
                    .map(special::h)
                    .sum(),
            };
            class.weight * outside
        };
        self.disorder.classes().into_iter().map(of).sum()
    }

    /// The same under a teacher's labels.
    fn outside(&self, teacher: Correlation) -> f64 {
        let (low, high) = self.ends();
        GaussMeasure::graded(&self.features(teacher)).sum(|z| {
            if z > low && z < high {
                0.0
            } else {
                Data::Teacher.weight(z, teacher.cosine, teacher.sine)
            }
        })
    }
}
