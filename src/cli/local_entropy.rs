//! `quenched local-entropy`.

use super::Context;
use super::exit::Done;
use super::model_options::{ModelOptions, Names, local_shown};
use super::output::{Output, answer};
use crate::ask::RawRequest;

/// How many solutions there are at each distance from a reference
///
/// The local entropy (the Franz-Parisi potential): take a configuration at random from one measure,
/// the reference, and count the configurations of another measure, the probes, at distance d from
/// it. Binary weights at distance d differ in the fraction d of them. Where the local entropy of
/// solutions is positive down to d = 0, the reference lies in a dense region of solutions; where it
/// turns negative, the reference is isolated. The model options describe the probes. The answer has
/// one row for each reference, grid point and distance, the distance varying fastest.
///
/// With --data mixture, which needs --weights spherical, the reference is a linear classifier of two
/// clusters, and the answer also says how many patterns a vector at that distance gets wrong that was
/// drawn without looking at the patterns.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES, mut_args(local_shown))]
pub(super) struct LocalEntropy {
    #[command(flatten)]
    model: ModelOptions,
    /// Where several solutions coexist at a distance: the one of largest free entropy, or all that
    /// are found [default: dominant]
    #[arg(long, value_name = "NAME", value_parser = Names(&["dominant", "all"]), help_heading = "Model")]
    branches: Option<String>,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
References; a list a,b,c of them is computed one after the other [default: typical]:
  typical          a typical configuration of the probes' own measure; with --data teacher, for
                   which it is the only one, the teacher itself
  margin:K         a typical solution of margin K
  margin:max       the solutions of the largest margin that there is, for each alpha
  cross-entropy:G  a typical minimum of the cross-entropy of sharpness G, found by training with it
  square, hinge    the same for these losses; --reference-beta makes them thermal
  robust           no reference but many configurations at that distance from each other: the densest
                   regions there are (infinitely many replicas)
  robust:Y         the same with Y replicas, Y above 1
  robust:complexity-zero
                   the same with as many replicas as make their external entropy vanish;
                   infinitely many where it never does

References with --data mixture [default: bayes-optimal]; all are rescaled to |w|² = N before distances
are measured, and probes have their bias, rescaled alike:
  bayes-optimal    the classifier of smallest error on new patterns
  square, hinge, cross-entropy:G
                   minimiser of this loss (of sharpness G) plus lambda |w|²/2, with --lambda
  square:Q, hinge:Q, cross-entropy:G:Q
                   minimiser of this loss at squared norm |w|² = N Q
  tilted:H         a typical classifier without errors, a pattern of stability k weighing exp(H k):
                   H = 0 is typical, the larger H the nearer is it to the Bayes-optimal vector
--bias learned: minimisers learn theirs, bayes-optimal has the best one, tilted none (rho 0.5 only).
--bias fixed:B: minimisers are trained with B; bayes-optimal and tilted have it at |w|² = N.
--loss, --kappa, --gamma, --beta or --training-error are those of the probes.

Columns after the inputs; what does not exist for a model or at a point is empty (null):
  reference            which of them
  distance, overlap    d = (1 - overlap)/2; overlap of a probe with the reference (robust: of two
                       replicas)
  branch, dominant     name of the branch of solutions, and whether it has the largest free entropy
  local_entropy        ln of the number of probes (discrete weights) or of their volume relative to
                       the sphere (spherical), per weight
  normalized_local_entropy
                       the same minus that of all configurations at this distance: 0 where every
                       neighbour is a probe, else negative
  local_free_entropy   ln Z of the probes per weight, at finite beta
  field                field towards the reference that makes this distance typical
  slope                derivative of the local (free) entropy by the distance
  q, q_hat             overlap of two probes (robust: of two groups of replicas); its conjugate
  t, t_hat             overlap of a probe with another reference; its conjugate
  s_hat                conjugate of the overlap with the reference
  training_loss        mean loss of a probe per pattern
  m, bias              mixture: overlap of a probe with the axis of the clusters; its bias
  response             mixture: (overlap - t)/(1 - reference_q), how the probe follows the patterns
                       of the reference; also where there is a single reference
  beta, training_error mixture: inverse temperature of the probes, and the fraction of patterns that
                       they get wrong; the one that is given is an input, an error as an upper
                       bound: at beta 0 random neighbours already make fewer
  generalization_error mixture: probability that a probe errs on a new pattern
  local_training_error, local_generalization_error
                       mixture: the same of vectors at this distance that are drawn without looking
                       at the patterns; at every distance, also where there are no probes
  replicas             their number where it is finite (robust)
  external_entropy     ln of the number of groups of replicas, per weight (robust)
  centre_distance      distance of the replicas from their barycentre (robust)
  reference_kappa, reference_gamma, reference_beta
                       margin, sharpness and inverse temperature of the reference; a frozen one has
                       the temperature at which it freezes
  reference_q          overlap of two references
  reference_training_error, reference_entropy, reference_at_stability
                       those columns of quenched solve, of the reference
                       mixture: reference_q is its squared norm before it was rescaled, of tilted
                       the overlap of two
  reference_m, reference_bias, reference_cosine, reference_generalization_error
                       mixture: overlap with the axis and bias at its own norm, m/sqrt(q), and its
                       error on new patterns
  reference_bayes_overlap, reference_tilt
                       mixture: overlap with the Bayes-optimal vector at |w|² = N; H of tilted:H
  residual             largest absolute residual of the saddle-point equations
  error_estimate       largest error of what the row measures, absolute (of conjugates, slopes, replicas
                       and responses relative to those above one), from a refined quadrature and rounding
  at_stability         positive where the replica-symmetric solution is locally stable
  status               ok; rs_unstable: converged, but replica symmetry is broken, or there are no
                       such configurations of discrete weights; no_solution: the curve does not
                       reach this distance, or there is no such reference; not_converged: there
                       should be one
  reason               what else there is to know about the row

Examples:
  Around typical solutions of the binary perceptron, which are isolated:
    quenched local-entropy --alpha 0.5
  Around solutions of larger and larger margin, to a file:
    quenched local-entropy --alpha 0.5 --reference typical,margin:0.2,margin:max -o dense.csv
  Around minima of the cross-entropy, at four distances, as JSON on stdout:
    quenched local-entropy --alpha 0.4 --reference cross-entropy:1 --distance 0.01,0.05,0.1,0.2 --format json
  Around three classifiers of two clusters, probes that get one pattern in a hundred wrong:
    quenched local-entropy --data mixture --weights spherical --alpha 2 --delta 0.5 --training-error 0.01
      --reference bayes-optimal,square:0.2,cross-entropy:0.5:1 --distance 0.02:0.02:0.3
  Around solutions nearer and nearer to the Bayes-optimal vector:
    quenched local-entropy --data mixture --weights spherical --alpha 1 --reference tilted:0,tilted:1,tilted:3";

impl LocalEntropy {
    pub(super) fn run(self, context: &Context) -> Done {
        let mut options = self.model.typed;
        options.extend(self.branches.map(|value| ("branches".to_owned(), value)));
        let raw = RawRequest {
            verb: "local-entropy".to_owned(),
            quantity: None,
            options,
            ..RawRequest::default()
        };
        answer(&raw, &self.output, context)
    }
}
