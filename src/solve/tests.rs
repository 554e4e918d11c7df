//! Branches through folds and events of a functional whose branches are known in closed form.

use super::continuation::{BranchPoint, Continuation, Stop};
use super::event::{self, Row};
use super::{Evaluation, Nodes, Stationary, Tolerances};
use crate::math::GaussMeasure;
use crate::model::{Control, Parameters};
use nalgebra::{DMatrix, DVector};

/// `φ = x⁴/4 - x²/2 - (α - 2) x - y²/2`, an order parameter and a spectator.
/// The branch `α = 2 + x³ - x`, `y = 0` is S-shaped: folds at `x = ∓1/√3`, `α = 2 ± 2/3^{3/2}`, and the
/// two states have equal `φ` at `α = 2`.
struct Cubic;

impl Stationary for Cubic {
    fn dimension(&self) -> usize {
        2
    }

    fn freeze(&self, _x: &[f64], _p: &Parameters) -> Nodes {
        Nodes::new(GaussMeasure::graded(&[]), GaussMeasure::graded(&[]))
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, _c: Control, _r: &Nodes) -> Evaluation {
        let (x, y, gap) = (x[0], x[1], p.alpha - 2.0);
        Evaluation {
            value: x.powi(4) / 4.0 - x * x / 2.0 - gap * x - y * y / 2.0,
            magnitude: 1.0,
            gradient: DVector::from_vec(vec![x.powi(3) - x - gap, -y]),
            hessian: DMatrix::from_row_slice(2, 2, &[3.0 * x * x - 1.0, 0.0, 0.0, -1.0]),
            control_slope: -x,
            control_bend: 0.0,
            mixed: DVector::from_vec(vec![-1.0, 0.0]),
            defect: 0.0,
            replicon: None,
        }
    }

    fn residual(&self, _x: &[f64], _p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        gradient.as_slice().to_vec()
    }

    fn iterate(&self, x: &[f64], _p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        x.iter().zip(gradient.iter()).map(|(x, g)| x - g).collect()
    }
}

fn path() -> Continuation<'static, Cubic> {
    Continuation {
        problem: &Cubic,
        parameters: Parameters::default(),
        control: Control::Alpha,
        range: (0.5, 6.0),
        tolerances: Tolerances::default(),
        longest: 0.5,
        points: 200,
    }
}

fn branch() -> Vec<BranchPoint> {
    let x: f64 = -1.3;
    let alpha = 2.0 + x.powi(3) - x;
    let branch = path().follow(&[x, 0.0], alpha, true).expect("a start");
    assert_eq!(branch.stop, Stop::Range);
    branch.points
}

#[test]
fn a_branch_is_followed_through_both_folds() {
    let points = branch();
    let half = 2.0 / 27.0_f64.sqrt();
    let turns: Vec<_> = points
        .windows(2)
        .filter(|w| w[0].forward() != w[1].forward())
        .collect();
    assert_eq!(turns.len(), 2);
    for (turn, (alpha, x)) in turns.iter().zip([
        (2.0 + half, -1.0 / 3.0_f64.sqrt()),
        (2.0 - half, 1.0 / 3.0_f64.sqrt()),
    ]) {
        let fold = path().fold(&turn[0], &turn[1]).expect("a fold");
        assert!((fold.point.control - alpha).abs() < 1e-13, "{fold:?}");
        assert!((fold.point.x[0] - x).abs() < 1e-7, "{fold:?}");
        assert!((fold.point.control - alpha).abs() <= fold.error);
        assert!(fold.point.is_fold());
    }
    // The middle sheet is a barrier: one eigenvalue less is positive.
    for point in &points {
        let barrier = 3.0 * point.x[0] * point.x[0] < 1.0;
        assert_eq!(point.positive, if barrier { 0 } else { 1 });
    }
}

#[test]
fn the_cubic_between_points_has_an_error_of_fourth_order() {
    let points = branch();
    for pair in points.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        if a.forward() != b.forward() {
            continue;
        }
        let alpha = 0.5 * (a.control + b.control);
        let x = a.towards(b, alpha).expect("between")[0];
        let length = (b.x[0] - a.x[0]).hypot((b.control / a.control).ln());
        let off = 2.0 + x.powi(3) - x - alpha;
        assert!(off.abs() < length.powi(4) + 1e-9, "{off:e} at {length}");
        assert!(a.towards(b, 2.0 * b.control + a.control).is_none());
    }
}

#[test]
fn events_are_where_they_are_by_hand() {
    let tolerances = Tolerances::default();
    let p = Parameters {
        alpha: 2.1,
        ..Parameters::default()
    };
    let starts: [&[f64]; 2] = [&[-0.9, 0.0], &[1.1, 0.1]];
    let event =
        event::coincide(&Cubic, starts, &p, Control::Alpha, &tolerances).expect("converges");
    assert!((event.control - 2.0).abs() < 1e-13, "{event:?}");
    assert!((event.control - 2.0).abs() <= event.error, "{event:?}");
    assert!((event.solution.x[0] + 1.0).abs() < 1e-12);
    // φ = 0 on the lower sheet: x³ - x = gap and x⁴/4 - x²/2 = gap x give x² = 2/3.
    let row = |at: &Evaluation, _: &Parameters| Row::value(at, 0.0);
    let found = event::locate(&Cubic, &[-0.9, 0.3], &p, Control::Alpha, &tolerances, &row)
        .expect("converges");
    let x = -(2.0_f64 / 3.0).sqrt();
    let alpha = 2.0 + x.powi(3) - x;
    assert!((found.control - alpha).abs() < 1e-13, "{found:?}");
    assert!((found.control - alpha).abs() <= found.error);
    assert!((found.slope + x).abs() < 1e-12);
}

#[test]
fn signs_are_counted_whatever_the_scales_and_with_zeros_on_the_diagonal() {
    let positive = |entries: [[f64; 3]; 3]| {
        let p = Parameters::default();
        let mut at = Cubic.evaluate(&[0.3, 0.0], &p, Control::Alpha, &Cubic.freeze(&[], &p));
        at.hessian = DMatrix::from_fn(3, 3, |i, j| entries[i][j]);
        at.positive()
    };
    // Two coupled coordinates and one of its own, by Sylvester's law whatever the scales.
    for scale in [1.0, 1e-90, 1e120] {
        for diagonal in [0.0, 1e-14, -1e-14] {
            let across = 3.0 * scale;
            let own = 2.0 * scale * scale;
            let one = [
                [diagonal, across, 0.0],
                [across, own, 0.0],
                [0.0, 0.0, -1.0],
            ];
            assert_eq!(positive(one), 1, "{scale} {diagonal}");
        }
    }
    assert_eq!(
        positive([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 5.0]]),
        2
    );
}
