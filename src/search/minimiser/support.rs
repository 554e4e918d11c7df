//! The hinge loss, once it is known which patterns lie at the kink: linear equations, and whether
//! their solution is the only minimiser (MX.82).

use super::dense::Dense;
use super::separation::Span;
use nalgebra::{DMatrix, DVector};

/// Multipliers closer to 0 or 1 than this, in units of the largest one, are taken for these; and where
/// they solve no equations.
const AT_END: f64 = 1e-6;
const ROUGHLY: f64 = 1e-3;
/// Change of a stability along a direction, relative to the pattern, that is rounding.
const UNCHANGED: f64 = 1e-10;
/// Largest violation of a condition.
const VIOLATED: f64 = 1e-8;

/// A minimum of the hinge loss.
pub(super) struct Supported {
    /// Coordinates of the classifier.
    pub(super) at: DVector<f64>,
    /// Minus the slopes, 0 to 1.
    pub(super) multipliers: DVector<f64>,
    stabilities: DVector<f64>,
    /// How close to 0 or 1 multipliers count as such.
    end: f64,
}

impl Supported {
    /// What is known of a minimum without its equations.
    pub(super) fn rough(dense: &Dense, at: DVector<f64>, multipliers: DVector<f64>) -> Self {
        Supported {
            stabilities: dense.stabilities(&at),
            at,
            multipliers,
            end: ROUGHLY,
        }
    }

    /// The minimum with the same patterns at the kink, exactly; none where these are not the ones.
    pub(super) fn exact(&self, dense: &Dense) -> Option<Self> {
        let largest = self.multipliers.amax();
        let end = AT_END * largest.min(1.0);
        let m = self.multipliers.len();
        let kinked: Vec<usize> = (0..m)
            .filter(|mu| (end..=1.0 - AT_END).contains(&self.multipliers[*mu]))
            .collect();
        let missed: Vec<usize> = (0..m)
            .filter(|mu| self.multipliers[*mu] > 1.0 - AT_END)
            .collect();
        let (k, b) = (self.at.len(), kinked.len());
        let rows = dense.rows.select_rows(kinked.iter());
        let mut matrix = DMatrix::zeros(k + b, k + b);
        for (i, stiff) in dense.stiffness().iter().enumerate() {
            matrix[(i, i)] = *stiff;
        }
        matrix
            .view_mut((0, k), (k, b))
            .copy_from(&-rows.transpose());
        matrix.view_mut((k, 0), (b, k)).copy_from(&rows);
        let mut right = DVector::zeros(k + b);
        let pull = dense.rows.select_rows(missed.iter()).row_sum().transpose();
        right.rows_mut(0, k).copy_from(&pull);
        let offset = dense.offset();
        for (i, mu) in kinked.iter().enumerate() {
            right[k + i] = 1.0 - offset[*mu];
        }
        let lu = matrix.clone().full_piv_lu();
        let mut solution = lu.solve(&right)?;
        solution += lu.solve(&(&right - &matrix * &solution))?;
        let at = solution.rows(0, k).into_owned();
        let mut multipliers = DVector::zeros(m);
        missed.iter().for_each(|mu| multipliers[*mu] = 1.0);
        for (i, mu) in kinked.iter().enumerate() {
            multipliers[*mu] = solution[k + i];
        }
        let exact = Supported {
            end: AT_END,
            ..Supported::rough(dense, at, multipliers)
        };
        exact.holds(&missed, &kinked).then_some(exact)
    }

    /// Whether multipliers and stabilities are on the right sides.
    fn holds(&self, missed: &[usize], kinked: &[usize]) -> bool {
        let within = kinked
            .iter()
            .all(|mu| (-VIOLATED..=1.0 + VIOLATED).contains(&self.multipliers[*mu]));
        let below = missed
            .iter()
            .all(|mu| self.stabilities[*mu] <= 1.0 + VIOLATED);
        let idle = |mu: &usize| self.multipliers[*mu] == 0.0;
        let beyond = (0..self.stabilities.len())
            .filter(idle)
            .all(|mu| self.stabilities[mu] >= 1.0 - VIOLATED);
        within && below && beyond && self.at.iter().all(|x| x.is_finite())
    }

    /// Patterns at the kink: with multipliers between, at 0 and at 1.
    fn kinked(&self) -> [Vec<usize>; 3] {
        let mut sets = [Vec::new(), Vec::new(), Vec::new()];
        for (mu, alpha) in self.multipliers.iter().enumerate() {
            let end = self.end * self.multipliers.amax().min(1.0);
            let at_kink = (self.stabilities[mu] - 1.0).abs() <= 10.0 * VIOLATED;
            match (*alpha, at_kink) {
                (alpha, _) if alpha > end && alpha < 1.0 - self.end => sets[0].push(mu),
                (alpha, true) if alpha <= end => sets[1].push(mu),
                (_, true) => sets[2].push(mu),
                _ => {}
            }
        }
        sets
    }

    /// Whether other biases of the same weights are as good.
    pub(super) fn has_free_bias(&self, labels: &DVector<f64>) -> bool {
        let [between, zero, one] = self.kinked();
        // No step in the bias may leave a kink on its costly side.
        let free = |sign: f64| {
            zero.iter().all(|mu| sign * labels[*mu] > 0.0)
                && one.iter().all(|mu| sign * labels[*mu] < 0.0)
        };
        between.is_empty() && (free(1.0) || free(-1.0))
    }

    /// Whether other classifiers are as good, without a ridge.
    pub(super) fn has_free_direction(&self, dense: &Dense) -> bool {
        let [between, zero, one] = self.kinked();
        let held = dense.rows.select_rows(between.iter());
        let columns = dense.rows.ncols();
        let eigen = (held.tr_mul(&held)).symmetric_eigen();
        let largest = eigen.eigenvalues.amax().max(f64::MIN_POSITIVE);
        let loose = (0..columns).filter(|i| eigen.eigenvalues[*i] <= 1e-12 * largest);
        let loose: Vec<usize> = loose.collect();
        if loose.is_empty() {
            return false;
        }
        let kernel = eigen.eigenvectors.select_columns(loose.iter());
        // What a direction may change of the others: nothing falls below a kink, nothing missed rises above.
        let signed = |sign: f64| move |mu: &usize| (sign, *mu);
        let ends = zero
            .iter()
            .map(signed(1.0))
            .chain(one.iter().map(signed(-1.0)));
        let changes = ends.filter_map(|(sign, mu)| {
            let row = dense.rows.row(mu);
            let change = sign * row * &kernel;
            // Patterns that no direction changes leave rounding.
            (change.norm() > UNCHANGED * row.norm()).then_some(change)
        });
        let changes: Vec<_> = changes.collect();
        if changes.is_empty() {
            return true;
        }
        let rows = DMatrix::from_rows(&changes);
        let span = Span::new(&rows);
        !span.is_full() || span.is_separable() != Some(false)
    }
}
