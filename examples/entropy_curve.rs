//! A curve as CSV on standard output: the entropy of the binary perceptron against its load.
//!
//! ```text
//! cargo run --release --example entropy_curve > entropy.csv
//! ```
//!
//! A request is what the command line and a figure's recipe are made of: options by their long
//! names, values as typed. Running it gives a table; a record adds where the table comes from.

use quenched::answer::{run, tolerances};
use quenched::ask::{RawRequest, Request};
use quenched::observer::Silent;
use quenched::record::{Format, Record, Value};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let option = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let raw = RawRequest {
        verb: "solve".to_owned(),
        options: vec![option("weights", "binary"), option("alpha", "0.05:0.05:1")],
        ..RawRequest::default()
    };
    let request = Request::new(&raw)?;
    let table = run(&request, &Silent)?;
    let record = Record {
        meta: request.meta("entropy_curve", tolerances()),
        table,
    };
    record.write(Format::Csv, &mut std::io::stdout())?;

    // The entropy falls with the load and is negative beyond the capacity 0.83308, where the
    // status says that such weights do not exist.
    let number =
        |row: usize, column: &str| record.table.get(row, column).and_then(Value::as_number);
    for row in 0..record.table.rows().len() {
        let (Some(alpha), Some(entropy)) = (number(row, "alpha"), number(row, "entropy")) else {
            return Err(format!("row {row} has no entropy").into());
        };
        let status = record.table.get(row, "status").and_then(Value::as_text);
        assert_eq!(entropy > 0.0, alpha < 0.833_078_599_74);
        assert_eq!(entropy > 0.0, status == Some("ok"), "{alpha}");
    }
    Ok(())
}
