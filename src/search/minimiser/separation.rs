//! Whether patterns leave a risk without ridge a single finite minimiser (MX.81).

use nalgebra::{Cholesky, DMatrix, DVector};

/// Length of what is left of a column of length one, after the columns before it, below which it
/// depends on these.
const DEPENDENT: f64 = 1e-10;
/// Relative size below which a sum vanishes.
const VANISHING: f64 = 1e-9;
/// Most columns for which directions are looked for.
const WIDEST: usize = 400;

/// Patterns in orthonormal coordinates, a row each.
pub(super) struct Span {
    rows: DMatrix<f64>,
    /// Number of columns before.
    columns: usize,
}

impl Span {
    /// Of rows whose columns have length one, or vanish.
    pub(super) fn new(rows: &DMatrix<f64>) -> Self {
        let mut basis: Vec<DVector<f64>> = Vec::new();
        let mut left: Vec<DVector<f64>> = rows.column_iter().map(|c| c.into_owned()).collect();
        let columns = left.len();
        // The largest remainder first: those that are left out are as small as can be.
        while basis.len() < rows.nrows() {
            let lengths = left.iter().map(DVector::norm).enumerate();
            let Some((next, length)) = lengths.max_by(|a, b| a.1.total_cmp(&b.1)) else {
                break;
            };
            if length <= DEPENDENT {
                break;
            }
            let mut unit = left.swap_remove(next);
            // Twice is enough.
            for _ in 0..2 {
                for other in &basis {
                    let along = other.dot(&unit);
                    unit.axpy(-along, other, 1.0);
                }
            }
            unit /= unit.norm();
            for column in &mut left {
                let along = unit.dot(column);
                column.axpy(-along, &unit, 1.0);
            }
            basis.push(unit);
        }
        Span {
            rows: match basis.is_empty() {
                true => DMatrix::zeros(rows.nrows(), 0),
                false => DMatrix::from_columns(&basis),
            },
            columns,
        }
    }

    /// Whether the columns are independent.
    pub(super) fn is_full(&self) -> bool {
        self.rows.ncols() == self.columns
    }

    /// Whether some direction has a positive product with at least one pattern and a negative one
    /// with none; none where this is too much work. Of `1 + β` with `β ≥ 0` that makes `Σ(1+β)x`
    /// shortest, either the sum vanishes, and there is no such direction, or it is one itself.
    pub(super) fn is_separable(&self) -> Option<bool> {
        let (m, r) = self.rows.shape();
        if r == 0 {
            return Some(false);
        }
        if r > WIDEST {
            return None;
        }
        Some(self.shortest()?.norm() > VANISHING * (m as f64).sqrt())
    }

    /// The shortest `Σ(1+β)x` by an active set of the `β` that are positive.
    fn shortest(&self) -> Option<DVector<f64>> {
        let (m, r) = self.rows.shape();
        let start: DVector<f64> = self.rows.row_sum().transpose();
        let size = (m as f64).sqrt();
        let lengths = DVector::from_iterator(m, self.rows.row_iter().map(|row| row.norm()));
        let mut beta = DVector::<f64>::zeros(m);
        let mut active: Vec<usize> = Vec::new();
        for _ in 0..10 * (m + r) {
            let sum = &start + self.rows.tr_mul(&beta);
            let falls = -(&self.rows * &sum);
            let falling = |mu: &usize| {
                falls[*mu] > VANISHING * sum.norm() * lengths[*mu] && !active.contains(mu)
            };
            let steepest = (0..m).filter(falling);
            match steepest.max_by(|a, b| falls[*a].total_cmp(&falls[*b])) {
                Some(next) if sum.norm() > VANISHING * size => active.push(next),
                _ => return Some(sum),
            }
            self.settle(&start, &mut beta, &mut active)?;
        }
        None
    }

    /// Least squares over the active `β`, those that would be negative left out one after another.
    fn settle(
        &self,
        start: &DVector<f64>,
        beta: &mut DVector<f64>,
        active: &mut Vec<usize>,
    ) -> Option<()> {
        while !active.is_empty() {
            let chosen = self.rows.select_rows(active.iter());
            let mut gram = &chosen * chosen.transpose();
            let scale = gram.diagonal().max();
            (0..active.len()).for_each(|i| gram[(i, i)] += 1e-15 * scale);
            let wanted = Cholesky::new(gram)?.solve(&-(&chosen * start));
            let mut part = 1.0_f64;
            for (value, mu) in wanted.iter().zip(active.iter()) {
                if *value <= 0.0 {
                    part = part.min(beta[*mu] / (beta[*mu] - value));
                }
            }
            for (value, mu) in wanted.iter().zip(active.iter()) {
                beta[*mu] += part * (value - beta[*mu]);
            }
            if part == 1.0 {
                return Some(());
            }
            active.retain(|mu| {
                let kept = beta[*mu] > 1e-15;
                if !kept {
                    beta[*mu] = 0.0;
                }
                kept
            });
        }
        Some(())
    }
}
