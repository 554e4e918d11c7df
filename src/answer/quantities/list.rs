//! The list of quantities, in the order of `quenched explain`.

use super::{Part, Quantity, Read, STANDARD_ERROR, When, quantity};
use crate::ask::ClusterReference;

const RS: &str = "theory/replica-symmetric.md";
const FP: &str = "theory/franz-parisi.md";
const LD: &str = "theory/robust-ensemble.md";
const MP: &str = "theory/message-passing.md";
const BP: &str = "theory/belief-propagation.md";
const MX: &str = "theory/gaussian-mixture.md";
const GUIDE: &str = "theory/guide/reading.md";
const SWEEPS: &str = "theory/guide/sweeps.md";
const OWN: &str = "theory/guide/own-data.md";
const CATALOGUE: &str = "quenched models";

/// Every quantity.
#[rustfmt::skip]
pub(super) const QUANTITIES: &[Quantity] = &[
    quantity("weights", Part::Other, "", "Input: law of one weight.", "", CATALOGUE, &[]),
    quantity("data", Part::Other, "", "Input: law of patterns and labels.", "", CATALOGUE, &[]),
    quantity("loss", Part::Other, "", "Input: what a stability costs.", "", CATALOGUE, &[]),
    quantity("machine", Part::Other, "", "Input: the network.", "", CATALOGUE, &[]),
    quantity("algorithm", Part::Other, "", "Input: what is run on the samples.", "", CATALOGUE, &[]),
    quantity("reference", Part::Other, "", "Input: what distances are measured from.", "", CATALOGUE, &[]),
    quantity("classifier", Part::Other, "", "Input: which closed form.", "", CATALOGUE, &[]),
    quantity("alpha", Part::Other, "patterns per weight", "Patterns per weight: an input, or the critical load.", "", CATALOGUE, &[]),
    quantity("kappa", Part::Other, "", "Margin of losses theta and squared-hinge, half-width of window: an input, or the critical margin.", "", CATALOGUE, &[]),
    quantity("beta", Part::Control, "1/loss", "Inverse temperature, inf at zero temperature: an input, or where discrete weights freeze; around a mixture's classifiers also measured.", "", CATALOGUE, &[
        Read::ClusterProbe(|s| s.observables.beta),
    ]),
    quantity("gamma", Part::Other, "", "Input: sharpness of loss cross-entropy.", "", CATALOGUE, &[]),
    quantity("lambda", Part::Control, "", "Strength of the ridge: an input, or the one that has the minimiser of the given norm.", "MX.16", MX, &[
        Read::State(When::GivenNorm, |s| s.observables.lambda),
    ]),
    quantity("norm", Part::Norm, "", "Squared norm |w|²/N: an input for classifiers of a mixture, an order parameter for weights of free norm.", "FN.1", "theory/free-norm.md", &[
        Read::State(When::FreeNorm, |s| s.observables.norm),
    ]),
    quantity("norm_hat", Part::Norm, "", "Conjugate of norm, for weights of free norm.", "FN.1", "theory/free-norm.md", &[
        Read::State(When::FreeNorm, |s| s.observables.norm_hat),
    ]),
    quantity("width", Part::Other, "", "Input: parameter of loss huber-hinge, given by --set width=….", "", CATALOGUE, &[]),
    quantity("delta", Part::Other, "", "Input: variance of the noise of a mixture.", "MX.1", MX, &[]),
    quantity("rho", Part::Other, "fraction of patterns", "Input: fraction of patterns of label +1 in a mixture.", "MX.1", MX, &[]),
    quantity("distance", Part::Other, "fraction of weights", "(1 - overlap)/2 from the reference: an input, or the critical distance.", "FP.1", FP, &[]),
    quantity("overlap", Part::Other, "", "1 - 2 distance: overlap with the reference; of a robust ensemble that of two replicas.", "FP.1", FP, &[]),
    quantity("curve", Part::Other, "", "Of a figure's table: the block of the recipe that the row was computed for.", "", "figures/README.md", &[]),
    quantity("branch", Part::Other, "", "Name of the branch of solutions: 1 is the first one met from small alpha, perfect the teacher itself, planted the state around it, frozen a frozen ground state.", "", GUIDE, &[]),
    quantity("dominant", Part::Other, "", "Whether the branch has the largest free entropy.", "", GUIDE, &[]),
    quantity("q", Part::Overlap, "", "Overlap of two typical configurations. Of minimisers the squared norm |w|²/N, of probes their mutual overlap, of messages the squared length of the means per weight.", "RS.5", RS, &[
        Read::State(When::Always, |s| s.observables.q),
        Read::Probe(|s| s.observables.q),
        Read::ClusterProbe(|s| s.observables.q),
        Read::Classifier(1, |c, _| Some(c.q)),
    ]),
    quantity("q_hat", Part::Overlap, "", "Conjugate of q.", "RS.5", RS, &[
        Read::State(When::Always, |s| s.observables.q_hat),
        Read::Probe(|s| s.observables.q_hat),
        Read::ClusterProbe(|s| s.observables.q_hat),
    ]),
    quantity("m", Part::Axis, "", "Overlap with the teacher, or with the axis of a mixture.", "RS.5", RS, &[
        Read::State(When::Teacher, |s| s.observables.m),
        Read::ClusterProbe(|s| s.observables.m),
        Read::Classifier(0, |c, _| Some(c.m)),
    ]),
    quantity("m_hat", Part::Axis, "", "Conjugate of m.", "RS.5", RS, &[
        Read::State(When::Teacher, |s| s.observables.m_hat),
    ]),
    quantity("bias", Part::Axis, "", "Bias of a classifier of a mixture.", "MX.2", MX, &[
        Read::State(When::Clusters, |s| s.observables.bias),
        Read::ClusterProbe(|s| s.observables.bias),
        Read::Classifier(2, |c, _| Some(c.bias)),
    ]),
    quantity("cosine", Part::Axis, "", "m/sqrt(q): cosine of a classifier with the axis of a mixture.", "MX.2", MX, &[
        Read::State(When::Axis, |s| s.observables.cosine),
        Read::Classifier(3, |c, _| Some(c.cosine())),
    ]),
    quantity("chi", Part::Value, "1/loss", "Limit of beta (1 - q) where the ground state is unique: zero temperature, q = 1.", "ZT.1", "theory/zero-temperature.md", &[
        Read::State(When::Always, |s| s.observables.chi),
    ]),
    quantity("free_entropy", Part::Value, "nat per weight", "ln Z per weight at finite beta; of message passing its Bethe value.", "RS.4", RS, &[
        Read::State(When::Always, |s| s.observables.free_entropy),
    ]),
    quantity("entropy", Part::Value, "nat per weight", "Natural logarithm per weight of the number of configurations (discrete weights), of their volume relative to the sphere (spherical) or of their probability (gaussian, laplace).", "RS.7", RS, &[
        Read::State(When::Always, |s| s.observables.entropy),
    ]),
    quantity("ground_state_energy", Part::Value, "loss per weight", "Lowest energy per weight at zero temperature, a ridge included; 0 where all patterns fit.", "ZT.2", "theory/zero-temperature.md", &[
        Read::State(When::Always, |s| s.observables.ground_state_energy),
    ]),
    quantity("training_loss", Part::Value, "loss per pattern", "Mean loss per training pattern.", "RS.8", RS, &[
        Read::State(When::Always, |s| s.observables.training_loss),
        Read::Probe(|s| s.observables.training_loss),
        Read::ClusterProbe(|s| s.observables.training_loss),
    ]),
    quantity("training_error", Part::Value, "fraction of patterns", "Fraction of training patterns of negative stability.", "RS.8", RS, &[
        Read::State(When::Always, |s| s.observables.training_error),
        Read::ClusterProbe(|s| s.observables.training_error),
        Read::Classifier(6, |c, mixture| c.training_error(mixture)),
    ]),
    quantity("generalization_error", Part::Value, "probability", "Probability that a typical configuration errs on a new pattern.", "RS.9", RS, &[
        Read::State(When::Teacher, |s| s.observables.generalization_error),
        Read::ClusterProbe(|s| s.observables.generalization_error),
        Read::Classifier(7, |c, mixture| Some(c.generalization_error(mixture))),
    ]),
    quantity("best_bias_error", Part::Value, "probability", "The generalisation error of the same weights with their best bias.", "MX.3", MX, &[
        Read::State(When::Clusters, |_| None),
    ]),
    quantity("bayes_error", Part::Value, "probability", "Error of the mean of the posterior; of a mixture the smallest error of any classifier.", "RS.9", RS, &[
        Read::State(When::Teacher, |s| s.observables.bayes_error),
    ]),
    quantity("best_bias", Part::Axis, "", "The bias of smallest generalisation error at this m and q.", "MX.3", MX, &[
        Read::Classifier(4, |c, mixture| Some(mixture.best_bias(c.m, c.q))),
    ]),
    quantity("training_square_loss", Part::Value, "loss per pattern", "Mean of (1 - stability)²/2 over the patterns that a classifier was made from.", "MX.7", MX, &[
        Read::Classifier(5, |c, mixture| c.training_square_loss(mixture)),
    ]),
    quantity("local_entropy", Part::Curve, "nat per weight", "Logarithm of the number (discrete weights) or relative volume (spherical) of probes at this distance, per weight; in simulations its Bethe value.", "FP.1", FP, &[
        Read::Probe(|s| Some(s.observables.entropy)),
        Read::ClusterProbe(|s| Some(s.observables.entropy)),
    ]),
    quantity("normalized_local_entropy", Part::Curve, "nat per weight", "local_entropy minus that of all configurations at this distance: 0 where every neighbour is a probe, else negative.", "FP.10", FP, &[
        Read::Probe(|s| Some(s.observables.entropy - s.observables.ball)),
        Read::ClusterProbe(|s| Some(s.observables.entropy - s.observables.ball)),
    ]),
    quantity("local_free_entropy", Part::Curve, "nat per weight", "ln Z of the probes per weight, at finite beta.", "FP.1", FP, &[
        Read::Probe(|s| s.observables.free_entropy),
        Read::ClusterProbe(|s| s.observables.free_entropy),
    ]),
    quantity("field", Part::Curve, "nat per weight", "Field towards the reference that makes this distance typical.", "FP.8", FP, &[
        Read::Probe(|s| s.observables.field),
        Read::ClusterProbe(|s| s.observables.field),
    ]),
    quantity("slope", Part::Curve, "nat per weight", "Derivative of the local (free) entropy by the distance; negative where moving away loses solutions.", "FP.8", FP, &[
        Read::Probe(|s| Some(s.potential[1])),
        Read::ClusterProbe(|s| Some(s.potential[1])),
    ]),
    quantity("t", Part::Reference, "", "Overlap of a probe with another reference than its own.", "FP.2", FP, &[
        Read::Probe(|s| s.observables.t),
        Read::ClusterProbe(|s| s.observables.t),
    ]),
    quantity("t_hat", Part::Reference, "", "Conjugate of t.", "FP.2", FP, &[
        Read::Probe(|s| s.observables.t_hat),
    ]),
    quantity("s_hat", Part::Reference, "", "Conjugate of the overlap with the reference.", "FP.2", FP, &[
        Read::Probe(|s| s.observables.s_hat),
    ]),
    quantity("response", Part::Response, "", "(overlap - t)/(1 - reference_q): how a probe follows the patterns of the reference of a mixture.", "MX.31", MX, &[
        Read::ClusterProbe(|s| s.observables.response),
    ]),
    quantity("replicas", Part::Replicas, "", "Number of replicas of a robust ensemble, where it is finite.", "LD.1", LD, &[
        Read::Probe(|s| s.observables.replicas),
    ]),
    quantity("external_entropy", Part::Replicas, "nat per weight", "Logarithm of the number of groups of replicas, per weight.", "LD.3", LD, &[
        Read::Probe(|s| s.observables.external_entropy),
    ]),
    quantity("centre_distance", Part::Replicas, "fraction of weights", "Distance of the replicas from their barycentre.", "LD.8", LD, &[
        Read::Probe(|s| s.observables.centre_distance),
    ]),
    quantity("local_training_error", Part::Other, "fraction of patterns", "Training error of vectors at this distance that do not look at the patterns.", "MX.36", MX, &[
        Read::Perturbed(|r, overlap| r.perturbed_error(overlap)),
    ]),
    quantity("local_generalization_error", Part::Other, "probability", "Generalisation error of vectors at this distance that do not look at the patterns.", "MX.36", MX, &[
        Read::Perturbed(|r, overlap| r.mixture.error(overlap * r.m, 1.0, r.bias)),
    ]),
    quantity("local_energy", Part::Other, "fraction of patterns", "Mean fraction of errors after flipping this fraction of the signs of a solution.", "", BP, &[]),
    quantity("reference_kappa", Part::Other, "", "Margin of the reference: an input, or the critical one.", "", FP, &[
        Read::Given(|g| g.kappa),
    ]),
    quantity("reference_gamma", Part::Other, "", "Sharpness of the loss that the reference minimises.", "", FP, &[
        Read::Given(|g| g.gamma),
        Read::ClusterGiven(ClusterReference::gamma),
    ]),
    quantity("reference_beta", Part::Other, "1/loss", "Inverse temperature of the reference; of a frozen one where it freezes.", "", FP, &[
        Read::Given(|g| g.beta),
    ]),
    quantity("reference_tilt", Part::Other, "", "H of tilted:H.", "MX.40", MX, &[
        Read::ClusterGiven(ClusterReference::tilt),
    ]),
    quantity("reference_q", Part::Other, "", "Overlap of two references; of a mixture's minimisers the squared norm before it was rescaled.", "", FP, &[
        Read::Reference(|r| Some(r.q)),
        Read::ClusterReference(|r| Some(r.q())),
    ]),
    quantity("reference_m", Part::Other, "", "Overlap of a reference with the axis of a mixture, at its own norm.", "", MX, &[
        Read::ClusterReference(|r| Some(r.own_m())),
    ]),
    quantity("reference_bias", Part::Other, "", "Bias of a reference of a mixture, at its own norm.", "", MX, &[
        Read::ClusterReference(|r| Some(r.own_bias())),
    ]),
    quantity("reference_cosine", Part::Other, "", "Cosine of a reference with the axis of a mixture.", "", MX, &[
        Read::ClusterReference(|r| Some(r.m)),
    ]),
    quantity("reference_bayes_overlap", Part::Other, "", "Overlap of a reference with the Bayes-optimal vector, both at |w|² = N.", "MX.10", MX, &[
        Read::ClusterReference(|r| Some(r.bayes_overlap())),
    ]),
    quantity("reference_training_error", Part::Other, "fraction of patterns", "Fraction of training patterns that the reference gets wrong.", "", FP, &[
        Read::Reference(|r| r.state.observables.training_error),
        Read::ClusterReference(|r| Some(r.training_error)),
    ]),
    quantity("reference_generalization_error", Part::Other, "probability", "Probability that a reference of a mixture errs on a new pattern.", "", MX, &[
        Read::ClusterReference(|r| Some(r.generalization_error())),
    ]),
    quantity("reference_entropy", Part::Other, "nat per weight", "Entropy of the measure that the reference is drawn from.", "", FP, &[
        Read::Reference(|r| r.state.observables.entropy),
        Read::ClusterReference(|r| r.entropy),
    ]),
    quantity("reference_at_stability", Part::Other, "", "Replicon of the reference's own saddle point: positive where it is stable.", "AT.1", FP, &[
        Read::Reference(|r| r.state.observables.at_stability),
        Read::ClusterReference(|r| r.at_stability),
    ]),
    quantity("residual", Part::Trust, "", "Largest absolute residual of the saddle-point equations, each scaled by its order parameter; of a minimiser the norm of its gradient.", "RS.23", "theory/solvers.md", &[]),
    quantity("error_estimate", Part::Trust, "", "Largest error of the numbers of the row, absolute, of conjugates, slopes, responses, numbers of replicas, inverse temperatures of references and stabilities relative to those above one: what they change by when every panel of the quadrature is halved and the equations are solved again, and rounding.", "RS.25", "theory/gaussian-averages.md", &[]),
    quantity("at_stability", Part::Trust, "", "The replicon: positive where the replica-symmetric solution is locally stable.", "AT.1", "theory/stability.md", &[]),
    quantity("status", Part::Trust, "", "The verdict on the row: ok, rs_unstable, no_solution or not_converged; of validate also differs and not_judged.", "", GUIDE, &[]),
    quantity("reason", Part::Trust, "", "What there is to add to the status, in words; empty where nothing is.", "", GUIDE, &[]),
    quantity("n", Part::Other, "", "Number of weights, or of inputs; of validate empty for the extrapolation to infinitely many.", "", MP, &[]),
    quantity("m_patterns", Part::Other, "", "Number of patterns, the load times the number of weights, rounded.", "", MP, &[]),
    quantity("seed", Part::Other, "", "Seed of all random numbers.", "", MP, &[]),
    quantity("sample", Part::Other, "", "Which sample of the seed.", "", MP, &[]),
    quantity("samples", Part::Other, "", "How many samples a mean is taken over.", "", MP, &[]),
    quantity("converged", Part::Other, "", "How many samples have the status ok.", "", MP, &[]),
    quantity("solved", Part::Other, "", "Whether, or for how many samples, the configuration found classifies all patterns.", "", MP, &[]),
    quantity("success_rate", Part::Other, "fraction of samples", "Fraction of samples that were solved.", "", MP, &[]),
    quantity("success_low", Part::Other, "fraction of samples", "Lower end of the 95 % interval of success_rate (Wilson).", "", MP, &[]),
    quantity("success_high", Part::Other, "fraction of samples", "Upper end of the 95 % interval of success_rate (Wilson).", "", MP, &[]),
    quantity("iterations", Part::Other, "", "Iterations, sweeps over all messages, or passes over all patterns.", "", MP, &[]),
    quantity("iteration", Part::Other, "", "Along --path: the iteration, from 0.", "", MP, &[]),
    quantity("training_errors", Part::Other, "", "Number of patterns that the configuration misclassifies.", "", MP, &[]),
    quantity("test_patterns", Part::Other, "", "Patterns of --test, from which nothing was learned.", "", OWN, &[]),
    quantity("test_errors", Part::Other, "", "How many of them are misclassified.", "", OWN, &[]),
    quantity("test_error", Part::Other, "fraction of patterns", "Fraction of them that is misclassified.", "", OWN, &[]),
    quantity("test_stability", Part::Other, "", "Their mean stability y (w.x/sqrt(N) + b).", "", OWN, &[]),
    quantity("least_test_stability", Part::Other, "", "The smallest of their stabilities.", "", OWN, &[]),
    quantity("leave_one_out_error", Part::Other, "fraction of patterns", "Fraction of own patterns that are misclassified by the classifier of all the others: exactly for the square loss, to one step of Newton's method for cross-entropy.", "MX.83", MX, &[]),
    quantity("seconds", Part::Other, "s", "Wall time of the sample, drawing it included; of sweep status of all tasks of the file.", "", MP, &[]),
    quantity("predicted_q", Part::Other, "", "q after this iteration by state evolution.", "", MP, &[]),
    quantity("predicted_m", Part::Other, "", "m after this iteration by state evolution.", "", MP, &[]),
    quantity("draws_error", Part::Other, "", "Standard error over the directions in which a classifier was perturbed.", "", MX, &[]),
    quantity("estimated_cosine", Part::Other, "", "Cosine with the axis, estimated from own patterns.", "", MX, &[]),
    quantity("estimated_generalization_error", Part::Other, "probability", "Generalisation error, estimated from own patterns.", "", MX, &[]),
    quantity("estimated_delta", Part::Other, "", "Variance of the noise in units of the squared distance of the clusters from their middle, estimated from own patterns.", "", MX, &[]),
    quantity("estimated_rho", Part::Other, "fraction of patterns", "Fraction of label +1 among own patterns.", "", MX, &[]),
    quantity("signal", Part::Other, "", "Distance of the clusters of own patterns from their middle.", "", MX, &[]),
    quantity("offset", Part::Other, "", "Distance of the middle of own patterns from the origin.", "", MX, &[]),
    quantity(STANDARD_ERROR, Part::Other, "", "Standard error of a mean over samples, from their scatter; in a summary the column NAME_error.", "", MP, &[]),
    quantity("check", Part::Other, "", "Of validate: which check.", "", MP, &[]),
    quantity("quantity", Part::Other, "", "Of validate: what is compared.", "", MP, &[]),
    quantity("setting", Part::Other, "", "Of validate: what else describes the model.", "", MP, &[]),
    quantity("theory", Part::Other, "", "Of validate: value for infinitely many weights.", "", MP, &[]),
    quantity("simulation", Part::Other, "", "Of validate: mean over the instances, or its limit of infinite n.", "", MP, &[]),
    quantity("z", Part::Other, "", "Of validate: (simulation - theory)/standard_error.", "", MP, &[]),
    quantity("judged", Part::Other, "", "Of validate: whether the row decides on the exit code.", "", MP, &[]),
    quantity("position", Part::Other, "", "Of validate: where the row lies within its check, for drawings.", "", MP, &[]),
    quantity("normal_quantile", Part::Other, "", "Of validate: the z that a standard normal law expects at the rank of this one.", "", MP, &[]),
    quantity("file", Part::Other, "", "Of sweep status: a file of results, or all of them.", "", SWEEPS, &[]),
    quantity("tasks", Part::Other, "", "Of sweep status: how many tasks the shard of the file has.", "", SWEEPS, &[]),
    quantity("done", Part::Other, "", "Of sweep status: how many of these have a result, in whatever file.", "", SWEEPS, &[]),
    quantity("failed", Part::Other, "", "Of sweep status: how many of these failed; they are tried again.", "", SWEEPS, &[]),
    quantity("left", Part::Other, "", "Of sweep status: how many of these were not finished yet.", "", SWEEPS, &[]),
    quantity("results", Part::Other, "", "Of sweep status: lines of the file with results.", "", SWEEPS, &[]),
    quantity("unconverged_rows", Part::Other, "", "Of sweep status: rows in these whose status is not_converged.", "", SWEEPS, &[]),
    quantity("damaged", Part::Other, "", "Of sweep status: lines of the file that are not what was written.", "", SWEEPS, &[]),
    quantity("unfinished", Part::Other, "", "Of sweep status: whether the last line has no end: it is being written, or its process died.", "", SWEEPS, &[]),
];
