//! A number `y` of replicas at a mutual distance (LD.2 to LD.7), not necessarily an integer, possibly ∞.
//!
//! Weights and patterns are two levels of replicas ([`Level`]); the saddle-point equations and their
//! Jacobian follow from the averages of both (LD.34, LD.36, LD.39). Coordinates are `ln e/q₀`, `ln q̂₀`, `ln c`
//! and `ln y`, with `e = y(q-q₀)` and `c = y(q̂₁-q̂₀)`: nothing cancels at order `y`, and all but the last
//! have a limit.

use super::group::{Group, Law};
use super::level::{Averages, Fields, Level, Rule, Scale};
use crate::model::channel::{Channel, Limit};
use crate::model::prior::{Prior, Weight};
use crate::model::site::{Jets, Site};
use crate::solve::newton::{Linear, newton};
use crate::solve::problem::norm;
use crate::solve::{NotConverged, Tolerances};
use nalgebra::{DMatrix, DVector};
use std::f64::consts::{LN_2, PI};
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
/// Below this the patterns do not count at all.
const NOTHING: f64 = 1e-26;

/// The secant rule for the number of replicas: ratio of the first two numbers, its steps, the longest of
/// them in `ln y`, and the external entropy from which all equations together find their root.
const SECOND: f64 = 1.1;
const SECANTS: usize = 16;
const LONGEST: f64 = 0.7;
const VANISHING: f64 = 1e-9;
/// What rounding leaves of the equations and of the external entropy for each replica: seen from 10⁸
/// replicas on.
const ROUNDING: f64 = 1e-19;
const ENTROPY_ROUNDING: f64 = 1e-16;

/// From this number of replicas on it is found by the secant rule alone: the entropy of (LD.35), which all
/// equations together contain, has lost its digits.
const MANY: f64 = 1e6;
/// No more replicas than these are looked for: the field of their weights, of variance 1e-17 and less, is
/// lost in the rounding of the maximum.
pub const MOST: f64 = 3e9;

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
    q0: f64,
    q_hat: f64,
    c: f64,
}

impl Point {
    /// The fields of a pattern.
    fn of_pattern(self) -> Fields {
        Fields {
            y: self.y,
            outer: self.q0,
            e: self.e,
        }
    }

    /// The fields of a weight.
    fn of_weight(self) -> Fields {
        Fields {
            y: self.y,
            outer: self.q_hat,
            e: self.c,
        }
    }
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
        let inverse = (-x[OUTER]).exp();
        Point {
            y,
            e: self.q() / (inverse + 1.0 / y),
            q0: self.q() / (1.0 + 1.0 / (y * inverse)),
            q_hat: x[Q_HAT].exp(),
            c: x[COUPLING].exp(),
        }
    }

    fn coordinates(&self, at: Point) -> Vec<f64> {
        vec![(at.e / at.q0).ln(), at.q_hat.ln(), at.c.ln(), at.y.ln()]
    }

    /// The point of a group.
    fn of_group(&self, group: &Group) -> Point {
        let Group { y, e, q_hat, c, .. } = *group;
        let q0 = if group.centred { 0.0 } else { self.q() - e / y };
        Point { y, e, q0, q_hat, c }
    }

    fn place(&self, at: Point, fine: bool) -> Rules {
        let weights = |()| self.weights().place(at.of_weight(), fine);
        Rules {
            patterns: self.patterns().place(at.of_pattern(), fine),
            weights: (!self.law.on_sphere()).then_some(()).map(weights),
        }
    }

    fn sums(&self, at: Point, rules: &Rules) -> Sums {
        let weights = |rule: &Rule| self.weights().averages(rule, at.of_weight());
        let site = rules.weights.as_ref();
        Sums {
            at,
            field: self.patterns().averages(&rules.patterns, at.of_pattern()),
            site: site.map_or_else(Averages::default, weights),
        }
    }

    /// The equations with their derivatives at a point (LD.34, LD.36, LD.39).
    fn equations(&self, x: &[f64], rules: &Rules) -> Equations {
        let sums = self.sums(self.point(x), rules);
        let (values, natural) = match self.law {
            Law::Sphere => self.on_sphere(sums),
            Law::Signs => self.of_signs(sums),
        };
        let Point { y, e, q0, q_hat, c } = sums.at;
        // By ln e/q₀ and by ln y at a fixed one, at which q₀ moves; c moves q̂₁.
        let outer = e * q0 / self.q();
        let jacobian = DMatrix::from_fn(4, 4, |i, j| {
            let by = natural[i];
            match j {
                OUTER => by[0] * outer,
                Q_HAT => by[1] * q_hat,
                COUPLING => by[2] * c,
                // An infinite number is no coordinate.
                _ if y.is_infinite() => 0.0,
                _ => by[3] * y - by[0] * outer - by[2] * c,
            }
        });
        Equations {
            values: DVector::from_column_slice(&values),
            jacobian,
        }
    }

    /// `q̂₀ = αE⟨g⟩²`, `E⟨m²⟩ = q`, `e = yE Var m` and `Σ = 0` (LD.4, LD.26), with derivatives by `e` at
    /// fixed `q` and `y`, by `q̂₀` at fixed `c`, by `c` at fixed `q̂₀`, and by `y` at fixed overlaps and
    /// conjugates.
    fn of_signs(&self, sums: Sums) -> ([f64; 4], [[f64; 4]; 4]) {
        let (q, alpha) = (self.q(), self.channel.parameters.alpha);
        let Sums { at, field, site } = sums;
        let Point { y, e, q0, q_hat, c } = at;
        let (square, square_by) = site.inner(y);
        let scatter_by = site.scatter_at_outer(y);
        let (a, b) = (field.number, site.number);
        // With E⟨m²⟩ on its way to q the form of (LD.26) is nearer to linear; only infinitely many replicas
        // start so far away.
        let form = if y.is_infinite() { 1.0 } else { 0.0 };
        let response = site.scatter + form * (q - square);
        let sigma = 0.5 * (q * c + e * q_hat) * y + b.complexity + alpha * a.complexity;
        let values = [
            (alpha * field.outer / q_hat).ln(),
            square / q - 1.0,
            (response / e).ln(),
            sigma,
        ];
        let half = 0.5 * y * y;
        let spread = q0 * q_hat - q * (q_hat + c / y) + b.spread + alpha * a.spread;
        let by_force = -half * (square - q) - half * (y - 1.0) * b.inner;
        let natural = [
            [
                field.outer_by[0] / field.outer,
                -1.0 / q_hat,
                0.0,
                a.outer / field.outer,
            ],
            [0.0, square_by[0] / q, square_by[1] / q, b.inner / q],
            [
                -1.0 / e,
                (scatter_by[0] - form * square_by[0]) / response,
                (scatter_by[1] - form * square_by[1]) / response,
                y * (b.inner - b.outer) / site.scatter,
            ],
            [
                0.5 * y * (q_hat - alpha * field.outer) - half * alpha * a.outer,
                -half * (q0 - site.outer) + half * y * b.outer + by_force,
                by_force / y,
                -y * spread,
            ],
        ];
        (values, natural)
    }

    /// `q₀/D² = αE⟨g⟩²` and `Σ = 0` (LD.5, LD.28), with the same derivatives; the other two coordinates do
    /// not matter.
    fn on_sphere(&self, sums: Sums) -> ([f64; 4], [[f64; 4]; 4]) {
        let (q, v, alpha) = (self.q(), self.v(), self.channel.parameters.alpha);
        let Sums { at, field, .. } = sums;
        let Point { y, e, q0, .. } = at;
        let (total, gap, a) = (v + e, e / y, field.number);
        let square = total * total;
        let sigma = 0.5 * ((total / v).ln() - e / total + y * q0 * e / square);
        let values = [
            (alpha * field.outer * square / q0).ln(),
            0.0,
            0.0,
            sigma + alpha * a.complexity,
        ];
        let bend = 0.5 * gap * (-(q + q0) / square + 2.0 * q0 * e / (square * total));
        let half = 0.5 * y;
        let sigma_by_e =
            -half * q0 * (e - v) / (square * total) - alpha * half * (field.outer + y * a.outer);
        let natural = [
            [
                field.outer_by[0] / field.outer + 1.0 / (y * q0) + 2.0 / total,
                0.0,
                0.0,
                a.outer / field.outer + 2.0 * gap / total,
            ],
            [0.0; 4],
            [0.0; 4],
            [sigma_by_e, 0.0, 0.0, -y * (bend + alpha * a.spread)],
        ];
        (values, natural)
    }

    /// Equations and coordinates that are solved for: without the last where `y` is given. Where patterns
    /// do not tell a sign from the other, groups have no overlap with each other.
    fn unknowns(&self, start: Point, given: bool) -> Unknowns {
        let (mut equations, mut coordinates) = match (self.law, start.q0 == 0.0) {
            (Law::Sphere, false) => (vec![OUTER], vec![OUTER]),
            (Law::Sphere, true) => (vec![], vec![]),
            (Law::Signs, false) => (vec![OUTER, Q_HAT, COUPLING], vec![OUTER, Q_HAT, COUPLING]),
            // That of E⟨m²⟩ = q.
            (Law::Signs, true) => (vec![Q_HAT], vec![COUPLING]),
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

    /// How far each coordinate may go on nodes that are placed once.
    fn farthest(&self, y: f64) -> [f64; 4] {
        let of = |level: Level<'_>| level.slack(y).map_or(f64::INFINITY, f64::ln);
        let (pattern, weight) = (of(self.patterns()), of(self.weights()));
        let field = if y.is_infinite() {
            weight
        } else {
            f64::INFINITY
        };
        [pattern, field, weight, f64::INFINITY]
    }

    fn root(&self, start: Point, unknowns: Unknowns) -> Result<Root, NotConverged> {
        let mut x = self.coordinates(start);
        let tolerances = tolerances(start.y);
        let (mut residual, mut stalled) = (0.0, None);
        if unknowns.equations.is_empty() {
            return Ok(Root {
                x,
                unknowns,
                residual,
            });
        }
        let farthest = self.farthest(start.y);
        let rounds = ROUNDS * if farthest[COUPLING].is_finite() { 2 } else { 1 };
        for _ in 0..rounds {
            let rules = self.place(self.point(&x), false);
            let part: Vec<f64> = unknowns.coordinates.iter().map(|&i| x[i]).collect();
            let mut best = (f64::INFINITY, part.clone());
            let mut system = |now: &[f64]| {
                let moves = now.iter().zip(&part).zip(&unknowns.coordinates);
                let beyond = |((a, b), i): ((&f64, &f64), &usize)| (a - b).abs() > farthest[*i];
                if moves.clone().any(beyond) {
                    return None;
                }
                let mut all = x.clone();
                for (value, &i) in now.iter().zip(&unknowns.coordinates) {
                    all[i] = *value;
                }
                let (values, jacobian) = unknowns.select(&self.equations(&all, &rules));
                let residual = norm(values.as_slice());
                if residual < best.0 {
                    best = (residual, now.to_vec());
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
        // Orthogonal replicas know nothing of each other: the curve has ended before.
        if self.q() <= 0.0 {
            return Err(NotConverged::Escaped);
        }
        if y.is_none() && guess.y > MANY {
            let (group, slope) = self.vanishing(guess)?;
            if !errors {
                return Ok(group);
            }
            let group = self.near(Some(group.y), &group, true)?;
            // The error of the external entropy is one of the number of replicas too.
            let error = (group.error + group.external.abs()) * (1.0 + 1.0 / slope.abs());
            return Ok(Group { error, ..group });
        }
        let start = self.start(y.unwrap_or(guess.y), guess);
        let solved = self.root(start, self.unknowns(start, y.is_some()));
        let nothing = |root: &Root| root.x[Q_HAT].exp() < NOTHING;
        if start.y.is_infinite()
            && solved.as_ref().map_or(true, nothing)
            && let Some(group) = self.without_patterns()
        {
            return Ok(group);
        }
        let root = match solved {
            Err(_) if y.is_none() => {
                let start = self.of_group(&self.vanishing(guess)?.0);
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
            let residual = root.residual;
            let system = Linear {
                equations: left,
                jacobian,
                residual,
                detail: (),
            };
            let step = system.step().ok_or(NotConverged::Stalled { residual })?;
            for (step, &i) in step.iter().zip(&root.unknowns.coordinates) {
                x[i] += step;
            }
        }
        let moved = self.group(&rules, self.point(&x), root.residual, true);
        Ok(group.corrected(&finer).corrected(&moved))
    }

    /// The point of `y` replicas from a group of another number: the overlap of two groups is kept, not `y`
    /// times a distance from it, and the coupling, which has a limit.
    fn start(&self, y: f64, guess: &Group) -> Point {
        let near = self.of_group(guess);
        if y == guess.y {
            return self.within(near);
        }
        self.within(Point {
            y,
            e: near.e * (y / guess.y),
            ..near
        })
    }

    /// The same point with an overlap of two groups that is positive, if it is not zero by symmetry.
    fn within(&self, at: Point) -> Point {
        if at.q0 == 0.0 {
            return Point {
                e: at.y * self.q(),
                ..at
            };
        }
        let e = at.e.min(at.y * self.q() * (1.0 - 1e-9));
        Point {
            e,
            q0: self.q() - e / at.y,
            ..at
        }
    }

    /// Infinitely many replicas, of which nothing is known but a first guess.
    pub fn infinite(&self) -> Group {
        let root = self.q().sqrt();
        let (e, q_hat, c) = match self.law {
            Law::Sphere => (self.v(), 0.0, 0.0),
            Law::Signs => (
                1.0,
                self.channel.parameters.alpha,
                0.5 * root.atanh() / root,
            ),
        };
        Group {
            e,
            q_hat,
            c,
            ..Group::unknown(self.distance, f64::INFINITY)
        }
    }

    /// The limit `q̂ → 0` of infinitely many, in which the region is the whole ball around its centre
    /// (LD.8): exact to rounding where even the largest field of a pattern is negligible. Only of weights
    /// that are free to choose their centre.
    fn without_patterns(&self) -> Option<Group> {
        if self.law.on_sphere() {
            return None;
        }
        let root = self.q().sqrt();
        let c = root.atanh() / root;
        let mut jets = Jets::default();
        self.weights.fill(&[0.0], 0.0, None, &mut jets);
        if jets.slope[0] != 0.0 {
            return None;
        }
        // The response that so weak a field would have, E|z| tanh a/√q̂; a stronger one contradicts it.
        let response = (2.0 * self.q() / (PI * NOTHING)).sqrt();
        let fields = Fields {
            y: f64::INFINITY,
            outer: self.q(),
            e: response,
        };
        let level = self.patterns();
        let field = level.averages(&level.place(fields, true), fields);
        if self.channel.parameters.alpha * field.outer > NOTHING {
            return None;
        }
        let half = |x: f64| if x > 0.0 { -x * x.ln() } else { 0.0 };
        Some(Group {
            e: f64::INFINITY,
            c,
            q_hat: 0.0,
            // That of a binary choice; the prior of two equal signs counts them.
            value: half(0.5 * (1.0 + root)) + half(0.5 * (1.0 - root)) + jets.value[0] - LN_2,
            error: 1e-14,
            slope: -0.5 * c,
            // Their response e grows without bound, and with it ln(1 - e g′).
            external: f64::NEG_INFINITY,
            replicon: 1.0,
            mean_loss: 0.0,
            mean_loss_error: 0.0,
            residual: 0.0,
            ..Group::unknown(self.distance, f64::INFINITY)
        })
    }

    /// Nearly as many replicas as make the external entropy vanish, by the secant rule in `ln y`, and the
    /// slope of that entropy: where all equations together are too far from their root, because that of the
    /// entropy has terms of order `y`.
    fn vanishing(&self, guess: &Group) -> Result<(Group, f64), NotConverged> {
        let mut before = self.near(Some(guess.y), guess, false)?;
        let mut at = self.near(Some(guess.y * SECOND), &before, false)?;
        for _ in 0..SECANTS {
            let slope = (at.external - before.external) / (at.y / before.y).ln();
            if at.external.abs() < VANISHING.max(ENTROPY_ROUNDING * at.y) {
                return Ok((at, slope));
            }
            let step = (-at.external / slope).clamp(-LONGEST, LONGEST);
            let y = at.y * step.exp();
            if y > MOST {
                return Err(NotConverged::Escaped);
            }
            let next = self.near(Some(y), &at.of_number(&before, y), false)?;
            before = std::mem::replace(&mut at, next);
        }
        Err(NotConverged::Stalled {
            residual: at.external.abs(),
        })
    }

    /// Mean loss of a replica per pattern (LD.31).
    fn mean_loss(&self, rule: &Rule, at: Point) -> f64 {
        if self.channel.limit != Limit::Thermal {
            return 0.0;
        }
        let v = self.v();
        let fill = |fields: &[f64], out: &mut [f64]| self.channel.mean_energy(fields, v, out);
        self.patterns().mean(rule, at.of_pattern(), &fill)
    }

    /// A group of which everything but the mean loss is known.
    pub fn with_mean_loss(&self, group: Group) -> Group {
        // Patterns that do not count lose nothing.
        if group.e.is_infinite() {
            return group;
        }
        let at = self.of_group(&group);
        let rule = self.patterns().place(at.of_pattern(), false);
        Group {
            mean_loss: self.mean_loss(&rule, at),
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
            q0: if centred { 0.0 } else { q_own },
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
            let fields = Point { c, ..at }.of_weight();
            let level = self.weights();
            let site = level.averages(&level.place(fields, false), fields);
            let (square, by) = site.inner(at.y);
            if square < self.q() {
                low = c;
            } else {
                high = c;
            }
            // Newton's method on ln(1 - E⟨m²⟩), as long as it stays between what is known.
            let slope = by[1] / (1.0 - square);
            let step = ((1.0 - square) / self.v()).ln() / slope;
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
        let Point { y, e, q0, q_hat, c } = at;
        let total = v + e;
        let pattern = -0.5 - 0.5 * e * field.bend - 0.5 * e * field.scatter + field.entropy;
        let (value, external, force, bend_square) = match self.law {
            Law::Signs => (
                site.value - 0.5 * (q_hat + c / y) * v - 0.5 * (e * q_hat + q * c),
                -0.5 - 0.5 * c * v + site.entropy,
                c,
                site.bend_square,
            ),
            Law::Sphere => (
                0.5 * (v.ln() + (total / v).ln() / y + q0 / total),
                0.5 * (total / v).ln() - 0.5 * e / total,
                e / (v * total),
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
            slope: 0.5 * (1.0 - 1.0 / y) * (p.alpha * field.scatter - force),
            external: external + p.alpha * pattern,
            replicon: 1.0 - p.alpha * field.bend_square * bend_square,
            mean_loss,
            mean_loss_error: 0.0,
            residual,
            centred: q0 == 0.0,
        }
    }
}

/// Tolerances of the equations of `y` replicas.
fn tolerances(y: f64) -> Tolerances {
    let mut tolerances = Tolerances::default();
    if y.is_finite() {
        tolerances.residual = tolerances.residual.max(ROUNDING * y);
    }
    tolerances
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
            for y in [1.5, 6.0, 40.0, f64::INFINITY] {
                let groups = Groups::new(channel.clone(), (law, prior.clone()), 0.06);
                let share = if y.is_finite() { 0.3 } else { 0.0 };
                let at = Point {
                    y,
                    e: if y.is_finite() {
                        share * y * groups.q()
                    } else {
                        2.0
                    },
                    q0: (1.0 - share) * groups.q(),
                    q_hat: 0.4,
                    c: 1.2,
                };
                let x = groups.coordinates(at);
                let rules = groups.place(at, true);
                let exact = groups.equations(&x, &rules).jacobian;
                let unknowns = groups.unknowns(at, y.is_infinite()).coordinates;
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
