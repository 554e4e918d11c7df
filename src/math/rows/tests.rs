use super::*;
use crate::math::{Factor, GaussMeasure, Marginal, pair, special};

/// `ln H((κ-ω)/√v)` with slope and curvature in `ω`.
fn tail(omega: f64, v: f64) -> [f64; 3] {
    let r = 1.0 / v.sqrt();
    let [value, g, excess] = special::tail((0.3 - omega) * r);
    [value, g * r, -g * excess * r * r]
}

const ZETA: [f64; 2] = [0.5, 0.4];
const OMEGA: [f64; 2] = [0.8, 0.3];
const V: [f64; 2] = [0.6, 0.27];

fn rows(measure: &GaussMeasure, step: f64) -> Rows {
    let mut term = |z: &[f64], out: &mut [Vec<f64>; 3]| {
        for (i, (x, z)) in measure.positions().iter().zip(z).enumerate() {
            let low = tail(ZETA[0] * x + ZETA[1] * z, V[0]);
            let high = tail(OMEGA[0] * x + OMEGA[1] * z, V[1]);
            out[0][i] = high[0] - low[0] - 0.5 * z * z;
            out[1][i] = OMEGA[1] * high[1] - ZETA[1] * low[1] - z;
            out[2][i] = OMEGA[1].powi(2) * high[2] - ZETA[1].powi(2) * low[2] - 1.0;
        }
    };
    let spans = Rows::spans(measure.weights(), &mut term);
    Rows::new(measure.positions(), spans, step)
}

/// One row by the sum over single nodes.
fn single(x: f64, weight: f64, step: f64) -> [f64; 6] {
    let m = Marginal::sum(step, weight, 0, |z| {
        let low = tail(ZETA[0] * x + ZETA[1] * z, V[0]);
        let high = tail(OMEGA[0] * x + OMEGA[1] * z, V[1]);
        Factor {
            ln: high[0] - low[0],
            u: -low[1],
            uu: low[1] * low[1] - low[2],
            h: high[1],
            hh: high[1] * high[1] + high[2],
            uh: -low[1] * high[1],
        }
    });
    [m.w, m.u, m.uu, m.h, m.hh, m.uh]
}

#[test]
fn rows_of_tails_are_sums_over_single_nodes() {
    let measure = GaussMeasure::light(&[]);
    let step = pair::step(2.0, 1.5);
    let coarse = rows(&measure, step);
    let refined = measure.refined();
    for (measure, rows) in [
        (&measure, coarse.clone()),
        (&refined, coarse.refined(refined.positions())),
    ] {
        let zeta = rows.field(ZETA[0], ZETA[1]);
        let omega = rows.field(OMEGA[0], OMEGA[1]);
        let scales = V.map(|v| 1.0 / v.sqrt());
        let fast = Weights::of_tails(&rows, &zeta, &omega, scales, 0.3).sums(&rows);
        let jets = |fields: &[f64], v: f64| {
            let at: Vec<[f64; 3]> = fields.iter().map(|f| tail(*f, v)).collect();
            [0, 1, 2].map(|k| at.iter().map(|a| a[k]).collect::<Vec<f64>>())
        };
        let (low, high) = (jets(&zeta, V[0]), jets(&omega, V[1]));
        let (low, high) = (
            low.each_ref().map(|a| &a[..]),
            high.each_ref().map(|a| &a[..]),
        );
        let general = Weights::of_jets(&rows, low, high).sums(&rows);
        for (i, (&x, &w)) in measure
            .positions()
            .iter()
            .zip(measure.weights())
            .enumerate()
        {
            let want = single(x, w, rows.step());
            for k in 0..6 {
                for got in [fast[i][k], general[i][k]] {
                    let off = (got * w - want[k]).abs();
                    // The sum over single nodes leaves out terms that are e^-70 of the mass.
                    let nothing = 1e-29;
                    assert!(
                        off < 1e-13 * (want[k].abs() + w) + nothing,
                        "{x} {k}: {off:e}"
                    );
                }
            }
        }
    }
}

#[test]
fn refined_nodes_lie_in_order() {
    let measure = GaussMeasure::light(&[]).refined();
    assert!(measure.positions().is_sorted());
}

#[test]
fn normal_sums_are_gaussian_moments() {
    let rows = Rows::uniform(&[0.0], 9.0, 0.5);
    let n = rows.inner().to_vec();
    let square: Vec<f64> = n.iter().map(|n| n * n).collect();
    let s = rows.normal_sums([&square, &n, &square])[0];
    let want = [
        (s.one, 1.0),
        (s.f, 1.0),
        (s.gg, 1.0),
        (s.bb, 3.0),
        (s.gb, 0.0),
        (s.curved, 1.5),
        (s.nb, 0.0),
        (s.ngb, 3.0),
        (s.nnb, 2.0),
    ];
    for (got, want) in want {
        assert!((got - want).abs() < 1e-13, "{s:?}");
    }
}
