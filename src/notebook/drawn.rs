//! The columns of a table that a figure draws.

use crate::ask::recipe::{Coordinate, Curve, Edge, FigureRecipe, Level, Match, Panel};
use crate::record::Table;
use std::collections::HashSet;

/// What marks rows that a figure leaves out.
const STATUS: &str = "status";

/// The table of the data block `name` with the columns alone that the recipe draws or chooses rows
/// by: what else stands in a file of the user's own is nobody's business.
pub fn drawn(recipe: &FigureRecipe, name: &str, table: &Table) -> Table {
    let mut used = Used {
        name,
        columns: HashSet::from([STATUS]),
    };
    recipe.panels.iter().for_each(|panel| used.panel(panel));
    let columns = table.columns().iter().enumerate();
    let kept: Vec<(usize, &String)> = columns
        .filter(|(_, column)| used.columns.contains(column.as_str()))
        .collect();
    let mut small = Table::new(kept.iter().map(|(_, column)| (*column).clone()));
    for row in table.rows() {
        small.push(kept.iter().map(|(i, _)| row[*i].clone()).collect());
    }
    small
}

/// Columns of one data block.
struct Used<'a> {
    name: &'a str,
    columns: HashSet<&'a str>,
}

impl<'a> Used<'a> {
    fn panel(&mut self, panel: &'a Panel) {
        let curves = panel.curves.iter().chain(&panel.points);
        curves.for_each(|curve| self.curve(curve));
        for shade in &panel.shades {
            self.add(&shade.data, [&shade.x, &shade.y], &shade.filter);
            if let Edge::Curve(other) = &shade.to {
                self.add(&other.data, [&other.x, &other.y], &other.filter);
            }
        }
        for line in &panel.lines {
            if let Some(Level::Column {
                data,
                column,
                filter,
            }) = line.x.as_ref().or(line.y.as_ref())
            {
                self.add(data, [column], filter);
            }
        }
        if let Some(inset) = &panel.inset {
            self.panel(inset);
        }
    }

    fn curve(&mut self, curve: &'a Curve) {
        let ends = [&curve.x, &curve.y].into_iter();
        let ends = ends.filter_map(|end| match end {
            Coordinate::Column(column) => Some(column),
            Coordinate::Constant(_) => None,
        });
        let bars = curve.error.iter().chain(&curve.x_error);
        let bars = bars.chain(curve.interval.iter().flatten());
        let all = ends.chain(bars).chain(&curve.split_by);
        self.add(&curve.data, all, &curve.filter);
    }

    fn add(
        &mut self,
        data: &str,
        columns: impl IntoIterator<Item = &'a String>,
        filter: &'a Match,
    ) {
        if data == self.name {
            self.columns.extend(columns.into_iter().map(String::as_str));
            self.columns.extend(filter.keys().map(String::as_str));
        }
    }
}
