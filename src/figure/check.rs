//! Whether the tables have what a recipe names, before anything is drawn.

use crate::ask::recipe::{Coordinate, Curve, Edge, FigureRecipe, Level, Match, Panel};
use crate::record::{Table, Value};

use super::figure_error::FigureError;
use super::tables::Tables;

/// Checks that every table and column that the recipe names exists and that what is drawn is a
/// column of numbers.
///
/// # Errors
/// The first mismatch, with the columns that exist.
pub fn check(recipe: &FigureRecipe, data: &Tables) -> Result<(), FigureError> {
    for (i, panel) in recipe.panels.iter().enumerate() {
        let place = format!("panel {}", i + 1);
        check_panel(panel, data, &place)?;
        if let Some(inset) = &panel.inset {
            check_panel(inset, data, &format!("{place}: inset"))?;
        }
    }
    Ok(())
}

fn check_panel(panel: &Panel, data: &Tables, place: &str) -> Result<(), FigureError> {
    for (kind, curves) in [("curve", &panel.curves), ("points", &panel.points)] {
        for (i, curve) in curves.iter().enumerate() {
            check_curve(curve, data, format!("{place}: {kind} {}", i + 1))?;
        }
    }
    for (i, shade) in panel.shades.iter().enumerate() {
        let place = format!("{place}: shade {}", i + 1);
        let names = Names::new(data, &shade.data, place.clone())?;
        names.numbers("x", &shade.x)?;
        names.numbers("y", &shade.y)?;
        names.conditions(&shade.filter)?;
        if let Edge::Curve(other) = &shade.to {
            let names = Names::new(data, &other.data, format!("{place}: to"))?;
            names.numbers("x", &other.x)?;
            names.numbers("y", &other.y)?;
            names.conditions(&other.filter)?;
        }
    }
    for (i, line) in panel.lines.iter().enumerate() {
        for level in [&line.x, &line.y].into_iter().flatten() {
            if let Level::Column {
                data: name,
                column,
                filter,
            } = level
            {
                let names = Names::new(data, name, format!("{place}: line {}", i + 1))?;
                names.numbers("column", column)?;
                names.conditions(filter)?;
            }
        }
    }
    Ok(())
}

fn check_curve(curve: &Curve, data: &Tables, place: String) -> Result<(), FigureError> {
    let names = Names::new(data, &curve.data, place)?;
    for (key, coordinate) in [("x", &curve.x), ("y", &curve.y)] {
        if let Coordinate::Column(column) = coordinate {
            names.numbers(key, column)?;
        }
    }
    for (key, column) in [("error", &curve.error), ("x_error", &curve.x_error)] {
        if let Some(column) = column {
            names.numbers(key, column)?;
        }
    }
    for column in curve.interval.iter().flatten() {
        names.numbers("interval", column)?;
    }
    if let Some(column) = &curve.split_by {
        names.exists("split_by", column)?;
    }
    names.conditions(&curve.filter)
}

/// A table with the place of the recipe that speaks of it.
struct Names<'a> {
    table: &'a Table,
    data: &'a str,
    place: String,
}

impl<'a> Names<'a> {
    fn new(data: &'a Tables, name: &'a str, place: String) -> Result<Self, FigureError> {
        match data.get(name) {
            Some(table) => Ok(Names {
                table,
                data: name,
                place,
            }),
            None => Err(FigureError::NoTable {
                place,
                data: name.to_owned(),
                known: data.keys().cloned().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    fn exists(&self, key: &str, column: &str) -> Result<(), FigureError> {
        if self.table.position(column).is_some() {
            return Ok(());
        }
        Err(FigureError::NoColumn {
            place: self.place.clone(),
            key: key.to_owned(),
            column: column.to_owned(),
            data: self.data.to_owned(),
            known: self.table.columns().join(", "),
        })
    }

    fn numbers(&self, key: &str, column: &str) -> Result<(), FigureError> {
        self.exists(key, column)?;
        let word = |row: usize| {
            matches!(
                self.table.get(row, column),
                Some(Value::Text(_) | Value::Bool(_))
            )
        };
        match (0..self.table.rows().len()).any(word) {
            false => Ok(()),
            true => Err(FigureError::NotNumbers {
                place: self.place.clone(),
                key: key.to_owned(),
                column: column.to_owned(),
            }),
        }
    }

    fn conditions(&self, filter: &Match) -> Result<(), FigureError> {
        filter
            .keys()
            .try_for_each(|column| self.exists("where", column))
    }
}
