//! Minimisers on patterns of any kind: whether there is one, and what it says of patterns left out.

use super::left_out::stabilities_left_out;
use super::*;
use crate::message_passing::{Clusters, Instance, Patterns, RealMatrix};
use crate::search::minimiser::tests::training;

/// Patterns, a row each, the label last.
fn given(rows: &[&[f64]]) -> Training {
    let n = rows[0].len() - 1;
    let labels: Vec<f64> = rows.iter().map(|row| row[n]).collect();
    let entry = |mu: usize, i: usize| labels[mu] * rows[mu][i];
    Training::of(&Instance {
        patterns: Patterns::Real(RealMatrix::from_fn(rows.len(), n, entry)),
        teacher: None,
        clusters: Some(Clusters {
            labels: labels.clone(),
            axis: None,
        }),
    })
    .unwrap()
}

/// Drawn patterns as if nothing were known of them, one of them left out.
fn without(t: &Training, left_out: Option<usize>) -> Training {
    let (n, m) = (t.weights(), t.patterns());
    let root = (n as f64).sqrt();
    let kept = (0..m).filter(|mu| Some(*mu) != left_out);
    let row = |mu: usize| {
        let entries = (0..n).map(|i| t.design[(i, mu)] * t.labels[mu] * root);
        entries.chain([t.labels[mu]]).collect::<Vec<f64>>()
    };
    let rows: Vec<Vec<f64>> = kept.map(row).collect();
    given(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn at(t: &Training, loss: &str, (bias, lambda): (Bias, f64)) -> Minimum {
    let how = (bias, Constraint::Ridge(lambda));
    minimise(t, loss, &Parameters::default(), how, (0, 0)).unwrap()
}

#[test]
fn given_and_drawn_patterns_have_the_same_minimisers() {
    for (n, alpha) in [(30, 2.0), (40, 0.5)] {
        let drawn = training(n, alpha, 0.4, 3);
        let own = without(&drawn, None);
        for loss in ["square", "cross-entropy", "hinge"] {
            for how in [(Bias::Learned, 0.5), (Bias::Fixed(0.3), 1e-2)] {
                let [a, b] = [&drawn, &own].map(|t| at(t, loss, how));
                assert_eq!(
                    [a.ending, b.ending],
                    [Ending::Reached; 2],
                    "{loss} {n} {how:?}"
                );
                let apart = a.weights.iter().zip(&b.weights).map(|(a, b)| (a - b).abs());
                let apart = apart.fold((a.bias - b.bias).abs(), f64::max);
                assert!(apart < 1e-5, "{loss} {n} {how:?}: {apart}");
            }
        }
    }
}

#[test]
fn patterns_on_the_hyperplane_count_as_separated() {
    let free = (Bias::Learned, 0.0);
    let quasi: [&[f64]; 6] = [
        &[-2.0, -1.0],
        &[-1.0, -1.0],
        &[0.0, -1.0],
        &[0.0, 1.0],
        &[1.0, 1.0],
        &[2.0, 1.0],
    ];
    assert_eq!(
        at(&given(&quasi), "cross-entropy", free).ending,
        Ending::Infinite
    );
    // One pattern on the wrong side is enough for a minimum.
    let mut mixed = quasi.to_vec();
    mixed.push(&[-0.5, 1.0]);
    assert_eq!(
        at(&given(&mixed), "cross-entropy", free).ending,
        Ending::Reached
    );
    // The same in a plane, turned, and with a third input that is constant on one side.
    let plane: [&[f64]; 5] = [
        &[1.0, 1.0, 1.0],
        &[2.0, -1.0, 1.0],
        &[0.0, 3.0, -1.0],
        &[0.0, 1.0, 1.0],
        &[0.0, 2.0, -1.0],
    ];
    assert_eq!(
        at(&given(&plane), "cross-entropy", free).ending,
        Ending::Infinite
    );
}

#[test]
fn dependent_columns_leave_many_minimisers() {
    let equal: [&[f64]; 6] = [
        &[1.0, 1.0, 1.0],
        &[2.0, 2.0, -1.0],
        &[3.0, 3.0, 1.0],
        &[4.0, 4.0, 1.0],
        &[0.0, 0.0, -1.0],
        &[2.5, 2.5, -1.0],
    ];
    let constant: Vec<Vec<f64>> = equal.iter().map(|row| vec![row[0], 7.0, row[2]]).collect();
    let constant: Vec<&[f64]> = constant.iter().map(Vec::as_slice).collect();
    for loss in ["square", "cross-entropy", "hinge"] {
        for rows in [&equal[..], &constant[..]] {
            let ending = at(&given(rows), loss, (Bias::Learned, 0.0)).ending;
            assert_eq!(ending, Ending::NotUnique, "{loss}");
        }
        // A given bias makes the constant input one like any other.
        let held = at(&given(&constant), loss, (Bias::Fixed(0.0), 0.0)).ending;
        let expected = if loss == "hinge" {
            held
        } else {
            Ending::Reached
        };
        assert_eq!(held, expected, "{loss}");
        let ridge = at(&given(&equal), loss, (Bias::Learned, 0.1));
        assert_eq!(ridge.ending, Ending::Reached, "{loss}");
        assert!((ridge.weights[0] - ridge.weights[1]).abs() < 1e-9, "{loss}");
    }
}

#[test]
fn patterns_left_out_one_by_one() {
    let drawn = training(12, 3.0, 0.4, 1);
    let own = without(&drawn, None);
    for (loss, within) in [("square", 1e-9), ("cross-entropy", 0.1)] {
        for how in [
            (Bias::Learned, 0.3),
            (Bias::Fixed(0.2), 2.0),
            (Bias::Learned, 0.0),
        ] {
            let whole = at(&own, loss, how);
            if whole.ending != Ending::Reached {
                continue;
            }
            let p = Parameters::default();
            let constraint = Constraint::Ridge(how.1);
            let all = stabilities_left_out(&own, loss, &p, (how.0, constraint), &whole).unwrap();
            for (mu, quick) in all.iter().enumerate() {
                let rest = at(&without(&drawn, Some(mu)), loss, how);
                let slow = own.stabilities(&rest.weights, rest.bias)[mu];
                let apart = (quick - slow).abs() / (1.0 + slow.abs());
                assert!(apart < within, "{loss} {how:?} {mu}: {quick} {slow}");
            }
        }
    }
    let hinge = at(&own, "hinge", (Bias::Learned, 1.0));
    let how = (Bias::Learned, Constraint::Ridge(1.0));
    let none = stabilities_left_out(&own, "hinge", &Parameters::default(), how, &hinge);
    assert_eq!(none, None);
}

#[test]
fn a_minimum_at_the_end_of_an_edge_is_one_of_many() {
    // The edge of minima leads from the weights (1, 0) without bias to (2, 0) with bias -1.
    let rows: [&[f64]; 12] = [
        &[-1.0, 2.0, -1.0],
        &[1.0, -2.0, 1.0],
        &[0.0, 0.0, -1.0],
        &[1.0, 1.0, -1.0],
        &[1.0, -1.0, -1.0],
        &[-1.0, 0.0, 1.0],
        &[0.0, 2.0, -1.0],
        &[1.0, 1.0, 1.0],
        &[1.0, 2.0, 1.0],
        &[2.0, -1.0, 1.0],
        &[-2.0, 2.0, -1.0],
        &[1.0, 0.0, 1.0],
    ];
    let found = at(&given(&rows), "hinge", (Bias::Learned, 0.0));
    assert_eq!(found.ending, Ending::NotUnique);
    assert!((found.loss - 8.0).abs() < 1e-8);
}
