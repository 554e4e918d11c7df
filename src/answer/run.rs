//! From a validated request to its table.

use super::finite::finite;
use super::kept::Kept;
use super::run_error::RunError;
use super::{classifiers, comparison, local_entropy, mixture_local_entropy, simulate, states};
use crate::ask::{Request, Verb};
use crate::observer::Observer;
use crate::record::{Pairs, Table, Value};
use crate::solve::Tolerances;

/// The tolerances that the solvers work with.
pub fn tolerances() -> Pairs {
    let t = Tolerances::default();
    vec![
        ("residual".to_owned(), Value::Num(t.residual)),
        ("event".to_owned(), Value::Num(t.event)),
    ]
}

/// The table that answers a request, without its rows.
pub fn empty(request: &Request) -> Table {
    match request.verb {
        Verb::Solve | Verb::Threshold(_) => states::empty(request),
        Verb::LocalEntropy | Verb::LocalThreshold(_) if request.bias.is_some() => {
            mixture_local_entropy::empty(request)
        }
        Verb::LocalEntropy | Verb::LocalThreshold(_) => local_entropy::empty(request),
        Verb::Classifiers => classifiers::empty(request),
        Verb::Validate => comparison::empty(),
        Verb::Simulate(_) => {
            let systems = request.systems.as_ref();
            systems.map_or(Table::default(), |s| simulate::empty(request, s))
        }
    }
}

/// Answers a request: one row a grid point and branch, in the order of the grid (references, if
/// there are any, outermost), whatever the number of threads.
///
/// # Errors
/// [`RunError::Invalid`] if the model cannot answer; [`RunError::Interrupted`] with the rows that
/// were finished, up to the first that was not.
pub fn run(request: &Request, observer: &dyn Observer) -> Result<Table, RunError> {
    run_keeping(request, observer, None)
}

/// The same, keeping of simulations what the rows do not hold.
///
/// # Errors
/// As [`run`].
pub fn run_keeping(
    request: &Request,
    observer: &dyn Observer,
    kept: Option<&Kept>,
) -> Result<Table, RunError> {
    match answered(request, observer, kept) {
        Ok(table) => Ok(finite(table)),
        Err(RunError::Interrupted(table)) => Err(RunError::Interrupted(finite(table))),
        Err(error) => Err(error),
    }
}

fn answered(
    request: &Request,
    observer: &dyn Observer,
    kept: Option<&Kept>,
) -> Result<Table, RunError> {
    if let Verb::LocalEntropy | Verb::LocalThreshold(_) = request.verb {
        return match request.bias {
            Some(bias) => mixture_local_entropy::run(request, bias, observer),
            None => local_entropy::run(request, observer),
        };
    }
    if let Some(systems) = &request.systems {
        return simulate::run(request, (systems, kept), observer);
    }
    if let Some(comparison) = &request.comparison {
        return comparison::run(comparison, observer);
    }
    if request.verb == Verb::Classifiers {
        return classifiers::run(request, observer);
    }
    states::run(request, observer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::RawRequest;
    use crate::observer::Silent;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn table(alpha: &str, observer: &dyn Observer) -> Result<Table, RunError> {
        let options = [("weights", "spherical"), ("alpha", alpha)];
        let raw = RawRequest {
            verb: "solve".to_owned(),
            quantity: None,
            options: options.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
            ..RawRequest::default()
        };
        run(&Request::new(&raw).unwrap(), observer)
    }

    #[test]
    fn a_line_in_parts_is_one_branch_with_a_row_for_each_value() {
        let table = table("0.02:0.02:1.9", &Silent).unwrap();
        assert_eq!(table.rows().len(), 95);
        for row in 0..95 {
            assert_eq!(table.get(row, "branch"), Some(&"1".into()), "row {row}");
            let overlap = table.get(row, "q").and_then(Value::as_number).unwrap();
            let alpha = table.get(row, "alpha").and_then(Value::as_number).unwrap();
            // κ = 0 on the sphere: q grows with α and reaches 1 at α = 2.
            assert!(overlap > 0.0 && overlap < 1.0 && alpha == (row + 1) as f64 / 50.0);
        }
    }

    #[test]
    fn an_observer_stops_a_long_line_between_its_parts() {
        struct Impatient(AtomicUsize);
        impl Observer for Impatient {
            fn progress(&self, done: usize, total: usize) {
                assert!(done <= total);
                self.0.store(done, Ordering::Relaxed);
            }
            fn cancelled(&self) -> bool {
                self.0.load(Ordering::Relaxed) > 0
            }
        }
        let stopped = table("0.0001:0.0001:1.9", &Impatient(AtomicUsize::new(0)));
        let Err(RunError::Interrupted(partial)) = stopped else {
            panic!("a line of 19000 values ran to its end")
        };
        assert!(partial.rows().len() < 19_000 / 2);
    }
}
