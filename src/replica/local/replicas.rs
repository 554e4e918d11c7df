//! A finite number `y` of replicas at a mutual distance (LD.2 to LD.5), not necessarily an integer.
//!
//! Weights and patterns are two levels of replicas ([`Level`]); the saddle-point equations and their
//! Jacobian follow from the averages of both (LD.34). Coordinates are `ln e/(yq-e)`, `ln q̂₀`, `ln c`
//! and `ln y`, with `e = y(q-q₀)` and `c = y(q̂₁-q̂₀)`: nothing cancels at order `y`.

use super::group::{Group, Law};
use super::level::{Averages, Level, Rule, Scale};
use crate::model::channel::{Channel, Limit};
use crate::model::prior::{Prior, Weight};

use crate::solve::newton::{Linear, newton};
use crate::solve::problem::norm;
use crate::solve::{NotConverged, Tolerances};
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// Lattice steps in units of `√v`: singularities of a pattern's partition function lie 2.8 away.
const PATTERN_STEP: f64 = 0.5;
/// Lattice step of weights ±1, whose partition function has zeros at `±iπ/2`.
const WEIGHT_STEP: f64 = 0.25;
/// Times that nodes are placed again at the point that was found on the last ones.
const ROUNDS: usize = 6;
/// Nodes need not be placed again for a point this near.
const NEAR: f64 = 0.05;
/// Overlap of two configurations below which there is none.
const CENTRED: f64 = 1e-9;
/// Steps towards the first coupling of a group.
const COUPLINGS: usize = 60;

/// The secant rule for the number of replicas: ratio of the first two numbers, its steps, the longest of
/// them in `ln y`, and the external entropy from which all equations together find their root.
const SECOND: f64 = 1.1;
const SECANTS: usize = 16;
const LONGEST: f64 = 0.7;
const VANISHING: f64 = 1e-9;

/// Index of each coordinate.
const OUTER: usize = 0;
const Q_HAT: usize = 1;
const COUPLING: usize = 2;
const NUMBER: usize = 3;

/// Groups of replicas of one model at one distance.
pub struct Groups {
    channel: Channel,
    law: Law,
    weights: Weight,
    distance: f64,
}

/// A point: order parameters in their natural form.
#[derive(Clone, Copy, Debug)]
struct Point {
    y: f64,
    e: f64,
    q_hat: f64,
    c: f64,
}

/// Nodes of both levels; those of the weights are none on the sphere.
struct Rules {
    patterns: Rule,
    weights: Option<Rule>,
}

/// Averages at a point.
#[derive(Clone, Copy)]
struct Sums {
    at: Point,
    field: Averages,
    site: Averages,
}

/// The equations at a point with their Jacobian, in all coordinates.
struct Equations {
    values: DVector<f64>,
    jacobian: DMatrix<f64>,
}

/// Which equations are solved for which coordinates.
struct Unknowns {
    equations: Vec<usize>,
    coordinates: Vec<usize>,
}

impl Unknowns {
    fn select(&self, all: &Equations) -> (DVector<f64>, DMatrix<f64>) {
        let rows = all.jacobian.select_rows(&self.equations);
        (
            all.values.select_rows(&self.equations),
            rows.select_columns(&self.coordinates),
        )
    }
}

/// A solution: all coordinates, those that were solved for, and what is left.
struct Root {
    x: Vec<f64>,
    unknowns: Unknowns,
    residual: f64,
}

impl Groups {
    /// Groups of this channel and prior at mutual distance `d`.
    pub fn new(channel: Channel, (law, prior): (Law, Arc<dyn Prior>), distance: f64) -> Self {
        Groups {
            channel,
            law,
            weights: Weight(prior),
            distance,
        }
    }

    fn q(&self) -> f64 {
        1.0 - 2.0 * self.distance
    }

    fn v(&self) -> f64 {
        2.0 * self.distance
    }

    fn patterns(&self) -> Level<'_> {
        let v = self.v();
        let thermal = self.channel.limit == Limit::Thermal;
        Level {
            site: &self.channel,
            own: v,
            scale: Scale {
                step: PATTERN_STEP * v.sqrt(),
                stiffness: 1.0 / v,
                concave: !thermal || self.channel.loss.convex(),
            },
        }
    }

    /// Every weight has `w² = 1`: its own precision is a constant factor.
    fn weights(&self) -> Level<'_> {
        Level {
            site: &self.weights,
            own: 0.0,
            scale: Scale {
                step: WEIGHT_STEP,
                stiffness: 0.0,
                concave: false,
            },
        }
    }

    fn point(&self, x: &[f64]) -> Point {
        let y = x[NUMBER].exp();
        Point {
            y,
            e: y * self.q() / (1.0 + (-x[OUTER]).exp()),
            q_hat: x[Q_HAT].exp(),
            c: x[COUPLING].exp(),
        }
    }

    fn coordinates(&self, at: Point) -> Vec<f64> {
        let share = at.e / (at.y * self.q());
        let outer = (share / (1.0 - share)).ln();
        vec![outer, at.q_hat.ln(), at.c.ln(), at.y.ln()]
    }

    fn place(&self, at: Point, fine: bool) -> Rules {
        let (q, Point { y, e, q_hat, c }) = (self.q(), at);
        let weights = |()| self.weights().place(y, [q_hat, q_hat + c / y], fine);
        Rules {
            patterns: self.patterns().place(y, [q - e / y, q], fine),
            weights: (!self.law.on_sphere()).then_some(()).map(weights),
        }
    }

    fn sums(&self, at: Point, rules: &Rules) -> Sums {
        let (q, Point { y, e, q_hat, c }) = (self.q(), at);
        let site = rules
            .weights
            .as_ref()
            .map_or_else(Averages::default, |rule| {
                self.weights().averages(rule, y, [q_hat, q_hat + c / y])
            });
        Sums {
            at,
            field: self.patterns().averages(&rules.patterns, y, [q - e / y, q]),
            site,
        }
    }

    fn equations(&self, x: &[f64], rules: &Rules) -> Equations {
        let sums = self.sums(self.point(x), rules);
        match self.law {
            Law::Sphere => self.on_sphere(sums),
            Law::Signs { .. } => self.of_signs(sums),
        }
    }

    /// `q̂₀ = αE⟨g⟩²`, `E⟨m²⟩ = q`, `e = yE Var m` and `Σ = 0` (LD.4, LD.34).
    fn of_signs(&self, sums: Sums) -> Equations {
        let (q, alpha) = (self.q(), self.channel.parameters.alpha);
        let Sums { at, field, site } = sums;
        let Point { y, e, q_hat, c } = at;
        let q0 = q - e / y;
        let sigma = 0.5 * (q * c + e * q_hat) * y + site.complexity + alpha * field.complexity;
        let values = DVector::from_vec(vec![
            (alpha * field.outer / q_hat).ln(),
            site.inner / q - 1.0,
            (y * site.variance / e).ln(),
            sigma,
        ]);
        // Derivatives with respect to q₀, q̂₀, q̂₁ and y first.
        let a = field.outer_by;
        let (b, s) = (site.outer_by, site.inner_by);
        let half = 0.5 * y * y;
        let spread = q0 * q_hat - q * (q_hat + c / y) + site.spread + alpha * field.spread;
        let sigma_by = [
            -half * (q_hat - alpha * field.outer) + half * y * alpha * a[2],
            -half * (q0 - site.outer) + half * y * b[2],
            -half * (site.inner - q) - half * (y - 1.0) * s[2],
            -y * spread,
        ];
        let v = site.variance;
        let natural = [
            [a[0] / field.outer, -1.0 / q_hat, 0.0, a[2] / field.outer],
            [0.0, s[0] / q, s[1] / q, s[2] / q],
            [
                1.0 / (q - q0),
                (s[0] - b[0]) / v,
                (s[1] - b[1]) / v,
                (s[2] - b[2]) / v,
            ],
            sigma_by,
        ];
        let share = e / (y * q);
        let jacobian = DMatrix::from_fn(4, 4, |i, j| {
            let d = natural[i];
            match j {
                OUTER => -d[0] * q * share * (1.0 - share),
                Q_HAT => (d[1] + d[2]) * q_hat,
                COUPLING => d[2] * c / y,
                _ => d[3] * y - d[2] * c / y,
            }
        });
        Equations { values, jacobian }
    }

    /// `q₀/D² = αE⟨g⟩²` and `Σ = 0` (LD.5, LD.34); the other two coordinates do not matter.
    fn on_sphere(&self, sums: Sums) -> Equations {
        let (q, v, alpha) = (self.q(), self.v(), self.channel.parameters.alpha);
        let Sums { at, field, .. } = sums;
        let Point { y, e, .. } = at;
        let (q0, total, gap) = (q - e / y, v + e, e / y);
        let a = field.outer_by;
        let square = total * total;
        let sigma = 0.5 * ((total / v).ln() - e / total + y * q0 * e / square);
        let values = DVector::from_vec(vec![
            (alpha * field.outer * square / q0).ln(),
            0.0,
            0.0,
            sigma + alpha * field.complexity,
        ]);
        let half = 0.5 * y * y;
        let bend = 0.5 * gap * (-(q + q0) / square + 2.0 * q0 * e / (square * total));
        let by_outer = a[0] / field.outer - 1.0 / q0 - 2.0 * y / total;
        let by_number = a[2] / field.outer + 2.0 * gap / total;
        let sigma_by_outer =
            half * q0 * (e - v) / (square * total) + alpha * (half * field.outer + half * y * a[2]);
        let sigma_by_number = -y * (bend + alpha * field.spread);
        let mut jacobian = DMatrix::identity(4, 4);
        let share = e / (y * q);
        let outer = -q * share * (1.0 - share);
        jacobian[(0, OUTER)] = by_outer * outer;
        jacobian[(0, NUMBER)] = by_number * y;
        jacobian[(3, OUTER)] = sigma_by_outer * outer;
        jacobian[(3, NUMBER)] = sigma_by_number * y;
        Equations { values, jacobian }
    }

    /// Equations and coordinates that are solved for: without the last where `y` is given. Where patterns
    /// do not tell a sign from the other, groups have no overlap with each other.
    fn unknowns(&self, start: Point, given: bool) -> Unknowns {
        let (mut equations, mut coordinates) = match (self.law, self.centred(start)) {
            (Law::Sphere, false) => (vec![OUTER], vec![OUTER]),
            (Law::Sphere, true) => (vec![], vec![]),
            (Law::Signs { .. }, false) => {
                (vec![OUTER, Q_HAT, COUPLING], vec![OUTER, Q_HAT, COUPLING])
            }
            // That of E⟨m²⟩ = q.
            (Law::Signs { .. }, true) => (vec![Q_HAT], vec![COUPLING]),
        };
        if !given {
            equations.push(NUMBER);
            coordinates.push(NUMBER);
        }
        Unknowns {
            equations,
            coordinates,
        }
    }

    /// Whether groups have no overlap with each other.
    fn centred(&self, at: Point) -> bool {
        at.e == at.y * self.q()
    }

    fn root(&self, start: Point, unknowns: Unknowns) -> Result<Root, NotConverged> {
        let mut x = self.coordinates(start);
        let tolerances = Tolerances::default();
        let (mut residual, mut stalled) = (0.0, None);
        if unknowns.equations.is_empty() {
            return Ok(Root {
                x,
                unknowns,
                residual,
            });
        }
        for _ in 0..ROUNDS {
            let rules = self.place(self.point(&x), false);
            let part: Vec<f64> = unknowns.coordinates.iter().map(|&i| x[i]).collect();
            let mut best = (f64::INFINITY, part.clone());
            let mut system = |part: &[f64]| {
                let mut all = x.clone();
                for (value, &i) in part.iter().zip(&unknowns.coordinates) {
                    all[i] = *value;
                }
                let (values, jacobian) = unknowns.select(&self.equations(&all, &rules));
                let residual = norm(values.as_slice());
                if residual < best.0 {
                    best = (residual, part.to_vec());
                }
                residual.is_finite().then_some(Linear {
                    equations: values,
                    jacobian,
                    residual,
                    detail: (),
                })
            };
            stalled = newton(&part, &tolerances, None, &mut system).err();
            let moved: Vec<f64> = part.iter().zip(&best.1).map(|(a, b)| a - b).collect();
            let moved = norm(&moved);
            residual = best.0;
            for (value, &i) in best.1.iter().zip(&unknowns.coordinates) {
                x[i] = *value;
            }
            // Nodes that do not resolve where the iteration has gone stop it: those placed there may not.
            // Not where the number of replicas is unknown: there it stops for another reason.
            let free = unknowns.coordinates.contains(&NUMBER);
            if stalled.is_some() && (free || moved == 0.0) || stalled.is_none() && moved < NEAR {
                break;
            }
        }
        match stalled {
            Some(error) => Err(error),
            None => Ok(Root {
                x,
                unknowns,
                residual,
            }),
        }
    }

    /// The group of `y` replicas, or of as many as make the external entropy vanish, from one nearby:
    /// with errors, if these are asked for.
    ///
    /// # Errors
    /// [`NotConverged`].
    pub fn near(&self, y: Option<f64>, guess: &Group, errors: bool) -> Result<Group, NotConverged> {
        let start = Point {
            y: y.unwrap_or(guess.y),
            e: guess.e,
            q_hat: guess.q_hat,
            c: guess.c,
        };
        // Of a group of another number the overlap of two groups is kept, not y times a distance from it.
        let most = start.y * self.q();
        let start = Point {
            e: match guess.centred {
                true => most,
                false => (start.y * (guess.e / guess.y)).min(most * (1.0 - 1e-9)),
            },
            c: start.y * (guess.c / guess.y),
            ..start
        };
        let root = match self.root(start, self.unknowns(start, y.is_some())) {
            Err(_) if y.is_none() => {
                let near = self.vanishing(guess)?;
                let start = Point {
                    y: near.y,
                    e: near.e,
                    q_hat: near.q_hat,
                    c: near.c,
                };
                self.root(start, self.unknowns(start, false))?
            }
            other => other?,
        };
        let at = self.point(&root.x);
        let rules = self.place(at, false);
        let group = Group {
            // Without the rounding of its logarithm.
            y: y.unwrap_or(at.y),
            ..self.group(&rules, at, root.residual, errors)
        };
        if !errors {
            return Ok(group);
        }
        let fine = self.place(at, true);
        let finer = self.group(&fine, at, root.residual, true);
        let mut x = root.x.clone();
        if !root.unknowns.equations.is_empty() {
            let (left, jacobian) = root.unknowns.select(&self.equations(&root.x, &fine));
            let step = jacobian.lu().solve(&left).ok_or(NotConverged::Stalled {
                residual: root.residual,
            })?;
            for (step, &i) in step.iter().zip(&root.unknowns.coordinates) {
                x[i] -= step;
            }
        }
        let moved = self.group(&rules, self.point(&x), root.residual, true);
        Ok(group.corrected(&finer).corrected(&moved))
    }

    /// Nearly as many replicas as make the external entropy vanish, by the secant rule in `ln y`: where all
    /// equations together are too far from their root, because that of the entropy has terms of order `y`.
    fn vanishing(&self, guess: &Group) -> Result<Group, NotConverged> {
        let mut before = self.near(Some(guess.y), guess, false)?;
        let mut at = self.near(Some(guess.y * SECOND), &before, false)?;
        for _ in 0..SECANTS {
            if at.external.abs() < VANISHING {
                return Ok(at);
            }
            let slope = (at.external - before.external) / (at.y / before.y).ln();
            let step = (-at.external / slope).clamp(-LONGEST, LONGEST);
            let next = self.near(Some(at.y * step.exp()), &at, false)?;
            before = std::mem::replace(&mut at, next);
        }
        Err(NotConverged::Stalled {
            residual: at.external.abs(),
        })
    }

    /// Mean loss of a replica per pattern (LD.31).
    fn mean_loss(&self, rule: &Rule, Point { y, e, .. }: Point) -> f64 {
        if self.channel.limit != Limit::Thermal {
            return 0.0;
        }
        let (q, v) = (self.q(), self.v());
        let fill = |fields: &[f64], out: &mut [f64]| self.channel.mean_energy(fields, v, out);
        self.patterns().mean(rule, y, [q - e / y, q], &fill)
    }

    /// A group of which everything but the mean loss is known.
    pub fn with_mean_loss(&self, group: Group) -> Group {
        let Group { y, e, q_hat, c, .. } = group;
        let rule = self
            .patterns()
            .place(y, [self.q() - e / y, self.q()], false);
        Group {
            mean_loss: self.mean_loss(&rule, Point { y, e, q_hat, c }),
            ..group
        }
    }

    /// One replica (LD.8): overlap and conjugate of two groups are those of two configurations, from which
    /// the coupling follows.
    ///
    /// # Errors
    /// [`NotConverged`].
    pub fn one(&self, (q_own, q_hat): (f64, f64)) -> Result<Group, NotConverged> {
        // Patterns that do not tell a sign from the other leave only rounding.
        let centred = q_own < CENTRED;
        let e = if centred { self.q() } else { self.q() - q_own };
        if e.is_nan() || e <= 0.0 {
            return Err(NotConverged::Escaped);
        }
        let mut start = Point {
            y: 1.0,
            e,
            q_hat: if centred { 0.0 } else { q_hat },
            c: 1.0,
        };
        if !self.law.on_sphere() {
            start.c = self.first_coupling(start)?;
        }
        let rules = self.place(start, false);
        Ok(self.group(&rules, start, 0.0, false))
    }

    /// The coupling at which `E⟨m²⟩ = q`, which grows with it.
    fn first_coupling(&self, at: Point) -> Result<f64, NotConverged> {
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut c: f64 = 1.0;
        for _ in 0..COUPLINGS {
            let variances = [at.q_hat, at.q_hat + c / at.y];
            let level = self.weights();
            let rule = level.place(at.y, variances, false);
            let site = level.averages(&rule, at.y, variances);
            if site.inner < self.q() {
                low = c;
            } else {
                high = c;
            }
            // Newton's method on ln(1 - E⟨m²⟩), as long as it stays between what is known.
            let slope = site.inner_by[1] / at.y / (1.0 - site.inner);
            let step = ((1.0 - site.inner) / self.v()).ln() / slope;
            let mut next = c + step;
            if !(next > low && next < high) {
                next = if high.is_finite() {
                    0.5 * (low + high)
                } else {
                    2.0 * c
                };
            }
            if (next - c).abs() <= 1e-10 * c {
                return Ok(next);
            }
            c = next;
        }
        Err(NotConverged::Escaped)
    }

    /// What is known of a group at a point. The mean loss only where it is asked for.
    fn group(&self, rules: &Rules, at: Point, residual: f64, with_loss: bool) -> Group {
        let (q, v, p) = (self.q(), self.v(), &self.channel.parameters);
        let Sums { field, site, .. } = self.sums(at, rules);
        let Point { y, e, q_hat, c } = at;
        let (q0, total) = (q - e / y, v + e);
        let pattern = -0.5 - 0.5 * e * field.bend - 0.5 * e * y * field.variance + field.entropy;
        let (value, external, force, bend_square) = match self.law {
            Law::Signs { .. } => (
                site.value - 0.5 * (q_hat + c / y) * v - 0.5 * (e * q_hat + q * c),
                -0.5 - 0.5 * c * v + site.entropy,
                c / y,
                site.bend_square,
            ),
            Law::Sphere => (
                0.5 * (v.ln() + (total / v).ln() / y + q0 / total),
                0.5 * (total / v).ln() - 0.5 * e / total,
                e / (y * v * total),
                v * v,
            ),
        };
        let mean_loss = if with_loss {
            self.mean_loss(&rules.patterns, at)
        } else {
            0.0
        };
        let on_sphere = self.law.on_sphere();
        Group {
            distance: self.distance,
            y,
            e,
            c: if on_sphere { 0.0 } else { c },
            q_hat: if on_sphere { 0.0 } else { q_hat },
            value: value + p.alpha * field.value,
            error: 1e-14,
            slope: 0.5 * (y - 1.0) * (p.alpha * field.variance - force),
            external: external + p.alpha * pattern,
            replicon: 1.0 - p.alpha * field.bend_square * bend_square,
            mean_loss,
            mean_loss_error: 0.0,
            residual,
            centred: self.centred(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Parameters, registry};

    /// Fourth-order central difference.
    fn slope(h: f64, f: impl Fn(f64) -> DVector<f64>) -> DVector<f64> {
        (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
    }

    /// The Jacobian of the equations (LD.34, LD.35) against differences, away from the saddle point,
    /// for hard and soft, concave and other patterns, and both kinds of weights.
    #[test]
    fn jacobians_are_derivatives() {
        for (weights, loss, beta) in [
            ("binary", "theta", f64::INFINITY),
            ("binary", "cross-entropy", 2.0),
            ("atoms:-1@0.3,1@0.7", "hinge", 3.0),
            ("spherical", "theta", 1.0),
            ("spherical", "squared-hinge", 2.0),
        ] {
            let prior = registry::prior(weights).expect("registered");
            let law = Law::of(&*prior).expect("a law");
            let parameters = Parameters {
                alpha: 0.6,
                kappa: 0.2,
                beta,
                ..Parameters::default()
            };
            let channel = Channel::new(registry::loss(loss).expect("registered"), parameters);
            for y in [1.5, 6.0, 40.0] {
                let groups = Groups::new(channel.clone(), (law, prior.clone()), 0.06);
                let at = Point {
                    y,
                    e: 0.3 * y * groups.q(),
                    q_hat: 0.4,
                    c: 1.2,
                };
                let x = groups.coordinates(at);
                let rules = groups.place(at, true);
                let exact = groups.equations(&x, &rules).jacobian;
                let unknowns = groups.unknowns(at, false).coordinates;
                for &j in &unknowns {
                    let column = slope(2e-4, |step| {
                        let mut moved = x.clone();
                        moved[j] += step;
                        groups.equations(&moved, &rules).values
                    });
                    for &i in &unknowns {
                        let (got, want) = (exact[(i, j)], column[i]);
                        let size = exact.row(i).amax();
                        assert!(
                            (got - want).abs() < 1e-8 * size,
                            "{weights} {loss} y={y} ({i},{j}): {got} {want}"
                        );
                    }
                }
            }
        }
    }
}
