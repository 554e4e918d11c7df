//! Where a risk has no single minimiser of finite length.

use super::reason::Reason;
use super::unit_overlap::largest_load::largest_load;
use crate::model::loss::{Loss, ZeroSet};
use crate::model::{Bias, Disorder, Parameters};

/// A stability beyond every scale of a loss.
const FAR: f64 = 1e4;

/// Why weights of free norm have no single minimiser of the risk with this ridge, and up to which load;
/// `None` where they have one. Without a ridge there is none for patterns that a half-space separates, or,
/// of a loss of equalities, that are fewer than the weights; and weights of length zero may cost nothing.
pub(super) fn no_minimiser(
    loss: &dyn Loss,
    disorder: &Disorder,
    ridge: f64,
    p: &Parameters,
) -> Option<(Reason, f64)> {
    // Stabilities of weights of length zero are those of the bias: the worst of them.
    let bias = disorder.given_bias().unwrap_or(0.0);
    let above = |edge: f64| edge + bias.abs();
    let (reason, up_to) = match (loss.zero_set(p), ridge > 0.0) {
        // The slope of a convex function never decreases.
        (ZeroSet::Empty, false) if loss.energy(FAR, p)[1] > 0.0 => return None,
        (ZeroSet::Empty, false) => (Reason::NoFiniteMinimum, separable(disorder)),
        (ZeroSet::Point(y), true) if y == 0.0 && bias == 0.0 => {
            (Reason::ZeroWeights, f64::INFINITY)
        }
        (ZeroSet::Point(_), false) => (Reason::NotUnique, 1.0),
        (ZeroSet::HalfLine(edge), true) if above(edge) <= 0.0 => {
            (Reason::ZeroWeights, f64::INFINITY)
        }
        (ZeroSet::HalfLine(edge), false) if above(edge) < 0.0 => (Reason::NotUnique, f64::INFINITY),
        (ZeroSet::HalfLine(edge), false) => {
            let separable = separable(disorder);
            // A cone of directions, or none: then the weights vanish.
            if above(edge) == 0.0 && p.alpha > separable {
                (Reason::ZeroWeights, f64::INFINITY)
            } else {
                (Reason::NotUnique, separable)
            }
        }
        _ => return None,
    };
    (p.alpha <= up_to).then_some((reason, up_to))
}

/// The load up to which long weights, beside which a given bias vanishes, have every pattern on the right
/// side.
fn separable(disorder: &Disorder) -> f64 {
    let long = match *disorder {
        Disorder::Clusters(mixture, Bias::Fixed(_)) => {
            Disorder::Clusters(mixture, Bias::Fixed(0.0))
        }
        other => other,
    };
    largest_load(&long, ZeroSet::HalfLine(0.0)).map_or(0.0, |last| last.alpha)
}
