//! `quenched simulate`.

use super::Context;
use super::exit::Done;
use super::kept_files::KeptFiles;
use super::model_options::{DISTANCE, ModelOptions, Names, shown};
use super::output::{Output, answer_keeping};
use crate::ask::RawRequest;
use clap::Arg;
use std::path::PathBuf;

/// An algorithm on finite systems
///
/// Draws random patterns for N weights and runs message passing or a search on them. The answer has
/// one row for each size, grid point and sample, or with --summary one row for all samples. The same
/// seed gives the same rows, bit for bit (but for the seconds), on any number of threads; a sample
/// does not depend on how many others there are.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES, mut_arg(DISTANCE, around_solution))]
pub(super) struct Simulate {
    /// What to run: one of the algorithms below
    #[arg(value_name = "ALGORITHM", value_parser = Names(ALGORITHMS))]
    algorithm: Option<String>,
    #[command(flatten)]
    model: ModelOptions,
    /// Own patterns instead of random ones, .csv, .npy or .parquet: one a row, its label last, or in a
    /// column named label, target, class or y; alpha and n are those of the file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = SYSTEMS)]
    patterns: Option<String>,
    /// Labels of these patterns, where they have a file of their own
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = SYSTEMS)]
    labels: Option<String>,
    /// Column of the labels: its name, or its number in a file without names
    #[arg(long, value_name = "NAME", allow_hyphen_values = true, help_heading = SYSTEMS)]
    label_column: Option<String>,
    /// Patterns of the same kind that nothing is learned from: what was found is tried on them
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = SYSTEMS)]
    test: Option<String>,
    /// Number of inputs: whole numbers, a value, a list or a range [default: 1001]
    #[arg(long, value_name = "N", allow_hyphen_values = true, help_heading = SYSTEMS)]
    n: Option<String>,
    /// Samples of each size at each grid point [default: 10; 1 for own patterns]
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true, help_heading = SYSTEMS)]
    samples: Option<String>,
    /// Leave out the samples before this one: with --samples 1 it is the only one [default: 0]
    #[arg(long, value_name = "K", allow_hyphen_values = true, help_heading = SYSTEMS)]
    first_sample: Option<String>,
    /// Seed of the patterns and of the algorithm's own random numbers [default: 0]
    #[arg(long, value_name = "SEED", allow_hyphen_values = true, help_heading = SYSTEMS)]
    seed: Option<String>,
    /// Entries of the patterns: ±1 or standard Gaussian [default: signs]
    #[arg(long, value_name = "NAME", value_parser = Names(&["signs", "gaussian"]), help_heading = SYSTEMS)]
    entries: Option<String>,
    /// Reinforcement added at each iteration (reinforced-bp, max-sum) [default: 0.001, 0.005]
    #[arg(long, value_name = "RATE", allow_hyphen_values = true, help_heading = ITERATION)]
    rate: Option<String>,
    /// Schedule of focusing-bp, one of those below [default: pseudo-reinforcement:0.005]
    #[arg(long, value_name = "NAME", help_heading = ITERATION)]
    protocol: Option<String>,
    /// How bp computes messages: expanded in the edge's own weight, in the Gaussian cavity field, or
    /// exact, for some dozen weights [default: expanded]
    #[arg(long, value_name = "NAME", value_parser = Names(&["expanded", "cavity", "exact"]), help_heading = ITERATION)]
    rule: Option<String>,
    /// Whether all patterns of bp answer at once, or take turns in random order [default: flooding]
    #[arg(long, value_name = "NAME", value_parser = Names(&["flooding", "sequential"]), help_heading = ITERATION)]
    schedule: Option<String>,
    /// Part of the old means that an iteration keeps, at least 0, below 1 [default: what suits the
    /// algorithm]
    #[arg(long, value_name = "PART", allow_hyphen_values = true, help_heading = ITERATION)]
    damping: Option<String>,
    /// Largest change of a converged iteration [default: 1e-10 for amp, 1e-7 for bp]
    #[arg(long, value_name = "CHANGE", allow_hyphen_values = true, help_heading = ITERATION)]
    tolerance: Option<String>,
    /// Most iterations; for focusing-bp at one step of its schedule, for sbpi passes over all
    /// patterns [default: 1000; 400 for max-sum, 20 for focusing-bp, 2000 for sbpi]
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true, help_heading = ITERATION)]
    max_iterations: Option<String>,
    /// So many iterations of amp from zero means beside what state evolution predicts; one row for
    /// each
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true, help_heading = MEASURED)]
    path: Option<String>,
    /// One row for all samples: means, standard errors, success rates
    #[arg(long, help_heading = "Output")]
    summary: bool,
    /// Write the weights and the bias of every sample to this file, .npy or .csv
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Output")]
    weights_out: Option<PathBuf>,
    /// Write what they say of each pattern of --test to this file, .csv
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Output")]
    predictions_out: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

const SYSTEMS: &str = "Systems";
const ITERATION: &str = "Iteration";
const MEASURED: &str = "What is measured";
const ALGORITHMS: &[&str] = &[
    "bp",
    "amp",
    "reinforced-bp",
    "focusing-bp",
    "max-sum",
    "sbpi",
    "planted",
    "minimise",
    "bayes-optimal",
    "hebb",
    "plug-in",
];

/// The distance, as it is meant here.
fn around_solution(option: Arg) -> Arg {
    let help = "Distances from what was found, at which to measure the local entropy and the local \
        energy, or of classifiers of a mixture their errors, above 0, at most 0.5: a value, a list \
        or a range; one row for each";
    shown(option).help(help).help_heading(MEASURED)
}

const EXAMPLES: &str = "\
Algorithms:
  bp             belief propagation with one message per edge: the measure over all solutions
  amp            approximate message passing: the same at a cost of one number per weight, and for
                 every choice of weights and loss, at any temperature; where the loss of spherical
                 weights cannot vanish and beta is inf, its minimum
  reinforced-bp  message passing whose fields remember: finds one solution of binary weights
  focusing-bp    message passing of replicas that attract each other: finds one in a dense region
  max-sum        the same at zero temperature, with reinforcement
  sbpi           a search that flips signs by integer fields
  planted        no search: the teacher itself, a typical solution of its own patterns
Of two clusters (--data mixture), with --weights ridge (their default) or spherical:
  minimise       the linear classifier of smallest risk, loss plus ridge, or at given --norm
  amp            the same by message passing, or a Gibbs measure (any weights and beta)
  bayes-optimal  the posterior mean of the axis of the clusters
  hebb, plug-in  the mean of patterns times labels: without bias, or with that of a known axis

Schedules of focusing-bp:
  pseudo-reinforcement[:STEP]   rho from 0 to 1 in steps, gamma = atanh sqrt(rho), y = 1 + 1/(1-rho)
  standard-reinforcement[:STEP] the same with gamma = inf, y = 1/(1-rho)
  scoping[:Y]                   Y replicas, gamma growing from 0

Columns after the inputs; what does not exist for a model is empty (null):
  n, m_patterns        inputs; patterns, the load times the number of weights, rounded
  sample, seed         which sample of which seed
  solved               whether the configuration found, or the signs of the means (binary weights),
                       classify all patterns
  iterations           iterations, sweeps over all messages, or passes over all patterns
  training_errors      patterns that this configuration misclassifies
  free_entropy         ln Z per weight (Bethe)
  entropy              ln of the number (discrete weights) or volume of configurations per weight
  training_loss        mean loss per pattern
  q, m                 squared length of the means per weight; their overlap with the teacher
  seconds              wall time of the sample, drawing it included
  status               ok, or not_converged where messages reached no fixed point

With --distance, for algorithms that find a solution; instead of what is measured above:
  local_entropy        ln of the number of solutions at this distance per weight (Bethe)
  normalized_local_entropy  the same minus that of all configurations at this distance
  local_energy         mean fraction of errors after flipping this fraction of the signs
With --path:
  iteration            from 0
  q, m                 of the means after it; predicted_q, predicted_m: by state evolution

Of classifiers of two clusters:
  q, m, cosine, bias   |w|²/N, overlap and cosine with the axis, bias; lambda: multiplier of the norm
  training_loss, training_error, generalization_error   of a pattern; the last of a new one, exactly
  ground_state_energy  smallest risk per weight, ridge included; residual: norm of its gradient
  status               no_solution where no classifier, or more than one, is best
  The bias of solve at rho 0.5 is 0; samples learn one of order 1/sqrt(N), or are given --bias fixed:0
  With --distance: overlap, local_training_error, local_generalization_error of vectors there that do
  not look at the patterns, means over 100 directions; draws_error: standard error over these
  Of own patterns: estimated_delta, estimated_rho, signal and offset, the distances of the clusters
  from their middle and of the middle from the origin; estimated_cosine, estimated_generalization_error;
  leave_one_out_error, of each pattern when all the others are learned (square, cross-entropy)
With --test:
  test_patterns, test_errors, test_error   of patterns that nothing was learned from
  test_stability, least_test_stability     mean and least of their stabilities y (w.x/sqrt(N) + b)
With --weights-out: a row a weight with the coefficient w/sqrt(N) of its input, and the bias; in .npy a
row a sample, its weights and the bias. Of measures the weights are means.

With --summary: samples, converged, solved count them; success_rate with its 95 % interval (Wilson)
success_low, success_high; of what is measured the mean, and in NAME_error its standard error.

Machines: perceptron; tree-committee:K and committee:K, the majority of K hidden units (odd) with
inputs of their own, or with the same inputs.

Examples:
  Entropy of the binary perceptron on twenty samples, with means and errors:
    quenched simulate amp --alpha 0.4 --n 1001 --samples 20 --summary
  How often reinforced message passing finds a solution, against the load:
    quenched simulate reinforced-bp --alpha 0.6:0.02:0.76 --samples 20 --summary -o success.csv
  Local entropy around the solutions of two algorithms:
    quenched simulate sbpi --alpha 0.5 --distance 0.01:0.01:0.3 --summary -o sbpi.csv
    quenched simulate focusing-bp --alpha 0.5 --distance 0.01:0.01:0.3 --summary -o fbp.csv
  Measured overlaps beside state evolution:
    quenched simulate amp --alpha 0.6 --n 4001 --path 20 --summary
  Own patterns, one a line with its label last:
    quenched simulate reinforced-bp --patterns patterns.csv
  Cross-entropy on two clusters, to be compared with quenched solve and the same options:
    quenched simulate minimise --data mixture --loss cross-entropy --alpha 2 --lambda 0.1 --summary
  Hinge loss on own patterns of two classes, and how errors grow around the classifier:
    quenched simulate minimise --loss hinge --patterns patterns.csv
    quenched simulate minimise --loss hinge --patterns patterns.csv --distance 0.01:0.01:0.3
  Its weights, and its errors on other patterns:
    quenched simulate minimise --loss cross-entropy --patterns patterns.csv --label-column diagnosis \
      --test others.csv --weights-out weights.csv
  A tree committee of three units:
    quenched simulate focusing-bp --machine tree-committee:3 --n 2001 --alpha 0.7";

impl Simulate {
    pub(super) fn run(self, context: &Context) -> Done {
        let mut options = self.model.typed;
        let own = [
            ("patterns", self.patterns),
            ("labels", self.labels),
            ("label-column", self.label_column),
            ("test", self.test),
            ("n", self.n),
            ("samples", self.samples),
            ("first-sample", self.first_sample),
            ("seed", self.seed),
            ("entries", self.entries),
            ("rate", self.rate),
            ("protocol", self.protocol),
            ("rule", self.rule),
            ("schedule", self.schedule),
            ("damping", self.damping),
            ("tolerance", self.tolerance),
            ("max-iterations", self.max_iterations),
            ("path", self.path),
            ("summary", self.summary.then(|| "true".to_owned())),
        ];
        let typed = own
            .into_iter()
            .filter_map(|(k, v)| Some((k.to_owned(), v?)));
        options.extend(typed);
        let raw = RawRequest {
            verb: "simulate".to_owned(),
            quantity: self.algorithm,
            options,
            ..RawRequest::default()
        };
        let files = KeptFiles {
            weights: self.weights_out,
            predictions: self.predictions_out,
        };
        answer_keeping(&raw, &self.output, &files, context)
    }
}
