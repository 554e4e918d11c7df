use super::super::journal::Journal;
use super::super::scratch::Folder;
use super::super::shard::Shard;
use super::super::work::work;
use super::*;
use crate::observer::Silent;
use crate::record::Format;

const SPEC: &str = "title = 'T'\n[data.theory]\nverb = 'classifiers'\nalpha = [1, 2]\n\
                    [data.samples]\nverb = 'simulate'\nquantity = ['amp', 'sbpi']\nn = 21\nalpha = [0.2, 0.4]\n\
                    samples = 3\n";

fn run(plan: &Plan, shard: Shard) {
    let places = plan.tasks.iter().enumerate();
    let own: Vec<&Task> = places
        .filter(|(i, _)| shard.has(*i))
        .map(|(_, t)| t)
        .collect();
    let journal = Journal::open(&plan.journal(shard)).unwrap();
    let worked = work(&own, journal, &Silent).unwrap();
    assert_eq!((worked.done, worked.failed), (own.len(), None));
}

fn bytes(plan: &Plan) -> (String, Option<Missing>) {
    let (record, missing) = merge(plan, &Collected::read(plan).unwrap()).unwrap();
    let mut bytes = Vec::new();
    record.write(Format::Csv, &mut bytes).unwrap();
    (String::from_utf8(bytes).unwrap(), missing)
}

#[test]
fn the_table_does_not_depend_on_the_shards() {
    let whole = Folder::new("merge-whole");
    let plan = whole.plan(SPEC);
    assert_eq!(plan.tasks.len(), 14);
    run(&plan, Shard::ALL);
    let (expected, missing) = bytes(&plan);
    assert_eq!(missing, None);
    let shared = Folder::new("merge-shared");
    let plan = shared.plan(SPEC);
    for index in [2, 0, 1] {
        run(&plan, Shard::new(index, 3).unwrap());
    }
    // Doing tasks twice changes nothing either.
    run(&plan, Shard::new(1, 4).unwrap());
    assert_eq!(bytes(&plan), (expected.clone(), None));
    assert!(
        expected.contains("\nsamples,") && expected.contains("\ntheory,"),
        "{expected}"
    );
    assert!(expected.contains("# spec: \"title = 'T'\\n"), "{expected}");
}

#[test]
fn a_missing_shard_is_told() {
    let folder = Folder::new("merge-missing");
    let plan = folder.plan(SPEC);
    run(&plan, Shard::new(0, 3).unwrap());
    run(&plan, Shard::new(2, 3).unwrap());
    let (text, missing) = bytes(&plan);
    let missing = missing.unwrap();
    assert_eq!(
        (missing.count, missing.files),
        (5, vec!["1-of-3.jsonl".to_owned()])
    );
    assert_eq!(missing.first, plan.tasks[1].raw.command());
    assert!(text.contains("# missing_tasks: 5\n"), "{text}");
}
