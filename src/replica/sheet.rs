//! Sheets: stretches of a branch between its folds.

use crate::solve::continuation::{Branch, BranchPoint};

/// A stretch of branch between folds: points with monotone control parameter.
pub(super) struct Sheet {
    /// Its number.
    pub(super) name: String,
    points: Vec<BranchPoint>,
}

impl Sheet {
    /// Interpolated coordinates at a control value, if the sheet covers it.
    pub(super) fn at(&self, value: f64) -> Option<Vec<f64>> {
        self.points.windows(2).find_map(|w| {
            let (a, b) = (&w[0], &w[1]);
            let inside = (a.control <= value) != (b.control < value) || a.control == value;
            inside.then(|| {
                let t = if b.control == a.control {
                    0.0
                } else {
                    (value - a.control) / (b.control - a.control)
                };
                a.x.iter().zip(&b.x).map(|(a, b)| a + t * (b - a)).collect()
            })
        })
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
    let mut chain: Vec<BranchPoint> = backward.points;
    chain.reverse();
    chain.extend(forward.points.into_iter().skip(1));
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
