//! Patterns of two clusters: the variance of their entries, their labels, and the bias (MX.60 to
//! MX.63).

use super::iteration::Unsupported;
use crate::model::Bias;
use crate::model::site::Jets;

/// What message passing has to know of a mixture beside the matrix of `y x`.
#[derive(Clone, Debug, PartialEq)]
pub struct Biased {
    /// Variance `Δ` of an entry around the centre of its cluster.
    pub variance: f64,
    /// Label `y = ±1` of each pattern.
    pub labels: Vec<f64>,
    /// Given, or chosen such that `Σ_μ y_μ g_μ = 0` (MX.62).
    pub bias: Bias,
}

/// A learned bias beyond this means that there is none.
const WIDEST: f64 = 1e6;
/// Evaluations in the search for a bias; half a dozen from far, two or three from near.
const MOST: usize = 200;
/// Steps of Newton after which the bracket is halved instead.
const NEWTON: usize = 40;

impl Biased {
    /// Whether they fit so many patterns.
    pub(super) fn check(&self, patterns: usize) -> Result<(), Unsupported> {
        let labelled = self.labels.len() == patterns && self.labels.iter().all(|y| y.abs() == 1.0);
        let spread = self.variance > 0.0 && self.variance.is_finite();
        let given = !matches!(self.bias, Bias::Fixed(b) if !b.is_finite());
        match (labelled, spread && given) {
            (false, _) => Err(Unsupported::Labels),
            (_, false) => Err(Unsupported::Clusters),
            _ => Ok(()),
        }
    }

    /// Adds the bias to the fields of the stabilities and returns it: a learned one is looked for
    /// around `guess`. None where there is none. `respond` fills the jets of the patterns at fields;
    /// `room` is for as many fields, and for the jets.
    pub(super) fn shift(
        &self,
        omega: &mut [f64],
        guess: f64,
        room: (&mut [f64], &mut Jets),
        mut respond: impl FnMut(&[f64], &mut Jets),
    ) -> Option<f64> {
        let bias = match self.bias {
            Bias::Fixed(bias) => bias,
            Bias::Learned => self.settled(omega, guess, room, &mut respond)?,
        };
        for (omega, y) in omega.iter_mut().zip(&self.labels) {
            *omega += y * bias;
        }
        Some(bias)
    }

    /// The bias at which `Σ_μ y_μ g(ω_μ + y_μ b)` vanishes.
    fn settled(
        &self,
        omega: &[f64],
        guess: f64,
        (shifted, jets): (&mut [f64], &mut Jets),
        respond: &mut dyn FnMut(&[f64], &mut Jets),
    ) -> Option<f64> {
        falling_root(guess, |bias| {
            let fields = omega.iter().zip(&self.labels);
            for (shifted, (omega, y)) in shifted.iter_mut().zip(fields) {
                *shifted = omega + y * bias;
            }
            respond(shifted, jets);
            let pulls = self.labels.iter().zip(&jets.slope).map(|(y, g)| y * g);
            [pulls.sum(), -jets.bend.iter().sum::<f64>()]
        })
    }
}

/// The root of a function that does not rise, given with minus its slope: Newton within a bracket.
/// None where it keeps its sign.
pub(super) fn falling_root(guess: f64, mut f: impl FnMut(f64) -> [f64; 2]) -> Option<f64> {
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let (mut at, mut reach) = (guess, 1.0);
    for step in 0..MOST {
        let [value, fall] = f(at);
        if value == 0.0 {
            return Some(at);
        }
        if value > 0.0 {
            low = at;
        } else {
            high = at;
        }
        let mut next = at + value / fall;
        let bracketed = low.is_finite() && high.is_finite();
        let inside = next > low && next < high;
        let short = (next - at).abs() < reach;
        if bracketed && (!inside || step > NEWTON) {
            next = 0.5 * (low + high);
        } else if !bracketed && !short {
            next = at + reach.copysign(value);
            reach *= 2.0;
        }
        let within = next.abs() < WIDEST;
        if !within {
            return None;
        }
        if (next - at).abs() <= 4.0 * f64::EPSILON * (1.0 + at.abs()) {
            return Some(next);
        }
        at = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Parameters;
    use crate::model::channel::{Channel, Limit};
    use crate::model::loss::{Hinge, Loss, Square, Theta};
    use crate::model::site::Site;
    use std::sync::Arc;

    fn clusters(labels: Vec<f64>) -> Biased {
        Biased {
            variance: 0.7,
            labels,
            bias: Bias::Learned,
        }
    }

    fn in_limit(loss: impl Loss + 'static, limit: Limit) -> Channel {
        Channel::new(Arc::new(loss), Parameters::default()).in_limit(limit)
    }

    fn found(channel: &Channel, omega: &[f64], labels: &[f64]) -> Option<f64> {
        let own = clusters(labels.to_vec());
        let room = (&mut vec![0.0; omega.len()][..], &mut Jets::default());
        own.shift(&mut omega.to_vec(), 0.0, room, |fields, out| {
            channel.fill(fields, 0.8, None, out);
        })
    }

    #[test]
    fn the_bias_of_the_square_loss_is_a_mean() {
        let (omega, labels) = ([0.3, -1.2, 0.8, 0.1], [1.0, 1.0, -1.0, 1.0]);
        let terms = omega.iter().zip(labels).map(|(w, y)| y * (1.0 - w));
        let exact = terms.sum::<f64>() / 4.0;
        let bias = found(&in_limit(Square, Limit::Ground), &omega, &labels).unwrap();
        assert!((bias - exact).abs() < 1e-15, "{bias} {exact}");
    }

    #[test]
    fn pulls_of_the_two_clusters_cancel() {
        let omega: Vec<f64> = (0..40).map(|k| (1.7 * f64::from(k)).sin() * 2.0).collect();
        let labels: Vec<f64> = (0..40).map(|k| if k < 9 { 1.0 } else { -1.0 }).collect();
        let theta = in_limit(Theta, Limit::Hard);
        let hinge = in_limit(Hinge, Limit::Ground);
        for shift in [0.0, 30.0] {
            let far: Vec<f64> = omega
                .iter()
                .zip(&labels)
                .map(|(w, y)| w + shift * y)
                .collect();
            for channel in [&theta, &hinge] {
                let bias = found(channel, &far, &labels).unwrap();
                let shifted = far.iter().zip(&labels).map(|(w, y)| w + y * bias);
                let mut jets = Jets::default();
                channel.fill(&shifted.collect::<Vec<_>>(), 0.8, None, &mut jets);
                let pulls = labels.iter().zip(&jets.slope).map(|(y, g)| y * g);
                assert!(pulls.sum::<f64>().abs() < 1e-12, "{bias}");
            }
        }
        // One cluster alone pushes the boundary away for ever.
        assert_eq!(found(&theta, &omega, &[1.0; 40]), None);
    }

    #[test]
    fn misfits_are_refused() {
        let good = clusters(vec![1.0, -1.0]);
        assert_eq!(good.check(2), Ok(()));
        assert_eq!(good.check(3), Err(Unsupported::Labels));
        assert!(clusters(vec![1.0, 0.5]).check(2).is_err());
        for (variance, bias) in [
            (0.0, Bias::Learned),
            (f64::NAN, Bias::Learned),
            (1.0, Bias::Fixed(f64::NAN)),
        ] {
            let other = Biased {
                variance,
                bias,
                ..good.clone()
            };
            assert_eq!(other.check(2), Err(Unsupported::Clusters));
        }
    }
}
