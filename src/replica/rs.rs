//! The replica-symmetric free entropy (equations RS.3, RS.4 and FN.1) at finite β, or of the
//! solutions at β = ∞.
//!
//! Its two averages are those of [`average`](crate::model::average); order parameters and their
//! coordinates are those of [`Chart`].

use super::chart::{Chart, Order, Range};
use crate::math::gauss::CUT;
use crate::math::real::{self, Dual2};
use crate::math::{Feature, GaussMeasure, Jet};
use crate::model::Disorder;
use crate::model::average::{Average, Batch, average, own_and_control};
use crate::model::channel::{Channel, Limit};
use crate::model::field::Correlation;
use crate::model::field::Field;
use crate::model::loss::Loss;
use crate::model::machine::{Machine, Output, Perceptron};
use crate::model::mixture::Class;
use crate::model::moved::Moved;
use crate::model::prior::{Alphabet, Norm, Prior, Weight};
use crate::model::site::{By, Jets, Site};
use crate::model::{Control, Parameters};
use crate::solve::{Evaluation, Nodes, Stationary};
use nalgebra::{DMatrix, DVector};
use std::cell::Cell;
use std::sync::Arc;

/// Accuracy to which the coarse nodes resolve the integrand, relative to its average. Halving the
/// panels multiplies the error of a resolved 20-point panel by about 2⁻⁴⁰.
pub(super) const RESOLUTION: f64 = 1e-13;

/// Positions beyond which the density of the Gaussian measure cannot be represented.
const FARTHEST: f64 = 37.0;

/// Coordinate of the overlap beyond which even starts need the full nodes: as `q → 1` what is left of
/// the equations is small against their terms.
const SHRUNK: f64 = 6.0;

/// Conjugates below this count as this where a force is measured against them.
const SMALL_FIELD: f64 = 1e-3;

/// Arrays that evaluations reuse.
#[derive(Default)]
pub(super) struct Room {
    pub batch: Batch,
    pub jets: Jets,
    pub other: Jets,
    pub values: Vec<f64>,
}

thread_local! {
    static ROOM: Cell<Option<Box<Room>>> = const { Cell::new(None) };
}

/// Runs a closure with this thread's arrays; nested calls get fresh ones.
pub(super) fn with_room<R>(run: impl FnOnce(&mut Room) -> R) -> R {
    let mut room = ROOM.take().unwrap_or_default();
    let out = run(&mut room);
    ROOM.set(Some(room));
    out
}

/// Replica symmetry of one model: law of one weight × law of the patterns × loss.
#[derive(Clone, Debug)]
pub struct Rs {
    prior: Arc<dyn Prior>,
    loss: Arc<dyn Loss>,
    disorder: Disorder,
    machine: Arc<dyn Machine>,
    chart: Chart,
    sphere: bool,
    /// Values and probabilities of a component of the teacher, or of the axis; none without.
    teacher: Vec<(f64, f64)>,
    /// Whether the values are nodes of a quadrature.
    continuous: bool,
    /// Strength `h` of a weight `e^{hΔ}` on every pattern.
    tilt: f64,
}

impl Rs {
    /// The model.
    pub fn new(prior: Arc<dyn Prior>, loss: Arc<dyn Loss>, disorder: impl Into<Disorder>) -> Self {
        let disorder = disorder.into();
        let axis = match disorder {
            Disorder::Labels(_) => prior.second_moment(),
            Disorder::Clusters(..) => 1.0,
        };
        let has_axis = disorder.has_axis();
        let chart = Chart {
            teacher: has_axis.then_some(axis),
            range: Range::of(&*prior),
            bias: disorder.given_bias().is_none(),
        };
        // The axis of clusters is one of the configurations, or has components ±1 where these have no
        // norm of their own.
        let signs = disorder.clusters().is_some() && prior.norm() == Norm::Free;
        let teacher = match (has_axis, signs) {
            (false, _) => Vec::new(),
            (_, true) => vec![(1.0, 0.5), (-1.0, 0.5)],
            _ => prior.teacher(),
        };
        Rs {
            sphere: prior.norm() == Norm::Sphere,
            continuous: has_axis && !signs && prior.alphabet() == Alphabet::Continuous,
            prior,
            loss,
            disorder,
            machine: Arc::new(Perceptron),
            chart,
            teacher,
            tilt: 0.0,
        }
    }

    /// The same of another machine (RS.28), for random labels and weights of unit mean square.
    pub(super) fn of_machine(self, machine: Arc<dyn Machine>) -> Self {
        Rs { machine, ..self }
    }

    /// The overlap of output fields.
    fn output(&self, o: &Order<f64>) -> Output {
        self.machine.output(o.q, o.v)
    }

    /// The same measure with the weight `e^{hΔ}` on every pattern of stability `Δ`.
    pub fn with_tilt(self, tilt: f64) -> Self {
        Rs { tilt, ..self }
    }

    /// A pattern's factor.
    fn site(&self, p: &Parameters) -> Moved {
        Moved {
            tilt: self.tilt,
            ..Moved::not(self.channel(p))
        }
    }

    /// The order parameters at coordinates `x`.
    pub fn order(&self, x: &[f64]) -> Order<f64> {
        self.chart.order(x)
    }

    /// Which order parameters there are.
    pub fn chart(&self) -> &Chart {
        &self.chart
    }

    pub(super) fn on_sphere(&self) -> bool {
        self.sphere
    }

    /// The law of the patterns.
    pub fn disorder(&self) -> &Disorder {
        &self.disorder
    }

    pub(super) fn loss(&self) -> &dyn Loss {
        &*self.loss
    }

    pub(super) fn channel(&self, p: &Parameters) -> Channel {
        Channel {
            loss: self.loss.clone(),
            parameters: *p,
            limit: if p.beta.is_finite() {
                Limit::Thermal
            } else {
                Limit::Hard
            },
        }
    }

    /// Bias of the classifier.
    pub(super) fn bias(&self, o: &Order<f64>) -> f64 {
        self.disorder.given_bias().unwrap_or(o.bias)
    }

    /// Variance of a stability around its cavity mean.
    pub(super) fn own(&self, o: &Order<f64>) -> f64 {
        self.disorder.noise() * self.output(o).v
    }

    /// The classes of patterns with their cavity fields.
    pub(super) fn fields(&self, o: &Order<f64>) -> Vec<(Class, Field)> {
        let teacher = Correlation {
            cosine: o.cosine,
            sine: o.sine,
            variance: self.chart.teacher.unwrap_or(1.0),
        };
        let along = [o.m, self.bias(o)];
        let q = self.output(o).q;
        let field = |class: Class| (class, self.disorder.field(&class, q, teacher, along));
        self.disorder.classes().into_iter().map(field).collect()
    }

    /// Where the integrand over a cavity field varies fast, in units of its deviation.
    fn energetic_features(&self, o: &Order<f64>, field: &Field, site: &Moved) -> Vec<Feature> {
        let mut features = Vec::with_capacity(4);
        site.features(self.own(o), &mut features);
        field.in_units(&mut features);
        features
    }

    fn energetic_nodes(&self, o: &Order<f64>, field: &Field, site: &Moved) -> GaussMeasure {
        let features = self.energetic_features(o, field, site);
        let own = self.own(o);
        with_room(|room| {
            GaussMeasure::graded(&features).resolving_batch(RESOLUTION, &mut |z, y| {
                room.batch.positions(z, field);
                site.fill(&room.batch.fields, own, None, &mut room.jets);
                y.clear();
                let weighted = room.jets.value.iter().zip(&room.batch.weights[0]);
                y.extend(weighted.map(|(f, w)| f * w));
            })
        })
    }

    /// Nodes of the average over the field on a weight, placed by `graded`; none where it has a closed
    /// form.
    fn entropic_nodes(
        &self,
        o: &Order<f64>,
        graded: impl Fn(&[Feature]) -> GaussMeasure,
    ) -> GaussMeasure {
        if self.prior.closed(o.q_hat, o.m_hat, o.shift()).is_some() {
            return GaussMeasure::empty();
        }
        if self.continuous {
            return self.marginal_nodes(o);
        }
        let root = o.q_hat.sqrt().max(f64::MIN_POSITIVE);
        let (mut features, mut all) = (Vec::with_capacity(2), Vec::with_capacity(4));
        self.prior.features(o.precision, &mut features);
        let mut shifted = |mean: f64| {
            all.extend(features.iter().map(|f| Feature {
                centre: (f.centre - mean) / root,
                width: f.width / root,
            }));
        };
        if self.teacher.is_empty() {
            shifted(0.0);
        }
        for &(value, _) in &self.teacher {
            shifted(o.m_hat * value);
        }
        all.retain(|f| f.centre.abs() < CUT + f.width);
        graded(&all)
    }

    /// Deviation of a weight's field with a continuous teacher, the unit of its nodes.
    fn spread(&self, o: &Order<f64>) -> f64 {
        let rho = self.chart.teacher.unwrap_or(1.0);
        (o.q_hat + o.m_hat * o.m_hat * rho).sqrt()
    }

    /// Nodes for the law of a weight's field, with the features of the weight and of the teacher.
    fn marginal_nodes(&self, o: &Order<f64>) -> GaussMeasure {
        let (scale, root) = (self.spread(o), o.q_hat.sqrt());
        let mut features = Vec::with_capacity(6);
        self.prior.features(o.precision, &mut features);
        let own = features.len();
        self.prior
            .features(o.m_hat * o.m_hat / o.q_hat, &mut features);
        // From the teacher's tilted fields to those of the weight.
        let unit = o.q_hat / o.m_hat.abs().max(f64::MIN_POSITIVE);
        for f in &mut features[own..] {
            f.centre *= unit;
            f.width *= unit;
        }
        features.push(Feature {
            centre: 0.0,
            width: root,
        });
        for f in &mut features {
            f.centre /= scale;
            f.width /= scale;
        }
        let largest = self.teacher.iter().map(|t| t.0.abs()).fold(0.0, f64::max);
        let reach = ((largest * o.m_hat.abs() + CUT * root) / scale).clamp(CUT, FARTHEST);
        features.retain(|f| f.centre.abs() < reach + f.width);
        GaussMeasure::graded_over((-reach, reach), &features)
    }

    fn entropic(&self, o: &Order<f64>, measure: &GaussMeasure, room: &mut Room) -> Average {
        let shift = if self.chart.free() { o.shift() } else { 0.0 };
        if let Some((jet, squared_bend)) = self.prior.closed(o.q_hat, o.m_hat, shift) {
            return Average { jet, squared_bend };
        }
        let by = self.chart.free().then_some(By::Variance);
        if self.continuous {
            let law = [o.q_hat, o.m_hat, self.spread(o)];
            let prior = &*self.prior;
            room.batch
                .weights_by_law(measure, law, prior, &mut room.jets);
        } else {
            room.batch
                .weights(measure, o.q_hat.sqrt(), o.m_hat, &self.teacher);
        }
        let site = Weight(self.prior.clone());
        average(&site, &room.batch, o.precision, by, &mut room.jets)
    }

    /// Adds the average over one class of patterns.
    fn add_patterns(
        &self,
        n: &mut Natural,
        (class, field): (&Class, &Field),
        o: &Order<f64>,
        (site, control): (&Moved, Control),
        measure: &GaussMeasure,
        room: &mut Room,
    ) {
        room.batch.patterns(measure, field);
        let (noise, own, free) = (self.disorder.noise(), self.own(o), self.chart.free());
        let by_load = matches!(control, Control::Alpha | Control::Distance);
        let by = (!by_load).then_some(By::Control(control));
        let first = if free { Some(By::Variance) } else { by };
        let mean = average(site, &room.batch, own, first, &mut room.jets);
        let p = &site.channel.parameters;
        let output = self.output(o);
        let motion = Motion {
            noise,
            label: class.label,
            free,
            output: [output.slope, output.bend],
        };
        let load = p.alpha * class.weight;
        n.value += load * mean.jet.value;
        n.magnitude += (load * mean.jet.value).abs();
        n.squared_bend += class.weight * motion.squared_bend(&mean);
        motion.add(n, &mean.jet, load);
        if by_load {
            if control == Control::Alpha {
                n.control[0] += class.weight * mean.jet.value;
                motion.mix(n, mean.jet.gradient, class.weight);
            }
            return;
        }
        let (jet, with_norm) = if free {
            let jet = average(site, &room.batch, own, by, &mut room.other).jet;
            let across = own_and_control(&room.batch, &room.other, field);
            (jet, across)
        } else {
            (mean.jet, 0.0)
        };
        n.control[0] += load * jet.gradient[2];
        n.control[1] += load * jet.hessian[2][2];
        motion.mix(n, [jet.hessian[0][2], jet.hessian[1][2], with_norm], load);
    }

    /// The functional at coordinates `x` with its derivatives in the natural order parameters.
    fn natural(
        &self,
        o: &Order<f64>,
        p: &Parameters,
        control: Control,
        rule: &Nodes,
        room: &mut Room,
    ) -> Natural {
        let mut n = Natural::default();
        let entropic = self.entropic(o, &rule.entropic, room);
        let s = &entropic.jet;
        let own_term = if self.sphere { 0.0 } else { 0.5 };
        let legendre = -0.5 * o.q_hat * o.v - o.m * o.m_hat;
        let weights = s.value + own_term * o.norm * o.precision;
        n.value = legendre + weights;
        n.magnitude = legendre.abs() + weights.abs();
        n.add(s, [Q_HAT, M_HAT, SHIFT], self.chart.free());
        let site = self.site(p);
        for (i, (class, field)) in self.fields(o).iter().enumerate() {
            let site = (&site, control);
            self.add_patterns(&mut n, (class, field), o, site, rule.of_class(i), room);
        }
        n.gradient[Q] += 0.5 * o.q_hat;
        n.gradient[Q_HAT] += own_term * o.norm - 0.5 * o.v;
        n.couple(Q, Q_HAT, 0.5);
        n.gradient[M] -= o.m_hat;
        n.gradient[M_HAT] -= o.m;
        n.couple(M, M_HAT, -1.0);
        if self.chart.free() {
            n.gradient[NORM] += 0.5 * o.shift();
            n.gradient[SHIFT] += 0.5 * o.norm;
            n.couple(NORM, SHIFT, 0.5);
        }
        n.replicon = 1.0 - p.alpha * n.squared_bend * entropic.squared_bend;
        n
    }

    fn carried<const K: usize>(&self, x: &[f64], natural: &Natural) -> Evaluation {
        natural.carried(self.chart.natural::<K>(x))
    }
}

/// Places of the natural order parameters.
const Q: usize = 0;
const Q_HAT: usize = 1;
const M: usize = 2;
const M_HAT: usize = 3;
const NORM: usize = 4;
const SHIFT: usize = 5;
const BIAS: usize = 6;

/// A functional with its derivatives in `(q, q̂, m, m̂, Q, Q̂, b)` and in a control parameter.
#[derive(Default)]
struct Natural {
    value: f64,
    magnitude: f64,
    gradient: [f64; 7],
    hessian: [[f64; 7]; 7],
    control: [f64; 2],
    mixed: [f64; 7],
    squared_bend: f64,
    replicon: f64,
}

/// How the average over a class of patterns of variance `Δ`, whose derivatives are in the variance, the
/// mean and the own variance of a field, moves with the order parameters: all are linear but the overlap of
/// outputs.
struct Motion {
    noise: f64,
    label: f64,
    free: bool,
    /// Slope and bend of the overlap of outputs.
    output: [f64; 2],
}

impl Motion {
    /// Place among the derivatives of the average, place among the order parameters, factor.
    fn places(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        let norm = self.free.then_some((2, NORM, self.noise));
        [
            (0, Q, self.noise * self.output[0]),
            (1, M, 1.0),
            (1, BIAS, self.label),
        ]
        .into_iter()
        .chain(norm)
    }

    fn add(&self, n: &mut Natural, jet: &Jet<3>, load: f64) {
        for (i, a, slope) in self.places() {
            n.gradient[a] += load * slope * jet.gradient[i];
            for (j, b, other) in self.places() {
                n.hessian[a][b] += load * slope * other * jet.hessian[i][j];
            }
        }
        n.hessian[Q][Q] += load * self.noise * self.output[1] * jet.gradient[0];
    }

    /// What the replicon has of the patterns (AT.1): off the diagonal the overlap matrix enters through its
    /// outputs, so that their bend adds the mean square of the force (AT.21).
    fn squared_bend(&self, mean: &Average) -> f64 {
        let [slope, bend] = self.output;
        let force = -2.0 * mean.jet.gradient[0];
        self.noise * self.noise * slope * slope * mean.squared_bend + self.noise * bend * force
    }

    fn mix(&self, n: &mut Natural, mixed: [f64; 3], load: f64) {
        for (i, a, slope) in self.places() {
            n.mixed[a] += load * slope * mixed[i];
        }
    }
}

impl Natural {
    /// Adds the derivatives of the weights' average in three of the order parameters, or in the first
    /// two.
    fn add(&mut self, jet: &Jet<3>, places: [usize; 3], third: bool) {
        let count = if third { 3 } else { 2 };
        for (i, &a) in places.iter().enumerate().take(count) {
            self.gradient[a] += jet.gradient[i];
            for (j, &b) in places.iter().enumerate().take(count) {
                self.hessian[a][b] += jet.hessian[i][j];
            }
        }
    }

    /// Adds the product of two order parameters to the Hessian.
    fn couple(&mut self, a: usize, b: usize, factor: f64) {
        self.hessian[a][b] += factor;
        self.hessian[b][a] += factor;
    }

    /// Chain rule: the order parameters as functions of `K` coordinates.
    fn carried<const K: usize>(&self, order: [Dual2<K>; 7]) -> Evaluation {
        let slopes = order.each_ref().map(real::gradient);
        let mut gradient = [0.0; K];
        let mut mixed = [0.0; K];
        let mut hessian = [[0.0; K]; K];
        for (i, (parameter, slope)) in order.iter().zip(&slopes).enumerate() {
            let bend = real::hessian(parameter);
            // The row of the Hessian with its second index in coordinates.
            let mut row = [0.0; K];
            for (factor, other) in self.hessian[i].iter().zip(&slopes) {
                for (entry, slope) in row.iter_mut().zip(other) {
                    *entry += factor * slope;
                }
            }
            for a in 0..K {
                gradient[a] += self.gradient[i] * slope[a];
                mixed[a] += self.mixed[i] * slope[a];
                for b in 0..K {
                    hessian[a][b] += self.gradient[i] * bend[a][b] + slope[a] * row[b];
                }
            }
        }
        Evaluation {
            value: self.value,
            magnitude: self.magnitude,
            gradient: DVector::from_column_slice(&gradient),
            hessian: DMatrix::from_fn(K, K, |a, b| hessian[a][b]),
            control_slope: self.control[0],
            control_bend: self.control[1],
            mixed: DVector::from_column_slice(&mixed),
            defect: 0.0,
            replicon: Some(self.replicon),
        }
    }
}

impl Stationary for Rs {
    fn dimension(&self) -> usize {
        self.chart.dimension()
    }

    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes {
        let (o, site) = (self.order(x), self.site(p));
        let entropic = self.entropic_nodes(&o, GaussMeasure::graded);
        let fields = self.fields(&o);
        let of = |(_, field): &(Class, Field)| self.energetic_nodes(&o, field, &site);
        Nodes::of_classes(entropic, fields.iter().map(of))
    }

    fn sketch(&self, x: &[f64], p: &Parameters) -> Nodes {
        if x[0] > SHRUNK {
            return self.freeze(x, p);
        }
        let (o, site) = (self.order(x), self.site(p));
        let entropic = self.entropic_nodes(&o, GaussMeasure::light);
        let fields = self.fields(&o);
        let of = |(_, field): &(Class, Field)| {
            GaussMeasure::light(&self.energetic_features(&o, field, &site))
        };
        Nodes::of_classes(entropic, fields.iter().map(of))
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        let o = self.order(x);
        let natural = with_room(|room| self.natural(&o, p, control, rule, room));
        match self.dimension() {
            2 => self.carried::<2>(x, &natural),
            4 => self.carried::<4>(x, &natural),
            5 => self.carried::<5>(x, &natural),
            6 => self.carried::<6>(x, &natural),
            _ => self.carried::<7>(x, &natural),
        }
    }

    fn residual(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let mut residual = self.chart.residual(x, gradient.as_slice());
        if self.chart.bias {
            // E[y g] against the root of E[g²].
            let q_hat = self.order(x).q_hat.max(SMALL_FIELD);
            let scale = p.alpha * q_hat / self.disorder.noise();
            residual.push(gradient[x.len() - 1] / scale.sqrt());
        }
        residual
    }

    fn iterate(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let mut image = self.chart.image(x, gradient.as_slice());
        if self.chart.bias {
            let o = self.order(x);
            let step = gradient[x.len() - 1] * self.own(&o) / p.alpha;
            image.push(o.bias + step.clamp(-0.5, 0.5));
        }
        image
    }
}

#[cfg(test)]
mod tests;
