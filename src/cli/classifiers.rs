//! `quenched classifiers`.

use super::Context;
use super::exit::Done;
use super::model_options::{ModelOptions, Names, hidden};
use super::output::{Output, answer};
use crate::ask::RawRequest;

/// Classifiers of a Gaussian mixture in closed form: Bayes-optimal, oracle, Hebb, plug-in
///
/// Two clusters of patterns, centred at plus and minus v/sqrt(N) with noise of variance delta, a
/// fraction rho of label +1; a classifier answers the sign of w.x/sqrt(N) + bias. The answer has one
/// row for each classifier at each grid point. The classifiers and columns are explained below.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES, mut_args(only_own))]
pub(super) struct Classifiers {
    #[command(flatten)]
    model: ModelOptions,
    /// Which of them, or a list [default: all]
    #[arg(long, value_name = "NAMES", value_parser = Names(&["bayes-optimal", "oracle", "hebb", "plug-in"]), help_heading = "Model")]
    classifier: Option<String>,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Classifiers:
  bayes-optimal  mean of v given the labelled patterns, with the best bias: no classifier of these
                 patterns errs less, and it makes training errors
  oracle         v itself with the best bias
  hebb           sum of the patterns times their labels, without bias
  plug-in        the same, with the bias of the oracle: not the best one of its norm

Columns after the inputs; what does not exist is empty (null):
  m, q                  overlap w.v/N with the axis, and squared norm |w|^2/N, scaled to --norm
  bias, cosine          bias; cosine m/sqrt(q) with the axis
  best_bias             the bias of smallest generalisation error at this m and q
  training_square_loss  mean of (1 - stability)^2/2 over the patterns that it was made from
  training_error        fraction of these of negative stability
  generalization_error  probability of an error on a new pattern

Examples:
  The smallest error that there is, and that of knowing the centres:
    quenched classifiers --classifier bayes-optimal,oracle --alpha 0.5:0.5:4
  Unequal clusters, all four classifiers:
    quenched classifiers --alpha 2 --delta 0.5 --rho 0.2";

/// Hides the options of models that are trained.
fn only_own(option: clap::Arg) -> clap::Arg {
    const OTHERS: [&str; 9] = [
        "machine", "weights", "data", "loss", "kappa", "beta", "gamma", "lambda", "bias",
    ];
    let other = OTHERS.contains(&option.get_id().as_str());
    if other { hidden(option) } else { option }
}

impl Classifiers {
    pub(super) fn run(self, context: &Context) -> Done {
        let mut options = self.model.typed;
        let classifier = self
            .classifier
            .map(|value| ("classifier".to_owned(), value));
        options.extend(classifier);
        let raw = RawRequest {
            verb: "classifiers".to_owned(),
            quantity: None,
            options,
            ..RawRequest::default()
        };
        answer(&raw, &self.output, context)
    }
}
