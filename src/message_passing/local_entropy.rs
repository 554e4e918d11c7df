//! Local entropy on one instance: how many solutions surround a configuration, at every distance
//! (BP.16 to BP.18).

use super::bp::BeliefPropagation;
use super::edges::Message;
use crate::error::InputError;

/// What is known of the measure tilted towards the reference by a field `γ w̃`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tilted {
    /// `Φ(γ) = ln Z(γ)/N`.
    pub free_entropy: f64,
    /// Mean of each weight.
    pub magnetisations: Vec<f64>,
}

/// A point of the curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalEntropy {
    /// The field along the reference.
    pub gamma: f64,
    /// Overlap `S` with the reference.
    pub overlap: f64,
    /// Distance `d = (1 - S)/2`: the fraction of signs that differ.
    pub distance: f64,
    /// Logarithm, per weight, of the number of solutions at this distance.
    pub entropy: f64,
    /// Overlap of two of them.
    pub inner_overlap: f64,
}

/// The local entropy around one configuration, point after point of a scan in `γ`.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalCurve {
    /// In the order of the scan; none where the messages did not converge.
    pub points: Vec<Option<LocalEntropy>>,
}

impl LocalCurve {
    /// Scans fields `γ w̃` of these strengths. `solve` returns what it found in a field, or none
    /// where it did not converge: such a point is dropped, not replaced.
    ///
    /// # Errors
    /// A reference whose values are not all ±1.
    pub fn scan(
        reference: &[f64],
        gammas: &[f64],
        mut solve: impl FnMut(&[f64]) -> Option<Tilted>,
    ) -> Result<Self, InputError> {
        if let Some(i) = reference.iter().position(|w| w.abs() != 1.0) {
            return Err(InputError::new(
                "reference",
                reference[i].to_string(),
                format!("weight {i} has no sign to be compared with"),
                "±1",
            ));
        }
        let n = reference.len().max(1) as f64;
        let mut field = vec![0.0; reference.len()];
        let point = |gamma: &f64| {
            for (field, w) in field.iter_mut().zip(reference) {
                *field = gamma * w;
            }
            let tilted = solve(&field)?;
            let m = tilted.magnetisations.iter();
            let overlap = m.clone().zip(reference).map(|(m, w)| m * w).sum::<f64>() / n;
            Some(LocalEntropy {
                gamma: *gamma,
                overlap,
                distance: 0.5 * (1.0 - overlap),
                entropy: tilted.free_entropy - gamma * overlap,
                inner_overlap: m.map(|m| m * m).sum::<f64>() / n,
            })
        };
        Ok(LocalCurve {
            points: gammas.iter().map(point).collect(),
        })
    }

    /// The same by belief propagation, messages going on from one `γ` to the next. The external
    /// field of `bp` is replaced.
    ///
    /// # Errors
    /// A reference whose values are not all ±1 or whose length is not the number of weights.
    pub fn by_belief_propagation<S: Message>(
        bp: &mut BeliefPropagation<S>,
        reference: &[f64],
        gammas: &[f64],
    ) -> Result<Self, InputError> {
        bp.set_external(reference)?;
        Self::scan(reference, gammas, |field| {
            bp.set_external(field).ok()?;
            if !bp.run().converged() {
                // What is left over is no start for the next point.
                bp.reset();
                return None;
            }
            Some(Tilted {
                free_entropy: bp.thermodynamics().free_entropy,
                magnetisations: bp.magnetisations(),
            })
        })
    }

    /// The entropy at a distance between two neighbouring points of the scan, from their values and
    /// slopes `dφ/dd = 2γ` (BP.18). None outside the scan and across a point that was dropped.
    pub fn entropy_at(&self, distance: f64) -> Option<f64> {
        self.points.windows(2).find_map(|pair| {
            let [Some(a), Some(b)] = pair else {
                return None;
            };
            let (low, high) = if a.distance <= b.distance {
                (a, b)
            } else {
                (b, a)
            };
            let inside = low.distance <= distance && distance <= high.distance;
            inside.then(|| hermite(low, high, distance))
        })
    }
}

/// Cubic through two points with their slopes.
fn hermite(a: &LocalEntropy, b: &LocalEntropy, distance: f64) -> f64 {
    let width = b.distance - a.distance;
    if width <= 0.0 {
        return a.entropy;
    }
    let t = (distance - a.distance) / width;
    let s = 1.0 - t;
    let [left, right] = [2.0 * a.gamma * width, 2.0 * b.gamma * width];
    s * s * (1.0 + 2.0 * t) * a.entropy + t * t * (1.0 + 2.0 * s) * b.entropy + s * s * t * left
        - t * t * s * right
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::special;
    use crate::model::prior::{Binary, Prior};

    /// Without patterns everything is known: `Φ = ln 2cosh γ`.
    fn free(field: &[f64]) -> Option<Tilted> {
        let sites = field.iter().map(|h| special::ln_2cosh(*h)).sum::<f64>();
        Some(Tilted {
            free_entropy: sites / field.len() as f64,
            magnetisations: field.iter().map(|h| h.tanh()).collect(),
        })
    }

    #[test]
    fn without_patterns_the_curve_is_the_ball() {
        let reference = [1.0, -1.0, -1.0, 1.0, 1.0];
        let gammas: Vec<f64> = (0..=30).map(|k| 3.0 - 0.1 * f64::from(k)).collect();
        let curve = LocalCurve::scan(&reference, &gammas, free).unwrap();
        for point in curve.points.iter().flatten() {
            let ball = Binary.ball(point.overlap).unwrap();
            assert!((point.entropy - ball).abs() < 1e-15 * 20.0);
        }
        for distance in [0.01, 0.1, 0.2345, 0.4999] {
            let found = curve.entropy_at(distance).unwrap();
            let ball = Binary.ball(1.0 - 2.0 * distance).unwrap();
            assert!((found - ball).abs() < 2e-6, "{distance}: {found} {ball}");
        }
        assert_eq!(curve.entropy_at(0.0), None);
        assert_eq!(curve.entropy_at(0.6), None);
    }

    #[test]
    fn nothing_is_said_across_a_dropped_point() {
        let gammas = [2.0, 1.5, 1.0, 0.5];
        let lossy = |field: &[f64]| free(field).filter(|_| field[0] != 1.0);
        let curve = LocalCurve::scan(&[1.0; 3], &gammas, lossy).unwrap();
        let at = |gamma: f64| 0.5 * (1.0 - gamma.tanh());
        assert_eq!(curve.points[2], None);
        assert!(curve.entropy_at(at(1.7)).is_some());
        for gamma in [1.4, 1.0, 0.6] {
            assert_eq!(curve.entropy_at(at(gamma)), None);
        }
    }

    #[test]
    fn a_reference_has_signs() {
        let error = LocalCurve::scan(&[1.0, 0.3], &[1.0], free).unwrap_err();
        assert_eq!(error.option, "reference");
    }
}
