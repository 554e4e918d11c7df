//! The combinations in few lines: those that differ in one name only are written as a list.

use super::combination::Combination;

/// Names that go with each other in every combination.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Machine, weights, data, loss and temperature: names that may be chosen freely.
    pub names: [Vec<&'static str>; 5],
}

/// What has the same models: thresholds, references or algorithms.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Verbs with what they find, and the references or classifiers of each.
    pub asked: Vec<(String, Vec<String>)>,
    /// Their models.
    pub lines: Vec<Line>,
}

/// The order in which names are gathered: losses first, as most models share all of them.
const ORDER: [usize; 4] = [3, 1, 0, 2];

/// Gathers combinations, in the order of the first of each group.
pub fn groups(combinations: &[Combination]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut rest = combinations;
    while let Some(first) = rest.first() {
        let same = |c: &&Combination| c.verb == first.verb && c.of == first.of;
        let count = rest.iter().take_while(same).count();
        let lines = gathered(&rest[..count]);
        let asked = (first.verb.name(), first.of.clone());
        let word = |verb: &str| verb.split(' ').next().map(str::to_owned);
        let alike =
            |group: &&mut Group| group.lines == lines && word(&group.asked[0].0) == word(&asked.0);
        match groups.iter_mut().find(alike) {
            Some(group) => add(&mut group.asked, asked),
            None => {
                let mut group = Group {
                    asked: Vec::new(),
                    lines,
                };
                add(&mut group.asked, asked);
                groups.push(group);
            }
        }
        rest = &rest[count..];
    }
    groups
}

fn add(asked: &mut Vec<(String, Vec<String>)>, (verb, of): (String, Option<String>)) {
    let at = asked.iter().position(|(known, _)| *known == verb);
    let at = at.unwrap_or_else(|| {
        asked.push((verb, Vec::new()));
        asked.len() - 1
    });
    asked[at].1.extend(of);
}

fn gathered(combinations: &[Combination]) -> Vec<Line> {
    let line = |c: &Combination| {
        let names = [
            c.machine,
            c.weights,
            Some(c.data),
            c.loss,
            Some(c.beta.name()),
        ];
        Line {
            names: names.map(|name| name.into_iter().collect()),
        }
    };
    let mut lines: Vec<Line> = combinations.iter().map(line).collect();
    for field in ORDER {
        let mut merged: Vec<Line> = Vec::new();
        for line in lines {
            let others = |a: &Line| (0..5).all(|i| i == field || a.names[i] == line.names[i]);
            match merged.iter_mut().find(|known| others(known)) {
                Some(known) => known.names[field].extend(&line.names[field]),
                None => merged.push(line),
            }
        }
        lines = merged;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::combinations;
    use super::*;

    /// Every combination that a line stands for.
    fn spelled(line: &Line) -> Vec<[Option<&'static str>; 5]> {
        let mut all = vec![[None; 5]];
        for (i, names) in line.names.iter().enumerate().filter(|(_, n)| !n.is_empty()) {
            let with = |one: &[Option<&'static str>; 5]| {
                let one = *one;
                names.iter().map(move |name| {
                    let mut one = one;
                    one[i] = Some(*name);
                    one
                })
            };
            all = all.iter().flat_map(with).collect();
        }
        all
    }

    #[test]
    fn groups_stand_for_the_same_combinations() {
        let all = combinations();
        let mut found = 0;
        for group in groups(&all) {
            for (verb, of) in &group.asked {
                let of: Vec<Option<String>> = match &of[..] {
                    [] => vec![None],
                    of => of.iter().cloned().map(Some).collect(),
                };
                for (of, line) in of
                    .iter()
                    .flat_map(|of| group.lines.iter().map(move |l| (of, l)))
                {
                    for [machine, weights, data, loss, beta] in spelled(line) {
                        found += 1;
                        let is_it = |c: &Combination| {
                            let names = [c.machine, c.weights, Some(c.data), c.loss];
                            let own = [machine, weights, data, loss];
                            c.verb.name() == *verb
                                && c.of == *of
                                && names == own
                                && Some(c.beta.name()) == beta
                        };
                        assert_eq!(
                            all.iter().filter(|c| is_it(c)).count(),
                            1,
                            "{verb} {of:?} {line:?}"
                        );
                    }
                }
            }
        }
        assert_eq!(found, all.len());
    }
}
