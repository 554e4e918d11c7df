//! The one place for starts: saddle points at light load, near the teacher, at q → 1, and by
//! following a branch from where one of them converges.

use super::chart::Range;
use super::closed_form::least_squares;
use super::ensemble::Ensemble;
use super::ground_state::{GroundOrder, GroundState};
use super::reason::{Missing, Reason};
use super::threshold::LIGHTEST;
use crate::math::{GaussMeasure, wide};
use crate::model::field::Field;
use crate::model::mixture::Class;
use crate::model::prior::Norm;
use crate::model::site::{Jets, Site};
use crate::model::{Constraint, Control, Parameters, loss::ZeroSet};
use crate::solve::continuation::{BranchPoint, Stop};
use crate::solve::event::bracketed_root;
use crate::solve::{NotConverged, Solution, SolveStats, Tolerances};
use crate::solve::{anderson, fixed_point, saddle};
use std::convert::Infallible;

/// Largest bias that is looked at, and the accuracy to which a start needs it.
const WIDEST: f64 = 1e4;
const BIAS: f64 = 1e-2;

impl Ensemble {
    /// The saddle point to leading order in the load (RS.14): the conjugates at vanishing overlap,
    /// and the overlaps that these give.
    pub fn light_start(&self, p: &Parameters) -> Vec<f64> {
        let step = |x: &[f64]| {
            let rule = self.rs.sketch(x, p);
            let at = self.rs.evaluate(x, p, Control::Alpha, &rule);
            self.rs.iterate(x, p, &at.gradient)
        };
        let vanishing = self.completed(vec![-18.0, -18.0], [0.0, 0.0], 0.0);
        let conjugates = step(&vanishing);
        let mut start = vanishing.clone();
        let labelled = self.disorder.has_axis();
        start[1] = conjugates[1].clamp(-30.0, 8.0);
        if labelled {
            start[3] = conjugates[3].clamp(-6.0, 6.0);
        }
        let learned = self.disorder.given_bias().is_none();
        if let (true, Some(bias)) = (learned, start.last_mut()) {
            *bias = self.first_bias(self.zero_set(p));
        }
        let free = self.range().map(|_| if labelled { 4 } else { 2 });
        if let Some(place) = free {
            start[place + 1] = conjugates[place + 1].clamp(-3.0, 3.0);
        }
        let overlaps = step(&start);
        start[0] = overlaps[0].clamp(-30.0, 8.0);
        if labelled {
            start[2] = overlaps[2].clamp(-2.0, 2.0);
        }
        if let Some(place) = free {
            start[place] = overlaps[place].clamp(-8.0, 8.0);
        }
        if start.iter().all(|x| x.is_finite()) {
            start
        } else {
            self.starts()[0].clone()
        }
    }

    /// The values that the mean square of a weight can have, where it is an order parameter.
    fn range(&self) -> Option<Range> {
        let range = Range::of(&*self.prior);
        (!matches!(range, Range::Fixed(_))).then_some(range)
    }

    /// Coordinates of the overlap and its conjugate, with those of a teacher or of clusters, and for a
    /// free norm those of the prior's own mean square and of a precision (RS.12, RS.24).
    fn completed(&self, mut start: Vec<f64>, labels: [f64; 2], precision: f64) -> Vec<f64> {
        if self.disorder.has_axis() {
            start.extend(labels);
        }
        if let Some(range) = self.range() {
            start.push(range.coordinate(self.prior.second_moment()));
            start.push(precision.asinh());
        }
        start.resize(self.rs.dimension(), 0.0);
        start
    }

    /// A start with small overlap, and one close to the teacher (or to q = 1).
    pub fn starts(&self) -> [Vec<f64>; 2] {
        if self.disorder.clusters().is_some() {
            let mut starts = [
                self.completed(vec![-2.0, -1.5], [0.3, 0.3], 0.3),
                self.completed(vec![3.0, 3.0], [1.0, 1.0], 10.0),
            ];
            if self.disorder.given_bias().is_none() {
                let bias = self.first_bias(ZeroSet::HalfLine(0.0));
                for x in &mut starts {
                    x.pop();
                    x.push(bias);
                }
            }
            starts
        } else if self.disorder.has_teacher() {
            [
                self.completed(vec![-2.0, -1.5], [0.3, 0.3], 0.3),
                self.completed(vec![4.0, 3.0], [2.0, 4.0], 10.0),
            ]
        } else {
            [
                self.completed(vec![-2.0, -1.5], [0.0; 2], 0.3),
                self.completed(vec![3.0, 3.0], [0.0; 2], 10.0),
            ]
        }
    }

    /// The saddle point of [`Ensemble::rs`] reached from a start: Anderson iteration (the damped one where that
    /// wanders), then Newton.
    ///
    /// # Errors
    /// [`NotConverged`] from either.
    pub fn solve_from(
        &self,
        start: &[f64],
        p: &Parameters,
        control: Control,
    ) -> Result<Solution, NotConverged> {
        self.solve_within(start, p, control, &self.tolerances)
    }

    /// The same with other limits of the iteration.
    pub(super) fn solve_within(
        &self,
        start: &[f64],
        p: &Parameters,
        control: Control,
        limits: &Tolerances,
    ) -> Result<Solution, NotConverged> {
        let (x, stats) = self.approach(start, p, limits)?;
        let near = self.near(&x, p);
        let mut solution = saddle::solve(&*self.rs, &near, p, control, &self.tolerances)?;
        solution.stats += stats;
        Ok(solution)
    }

    /// Where Newton on few nodes leads from a start that is nearly a saddle point, so that the full nodes
    /// are placed once; the start itself where that leads nowhere.
    pub(super) fn near(&self, start: &[f64], p: &Parameters) -> Vec<f64> {
        saddle::near(&*self.rs, start, p, &self.tolerances)
    }

    /// Coordinates near a saddle point, by the Anderson iteration, or the damped one where that
    /// wanders.
    pub(super) fn approach(
        &self,
        start: &[f64],
        p: &Parameters,
        limits: &Tolerances,
    ) -> Result<(Vec<f64>, SolveStats), NotConverged> {
        let target = limits.handover;
        anderson::anderson(&*self.rs, start, p, target, limits).or_else(|error| match error {
            NotConverged::Escaped => Err(error),
            _ => fixed_point::fixed_point(&*self.rs, start, p, 0.5, target, limits),
        })
    }

    /// The saddle point connected to α → 0: from the small-overlap start; from the limit q → 1 where
    /// that applies; else by following the branch up from small α, or from high temperature.
    ///
    /// # Errors
    /// [`Missing`], with the range that was searched: the branch ends before this α, or could not be
    /// followed.
    pub fn connected(&self, p: &Parameters) -> Result<Solution, Missing> {
        if let Some(capacity) = self.sphere_is_full(p) {
            let reason = Reason::BeyondCapacity;
            return Err(Missing::absent(reason, Control::Alpha, (0.0, capacity)));
        }
        if let Ok(solution) = self.solve_from(&self.light_start(p), p, Control::Alpha) {
            return Ok(solution);
        }
        for start in self.shrunk_starts(p) {
            let solved = saddle::solve(&*self.rs, &start, p, Control::Alpha, &self.tolerances);
            if let Ok(solution) = solved {
                return Ok(solution);
            }
        }
        self.follow_up(p).or_else(|missing| match missing {
            Missing::NotConverged { .. } if p.beta.is_finite() => {
                self.follow_down(p).map_err(|_| missing)
            }
            _ => Err(missing),
        })
    }

    /// The capacity of the sphere in closed form, if the load is beyond it at β = ∞.
    fn sphere_is_full(&self, p: &Parameters) -> Option<f64> {
        let sphere = self.prior.norm() == Norm::Sphere && !self.disorder.has_teacher();
        let known = p.beta.is_infinite() && sphere && self.disorder.clusters().is_none();
        let capacity = known.then(|| self.spherical_capacity(p).1)?;
        (p.alpha >= capacity).then_some(capacity)
    }

    /// Starts at the scaling of q → 1 on the sphere: `v = χ/β` with the response of the ground state
    /// (ZT.1), or close to the capacity `v ∝ 1 - α/α_c` (TH.23).
    fn shrunk_starts(&self, p: &Parameters) -> Vec<Vec<f64>> {
        if self.prior.norm() != Norm::Sphere || self.disorder.clusters().is_some() {
            return Vec::new();
        }
        let at = |v: f64, m: f64| {
            let v = v.clamp(1e-30, 0.5);
            let square = 1.0 - v;
            let mut x = vec![((1.0 - v) / v).ln(), ((square - m * m) / (v * v)).ln()];
            if self.disorder.has_teacher() {
                let cosine: f64 = m / square.sqrt();
                x.extend([cosine.atanh(), (m / v).asinh()]);
            }
            x
        };
        let cold = Parameters {
            beta: f64::INFINITY,
            ..*p
        };
        let starts = if p.beta.is_infinite() {
            let (m, capacity) = self.spherical_capacity(p);
            let left = 1.0 - p.alpha / capacity;
            [1.0, 0.5, 0.25].map(|by| at(by * left, m)).to_vec()
        } else if self.jumps() {
            Vec::new()
        } else if let Ok(s) = self.solve_ground(&cold) {
            let m = s.x.get(1).map_or(0.0, |u| u.tanh());
            vec![at(s.x[0].exp() / p.beta, m)]
        } else {
            let (m, capacity) = self.spherical_capacity(&cold);
            vec![at((1.0 - capacity / p.alpha).abs(), m)]
        };
        starts
            .into_iter()
            .filter(|x| x.iter().all(|x| x.is_finite()))
            .collect()
    }

    /// The branch followed up in α from a load at which the start converges.
    fn follow_up(&self, p: &Parameters) -> Result<Solution, Missing> {
        let mut low = *p;
        let mut start = Err(NotConverged::Escaped);
        for _ in 0..13 {
            low.alpha *= 0.5;
            start = self.solve_from(&self.light_start(&low), &low, Control::Alpha);
            if start.is_ok() {
                break;
            }
        }
        let searched = (low.alpha, p.alpha);
        let within = |missing: Missing| missing.within(Control::Alpha, searched);
        let start = start.map_err(|error| within(error.into()))?;
        let path = self.alpha_branch(&low, (0.0, p.alpha));
        let turned = |points: &[BranchPoint]| points.last().is_some_and(|p| !p.forward());
        let branch = path
            .follow_until(&start.x, low.alpha, true, &mut |points| turned(points))
            .map_err(|error| within(error.into()))?;
        let (Some(last), n) = (branch.points.last(), branch.points.len()) else {
            return Err(within(NotConverged::Escaped.into()));
        };
        if last.control >= p.alpha && n > 1 {
            let guess = branch.points[n - 2].towards(last, p.alpha);
            let guess = guess.unwrap_or_else(|| last.x.clone());
            return saddle::solve(&*self.rs, &guess, p, Control::Alpha, &self.tolerances)
                .map_err(|error| within(error.into()));
        }
        let reached = branch.points.iter().map(|p| p.control).fold(0.0, f64::max);
        let (reason, searched) = (Reason::BranchEnds, (low.alpha, reached));
        Err(match branch.stop {
            Stop::Asked => Missing::absent(reason, Control::Alpha, searched),
            _ => Missing::lost(Reason::BranchLost, f64::INFINITY, Control::Alpha, searched),
        })
    }

    /// The branch followed down in temperature, in ln β.
    fn follow_down(&self, p: &Parameters) -> Result<Solution, NotConverged> {
        let warm = Parameters {
            beta: (0.2 / p.alpha).clamp(0.01, 1.0).min(0.5 * p.beta),
            ..*p
        };
        let start = self.solve_from(&self.light_start(&warm), &warm, Control::Beta)?;
        let path = self.branch_along(&warm, Control::Beta, (0.0, p.beta));
        let branch = path.follow(&start.x, warm.beta, true)?;
        let [.., before, last] = &branch.points[..] else {
            return Err(NotConverged::Escaped);
        };
        let guess = before.towards(last, p.beta).ok_or(NotConverged::Escaped)?;
        saddle::solve(&*self.rs, &guess, p, Control::Alpha, &self.tolerances)
    }

    /// An α at which patterns hardly matter: each costs at most about α entropies.
    pub(super) fn lightest(&self, p: &Parameters) -> f64 {
        let cost = self.cost_of_a_pattern(p);
        if p.beta.is_infinite() && cost.is_finite() {
            (0.05 / cost).clamp(LIGHTEST, 1e5)
        } else {
            0.05 / (1.0 + p.beta.min(10.0))
        }
    }

    /// Saddle point of the zero-temperature functional.
    ///
    /// # Errors
    /// [`NotConverged`] if no start converges, or where [`Ensemble::has_ground`] says no.
    pub fn solve_ground(&self, p: &Parameters) -> Result<Solution, NotConverged> {
        if !self.has_ground() {
            return Err(NotConverged::Escaped);
        }
        if self.disorder.clusters().is_some() {
            let learning = self.learning();
            return learning.map_or(Err(NotConverged::Escaped), |l| l.solution(p));
        }
        if self.prior.norm() == Norm::Free {
            return self.solve_free_ground(p);
        }
        let overlaps: &[f64] = if self.disorder.has_teacher() {
            &[0.5, 0.2, 0.8, 0.95]
        } else {
            &[0.0]
        };
        let mut error = NotConverged::Escaped;
        for &m in overlaps {
            let tail = if self.disorder.has_teacher() {
                vec![m.atanh()]
            } else {
                vec![]
            };
            let coordinates = |s: f64| [vec![s], tail.clone()].concat();
            let equation = |s: f64| -> Result<f64, NotConverged> {
                let x = coordinates(s);
                let rule = self.ground.freeze(&x, p);
                let at = self.ground.evaluate(&x, p, Control::Alpha, &rule);
                Ok(self.ground.residual(&x, p, &at.gradient)[0])
            };
            // The response equation at fixed m decreases from positive to negative with χ.
            let (low, high) = (-12.0, 250.0);
            let ends = (equation(low)?, equation(high)?);
            let s = if ends.0 * ends.1 < 0.0 {
                bracketed_root((low, ends.0), (high, ends.1), 1e-4, equation)?.x
            } else {
                0.0
            };
            match saddle::solve(
                &*self.ground,
                &coordinates(s),
                p,
                Control::Alpha,
                &self.tolerances,
            ) {
                Ok(solution) => return Ok(solution),
                Err(e) => error = e,
            }
        }
        Err(error)
    }

    /// The same where the norm is free: by the self-consistent equations (FN.32) from a small
    /// response, then Newton.
    fn solve_free_ground(&self, p: &Parameters) -> Result<Solution, NotConverged> {
        let ground = &*self.ground;
        let chi = 1.0 / (p.alpha + self.ridge.unwrap_or(0.0));
        let mut start = vec![chi.ln()];
        start.extend(self.disorder.has_teacher().then_some(0.5_f64.atanh()));
        start.push(0.0);
        let t = &self.tolerances;
        let x = match anderson::anderson(ground, &start, p, t.handover, t) {
            Ok((x, _)) => x,
            Err(_) => fixed_point::fixed_point(ground, &start, p, 0.5, t.handover, t)?.0,
        };
        saddle::solve(ground, &x, p, Control::Alpha, t)
    }
}

impl GroundState {
    /// A start among clusters: the minimiser of the square loss, with the best bias for the loss at hand.
    /// None where the square loss has no single minimiser.
    pub(super) fn start_of_least_squares(&self, p: &Parameters) -> Option<Vec<f64>> {
        let (mixture, bias) = self.disorder().clusters()?;
        let s = least_squares::minimum(mixture, p.alpha, bias, self.constraint())?;
        let root = s.q.sqrt();
        let cosine = s.m / root;
        let order = GroundOrder {
            chi: s.chi / mixture.delta(),
            cosine,
            sine: (1.0 - cosine * cosine).max(0.0).sqrt(),
            root,
            bias: s.bias,
        };
        Some(self.start_near(order, p))
    }

    /// A start near these order parameters, with the best bias of the others if it is learned, at the norm
    /// that is given.
    pub(super) fn start_near(&self, mut order: GroundOrder, p: &Parameters) -> Vec<f64> {
        if let Constraint::Norm(square) = self.constraint() {
            order.root = square.sqrt();
        }
        if self.disorder().given_bias().is_none() {
            order.bias = self.best_bias(&order, p);
        }
        self.coordinates(&order)
    }

    /// The zero of `E y M′`, the slope of a convex function of the bias; the present bias where there is
    /// none.
    fn best_bias(&self, order: &GroundOrder, p: &Parameters) -> f64 {
        let mut jets = Jets::default();
        let channel = self.channel(p);
        let mut slope = |bias: f64| {
            let patterns = self.patterns(&GroundOrder { bias, ..*order }, p);
            let of = |(class, field): &(Class, Field)| {
                let mut features = Vec::new();
                channel.features(patterns.own, &mut features);
                field.in_units(&mut features);
                let nodes = GaussMeasure::light(&features);
                let at: Vec<f64> = nodes.positions().iter().map(|z| field.at(*z)).collect();
                channel.fill(&at, patterns.own, None, &mut jets);
                -class.weight * class.label * wide::dot(nodes.weights(), &jets.slope)
            };
            patterns.fields.iter().map(of).sum::<f64>()
        };
        let mut reach = 1.0;
        while reach < WIDEST && slope(-reach) * slope(reach) > 0.0 {
            reach *= 2.0;
        }
        let ends = ((-reach, slope(-reach)), (reach, slope(reach)));
        if ends.0.1 * ends.1.1 >= 0.0 {
            return order.bias;
        }
        let Ok(root) = bracketed_root(ends.0, ends.1, BIAS, |b| Ok::<f64, Infallible>(slope(b)));
        root.x
    }
}
