//! Laws that every loss obeys, as functions a newcomer calls in one line. Each returns the largest
//! violation found, so that a test states its own tolerance.

use super::{Loss, ZeroSet, features_of};
use crate::math::gauss::panel_nodes;
use crate::model::Parameters;
use crate::model::channel::{Channel, Limit};
use crate::model::site::{By, Jets, Site};
use crate::model::tilted;

/// Fields at which laws are looked at.
const FIELDS: [f64; 9] = [-6.0, -1.3, -0.31, 0.013, 0.47, 0.93, 1.1, 2.0, 5.0];
/// Step of differences.
const STEP: f64 = 1e-4;

/// Largest of the numbers, NaN counted as infinite.
fn largest(violations: impl IntoIterator<Item = f64>) -> f64 {
    let worse = |a: f64, b: f64| if b.is_nan() || b > a { b } else { a };
    let worst = violations.into_iter().fold(0.0, worse);
    if worst.is_nan() { f64::INFINITY } else { worst }
}

/// `(f(x+h) - f(x-h))/2h` extrapolated to fourth order.
fn difference(f: impl Fn(f64) -> f64, x: f64, h: f64) -> f64 {
    let central = |h: f64| (f(x + h) - f(x - h)) / (2.0 * h);
    (4.0 * central(h) - central(2.0 * h)) / 3.0
}

/// One jet: value, slope, bend, and the three by a parameter.
fn jet(channel: &Channel, field: f64, own: f64, by: Option<By>) -> [f64; 6] {
    let mut out = Jets::default();
    channel.fill(&[field], own, by, &mut out);
    let first = |array: &[f64]| array.first().copied().unwrap_or(0.0);
    [
        out.value[0],
        out.slope[0],
        out.bend[0],
        first(&out.by),
        first(&out.slope_by),
        first(&out.by_by),
    ]
}

/// Largest deviation of slope and curvature from differences of the value, of the derivatives by
/// `by` from differences too, and violation of the heat equation, of a channel at own variance (or
/// response) `own`.
pub fn channel_derivatives(channel: &Channel, own: f64, by: By) -> f64 {
    let changed = |c: f64| match by {
        By::Control(control) => {
            let parameters = channel.parameters.with(control, c);
            (
                Channel {
                    parameters,
                    ..channel.clone()
                },
                own,
            )
        }
        By::Variance => (channel.clone(), c),
    };
    let at = match by {
        By::Control(control) => channel.parameters.get(control),
        By::Variance => own,
    };
    let step = STEP * own.sqrt().min(1.0);
    largest(FIELDS.into_iter().flat_map(|field| {
        let [_, slope, bend, c, slope_c, cc] = jet(channel, field, own, Some(by));
        let along = |k: usize| difference(|x| jet(channel, x, own, None)[k], field, step);
        let by_parameter = |k: usize, with: Option<By>| {
            let value = |c: f64| {
                let (channel, own) = changed(c);
                jet(&channel, field, own, with)[k]
            };
            difference(value, at, step * at.abs().max(0.1))
        };
        let scale = 1.0 + slope * slope + bend.abs() + c.abs() + slope_c.abs() + cc.abs();
        let heat = match by {
            By::Variance => c - 0.5 * (channel.temperature() * bend + slope * slope),
            By::Control(_) => 0.0,
        };
        [
            along(0) - slope,
            along(1) - bend,
            by_parameter(0, None) - c,
            by_parameter(1, None) - slope_c,
            by_parameter(3, Some(by)) - cc,
            heat,
        ]
        .map(|off| off.abs() / scale)
    }))
}

/// Plain panels, broken at the features of the energy, at zero and at the field: for comparison only.
fn plain(loss: &dyn Loss, field: f64, v: f64, p: &Parameters) -> [f64; 5] {
    let root = v.sqrt();
    let mut cuts = vec![field, 0.0];
    cuts.extend(features_of(loss, p).iter().map(|f| f.centre));
    cuts.retain(|c| (c - field).abs() < 40.0 * root);
    cuts.extend([field - 40.0 * root, field + 40.0 * root]);
    cuts.sort_by(f64::total_cmp);
    let mut nodes = Vec::new();
    for pair in cuts.windows(2) {
        let step = (pair[1] - pair[0]) / 200.0;
        let ends = (0..200).map(|i| pair[0] + step * f64::from(i));
        nodes.extend(panel_nodes(
            &ends.map(|a| (a, a + step)).collect::<Vec<_>>(),
        ));
    }
    let exponent = |d: f64| -0.5 * ((d - field) / root).powi(2) - p.beta * loss.energy(d, p)[0];
    let peak = nodes
        .iter()
        .map(|n| exponent(n.0))
        .fold(f64::NEG_INFINITY, f64::max);
    let mut sums = [0.0; 5];
    let weigh = |(d, w): (f64, f64)| (d, w * (exponent(d) - peak).exp());
    let nodes: Vec<(f64, f64)> = nodes.into_iter().map(weigh).collect();
    let mass: f64 = nodes.iter().map(|n| n.1).sum();
    let mean = nodes.iter().map(|n| n.0 * n.1).sum::<f64>() / mass;
    for (d, w) in nodes {
        let x = (d - mean) / root;
        let terms = [
            1.0,
            x,
            x * x,
            loss.energy(d, p)[0],
            f64::from(u8::from(d < 0.0)),
        ];
        for (sum, term) in sums.iter_mut().zip(terms) {
            *sum += w * term;
        }
    }
    let [z, x, xx, energy, error] = sums;
    let density = (root * (2.0 * std::f64::consts::PI).sqrt()).ln();
    [
        z.ln() + peak - density,
        ((mean - field) / root + x / z) / root,
        (xx / z - (x / z).powi(2) - 1.0) / v,
        energy / z,
        error / z,
    ]
}

/// Largest difference of `ln Z_ℓ`, slope, curvature, mean energy and error probability from plain
/// quadrature of the energy, relative to their natural scales.
pub fn thermal_by_quadrature(loss: &dyn Loss, p: &Parameters, v: f64) -> f64 {
    let mut out = Jets::default();
    tilted::thermal(loss, &FIELDS, v, p, None, &mut out);
    let (mut energy, mut error) = ([0.0; FIELDS.len()], [0.0; FIELDS.len()]);
    tilted::mean_energy(loss, &FIELDS, v, p, &mut energy);
    tilted::error_probability(loss, &FIELDS, v, p, &mut error);
    largest(FIELDS.iter().enumerate().flat_map(|(i, &field)| {
        let [value, slope, bend, mean, wrong] = plain(loss, field, v, p);
        [
            (out.value[i] - value) / (1.0 + value.abs()),
            (out.slope[i] - slope) / (1.0 / v.sqrt() + slope.abs()),
            (out.bend[i] - bend) * v,
            (energy[i] - mean) / (1.0 + mean),
            error[i] - wrong,
        ]
        .map(f64::abs)
    }))
}

/// Largest difference of mean energy and error probability of a channel from those of plain quadrature
/// of its density (thermal, hard) or of a direct search for the minimum (ground state).
pub fn measured_directly(channel: &Channel, own: f64) -> f64 {
    let (mut energy, mut error) = ([0.0; FIELDS.len()], [0.0; FIELDS.len()]);
    channel.mean_energy(&FIELDS, own, &mut energy);
    channel.error_probability(&FIELDS, own, &mut error);
    let (loss, p) = (&*channel.loss, &channel.parameters);
    largest(FIELDS.iter().enumerate().flat_map(|(i, &field)| {
        let [mean, wrong] = match channel.limit {
            Limit::Thermal => {
                let [.., mean, wrong] = plain(loss, field, own, p);
                [mean, wrong]
            }
            Limit::Hard => [0.0, hard_error(channel.zero_set(), field, own)],
            Limit::Ground => {
                let point = searched_minimum(loss, field, own, p);
                // On a kink the sign of what a search finds means nothing.
                let wrong = if point.abs() < 1e-6 {
                    error[i]
                } else {
                    f64::from(u8::from(point < 0.0))
                };
                [loss.energy(point, p)[0], wrong]
            }
        };
        [(energy[i] - mean) / (1.0 + mean), error[i] - wrong].map(f64::abs)
    }))
}

/// Share of negative stabilities of the Gaussian measure on a set, by plain panels as narrow as its
/// density.
fn hard_error(set: ZeroSet, field: f64, v: f64) -> f64 {
    let (low, high) = match set {
        ZeroSet::HalfLine(low) => (low, f64::INFINITY),
        ZeroSet::Interval(low, high) => (low, high),
        ZeroSet::Point(y) => return f64::from(u8::from(y < 0.0)),
        ZeroSet::Empty => return 0.0,
    };
    let nearest = field.clamp(low, high);
    let scale = v.sqrt().min(v / (nearest - field).abs().max(1e-300));
    let (from, to) = (
        low.max(nearest - 40.0 * scale),
        high.min(nearest + 40.0 * scale),
    );
    let mass = |a: f64, b: f64| {
        let step = (b - a).max(0.0) / 400.0;
        let panels: Vec<(f64, f64)> = (0..400)
            .map(|i| a + step * f64::from(i))
            .map(|a| (a, a + step))
            .collect();
        let offset = (nearest - field) * (nearest - field);
        panel_nodes(&panels)
            .into_iter()
            .map(|(d, w)| w * (0.5 * (offset - (d - field) * (d - field)) / v).exp())
            .sum::<f64>()
    };
    let (below, above) = (mass(from, to.min(0.0)), mass(from.max(0.0), to));
    below / (below + above)
}

/// The minimiser of `ℓ(Δ) + (Δ-ω)²/(2χ)` by a search on finer and finer grids.
fn searched_minimum(loss: &dyn Loss, field: f64, chi: f64, p: &Parameters) -> f64 {
    let value = |d: f64| loss.energy(d, p)[0] + (d - field).powi(2) / (2.0 * chi);
    let (mut centre, mut step) = (field, 0.01);
    for _ in 0..5 {
        let grid = (-4000..=4000).map(|k| centre + step * f64::from(k));
        let better = |a: f64, b: f64| if value(b) < value(a) { b } else { a };
        centre = grid.fold(centre, better);
        step *= 0.01;
    }
    centre
}

/// Largest violation of proximal optimality: no stability on a fine grid, nor a neighbour, has a
/// smaller value of `ℓ(Δ) + (Δ-ω)²/(2χ)` than the envelope, which is the value at the proximal
/// point (L.6).
pub fn proximal_optimality(loss: &dyn Loss, p: &Parameters, chi: f64) -> f64 {
    let mut out = Jets::default();
    let mut points = [0.0; FIELDS.len()];
    tilted::envelope(loss, &FIELDS, chi, p, None, &mut out);
    tilted::proximal(loss, &FIELDS, chi, p, &mut points);
    largest(FIELDS.iter().enumerate().flat_map(|(i, &field)| {
        let value = |d: f64| loss.energy(d, p)[0] + (d - field).powi(2) / (2.0 * chi);
        let envelope = -out.value[i];
        let grid = (-4000..=4000).map(|k| field + 0.01 * f64::from(k));
        let least = grid.map(value).fold(f64::INFINITY, f64::min);
        // At a jump the lower of both sides counts.
        let here = value(points[i])
            .min(value(points[i].next_down()))
            .min(value(points[i].next_up()));
        let scale = 1.0 + envelope.abs();
        [
            (envelope - least).max(0.0) / scale,
            (envelope - here).abs() / scale,
        ]
    }))
}

/// Largest energy inside the zero set, and `1` for each place outside of it that costs nothing.
pub fn zero_set_costs_nothing(loss: &dyn Loss, p: &Parameters) -> f64 {
    let inside = |d: f64| match loss.zero_set(p) {
        ZeroSet::HalfLine(low) => d >= low,
        ZeroSet::Interval(low, high) => low <= d && d < high,
        ZeroSet::Point(y) => d == y,
        ZeroSet::Empty => false,
    };
    let grid = (-8000..=8000)
        .map(|k| 0.001 * f64::from(k) + 0.00037)
        .chain([1.0]);
    largest(grid.map(|d| {
        let energy = loss.energy(d, p)[0];
        match (inside(d), energy == 0.0) {
            (true, _) => energy,
            (false, true) => 1.0,
            (false, false) => 0.0,
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Control;
    use crate::model::loss::{Hinge, registered};

    fn at(beta: f64) -> Parameters {
        Parameters {
            beta,
            kappa: 0.3,
            gamma: 0.8,
            ..Parameters::default()
        }
    }

    #[test]
    fn partition_functions_are_those_of_plain_quadrature() {
        for loss in registered() {
            for beta in [0.3, 2.0, 40.0] {
                for v in [1e-3, 0.05, 0.6, 4.0] {
                    let worst = thermal_by_quadrature(&*loss, &at(beta), v);
                    assert!(worst < 2e-13, "{} {beta} {v}: {worst:e}", loss.name());
                }
            }
        }
    }

    #[test]
    fn energies_and_errors_are_those_of_plain_quadrature() {
        for loss in registered() {
            for kappa in [-0.7, 0.3] {
                for beta in [0.3, 2.0, 40.0] {
                    for v in [1e-6, 1e-4, 0.01, 0.2, 1.0, 4.0] {
                        let parameters = Parameters { kappa, ..at(beta) };
                        let channel = Channel {
                            loss: loss.clone(),
                            parameters,
                            limit: Limit::Thermal,
                        };
                        let worst = measured_directly(&channel, v);
                        let name = loss.name();
                        assert!(worst < 2e-13, "{name} {kappa} {beta} {v}: {worst:e}");
                    }
                }
            }
        }
    }

    #[test]
    fn energies_and_errors_without_temperature() {
        for loss in registered() {
            for kappa in [-0.7, 0.3] {
                for own in [1e-6, 1e-2, 0.2, 4.0] {
                    for (limit, tolerance) in [(Limit::Hard, 2e-13), (Limit::Ground, 1e-5)] {
                        let channel = Channel {
                            loss: loss.clone(),
                            parameters: Parameters {
                                kappa,
                                ..at(f64::INFINITY)
                            },
                            limit,
                        };
                        // A jump is left for its lower side, which a search steps over.
                        if limit == Limit::Ground && loss.jumps() {
                            continue;
                        }
                        let worst = measured_directly(&channel, own);
                        let name = loss.name();
                        assert!(
                            worst < tolerance,
                            "{name} {limit:?} {kappa} {own}: {worst:e}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn derivatives_are_those_of_differences() {
        for loss in registered() {
            for limit in [Limit::Thermal, Limit::Hard, Limit::Ground] {
                if limit == Limit::Hard && loss.zero_set(&at(1.0)) == ZeroSet::Empty {
                    continue;
                }
                let controls = loss.controls().into_iter().map(By::Control);
                let beta = (limit == Limit::Thermal).then_some(By::Control(Control::Beta));
                let channel = Channel {
                    loss: loss.clone(),
                    parameters: at(3.0),
                    limit,
                };
                for by in controls.chain(beta).chain([By::Variance]) {
                    for own in [0.05, 0.6] {
                        let worst = channel_derivatives(&channel, own, by);
                        assert!(
                            worst < 2e-9,
                            "{} {limit:?} {by:?} {own}: {worst:e}",
                            loss.name()
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn proximal_points_are_minima() {
        for loss in registered() {
            for chi in [0.01, 1.0, 40.0] {
                let worst = proximal_optimality(&*loss, &at(1.0), chi);
                assert!(worst < 1e-12, "{} {chi}: {worst:e}", loss.name());
            }
        }
    }

    #[test]
    fn zero_sets_cost_nothing() {
        for loss in registered() {
            let worst = zero_set_costs_nothing(&*loss, &at(1.0));
            assert!(worst == 0.0, "{}: {worst:e}", loss.name());
        }
    }

    #[test]
    fn low_temperature_is_the_hard_limit() {
        for loss in registered() {
            let hard = Channel {
                loss: loss.clone(),
                parameters: at(f64::INFINITY),
                limit: Limit::Hard,
            };
            // A point has a density, but no mass at finite β.
            if matches!(hard.zero_set(), ZeroSet::Empty | ZeroSet::Point(_)) {
                continue;
            }
            let cold = Channel {
                parameters: at(1e10),
                limit: Limit::Thermal,
                ..hard.clone()
            };
            for field in [-1.3, 0.0, 0.4, 2.0] {
                let [got, want] = [&cold, &hard].map(|c| jet(c, field, 0.4, None));
                for k in 0..3 {
                    let off = (got[k] - want[k]).abs();
                    assert!(off < 1e-4, "{} {field} {k}: {off:e}", loss.name());
                }
            }
        }
    }

    #[test]
    fn names_find_losses_and_jumps_are_known() {
        use crate::model::loss::by_name;
        for loss in registered() {
            assert_eq!(by_name(&loss.name()).map(|l| l.name()), Some(loss.name()));
            let jumps = ["theta", "window"].contains(&loss.name().as_str());
            assert_eq!(
                (loss.jumps(), loss.convex()),
                (jumps, !jumps),
                "{}",
                loss.name()
            );
        }
        assert_eq!(
            by_name("logistic").map(|l| l.name()),
            Some("cross-entropy".to_owned())
        );
        assert!(by_name("no such loss").is_none());
    }

    #[test]
    fn far_tails_and_extreme_parameters_stay_finite() {
        let fields: Vec<f64> = [1e3, 30.0, 1.0, 1e-3, 0.0]
            .into_iter()
            .flat_map(|x| [x, -x, 0.3 + x, 1.0 - x])
            .collect();
        let mut out = Jets::default();
        for loss in registered() {
            for (beta, v) in [
                (1e8, 1e-12),
                (1e8, 1.0),
                (2.0, 1e-12),
                (1e-6, 1.0),
                (1e4, 0.3),
            ] {
                for limit in [Limit::Thermal, Limit::Hard, Limit::Ground] {
                    let channel = Channel {
                        loss: loss.clone(),
                        parameters: at(beta),
                        limit,
                    };
                    if limit == Limit::Hard && channel.zero_set() == ZeroSet::Empty {
                        continue;
                    }
                    channel.fill(&fields, v, None, &mut out);
                    for (i, field) in fields.iter().enumerate() {
                        let jet = [out.value[i], out.slope[i], out.bend[i]];
                        let name = loss.name();
                        assert!(
                            jet.iter().all(|x| x.is_finite()),
                            "{name} {limit:?} {beta} {v} {field} {jet:?}"
                        );
                        // A Gaussian measure truncated or tilted has a variance above zero.
                        assert!(
                            1.0 + v * jet[2] >= -1e-9,
                            "{name} {limit:?} {beta} {v} {field} {jet:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn hinge_keeps_its_digits_at_any_stiffness_and_field() {
        // Z = G(x) [R(x) + R(t - x)], R = 1/g (L.5): slope and curvature are products and sums of
        // positive numbers.
        let mut out = Jets::default();
        for (beta, v) in [
            (1e8, 1e-4),
            (3e3, 1e-4),
            (2.0, 0.25),
            (0.1, 1e-4),
            (1e8, 1.0),
            (2.0, 1e-12),
        ] {
            let (p, r) = (at(beta), f64::sqrt(v));
            let t = beta * r;
            for x in [-3.0f64, -0.2, 0.5, 8.0, 300.0, 1e5] {
                let field = 1.0 - x * r;
                let x = (1.0 - field) / r;
                Hinge.thermal(&[field], v, &p, None, &mut out);
                let [[_, g, e], [_, h, f]] = [x, t - x].map(crate::math::special::tail);
                let slope = t * g / (g + h);
                let bend = -t * (g / (g + h)) * (h / (g + h)) * (e + f);
                let [got_slope, got_bend] = [out.slope[0] * r, out.bend[0] * v];
                let off = [
                    (got_slope / slope - 1.0).abs(),
                    (got_bend / bend - 1.0).abs(),
                ];
                let free = bend.abs() < 1e-290;
                assert!(
                    free || (off[0] < 2e-13 && off[1] < 2e-13),
                    "{beta} {v} {x} {off:?}"
                );
            }
        }
    }
}
