//! The replica-symmetric free entropy (equations RS.3, RS.4 and FN.1) at finite β, or of the
//! solutions at β = ∞.
//!
//! Its two averages are those of [`average`](crate::model::average); order parameters and their
//! coordinates are those of [`Chart`].

use super::chart::{Chart, Order, Range};
use crate::math::gauss::CUT;
use crate::math::real::{self, Dual2};
use crate::math::{Feature, GaussMeasure, Jet};
use crate::model::average::{Average, Batch, Correlation, average, own_and_control};
use crate::model::channel::{Channel, Limit};
use crate::model::loss::Loss;
use crate::model::prior::{Alphabet, Norm, Prior};
use crate::model::site::{By, Jets, Site};
use crate::model::{Control, Data, Parameters};
use crate::solve::{Evaluation, Nodes, Stationary};
use nalgebra::{DMatrix, DVector};
use std::cell::Cell;
use std::sync::Arc;

pub use super::scalar::{cavity_features, local_ln_z};

/// Accuracy to which the coarse nodes resolve the integrand, relative to its average. Halving the
/// panels multiplies the error of a resolved 20-point panel by about 2⁻⁴⁰.
pub(super) const RESOLUTION: f64 = 1e-13;

/// Positions beyond which the density of the Gaussian measure cannot be represented.
const FARTHEST: f64 = 37.0;

/// Coordinate of the overlap beyond which even starts need the full nodes: as `q → 1` what is left of
/// the equations is small against their terms.
const SHRUNK: f64 = 6.0;

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

/// A prior as a site: own variance is the precision.
struct Weight<'a>(&'a dyn Prior);

impl Site for Weight<'_> {
    fn fill(&self, fields: &[f64], own: f64, by: Option<By>, out: &mut Jets) {
        self.0.fill(fields, own, by == Some(By::Variance), out);
    }

    fn features(&self, own: f64, out: &mut Vec<Feature>) {
        self.0.features(own, out);
    }
}

/// Replica symmetry of one model: law of one weight × law of the labels × loss.
#[derive(Clone, Debug)]
pub struct Rs {
    prior: Arc<dyn Prior>,
    loss: Arc<dyn Loss>,
    data: Data,
    chart: Chart,
    sphere: bool,
    /// Values and probabilities of a teacher's weight; none without a teacher.
    teacher: Vec<(f64, f64)>,
    /// Whether the values are nodes of a quadrature.
    continuous: bool,
}

/// Both averages at one point.
struct Averages {
    entropic: Average,
    energetic: Average,
    /// Derivatives of the energetic average in the control parameter: first, second, and mixed ones
    /// with `q`, `m` and `Q`. Those of α are the average's own.
    control: Option<(Jet<3>, f64)>,
}

impl Rs {
    /// The model.
    pub fn new(prior: Arc<dyn Prior>, loss: Arc<dyn Loss>, data: Data) -> Self {
        let has_teacher = data.has_teacher();
        let chart = Chart {
            teacher: has_teacher.then(|| prior.second_moment()),
            range: Range::of(&*prior),
        };
        let teacher = if has_teacher {
            prior.teacher()
        } else {
            Vec::new()
        };
        Rs {
            sphere: prior.norm() == Norm::Sphere,
            continuous: has_teacher && prior.alphabet() == Alphabet::Continuous,
            prior,
            loss,
            data,
            chart,
            teacher,
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

    pub(super) fn data(&self) -> Data {
        self.data
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

    pub(super) fn correlation(&self, o: &Order<f64>) -> Correlation {
        Correlation {
            cosine: o.cosine,
            sine: o.sine,
            variance: self.chart.teacher.unwrap_or(1.0),
        }
    }

    /// The features of functions of the cavity field as functions of `z`, with those of the labels.
    pub(super) fn in_units(&self, features: &mut Vec<Feature>, o: &Order<f64>) {
        let root = o.q.sqrt();
        for f in features.iter_mut() {
            f.centre /= root;
            f.width /= root;
        }
        features.retain(|f| f.centre.abs() < CUT + f.width);
        features.extend(self.data.features(o.cosine, o.sine));
    }

    /// Where the integrand over the cavity field varies fast, in units of its deviation.
    fn energetic_features(&self, o: &Order<f64>, channel: &Channel) -> Vec<Feature> {
        let mut features = Vec::with_capacity(4);
        channel.features(o.v, &mut features);
        self.in_units(&mut features, o);
        features
    }

    fn energetic_nodes(&self, o: &Order<f64>, p: &Parameters) -> GaussMeasure {
        let channel = self.channel(p);
        let features = self.energetic_features(o, &channel);
        let (root, correlation) = (o.q.sqrt(), self.correlation(o));
        with_room(|room| {
            GaussMeasure::graded(&features).resolving_batch(RESOLUTION, &mut |z, y| {
                room.batch.positions(z, root, self.data, correlation);
                channel.fill(&room.batch.fields, o.v, None, &mut room.jets);
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
        let site = Weight(&*self.prior);
        average(&site, &room.batch, o.precision, by, &mut room.jets)
    }

    fn averages(
        &self,
        o: &Order<f64>,
        p: &Parameters,
        control: Control,
        rule: &Nodes,
        room: &mut Room,
    ) -> Averages {
        let entropic = self.entropic(o, &rule.entropic, room);
        let channel = self.channel(p);
        let (root, correlation) = (o.q.sqrt(), self.correlation(o));
        room.batch
            .patterns(&rule.energetic, root, self.data, correlation);
        let free = self.chart.free();
        let own = matches!(control, Control::Alpha | Control::Distance);
        let by = (!own).then_some(By::Control(control));
        let first = if free { Some(By::Variance) } else { by };
        let energetic = average(&channel, &room.batch, o.v, first, &mut room.jets);
        let control = by.map(|by| {
            if !free {
                return (energetic.jet, 0.0);
            }
            let jet = average(&channel, &room.batch, o.v, Some(by), &mut room.other).jet;
            (jet, own_and_control(&room.batch, &room.other, o.q, o.m))
        });
        Averages {
            entropic,
            energetic,
            control,
        }
    }

    /// The functional at coordinates `x` with its derivatives in the natural order parameters.
    fn natural(&self, o: &Order<f64>, p: &Parameters, control: Control, a: &Averages) -> Natural {
        let mut n = Natural::default();
        let (e, s) = (&a.energetic.jet, &a.entropic.jet);
        let own_term = if self.sphere { 0.0 } else { 0.5 };
        let legendre = -0.5 * o.q_hat * o.v - o.m * o.m_hat;
        let entropic = s.value + own_term * o.norm * o.precision;
        n.value = legendre + entropic + p.alpha * e.value;
        n.magnitude = legendre.abs() + entropic.abs() + (p.alpha * e.value).abs();
        n.add(s, [Q_HAT, M_HAT, SHIFT], 1.0, self.chart.free());
        n.add(e, [Q, M, NORM], p.alpha, self.chart.free());
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
        match (control, &a.control) {
            (Control::Alpha, _) => {
                n.control = [e.value, 0.0];
                n.mixed[Q] = e.gradient[0];
                n.mixed[M] = e.gradient[1];
                if self.chart.free() {
                    n.mixed[NORM] = e.gradient[2];
                }
            }
            (_, Some((c, with_norm))) => {
                n.control = [p.alpha * c.gradient[2], p.alpha * c.hessian[2][2]];
                n.mixed[Q] = p.alpha * c.hessian[0][2];
                n.mixed[M] = p.alpha * c.hessian[1][2];
                n.mixed[NORM] = p.alpha * with_norm;
            }
            _ => {}
        }
        n.replicon = 1.0 - p.alpha * a.energetic.squared_bend * a.entropic.squared_bend;
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

/// A functional with its derivatives in `(q, q̂, m, m̂, Q, Q̂)` and in a control parameter.
#[derive(Default)]
struct Natural {
    value: f64,
    magnitude: f64,
    gradient: [f64; 6],
    hessian: [[f64; 6]; 6],
    control: [f64; 2],
    mixed: [f64; 6],
    replicon: f64,
}

impl Natural {
    /// Adds the derivatives of an average in three of the order parameters, or in the first two.
    fn add(&mut self, jet: &Jet<3>, places: [usize; 3], factor: f64, third: bool) {
        let count = if third { 3 } else { 2 };
        for (i, &a) in places.iter().enumerate().take(count) {
            self.gradient[a] += factor * jet.gradient[i];
            for (j, &b) in places.iter().enumerate().take(count) {
                self.hessian[a][b] += factor * jet.hessian[i][j];
            }
        }
    }

    /// Adds the product of two order parameters to the Hessian.
    fn couple(&mut self, a: usize, b: usize, factor: f64) {
        self.hessian[a][b] += factor;
        self.hessian[b][a] += factor;
    }

    /// Chain rule: the order parameters as functions of `K` coordinates.
    fn carried<const K: usize>(&self, order: [Dual2<K>; 6]) -> Evaluation {
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
        let o = self.order(x);
        let entropic = self.entropic_nodes(&o, GaussMeasure::graded);
        Nodes::new(entropic, self.energetic_nodes(&o, p))
    }

    fn sketch(&self, x: &[f64], p: &Parameters) -> Nodes {
        if x[0] > SHRUNK {
            return self.freeze(x, p);
        }
        let o = self.order(x);
        let entropic = self.entropic_nodes(&o, GaussMeasure::light);
        let features = self.energetic_features(&o, &self.channel(p));
        Nodes::new(entropic, GaussMeasure::light(&features))
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        let o = self.order(x);
        let natural = with_room(|room| {
            let averages = self.averages(&o, p, control, rule, room);
            self.natural(&o, p, control, &averages)
        });
        match self.dimension() {
            2 => self.carried::<2>(x, &natural),
            4 => self.carried::<4>(x, &natural),
            _ => self.carried::<6>(x, &natural),
        }
    }

    fn residual(&self, x: &[f64], _p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        self.chart.residual(x, gradient.as_slice())
    }

    fn iterate(&self, x: &[f64], _p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        self.chart.image(x, gradient.as_slice())
    }
}

#[cfg(test)]
mod tests;
