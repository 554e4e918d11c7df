//! The product grid of a request's parameters.

use super::parameter::Parameter;
use super::range::canonical;
use crate::experiment::MixturePoint;
use crate::model::parameters::OWN;
use crate::model::{self, Mixture};

/// The parameters of one grid point; none where a parameter is the answer or has no meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Patterns per weight.
    pub alpha: Option<f64>,
    /// Margin of the theta loss.
    pub kappa: Option<f64>,
    /// Inverse temperature, possibly ∞.
    pub beta: Option<f64>,
    /// Sharpness of the cross-entropy.
    pub gamma: Option<f64>,
    /// Strength of the ridge.
    pub lambda: Option<f64>,
    /// Squared norm of the weights.
    pub norm: Option<f64>,
    /// Variance of the noise of a mixture.
    pub delta: Option<f64>,
    /// Fraction of patterns of label +1 in a mixture.
    pub rho: Option<f64>,
    /// Fraction of patterns that probes of a mixture get wrong.
    pub training_error: Option<f64>,
    /// Distance from a reference.
    pub distance: Option<f64>,
    /// Point that only one loss has.
    pub own: [Option<f64>; OWN],
}

impl Point {
    pub(crate) fn set(&mut self, parameter: Parameter, value: f64) {
        *match parameter {
            Parameter::Alpha => &mut self.alpha,
            Parameter::Kappa => &mut self.kappa,
            Parameter::Beta => &mut self.beta,
            Parameter::Gamma => &mut self.gamma,
            Parameter::Lambda => &mut self.lambda,
            Parameter::Norm => &mut self.norm,
            Parameter::Delta => &mut self.delta,
            Parameter::Rho => &mut self.rho,
            Parameter::TrainingError => &mut self.training_error,
            Parameter::Distance => &mut self.distance,
            Parameter::Own { slot, .. } => &mut self.own[slot],
        } = Some(value);
    }

    /// The parameters as models take them, with defaults for those that do not matter.
    pub(crate) fn to_model(self) -> model::Parameters {
        let default = model::Parameters::default();
        model::Parameters {
            alpha: self.alpha.unwrap_or(default.alpha),
            kappa: self.kappa.unwrap_or(default.kappa),
            beta: self.beta.unwrap_or(default.beta),
            gamma: self.gamma.unwrap_or(default.gamma),
            distance: self.distance.unwrap_or(default.distance),
            own: std::array::from_fn(|i| self.own[i].unwrap_or(default.own[i])),
        }
    }

    /// The clusters, and what is given of classifiers of them.
    pub(crate) fn mixture(&self) -> MixturePoint {
        let clusters = self.delta.zip(self.rho);
        MixturePoint {
            mixture: clusters.and_then(|(delta, rho)| Mixture::new(delta, rho)),
            alpha: self.alpha,
            norm: self.norm,
            ridge: self.lambda,
        }
    }

    /// The value of one parameter.
    pub fn get(&self, parameter: Parameter) -> Option<f64> {
        match parameter {
            Parameter::Alpha => self.alpha,
            Parameter::Kappa => self.kappa,
            Parameter::Beta => self.beta,
            Parameter::Gamma => self.gamma,
            Parameter::Lambda => self.lambda,
            Parameter::Norm => self.norm,
            Parameter::Delta => self.delta,
            Parameter::Rho => self.rho,
            Parameter::TrainingError => self.training_error,
            Parameter::Distance => self.distance,
            Parameter::Own { slot, .. } => self.own[slot],
        }
    }
}

/// One parameter and the values it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Which parameter.
    pub parameter: Parameter,
    /// Its values, at least one, in the order asked for.
    pub values: Vec<f64>,
}

impl Axis {
    /// The values as one text, the same for equal values however they were typed.
    pub fn canonical(&self) -> String {
        canonical(&self.values)
    }
}

/// All combinations of the axes' values, the last axis varying fastest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    axes: Vec<Axis>,
}

impl Grid {
    /// The product of these axes; the caller keeps it within [`super::GRID_LIMIT`].
    pub(super) fn new(axes: Vec<Axis>) -> Self {
        Grid { axes }
    }

    /// The axes, slowest first.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Number of grid points.
    pub fn len(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// Whether there is no point; a validated request always has one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The point number `index`, or none beyond the last.
    pub fn point(&self, index: usize) -> Option<Point> {
        if index >= self.len() {
            return None;
        }
        let mut rest = index;
        let mut point = Point::default();
        for axis in self.axes.iter().rev() {
            let n = axis.values.len();
            point.set(axis.parameter, axis.values[rest % n]);
            rest /= n;
        }
        Some(point)
    }

    /// The points in order, made one at a time.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Point> + '_ {
        (0..self.len()).map(|i| self.point(i).expect("index is below the length"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_axis_varies_fastest() {
        let axis = |parameter, values: &[f64]| Axis {
            parameter,
            values: values.to_vec(),
        };
        let grid = Grid::new(vec![
            axis(Parameter::Kappa, &[0.0, 1.0]),
            axis(Parameter::Alpha, &[0.1, 0.2, 0.3]),
        ]);
        let points: Vec<_> = grid
            .iter()
            .map(|p| (p.kappa.unwrap(), p.alpha.unwrap()))
            .collect();
        let expected = [
            (0.0, 0.1),
            (0.0, 0.2),
            (0.0, 0.3),
            (1.0, 0.1),
            (1.0, 0.2),
            (1.0, 0.3),
        ];
        assert_eq!(points, expected);
        assert_eq!(grid.len(), 6);
        assert_eq!(grid.point(6), None);
        assert_eq!(grid.point(0).unwrap().beta, None);
    }
}
