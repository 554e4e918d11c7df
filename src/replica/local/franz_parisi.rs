//! The replica-symmetric free entropy of a probe at a distance from a reference (FP.2).
//!
//! | symbol | meaning |
//! | --- | --- |
//! | `S`, `d` | overlap with the reference, distance `(1-S)/2`: the control parameter |
//! | `q`, `τ` | overlap of two probes; response `(S-t)/(1-q̃)` to the reference's own weights |
//! | `q̂`, `r̂`, `m̂` | conjugates (FP.13) |

use super::energetic::{PatternAverage, ThermalAverage};
use super::entropic::{NoNeighbourhood, Weight};
use super::geometry::{Boundary, Consistent, Geometry, Overlaps};
use super::ground_average::GroundAverage;
use super::linear::LinearAverage;
use super::point::LocalObservables;
use super::reference::{Axis, Patterns, Reference};
use super::thermodynamics::{Thermodynamics, probe, refusal, thermodynamics};
use crate::math::real::{self, Dual2};
use crate::math::{GaussMeasure, Real, Rows, special};
use crate::model::channel::Channel;
use crate::model::loss::{Loss, ZeroSet};
use crate::model::mixture::Class;
use crate::model::moved::Moved;
use crate::model::prior::Prior;
use crate::model::{Control, Parameters};
use crate::replica::chart::relative;
use crate::replica::reason::Reason;
use crate::solve::{Evaluation, Inner, Nodes, Solution, Stationary};
use nalgebra::{DMatrix, DVector};
use std::sync::{Arc, LazyLock};

/// Number of coordinates.
const N: usize = 5;
/// Overlaps and conjugates below this are solved to absolute accuracy.
const SMALL: f64 = 1e-3;
/// Coordinates of `τ` and `r̂`. Between references without an overlap `t² ≤ q q̃` and `t̂² ≤ q̂ q̃̂` leave
/// nothing: both coordinates vanish, and what their bounds are divided by would amplify rounding (FP.44).
const HELD: [usize; 2] = [1, 3];

/// A function of the probe's channel, of its cavity fields and of the own variance of a stability.
type Measure = dyn Fn(&Channel, &[f64], f64, &mut [f64]);

/// Number of coordinates with clusters.
const WITH_AXIS: usize = N + 2;

/// A probe around a reference. [`Control::Distance`] moves it; derivatives with respect to any other
/// control parameter are at fixed reference.
#[derive(Clone, Debug)]
pub struct FranzParisi {
    weight: Weight,
    probe: Arc<dyn Loss>,
    reference: Reference,
    /// With clusters: bias of the probe.
    bias: f64,
}

/// A functional around a reference whose saddle points have observables.
pub trait LocalAnsatz: Stationary {
    /// The reference.
    fn reference(&self) -> &Reference;

    /// Whether weights are discrete.
    fn discrete(&self) -> bool;

    /// Why there is no probe at these parameters, whatever the distance.
    fn refusal(&self, p: &Parameters) -> Option<Reason>;

    /// Order parameters at coordinates `x`: `v/(1-S²)`, `τ`, `asinh` of `q̂`, `r̂`, `m̂`, and
    /// with clusters those of the axis.
    fn order_parameters(&self, x: &[f64], p: &Parameters) -> Vec<f64>;

    /// Every observable at a saddle point, and the error of the local entropy.
    fn observe(&self, solution: &Solution, p: &Parameters) -> (LocalObservables, f64);
}

/// The energetic average and how it depends on the overlaps.
enum Energetic<'a> {
    Thermal(ThermalAverage<'a>),
    Ground(GroundAverage<'a>),
    Linear(LinearAverage),
}

impl FranzParisi {
    /// A probe of this loss around a reference of the same prior.
    ///
    /// # Errors
    /// [`NoNeighbourhood`] for priors of which distances have no theory.
    pub fn new(
        prior: Arc<dyn Prior>,
        probe: Arc<dyn Loss>,
        reference: Reference,
    ) -> Result<Self, NoNeighbourhood> {
        let weight = Weight::new(prior)?;
        if reference.axis.is_some() && !weight.on_a_sphere() {
            return Err(NoNeighbourhood::Clusters);
        }
        Ok(FranzParisi {
            weight,
            probe,
            reference,
            bias: 0.0,
        })
    }

    /// The same with a bias of the probe, among clusters.
    pub fn with_bias(self, bias: f64) -> Self {
        FranzParisi { bias, ..self }
    }

    /// Bias of the probe.
    pub fn bias(&self) -> f64 {
        self.bias
    }

    /// Cost of a stability of the probe.
    pub fn loss(&self) -> &Arc<dyn Loss> {
        &self.probe
    }

    /// Coordinates with those that are known.
    fn held(&self, x: &[f64]) -> Vec<f64> {
        let mut x = x.to_vec();
        if self.reference.centred() {
            for i in HELD {
                x[i] = 0.0;
            }
        }
        x
    }

    fn energetic<'a>(&self, patterns: &'a Patterns) -> Energetic<'a> {
        match patterns {
            Patterns::Thermal(patterns) => Energetic::Thermal(ThermalAverage {
                patterns,
                root: self.reference.q.sqrt(),
                centred: self.reference.centred(),
            }),
            Patterns::Ground(patterns) => Energetic::Ground(GroundAverage { patterns }),
            Patterns::Linear(shift) => Energetic::Linear(LinearAverage(*shift)),
        }
    }

    /// Overlap of the probe with the axis of clusters and its conjugate; zero without.
    fn along<D: Real>(&self, x: &[D], o: &Overlaps<D>) -> [D; 2] {
        match &self.reference.axis {
            None => [D::constant(0.0); 2],
            Some(axis) => [o.gap.sqrt() * x[N] + o.tau * axis.m, x[N + 1].sinh()],
        }
    }

    /// The probe's patterns of one class, at this overlap with the axis.
    fn of_class(&self, class: &Class, m: f64, p: &Parameters) -> Moved {
        let channel = probe(&self.probe, p);
        match &self.reference.axis {
            None => Moved::not(channel),
            Some(axis) => Moved {
                channel,
                mean: m + class.label * self.bias,
                root: axis.noise.sqrt(),
                tilt: 0.0,
            },
        }
    }

    /// The overlap with the axis at coordinates `x`.
    fn overlap_with_axis(&self, x: &[f64], p: &Parameters) -> f64 {
        let boundary = Boundary::of(&self.reference);
        let o = Overlaps::from_coordinates(&self.held(x), p.distance, &boundary);
        self.along(x, &o)[0]
    }

    /// Fraction of patterns that the probe gets wrong, on the rule of this point and on the refined one.
    fn training_errors(&self, x: &[f64], p: &Parameters) -> [f64; 2] {
        let rule = self.freeze(x, p);
        let probability: &Measure = &|channel, fields, own, out| {
            channel.error_probability(fields, own, out);
        };
        [&rule, &rule.refined()].map(|rule| self.mean_of((x, p), rule, probability))
    }

    /// The averages over each class of patterns.
    fn patterns(
        &self,
        (x, p): (&[f64], &Parameters),
        control: Control,
        rule: &Nodes,
    ) -> Vec<(Class, PatternAverage)> {
        let (g, m) = (self.geometry(x, p), self.overlap_with_axis(x, p));
        let of = |(i, (class, patterns)): (usize, &(Class, Patterns))| {
            let probe = self.of_class(class, m, p);
            let nodes = inner_nodes(rule, i);
            let average = match self.energetic(patterns) {
                Energetic::Thermal(e) => e.average(&probe, &g, control, nodes),
                Energetic::Ground(e) => e.average(&probe, &g, control, nodes),
                Energetic::Linear(e) => e.average(&probe, &g, control, nodes.0),
            };
            (*class, average)
        };
        self.reference.patterns.iter().enumerate().map(of).collect()
    }

    /// The average over the patterns of a function of the probe's channel at its cavity fields, with the
    /// own variance of a stability.
    pub fn mean_of(&self, (x, p): (&[f64], &Parameters), rule: &Nodes, f: &Measure) -> f64 {
        let (g, m) = (self.geometry(x, p), self.overlap_with_axis(x, p));
        let of = |(i, (class, patterns)): (usize, &(Class, Patterns))| {
            let probe = self.of_class(class, m, p);
            let at = |fields: &[f64]| {
                let mut out = vec![0.0; fields.len()];
                f(
                    &probe.channel,
                    &probe.fields(fields),
                    probe.own(g.v),
                    &mut out,
                );
                out
            };
            let nodes = inner_nodes(rule, i);
            let mean = match self.energetic(patterns) {
                Energetic::Thermal(e) => e.mean_of(&g, nodes, &at),
                Energetic::Ground(e) => e.mean_of(&g, nodes, &at),
                Energetic::Linear(e) => e.mean_of(&g, nodes.0, &at),
            };
            class.weight * mean
        };
        self.reference.patterns.iter().enumerate().map(of).sum()
    }

    fn fields(&self, x: &[f64], p: &Parameters) -> [f64; 3] {
        let boundary = Boundary::of(&self.reference);
        Overlaps::from_coordinates(&self.held(x), p.distance, &boundary).fields
    }

    fn geometry(&self, x: &[f64], p: &Parameters) -> Geometry {
        Geometry::new(&self.held(x), p.distance, &self.reference)
    }
}

/// Puts `x = 0` in the place of the equations of these coordinates.
fn hold(at: &mut Evaluation, x: &[f64], coordinates: [usize; 2]) {
    for i in coordinates {
        at.gradient[i] = x[i];
        at.mixed[i] = 0.0;
        at.hessian.row_mut(i).fill(0.0);
        at.hessian.column_mut(i).fill(0.0);
        at.hessian[(i, i)] = 1.0;
    }
}

/// Outer and inner nodes of a class of patterns, and the step of its table.
fn inner_nodes(rule: &Nodes, class: usize) -> (&GaussMeasure, &Rows, f64) {
    static NONE: LazyLock<Rows> = LazyLock::new(Rows::default);
    // A rule of this functional has inner nodes.
    let rows = rule.inner.energetic[class].as_ref().unwrap_or(&NONE);
    (rule.of_class(class), rows, rule.inner.tables[class])
}

impl FranzParisi {
    fn evaluate_in<const K: usize, const M: usize>(
        &self,
        x: &[f64],
        p: &Parameters,
        control: Control,
        rule: &Nodes,
    ) -> Evaluation {
        let known = self.held(x);
        let seeded: Vec<Dual2<M>> = (0..K).map(|i| real::variable(known[i], i)).collect();
        let lifted = p.lift_with(control, real::variable::<M>(p.get(control), K));
        let boundary = Boundary::of(&self.reference);
        // Newton's method works on the order parameters themselves: the curvature of their
        // coordinates, which multiplies equations that vanish at a saddle point, is left out.
        let o = Overlaps::from_coordinates(&seeded, lifted.distance, &boundary);
        let [m, mu_hat] = self.along(&seeded, &o).map(real::first_order);
        let o = o.map(real::first_order);
        let last = match control {
            Control::Alpha | Control::Distance => Dual2::<M>::constant(0.0),
            _ => real::variable::<M>(p.get(control), K),
        };
        let root = self.reference.axis.map_or(1.0, |axis| axis.noise.sqrt());
        let mut energetic = Dual2::<M>::constant(0.0);
        let (mut defect, mut squared_bend) = (0.0, 0.0);
        let classes = self.patterns((x, p), control, rule);
        for ((class, average), (_, patterns)) in classes.iter().zip(&self.reference.patterns) {
            let second = match patterns {
                Patterns::Thermal(..) => o.overlap - o.tau * self.reference.around.v,
                Patterns::Ground(_) | Patterns::Linear(_) => o.tau,
            };
            let mean = (m + class.label * self.bias) / root;
            let at = [-o.v + 1.0, second, o.overlap, mean, last];
            let part = lifted.alpha * average.jet.at(at) * class.weight;
            defect += (average.mass - 1.0).abs() * part.re.abs();
            squared_bend += class.weight * average.squared_bend;
            energetic += part;
        }
        let [q_hat, r_hat, m_hat] = o.fields;
        let nodes = (&rule.entropic, rule.inner.entropic.as_ref());
        let axis = self.reference.axis.map(|axis| (mu_hat, axis.m));
        let weights = self
            .weight
            .average(o.fields, axis, &self.reference.around, nodes);
        let legendre = -(m_hat * o.overlap) - r_hat * o.tau - q_hat * o.v * 0.5 - mu_hat * m;
        let entropic = weights.value;
        let total = legendre + entropic + energetic;
        let magnitude = legendre.re.abs() + entropic.re.abs() + energetic.re.abs();
        let (gradient, hessian) = (real::gradient(&total), real::hessian(&total));
        let mut at = Evaluation {
            value: total.re,
            magnitude,
            gradient: DVector::from_column_slice(&gradient[..K]),
            hessian: DMatrix::from_fn(K, K, |i, j| hessian[i][j]),
            control_slope: gradient[K],
            control_bend: hessian[K][K],
            mixed: DVector::from_fn(K, |i, _| hessian[i][K]),
            defect: defect + (weights.mass - 1.0).abs() * entropic.re.abs(),
            replicon: Some(1.0 - p.alpha * squared_bend * weights.squared_variance),
        };
        if self.reference.centred() {
            hold(&mut at, x, HELD);
        }
        at
    }

    /// The gradient at fixed overlap with the axis, and the right-hand sides of the equations of that
    /// overlap and of its conjugate.
    fn split(
        &self,
        x: &[f64],
        o: &Overlaps<f64>,
        gradient: &DVector<f64>,
    ) -> (DVector<f64>, Option<[f64; 2]>) {
        let Some(axis) = &self.reference.axis else {
            return (gradient.clone(), None);
        };
        let [m, mu_hat] = self.along(x, o);
        let mut fixed = gradient.clone();
        fixed[1] += axis.m * gradient[N];
        let by_m = gradient[N] / o.gap.sqrt();
        let by_mu_hat = gradient[N + 1] / mu_hat.hypot(1.0);
        (fixed, Some([m + by_mu_hat, mu_hat + by_m]))
    }
}

impl Stationary for FranzParisi {
    fn dimension(&self) -> usize {
        match self.reference.axis {
            Some(_) => WITH_AXIS,
            None => N,
        }
    }

    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes {
        let (g, m) = (self.geometry(x, p), self.overlap_with_axis(x, p));
        let around = &self.reference.around;
        let (entropic, inner) = self.weight.place(self.fields(x, p), around);
        let placed = |(class, patterns): &(Class, Patterns)| {
            let probe = self.of_class(class, m, p);
            match self.energetic(patterns) {
                Energetic::Thermal(e) => e.place(&probe, &g),
                Energetic::Ground(e) => e.place(&probe, &g),
                Energetic::Linear(e) => e.place(&probe, &g),
            }
        };
        let mut inner = Inner {
            entropic: inner,
            ..Inner::default()
        };
        let mut measures = Vec::with_capacity(2);
        for (i, place) in self.reference.patterns.iter().map(placed).enumerate() {
            inner.energetic[i] = Some(place.rows);
            inner.tables[i] = place.table;
            measures.push(place.measure);
        }
        Nodes {
            inner,
            ..Nodes::of_classes(entropic, measures.into_iter())
        }
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        match self.reference.axis {
            None => self.evaluate_in::<N, { N + 1 }>(x, p, control, rule),
            Some(_) => self.evaluate_in::<WITH_AXIS, { WITH_AXIS + 1 }>(x, p, control, rule),
        }
    }

    fn residual(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let boundary = Boundary::of(&self.reference);
        let known = self.held(x);
        let o = Overlaps::from_coordinates(&known, p.distance, &boundary);
        let (fixed, axis) = self.split(&known, &o, gradient);
        let new = Consistent::new(&known, &o, &fixed, &boundary);
        let [q_hat, r_hat, m_hat] = o.fields;
        let [by_tau, by_r_hat] = if self.reference.centred() {
            HELD.map(|i| x[i])
        } else {
            [
                (new.tau - o.tau) / o.gap.sqrt(),
                (new.r_hat - r_hat) / r_hat.hypot(1.0),
            ]
        };
        let mut residual = vec![
            (new.v - o.v) / ((1.0 - o.v).max(SMALL) * o.v),
            (new.q_hat - q_hat) / q_hat.abs().max(SMALL),
            by_tau,
            by_r_hat,
            (new.m_hat - m_hat) / m_hat.hypot(1.0),
        ];
        if let Some([m, mu_hat]) = axis {
            let [here, hat] = self.along(&known, &o);
            residual.push((m - here) / o.gap.sqrt());
            residual.push((mu_hat - hat) / hat.hypot(1.0));
        }
        residual
    }

    fn iterate(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let boundary = Boundary::of(&self.reference);
        let x = self.held(x);
        let o = Overlaps::from_coordinates(&x, p.distance, &boundary);
        let (fixed, axis) = self.split(&x, &o, gradient);
        let new = Consistent::new(&x, &o, &fixed, &boundary);
        let mut next = self.held(&new.coordinates(&o, &boundary));
        if let (Some([m, mu_hat]), Some(along)) = (axis, &self.reference.axis) {
            next.push((m - new.tau * along.m) / o.gap.sqrt());
            next.push(mu_hat.asinh());
        }
        next
    }

    /// No panel ends at a kink: nodes may lag behind.
    fn placement_tolerance(&self) -> f64 {
        0.1
    }

    fn admissible(&self, x: &[f64], p: &Parameters) -> bool {
        let boundary = Boundary::of(&self.reference);
        let o = Overlaps::from_coordinates(&self.held(x), p.distance, &boundary);
        o.v > 1e-14 && x.iter().all(|c| c.abs() < 40.0)
    }
}

impl FranzParisi {
    /// How far overlaps, conjugates and what clusters add are from those where the true saddle point may
    /// be: infinite where that is not known.
    fn apart(&self, solution: &Solution, p: &Parameters) -> f64 {
        let Some(moved) = &solution.moved else {
            return f64::INFINITY;
        };
        let both = [&solution.x, moved];
        let [here, there] = both.map(|x| self.geometry(x, p));
        let v = self.reference.around.v;
        let t_hat = if v > 0.0 { 1.0 / v } else { 0.0 };
        let [a, b] = both.map(|x| {
            let f = self.fields(x, p);
            [f[0], t_hat * f[1], t_hat * f[1] + f[2]]
        });
        let conjugates = a.iter().zip(&b).map(|(a, b)| relative(*a, *b));
        let [m, m_there] = both.map(|x| self.overlap_with_axis(x, p));
        let along = relative(here.tau, there.tau).max((m - m_there).abs());
        let along = self.reference.axis.map_or(0.0, |_| along);
        let overlaps = (here.q - there.q).abs().max((here.t - there.t).abs());
        conjugates.fold(overlaps.max(along), f64::max)
    }
}

impl LocalAnsatz for FranzParisi {
    fn reference(&self) -> &Reference {
        &self.reference
    }

    fn discrete(&self) -> bool {
        self.weight.prior().has_atoms()
    }

    fn refusal(&self, p: &Parameters) -> Option<Reason> {
        refusal(&*self.probe, p)
    }

    fn order_parameters(&self, x: &[f64], p: &Parameters) -> Vec<f64> {
        let (x, boundary) = (self.held(x), Boundary::of(&self.reference));
        let o = Overlaps::from_coordinates(&x, p.distance, &boundary);
        let [q_hat, ..] = o.fields;
        let mut all = vec![o.v / o.gap, o.tau, q_hat.asinh()];
        all.extend_from_slice(&x[3..]);
        all
    }

    fn observe(&self, solution: &Solution, p: &Parameters) -> (LocalObservables, f64) {
        let g = self.geometry(&solution.x, p);
        let Thermodynamics {
            training_loss,
            entropy,
            error,
        } = thermodynamics(self, solution, p);
        let around = &self.reference.around;
        let fields = self.fields(&solution.x, p);
        let t_hat = (around.v > 0.0).then(|| fields[1] / around.v);
        let axis = self.reference.axis;
        let m = self.overlap_with_axis(&solution.x, p);
        let among = |value: f64| axis.map(|_| value);
        let error_of = |axis: Axis| {
            let root = axis.noise.sqrt();
            let of = |(class, _): &(Class, Patterns)| {
                class.weight * special::h((m + class.label * self.bias) / root)
            };
            self.reference.patterns.iter().map(of).sum()
        };
        let counts = self.probe.jumps() && self.probe.zero_set(p) == ZeroSet::HalfLine(0.0);
        let mut uncounted = 0.0;
        let training_error = axis.map(|_| match counts {
            true => training_loss,
            false => {
                let [coarse, fine] = self.training_errors(&solution.x, p);
                uncounted = (fine - coarse).abs();
                fine
            }
        });
        let observables = LocalObservables {
            m: among(m),
            bias: among(self.bias),
            response: among(g.tau),
            beta: among(p.beta),
            training_error,
            generalization_error: axis.map(error_of),
            overlap: g.overlap,
            entropy,
            ball: self.weight.ball(g.overlap),
            free_entropy: p.beta.is_finite().then_some(solution.value),
            field: Some(0.5 * solution.control_slope),
            q: Some(g.q),
            q_hat: Some(fields[0]),
            t: (around.v > 0.0).then_some(g.t),
            t_hat,
            s_hat: t_hat.map(|t_hat| t_hat + fields[2]),
            training_loss: Some(training_loss),
            at_stability: solution.replicon,
            ..LocalObservables::default()
        };
        let apart = self.apart(solution, p);
        (observables, error.max(apart).max(uncounted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::channel::{Channel, Limit};
    use crate::model::{loss, prior};
    use crate::replica::local::entropic::Around;
    use crate::replica::local::patterns::{GroundPatterns, ThermalPatterns};
    use crate::replica::observables::Observables;
    use crate::replica::state::{Regime, State};
    use crate::solve::SolveStats;

    fn loss_of(name: &str) -> Arc<dyn Loss> {
        loss::by_name(name).expect("registered")
    }

    fn prior_of(name: &str) -> Arc<dyn Prior> {
        prior::by_name(name).expect("registered")
    }

    /// A reference with given overlaps: derivatives do not ask whether these are a saddle point.
    fn reference(name: &str, beta: f64, ground: Option<f64>) -> Reference {
        let parameters = Parameters {
            kappa: 0.2,
            beta,
            ..Parameters::default()
        };
        let limit = match (ground, beta.is_finite()) {
            (Some(_), _) => Limit::Ground,
            (None, true) => Limit::Thermal,
            (None, false) => Limit::Hard,
        };
        let channel = Channel {
            loss: loss_of(name),
            parameters,
            limit,
        };
        let (q, around, patterns) = match ground {
            Some(chi) => (
                1.0,
                Around { q_hat: 0.0, v: 0.0 },
                Patterns::Ground(Arc::new(GroundPatterns::Envelope(Moved::not(channel), chi))),
            ),
            None => (
                0.44,
                Around {
                    q_hat: 0.9,
                    v: 0.56,
                },
                Patterns::Thermal(Arc::new(ThermalPatterns::new(
                    Moved::not(channel),
                    0.56,
                    12.0,
                ))),
            ),
        };
        let state = State {
            regime: Regime::Satisfied,
            x: Vec::new(),
            observables: Observables::default(),
            potential: 0.0,
            residual: 0.0,
            potential_error: 0.0,
            error_estimate: 0.0,
            frozen_beta: None,
            discrete: false,
            planted: false,
            standing: crate::replica::state::Standing::Dominant,
            stats: SolveStats::default(),
        };
        Reference {
            parameters,
            state,
            q,
            around,
            patterns: vec![(
                Class {
                    label: 1.0,
                    weight: 1.0,
                },
                patterns,
            )],
            axis: None,
        }
    }

    /// Gradient, slope in a control and mixed derivatives against central differences on one rule.
    fn check(problem: &FranzParisi, p: &Parameters, control: Control, tolerance: f64) {
        let x = [0.4, 0.3, -0.7, 0.5, 1.1];
        let rule = problem.freeze(&x, p).refined();
        let at = problem.evaluate(&x, p, control, &rule);
        let h = 1e-5;
        for i in 0..N {
            let moved = |step: f64| {
                let mut y = x;
                y[i] += step;
                problem.evaluate(&y, p, control, &rule)
            };
            let (up, down) = (moved(h), moved(-h));
            let slope = (up.value - down.value) / (2.0 * h);
            assert!(
                (at.gradient[i] - slope).abs() < tolerance,
                "{i} {control:?}"
            );
            // The coordinates depend on the distance themselves, and their curvature is left out.
            if control == Control::Distance {
                continue;
            }
            let mixed = (up.control_slope - down.control_slope) / (2.0 * h);
            assert!(
                (at.mixed[i] - mixed).abs() < tolerance,
                "{i} {control:?} mixed"
            );
        }
        // The scale of the distance is shorter: so is the step, whose error is of third order.
        let h = if control == Control::Distance {
            1e-6
        } else {
            h
        };
        let moved = |step: f64| {
            let there = p.with(control, p.get(control) + step);
            problem.evaluate(&x, &there, control, &rule)
        };
        let (up, down) = (moved(h), moved(-h));
        let slope = (up.value - down.value) / (2.0 * h);
        let off = (at.control_slope - slope).abs();
        assert!(off < tolerance, "{control:?}: {off:e}");
        assert!(at.defect < 1e-11, "{:e}", at.defect);
    }

    #[test]
    fn derivatives_are_those_of_the_value() {
        let p = Parameters {
            alpha: 0.5,
            kappa: 0.1,
            distance: 0.08,
            ..Parameters::default()
        };
        let warm = Parameters { beta: 2.0, ..p };
        let cases = [
            ("binary", reference("theta", f64::INFINITY, None), p),
            ("binary", reference("theta", 3.0, None), warm),
            ("binary", reference("cross-entropy", 2.0, None), p),
            ("spherical", reference("hinge", 2.0, None), warm),
            (
                "spherical",
                reference("cross-entropy", f64::INFINITY, Some(0.7)),
                warm,
            ),
        ];
        for (weights, reference, p) in cases {
            let problem = FranzParisi::new(prior_of(weights), loss_of("theta"), reference)
                .expect("a fixed norm");
            for control in [Control::Alpha, Control::Kappa, Control::Distance] {
                check(&problem, &p, control, 2e-8);
            }
            if p.beta.is_finite() {
                check(&problem, &p, Control::Beta, 2e-8);
            }
        }
    }

    #[test]
    fn what_has_no_distance_or_no_volume_is_refused() {
        let around = || reference("theta", f64::INFINITY, None);
        let free = FranzParisi::new(prior_of("ternary"), loss_of("theta"), around());
        assert_eq!(free.err(), Some(NoNeighbourhood::FreeNorm));
        let square = FranzParisi::new(prior_of("binary"), loss_of("square"), around())
            .expect("a fixed norm");
        let p = Parameters::default();
        assert_eq!(square.refusal(&p), Some(Reason::NoVolume));
        assert_eq!(square.refusal(&Parameters { beta: 3.0, ..p }), None);
    }
}
