//! Errors of vectors at a given overlap with a classifier that are drawn without looking at the
//! patterns (MX.59).

use super::centroids::Linear;
use super::minimiser::Training;
use crate::message_passing::instance::stream;
use nalgebra::DVector;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Stream of the perturbations.
const DIRECTIONS: u64 = 7;

/// Means over perturbed vectors at one distance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Perturbed {
    /// `(1 - S)/2` for the overlap `S` of the two vectors at unit norm.
    pub distance: f64,
    /// Fraction of the training patterns they get wrong.
    pub training_error: f64,
    /// Its standard error over the perturbations; none for a single one.
    pub scatter: Option<f64>,
    /// Probability of an error on a new pattern; none where it is not known.
    pub generalization_error: Option<f64>,
}

/// The curve over these distances. Vectors are rescaled to `|w|² = N` and the bias with them. Each of
/// the `draws` directions, from the stream of `seed` and `sample`, is used at every distance: the
/// curve is smooth, its values are not independent. `general` gives the error on new patterns.
pub fn perturbed(
    training: &Training,
    classifier: &Linear,
    general: &dyn Fn(&Linear) -> Option<f64>,
    (distances, draws): (&[f64], usize),
    (seed, sample): (u64, u64),
) -> Vec<Perturbed> {
    let unit = classifier.clone().of_norm(1.0);
    let w = DVector::from_column_slice(&unit.weights);
    let n = w.len();
    let fields = training.fields(&w);
    let mut rng: ChaCha8Rng = stream(seed, sample, DIRECTIONS);
    let mut sums = vec![[0.0; 3]; distances.len()];
    let mut known = true;
    for _ in 0..draws {
        let mut across = DVector::from_fn(n, |_, _| StandardNormal.sample(&mut rng));
        across.axpy(-w.dot(&across) / n as f64, &w, 1.0);
        across *= (n as f64).sqrt() / across.norm();
        let noise = training.fields(&across);
        for (distance, sum) in distances.iter().zip(&mut sums) {
            let along = 1.0 - 2.0 * distance;
            let aside = 2.0 * (distance * (1.0 - distance)).sqrt();
            let wrong = |mu: usize| {
                along * fields[mu] + aside * noise[mu] + training.labels[mu] * unit.bias <= 0.0
            };
            let errors = (0..fields.len()).filter(|mu| wrong(*mu)).count();
            let error = errors as f64 / fields.len() as f64;
            let moved = Linear {
                weights: (&w * along + &across * aside).as_slice().to_vec(),
                bias: unit.bias,
            };
            let general = general(&moved);
            known &= general.is_some();
            *sum = [
                sum[0] + error,
                sum[1] + error * error,
                sum[2] + general.unwrap_or(0.0),
            ];
        }
    }
    let count = draws as f64;
    let mean = |(distance, sum): (&f64, &[f64; 3])| {
        let training_error = sum[0] / count;
        let variance = (sum[1] / count - training_error * training_error).max(0.0);
        Perturbed {
            distance: *distance,
            training_error,
            scatter: (draws > 1).then(|| (variance / (count - 1.0)).sqrt()),
            generalization_error: known.then_some(sum[2] / count),
        }
    };
    distances.iter().zip(&sums).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::special;
    use crate::message_passing::{Instance, InstanceSpec};
    use crate::model::Mixture;

    fn drawn() -> (Training, Linear) {
        let mixture = Mixture::new(1.0, 0.3).unwrap();
        let spec = InstanceSpec::mixture(400, 0.5, mixture);
        let training = Training::of(&Instance::sample(&spec, 4, 0)).unwrap();
        let linear = crate::search::centroids::Rule::BayesOptimal.of(&training, &mixture);
        (training, linear)
    }

    #[test]
    fn errors_agree_with_gaussian_tails() {
        let (training, linear) = drawn();
        let distances = [0.02, 0.2, 0.5];
        let curve = perturbed(&training, &linear, &|_| None, (&distances, 400), (1, 0));
        let unit = linear.of_norm(1.0);
        let stabilities = training.stabilities(&unit.weights, 0.0);
        for (point, distance) in curve.iter().zip(distances) {
            assert_eq!(point.generalization_error, None);
            let overlap = 1.0 - 2.0 * distance;
            // Across the weights a pattern is as long as it is, less its part along them.
            let tail = |mu: usize| {
                let square = training.design.column(mu).norm_squared();
                let across = square - stabilities[mu].powi(2) / 400.0;
                let mean = overlap * stabilities[mu] + training.labels[mu] * unit.bias;
                special::h(mean / ((1.0 - overlap * overlap) * across).sqrt())
            };
            let exact = (0..200).map(tail).sum::<f64>() / 200.0;
            let z = (point.training_error - exact) / point.scatter.unwrap();
            assert!(z.abs() < 3.5, "{distance}: {point:?} {exact}");
        }
        assert!(curve[2].training_error > curve[0].training_error);
    }

    #[test]
    fn vectors_are_at_their_distance() {
        let (training, linear) = drawn();
        let unit = linear.clone().of_norm(1.0);
        let general = |moved: &Linear| {
            let pairs = moved.weights.iter().zip(&unit.weights);
            let along = pairs.map(|(a, b)| a * b).sum::<f64>() / 400.0;
            assert!((moved.q() - 1.0).abs() < 1e-12);
            assert_eq!(moved.bias, unit.bias);
            Some(along)
        };
        let curve = perturbed(&training, &linear, &general, (&[0.1, 0.45], 3), (1, 0));
        for (point, overlap) in curve.iter().zip([0.8, 0.1]) {
            assert!((point.generalization_error.unwrap() - overlap).abs() < 1e-12);
        }
        let again = perturbed(&training, &linear, &general, (&[0.45], 3), (1, 0));
        assert_eq!(again[0], curve[1]);
    }
}
