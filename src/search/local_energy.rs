//! How fast errors appear when a configuration is disturbed (BP.19).

use crate::error::InputError;
use crate::message_passing::instance::stream;
use crate::message_passing::machine::Machine;
use crate::message_passing::patterns::Patterns;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Stream of the disturbances.
const NOISE: u64 = 5;

/// What is done to a configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Disturbance {
    /// A fraction of the weights, drawn at random, changes sign.
    Flips {
        /// The fraction `d`, rounded to a number of weights.
        fraction: f64,
    },
    /// Gaussian noise is added to every weight.
    Noise {
        /// Its standard deviation over the root of the mean square of the weights.
        size: f64,
    },
}

/// Errors around a configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalEnergy {
    /// Mean fraction of the patterns that is misclassified.
    pub mean: f64,
    /// Its standard error over the repetitions; zero for a single one.
    pub error: f64,
}

/// The mean fraction of errors of a disturbed configuration over independent repetitions, each of
/// which draws from the stream of `seed` and `sample`.
///
/// # Errors
/// Weights or a machine that do not fit, a fraction outside `[0, 1]`, a size that is negative or
/// not finite, and no repetition.
pub fn local_energy(
    patterns: &Patterns,
    machine: Machine,
    weights: &[f64],
    disturbance: Disturbance,
    repetitions: usize,
    seed: u64,
    sample: u64,
) -> Result<LocalEnergy, InputError> {
    check(patterns, machine, weights, disturbance, repetitions)?;
    let mut rng = stream(seed, sample, NOISE);
    let mut order: Vec<usize> = (0..weights.len()).collect();
    let patterns_total = patterns.rows().max(1) as f64;
    let (mut sum, mut squares) = (0.0, 0.0);
    for _ in 0..repetitions {
        let disturbed = disturb(weights, disturbance, &mut order, &mut rng);
        let fraction = machine.errors(patterns, &disturbed) as f64 / patterns_total;
        sum += fraction;
        squares += fraction * fraction;
    }
    let n = repetitions as f64;
    let mean = sum / n;
    let variance = (squares / n - mean * mean).max(0.0);
    let error = if repetitions > 1 {
        (variance / (n - 1.0)).sqrt()
    } else {
        0.0
    };
    Ok(LocalEnergy { mean, error })
}

fn disturb(
    weights: &[f64],
    disturbance: Disturbance,
    order: &mut [usize],
    rng: &mut ChaCha8Rng,
) -> Vec<f64> {
    let mut out = weights.to_vec();
    match disturbance {
        Disturbance::Flips { fraction } => {
            let flips = (fraction * weights.len() as f64).round() as usize;
            let (chosen, _) = order.partial_shuffle(rng, flips);
            chosen.iter().for_each(|i| out[*i] = -out[*i]);
        }
        Disturbance::Noise { size } => {
            let square: f64 = weights.iter().map(|w| w * w).sum();
            let scale = size * (square / weights.len().max(1) as f64).sqrt();
            for w in &mut out {
                let noise: f64 = StandardNormal.sample(rng);
                *w += scale * noise;
            }
        }
    }
    out
}

fn check(
    patterns: &Patterns,
    machine: Machine,
    weights: &[f64],
    disturbance: Disturbance,
    repetitions: usize,
) -> Result<(), InputError> {
    let refused = |option: &str, value: String, reason: &str, allowed: &str| {
        Err(InputError::new(option, value, reason, allowed))
    };
    if let Some(reason) = machine.refusal(patterns.columns()) {
        let allowed = "an odd number of units that divides the inputs of a tree";
        return refused("machine", format!("{machine:?}"), &reason, allowed);
    }
    let needed = machine.weights(patterns.columns());
    if weights.len() != needed || weights.iter().any(|w| !w.is_finite()) {
        let given = format!("{} values", weights.len());
        let reason = "one finite value is needed for each weight";
        return refused("weights", given, reason, &format!("{needed} finite values"));
    }
    if repetitions == 0 {
        return refused(
            "repetitions",
            "0".into(),
            "nothing to average",
            "at least 1",
        );
    }
    match disturbance {
        Disturbance::Flips { fraction } if !(0.0..=1.0).contains(&fraction) => {
            refused("fraction", fraction.to_string(), "not a fraction", "0 to 1")
        }
        Disturbance::Noise { size } if !(size >= 0.0 && size.is_finite()) => refused(
            "size",
            size.to_string(),
            "no standard deviation",
            "0 or above",
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::special;
    use crate::message_passing::{Instance, InstanceSpec};

    /// Mean error of the perceptron under `k` flips, exactly: of the `a` weights that agree with a
    /// pattern a hypergeometric number flips.
    fn by_hypergeometric(patterns: &Patterns, weights: &[f64], k: usize) -> f64 {
        let n = weights.len();
        let ln_factorial: Vec<f64> = (0..=n)
            .scan(0.0, |sum, i| {
                *sum += (i.max(1) as f64).ln();
                Some(*sum)
            })
            .collect();
        let choose = |n: usize, k: usize| ln_factorial[n] - ln_factorial[k] - ln_factorial[n - k];
        let error = |field: f64| -> f64 {
            let agree = (n as f64 + field) as usize / 2;
            (0..=k.min(agree))
                .filter(|j| k - j <= n - agree && field + 2.0 * k as f64 - 4.0 * *j as f64 <= 0.0)
                .map(|j| (choose(agree, j) + choose(n - agree, k - j) - choose(n, k)).exp())
                .sum()
        };
        let fields = patterns.preactivations(weights);
        fields.map(error).sum::<f64>() / patterns.rows() as f64
    }

    #[test]
    fn flips_agree_with_their_exact_mean() {
        let instance = Instance::sample(&InstanceSpec::teacher(201, 1.5), 2, 0);
        let teacher = instance.teacher.unwrap();
        let energy = |fraction: f64, repetitions: usize| {
            let flips = Disturbance::Flips { fraction };
            let machine = Machine::PERCEPTRON;
            local_energy(
                &instance.patterns,
                machine,
                &teacher,
                flips,
                repetitions,
                1,
                0,
            )
            .unwrap()
        };
        assert_eq!(energy(0.0, 2).mean, 0.0);
        assert_eq!(energy(1.0, 2).mean, 1.0);
        for flips in [1, 10, 50, 150] {
            let found = energy(flips as f64 / 201.0, 2000);
            let exact = by_hypergeometric(&instance.patterns, &teacher, flips);
            let z = (found.mean - exact) / found.error;
            assert!(
                z.abs() < 3.5 && found.error < 2e-3,
                "{flips}: {found:?} {exact}"
            );
        }
    }

    #[test]
    fn noise_agrees_with_the_gaussian_tail() {
        let instance = Instance::sample(&InstanceSpec::teacher(201, 1.5), 2, 1);
        let teacher = instance.teacher.unwrap();
        let noise = Disturbance::Noise { size: 0.6 };
        let machine = Machine::PERCEPTRON;
        let found = local_energy(&instance.patterns, machine, &teacher, noise, 2000, 1, 0).unwrap();
        let fields = instance.patterns.preactivations(&teacher);
        let tails = fields.map(|x| special::h(x / (0.6 * 201_f64.sqrt())));
        let exact = tails.sum::<f64>() / instance.patterns.rows() as f64;
        assert!(
            ((found.mean - exact) / found.error).abs() < 3.5,
            "{found:?} {exact}"
        );
    }

    #[test]
    fn misfits_are_refused() {
        let patterns = Instance::sample(&InstanceSpec::storage(9, 1.0), 1, 0).patterns;
        let option = |weights: &[f64], disturbance, repetitions| {
            local_energy(
                &patterns,
                Machine::PERCEPTRON,
                weights,
                disturbance,
                repetitions,
                1,
                0,
            )
            .unwrap_err()
            .option
        };
        let flips = |fraction: f64| Disturbance::Flips { fraction };
        assert_eq!(option(&[1.0; 8], flips(0.1), 1), "weights");
        assert_eq!(option(&[1.0; 9], flips(1.1), 1), "fraction");
        assert_eq!(option(&[1.0; 9], flips(f64::NAN), 1), "fraction");
        assert_eq!(option(&[1.0; 9], flips(0.1), 0), "repetitions");
        let noise = Disturbance::Noise { size: -1.0 };
        assert_eq!(option(&[1.0; 9], noise, 1), "size");
    }
}
