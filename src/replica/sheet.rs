//! Sheets: stretches of a branch between its folds.

use crate::solve::continuation::{Branch, BranchPoint};

/// A stretch of branch between folds: points with monotone control parameter.
pub(super) struct Sheet {
    /// Its number, in the order in which the branch meets its sheets.
    pub(super) name: String,
    points: Vec<BranchPoint>,
}

impl Sheet {
    /// Interpolated coordinates at a control value, if the sheet covers it.
    pub(super) fn at(&self, value: f64) -> Option<Vec<f64>> {
        self.points
            .windows(2)
            .find_map(|w| w[0].towards(&w[1], value))
    }

    /// Whether the Hessian has this many positive eigenvalues where the sheet has this control value.
    /// At a fold itself the number is not defined.
    pub(super) fn has_signs(&self, value: f64, positive: usize) -> bool {
        let pair = self
            .points
            .windows(2)
            .find(|w| w[0].towards(&w[1], value).is_some());
        let same = |p: &BranchPoint| !p.is_fold() && p.positive == positive;
        pair.is_some_and(|pair| pair.iter().any(same) || pair.iter().all(BranchPoint::is_fold))
    }

    /// The points.
    pub(super) fn points(&self) -> &[BranchPoint] {
        &self.points
    }
}

/// Largest difference of two points in any coordinate.
pub(super) fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max)
}

/// Cuts branches that leave a common start in both directions into sheets.
pub(super) fn sheets(backward: Branch, forward: Branch, first: usize) -> Vec<Sheet> {
    cut(chain(backward, forward), first)
}

/// The points of two branches that leave a common start in both directions, in one direction.
pub(super) fn chain(backward: Branch, forward: Branch) -> Vec<BranchPoint> {
    let back = backward.points.into_iter().skip(1).rev();
    back.map(BranchPoint::reversed)
        .chain(forward.points)
        .collect()
}

/// Cuts a chain of points where the control parameter turns.
pub(super) fn cut(chain: Vec<BranchPoint>, first: usize) -> Vec<Sheet> {
    let mut out: Vec<Sheet> = Vec::new();
    let mut rising: Option<bool> = None;
    for pair in chain.windows(2) {
        let up = pair[1].control > pair[0].control;
        if rising != Some(up) {
            let name = (first + out.len()).to_string();
            out.push(Sheet {
                name,
                points: vec![pair[0].clone()],
            });
            rising = Some(up);
        }
        if let Some(sheet) = out.last_mut() {
            sheet.points.push(pair[1].clone());
        }
    }
    out
}
