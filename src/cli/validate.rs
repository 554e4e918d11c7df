//! `quenched validate`.

use super::Context;
use super::exit::{self, Done, Failure, INTERRUPTED, OK};
use super::output::{Output, Target, write};
use super::readable;
use super::threads::within;
use super::watch::{Watch, interruptible};
use crate::answer::comparison_table;
use crate::ask::{Comparison, RawRequest, Request};
use crate::error::Error;
use crate::experiment::validation::Row;
use crate::record::{Meta, Record, Table, Value};
use std::sync::Arc;
use std::time::Instant;

/// Exit code of a validation that fails.
const FAILED: u8 = 1;

/// Theory against simulation, with a z-score for each quantity
///
/// Draws instances of finite size, runs message passing on them, and compares what it finds with
/// what the theory says about infinitely many weights: entropies, overlaps, energies, errors. Means
/// at a finite size differ from the theory by terms of order 1/n, so they are extrapolated to
/// infinite n, and these rows are judged. Exit code 1 where theory and simulation differ.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Validate {
    /// Numbers of weights: two or more, odd for the first eight checks, separated by commas
    /// [default: 1001,3001]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    n: Option<String>,
    /// Instances that are drawn of each model, load and size [default: 24]
    #[arg(long, value_name = "K", allow_hyphen_values = true)]
    samples: Option<String>,
    /// Seed of all random numbers [default: 1]
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    seed: Option<String>,
    /// Standard errors by which theory and simulation may differ [default: 4]
    #[arg(long, value_name = "X", allow_hyphen_values = true)]
    sigmas: Option<String>,
    /// Which checks to run, separated by commas, or all; see below [default: the first eight]
    #[arg(long, value_name = "NAMES", allow_hyphen_values = true)]
    checks: Option<String>,
    /// All checks: --checks all
    #[arg(long, conflicts_with = "checks")]
    all: bool,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Checks:
  storage          entropy and overlap q of the solutions of the binary perceptron with random
                   labels, by approximate message passing (amp), at three loads
  edges            the same entropy from belief propagation with a message per edge (bp), at half
                   the smallest size and at the smallest
  enumeration      exact messages against all configurations, counted, of 9, 15 and 21 weights: by
                   how much the entropy of belief propagation deviates on the same instances
  state-evolution  overlaps q_1, q_2, ... after the first ten iterations, against state evolution
  teacher          overlap m with a binary teacher: at alpha 0.8; at 1.35, where the iteration stays
                   in the metastable solution, which below a thousand weights it often leaves; and
                   at 1.7, where it finds the teacher
  local-entropy    number of solutions at three distances from a teacher, by belief propagation in
                   a field along it, at half the smallest size and at the smallest
  spherical        log-volume and overlap of spherical solutions
  ground-state     lowest energy, and with a teacher the generalisation error, of spherical weights
                   with the square and the cross-entropy loss, at half the sizes
  mixture          two Gaussian clusters, balanced with delta 1 and with rho 0.2 and delta 0.5, at
                   half the sizes: minimisers of the square, cross-entropy and hinge losses with a
                   ridge and at given norm, the Bayes-optimal classifier, and Gibbs measures of
                   spherical and binary weights at a finite temperature and without errors
  mixture-landscape
                   the same clusters, at half the sizes: around the Bayes-optimal classifier and
                   minimisers of the square and the cross-entropy loss, at three distances: errors
                   of perturbed weights, local entropy relative to the volume of the shell, overlap
                   and errors of probes
  temperature      Gaussian patterns from here on, at half the sizes: measures at finite temperatures,
                   and solutions at margins 0.5 and -0.5: entropies, overlaps and their conjugates,
                   losses and errors
  learning         binary and spherical students of a teacher without errors: entropy, overlap, its
                   conjugate, error of a student and of the posterior; the first five iterations
  minima           convex losses on the sphere: lowest energy, response chi, errors
  stability        at_stability, by how fast message passing forgets a perturbation
  margin           largest margin of spherical weights at two loads, the inverse of the capacity
  reference        spherical weights: number of solutions and overlap of two, at three distances from
                   a teacher, from the minimiser of the cross-entropy, from the largest margin
  classifiers      two clusters: Bayes-optimal, Hebb and plug-in classifiers in closed form

Other critical loads have no finite counterpart, and some references cannot be drawn:
theory/message-passing.md lists what is not compared, and why.

Columns:
  check, quantity        what is compared; per weight, natural logarithms
  weights, data, loss    the model; algorithm: what was run on the instances
  setting                from the check mixture on: parameters, the bias, what confines the weights,
                         the inverse temperature, the reference that distances are measured from
  n, alpha               weights and patterns per weight; n is empty (null) for the extrapolation
  samples                instances that are averaged
  theory                 value for infinitely many weights, at this alpha
  simulation             mean over the instances, or its limit of infinite n
  standard_error         of simulation, from the scatter of the instances
  z                      (simulation - theory) / standard_error
  judged                 whether the row decides on the exit code: extrapolated rows do
  position               where to draw a judged row: number of its check among those that were run,
                         from 0 on, and its place among the rows of this check
  normal_quantile        of judged rows: what a normal law expects at the rank of their z
  status                 ok; differs: abs(z) is above --sigmas; not_judged: a finite size, for
                         information; not_converged: too many runs, or the theory, did not converge
  reason                 what else there is to know about the row

With 24 samples a z of 4 is exceeded by chance about once in 1800 rows, with many samples once in
16000. Where a row fails, try another --seed, then more --samples and larger --n.

Examples:
  The first eight checks, in a minute, and all of them, which take many:
    quenched validate
    quenched validate --all
  Mixtures alone, at 500 and 2000 weights:
    quenched validate --checks mixture,mixture-landscape --n 1000,4000
  More exact, one check, to a file:
    quenched validate --checks storage --n 1001,2001,4001 --samples 200 -o validation.csv";

impl Validate {
    pub(super) fn run(self, context: &Context) -> Done {
        let request = self.request()?;
        let Some(comparison) = &request.comparison else {
            return Ok(OK);
        };
        let sigmas = comparison.sigmas;
        let target = self.output.target()?;
        let start = Instant::now();
        let Some(rows) = compute(comparison, context)? else {
            return Err(Failure {
                code: INTERRUPTED,
                line: "interrupted; nothing was written".to_owned(),
            });
        };
        let seconds = start.elapsed().as_secs_f64();
        context.explain(|| format!("{} rows in {seconds:.3} s", rows.len()));
        let meta = Meta {
            wall_time: Some(seconds),
            ..request.meta(context.command.as_str(), Vec::new())
        };
        let record = Record {
            meta,
            table: comparison_table(comparison, &rows),
        };
        if matches!(target, Target::Terminal) {
            let text = readable::render(&short(&rows, sigmas), readable::colour());
            exit::print(text.as_bytes())?;
        } else {
            write(&record, &target)?;
        }
        Ok(judge(&rows, sigmas))
    }

    fn request(&self) -> Result<Request, Error> {
        let typed = [
            ("checks", &self.checks),
            ("n", &self.n),
            ("samples", &self.samples),
            ("seed", &self.seed),
            ("sigmas", &self.sigmas),
        ];
        let typed = typed.into_iter();
        let given = typed.filter_map(|(name, text)| Some((name.to_owned(), text.clone()?)));
        let all = self.all.then(|| ("all".to_owned(), "true".to_owned()));
        Request::new(&RawRequest {
            verb: "validate".to_owned(),
            options: given.chain(all).collect(),
            ..RawRequest::default()
        })
    }
}

/// Rows, none where the user interrupted.
fn compute(comparison: &Comparison, context: &Context) -> Result<Option<Vec<Row>>, Failure> {
    let watch = Arc::new(Watch::new("validate", context.quiet));
    let (threads, asked, observer) = (context.threads, comparison.clone(), Arc::clone(&watch));
    let result = interruptible(move || within(threads, || asked.validation.run(observer.as_ref())));
    watch.close();
    Ok(result.transpose()?.transpose()?.flatten())
}

/// The exit code; what fails is said in one line.
fn judge(rows: &[Row], sigmas: f64) -> u8 {
    let failing: Vec<String> = rows
        .iter()
        .filter(|row| row.fails(sigmas))
        .map(|row| {
            let z = row.z().map_or(row.verdict(sigmas).name().to_owned(), |z| {
                format!("z = {z:.2}")
            });
            let (check, quantity) = (row.check.name(), &row.quantity);
            let (loss, alpha) = (row.loss, row.alpha);
            let setting = row
                .setting
                .as_ref()
                .map_or(String::new(), |s| format!(", {s}"));
            format!("{check} {quantity} ({loss}, alpha {alpha:.4}{setting}, {z})")
        })
        .collect();
    if failing.is_empty() {
        return OK;
    }
    let judged = rows.iter().filter(|row| row.judged).count();
    let count = failing.len();
    exit::note(&format!(
        "{count} of {judged} judged rows fail at {sigmas} sigmas: {}",
        failing.join("; ")
    ));
    FAILED
}

/// What fits on a terminal.
fn short(rows: &[Row], sigmas: f64) -> Table {
    let mut table = Table::new([
        "check",
        "quantity",
        "loss",
        "data",
        "setting",
        "n",
        "alpha",
        "theory",
        "simulation",
        "standard_error",
        "z",
        "status",
    ]);
    let digits = |x: f64| (x * 1e6).round() / 1e6;
    for row in rows {
        table.push(vec![
            row.check.name().into(),
            row.quantity.as_str().into(),
            row.loss.into(),
            row.data.into(),
            row.setting.as_deref().map_or(Value::Null, Value::from),
            row.n
                .map_or(Value::Num(f64::INFINITY), |n| Value::Num(n as f64)),
            digits(row.alpha).into(),
            row.theory.map(digits).into(),
            row.simulation.map(|s| digits(s.value)).into(),
            row.simulation.map(|s| s.error).into(),
            row.z().into(),
            row.verdict(sigmas).name().into(),
        ]);
    }
    table
}
