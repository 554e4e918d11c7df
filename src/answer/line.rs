//! Lines of a grid: what is swept at a time.

use crate::ask::{Branches, Grid, Point, Verb};
use crate::model::{self, Control};
use crate::replica::ensemble::Ensemble;
use crate::replica::state::Outcome;

/// Most values of a line that are swept at a time, between two looks at the observer.
const AT_A_TIME: usize = 32;

/// A line of the grid, or a part of one: values of its fastest axis, swept by continuation, at
/// fixed others.
pub(super) struct Line {
    pub(super) point: Point,
    pub(super) control: Control,
    pub(super) values: Vec<f64>,
}

impl Line {
    /// Cuts the line that starts at `point` into parts of nearly equal length. They depend on the
    /// line alone, so that results do not depend on the number of threads.
    fn parts(point: Point, control: Control, values: &[f64]) -> Vec<Line> {
        let parts = values.len().div_ceil(AT_A_TIME).max(1);
        let cut = |i: usize| i * values.len() / parts;
        (0..parts)
            .map(|i| Line {
                point,
                control,
                values: values[cut(i)..cut(i + 1)].to_vec(),
            })
            .collect()
    }

    /// Its points, one by one.
    pub(super) fn points(&self) -> impl Iterator<Item = Line> + '_ {
        self.values.iter().map(|&value| {
            let mut point = self.point;
            point.set(self.control.into(), value);
            Line {
                point,
                control: self.control,
                values: vec![value],
            }
        })
    }

    /// What is found at each value, with the other parameters of `p`.
    pub(super) fn sweep(
        &self,
        model: &Ensemble,
        p: &model::Parameters,
        branches: Branches,
    ) -> Vec<Outcome> {
        model.sweep(p, self.control, &self.values, branches)
    }
}

/// Cuts a grid into parts of lines. Thresholds continue along their own parameter: each point is a
/// line.
pub(super) fn lines(grid: &Grid, verb: Verb) -> Vec<Line> {
    let last = grid
        .axes()
        .last()
        .map(|axis| (axis.parameter, axis.values.len()));
    let last = last.and_then(|(parameter, n)| Some((parameter.control()?, n)));
    let (fastest, length) = match (verb, last) {
        (Verb::Threshold(_), Some((control, _))) => (control, 1),
        (Verb::Solve, Some((control, n))) if n > 1 => (control, n),
        // A single point is reached along alpha, on which branches coexist; so is every point of
        // an axis that changes the model itself.
        _ => (Control::Alpha, 1),
    };
    let points: Vec<Point> = grid.iter().collect();
    points
        .chunks(length)
        .flat_map(|line| {
            let values: Vec<f64> = line.iter().filter_map(|p| p.get(fastest.into())).collect();
            Line::parts(line[0], fastest, &values)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_line_join_to_the_line() {
        let values: Vec<f64> = (0..1001).map(f64::from).collect();
        let parts = Line::parts(Point::default(), Control::Alpha, &values);
        let joined: Vec<f64> = parts.iter().flat_map(|l| l.values.clone()).collect();
        assert_eq!(joined, values);
        let length = |l: &Line| l.values.len();
        assert!((AT_A_TIME - 2..=AT_A_TIME).contains(&parts.iter().map(length).min().unwrap()));
        assert_eq!(parts.iter().map(length).max(), Some(AT_A_TIME));
        let short = Line::parts(Point::default(), Control::Beta, &[1.0, f64::INFINITY]);
        assert!(short.len() == 1);
    }
}
