use super::*;
use crate::ask::RawRequest;
use crate::model;
use crate::observer::Silent;
use crate::replica::local::point::LocalObservables;

fn request(verb: &str, quantity: Option<&str>, options: &[(&str, &str)]) -> Request {
    let pair = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    let raw = RawRequest {
        verb: verb.to_owned(),
        quantity: quantity.map(str::to_owned),
        options: options.iter().map(pair).collect(),
        ..RawRequest::default()
    };
    Request::new(&raw).unwrap()
}

fn column(table: &Table, name: &str) -> Vec<Value> {
    let rows = 0..table.rows().len();
    rows.map(|row| table.get(row, name).unwrap().clone())
        .collect()
}

/// Local entropies of the sphere without a hard average: the margin is far below zero.
fn sphere(options: &[(&str, &str)]) -> Table {
    let options = [&[("weights", "spherical"), ("kappa", "-2")], options].concat();
    run(&request("local-entropy", None, &options), &Silent).unwrap()
}

#[test]
fn references_are_outermost_and_distances_stay_in_the_order_typed() {
    let table = sphere(&[
        ("distance", "0.3,0.1"),
        ("alpha", "0.2,0.1"),
        ("reference", "margin:-1,typical"),
    ]);
    let words = |name: &str| -> Vec<String> {
        let cells = column(&table, name);
        cells
            .iter()
            .map(|v| v.as_text().unwrap().to_owned())
            .collect()
    };
    let of = |name: &str| -> Vec<f64> {
        let cells = column(&table, name);
        cells.iter().map(|v| v.as_number().unwrap()).collect()
    };
    assert_eq!(
        words("reference"),
        [["margin:-1"; 4], ["typical"; 4]].concat()
    );
    assert_eq!(of("alpha"), [0.2, 0.2, 0.1, 0.1, 0.2, 0.2, 0.1, 0.1]);
    assert_eq!(of("distance"), [0.3, 0.1].repeat(4));
    assert_eq!(of("overlap"), [0.4, 0.8].repeat(4));
    assert_eq!(of("reference_kappa"), [[-1.0; 4], [-2.0; 4]].concat());
    assert_eq!(column(&table, "dominant"), vec![Value::Bool(true); 8]);
    // Not every neighbour is a solution.
    assert!(
        of("normalized_local_entropy")
            .iter()
            .all(|s| *s < 0.0 && *s > -0.1)
    );
}

#[test]
fn a_reference_that_does_not_exist_leaves_the_inputs() {
    let table = sphere(&[
        ("distance", "0.3,0.1"),
        ("alpha", "1"),
        ("reference", "margin:3"),
    ]);
    assert_eq!(column(&table, "status"), vec!["no_solution".into(); 2]);
    assert_eq!(
        column(&table, "reason"),
        vec!["there is no such reference: at alpha 1".into(); 2]
    );
    assert_eq!(column(&table, "overlap"), [0.4.into(), 0.8.into()]);
    assert_eq!(column(&table, "reference_kappa"), vec![3.0.into(); 2]);
    let kept = [
        "weights",
        "data",
        "loss",
        "reference",
        "alpha",
        "kappa",
        "beta",
        "distance",
        "overlap",
        "reference_kappa",
        "status",
        "reason",
    ];
    for name in table
        .columns()
        .iter()
        .filter(|c| !kept.contains(&c.as_str()))
    {
        assert_eq!(column(&table, name), vec![Value::Null; 2], "{name}");
    }
}

fn state(distance: f64) -> LocalState {
    LocalState {
        group: None,
        distance,
        branch: "2".to_owned(),
        observables: LocalObservables {
            entropy: 0.25,
            ball: 0.5,
            at_stability: Some(-1.0),
            ..LocalObservables::default()
        },
        potential: [0.25, f64::NAN, f64::INFINITY],
        residual: 1e-15,
        error_estimate: 1e-14,
        x: Vec::new(),
        discrete: true,
        reference: Status::Ok,
    }
}

fn piece(request: &Request) -> Work<'_> {
    pieces(request, &request.references).remove(0)
}

/// The row of a request's first piece with what is found there.
fn row(request: &Request, found: RowContent) -> Table {
    let mut table = empty(request);
    table.push(Layout::new(request).row(&piece(request), found));
    table
}

#[test]
fn critical_values_stand_in_their_own_column() {
    let critical = state(0.125);
    let found = |answer: f64, distance: f64, margin: Option<f64>| RowContent {
        answer: Some(answer),
        distance: Some(distance),
        margin,
        ..RowContent::state(&critical, true)
    };
    let load = request("threshold", Some("isolation-load"), &[]);
    let table = row(&load, found(0.75, 0.125, None));
    assert_eq!(column(&table, "alpha"), [0.75.into()]);
    assert_eq!(column(&table, "distance"), [0.125.into()]);
    assert_eq!(column(&table, "reference"), ["margin:max".into()]);
    assert!(table.position("branch").is_none());
    let options = [("alpha", "0.5")];
    let distance = request("threshold", Some("isolation-distance"), &options);
    let table = row(&distance, found(0.125, 0.125, None));
    assert_eq!(column(&table, "alpha"), [0.5.into()]);
    assert_eq!(column(&table, "distance"), [0.125.into()]);
    assert_eq!(column(&table, "overlap"), [0.75.into()]);
    let margin = request("threshold", Some("isolation-margin"), &options);
    let table = row(&margin, found(0.25, 0.125, Some(0.25)));
    assert_eq!(column(&table, "reference_kappa"), [0.25.into()]);
    assert_eq!(column(&table, "reference"), [Value::Null]);
}

#[test]
fn numbers_that_are_not_finite_do_not_exist() {
    let options = [("alpha", "0.5"), ("distance", "0.125")];
    let curve = request("local-entropy", None, &options);
    let state = state(0.125);
    let table = row(&curve, RowContent::state(&state, false));
    assert_eq!(column(&table, "slope"), [Value::Null]);
    assert_eq!(column(&table, "beta"), [f64::INFINITY.into()]);
    assert_eq!(column(&table, "normalized_local_entropy"), [(-0.25).into()]);
    assert_eq!(column(&table, "branch"), ["2".into()]);
    assert_eq!(column(&table, "dominant"), [false.into()]);
    assert_eq!(column(&table, "status"), ["rs_unstable".into()]);
    let lost = crate::solve::NotConverged::Escaped.into();
    let table = row(&curve, RowContent::missing(lost, "anywhere".to_owned()));
    assert_eq!(column(&table, "residual"), [Value::Null]);
    assert_eq!(column(&table, "status"), ["not_converged".into()]);
    let error = NoReference::NotConverged(crate::solve::NotConverged::Stalled { residual: 0.5 });
    let table = row(&curve, RowContent::no_reference(&error, 0.5));
    assert_eq!(column(&table, "residual"), [0.5.into()]);
    assert_eq!(
        column(&table, "reason"),
        ["the reference did not converge: starts at alpha 0.5 searched".into()]
    );
}

#[test]
fn models_see_the_parameters_of_the_grid() {
    let options = [
        ("alpha", "0.7"),
        ("kappa", "0.2"),
        ("beta", "3"),
        ("distance", "0.1"),
    ];
    let curve = request("local-entropy", None, &options);
    let expected = model::Parameters {
        alpha: 0.7,
        kappa: 0.2,
        beta: 3.0,
        distance: 0.1,
        ..model::Parameters::default()
    };
    assert_eq!(piece(&curve).point.to_model(), expected);
}

#[test]
fn an_observer_stops_between_curves() {
    struct Stopped;
    impl Observer for Stopped {
        fn cancelled(&self) -> bool {
            true
        }
    }
    let request = request("local-entropy", None, &[("alpha", "0.5")]);
    let Err(RunError::Interrupted(table)) = run(&request, &Stopped) else {
        panic!("it ran to its end")
    };
    assert_eq!(
        (table.rows().len(), table.columns()),
        (0, empty(&request).columns())
    );
}
