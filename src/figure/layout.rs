//! Where everything stands: ranges, ticks, margins from the extents of real labels, frames.

use crate::ask::recipe::{Axis as AxisRecipe, FigureRecipe, Panel};

use super::axis::Axis;
use super::figure_error::FigureError;
use super::label::Label;
use super::range;
use super::span::Span;
use super::svg::PT_PER_MM;
use super::tables::Tables;
use super::ticks::Ticks;
use super::traces::{self, Trace};

/// A rectangle of the page, in points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Frame {
    /// The point of the page at a fraction of the frame (upward).
    pub fn at(&self, (u, v): (f64, f64)) -> (f64, f64) {
        (
            self.left + u * self.width,
            self.top + (1.0 - v) * self.height,
        )
    }
}

/// An axis with its labels set.
pub(super) struct Side {
    pub axis: Axis,
    pub numbers: Vec<Label>,
    pub label: Label,
}

/// A panel with everything decided.
pub(super) struct Placed<'a> {
    pub recipe: &'a Panel,
    pub data: &'a Tables,
    /// Name in errors.
    pub place: String,
    /// Name of the group in the file.
    pub id: String,
    pub heading: Label,
    pub x: Side,
    pub y: Side,
    pub frame: Frame,
    pub traces: Vec<Trace>,
    /// Size of labels and of tick numbers, in points.
    pub font: f64,
    pub small: f64,
    pub inset: Option<Box<Placed<'a>>>,
}

/// A page with its panels; lengths in points.
pub(super) struct Sheet<'a> {
    pub width: f64,
    pub height: f64,
    pub panels: Vec<Placed<'a>>,
}

/// Room around a frame, in points.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Margins {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

/// Free space at the rim of the page.
const RIM: f64 = 1.0;

/// Lays out a figure.
pub(super) fn sheet<'a>(
    recipe: &'a FigureRecipe,
    data: &'a Tables,
) -> Result<Sheet<'a>, FigureError> {
    let grid = recipe.grid();
    let width = recipe.size.width() * PT_PER_MM;
    let height = recipe.size.height(grid) * PT_PER_MM;
    let font = recipe.size.font_pt;
    let cell = Frame {
        width: width / grid.1 as f64 - 4.0 * font,
        height: height / grid.0 as f64 - 3.0 * font,
        ..Frame::default()
    };
    let mut panels = Vec::new();
    for (i, panel) in recipe.panels.iter().enumerate() {
        let letter = char::from(b'a' + u8::try_from(i).unwrap_or(25));
        let mut heading = panel.title.clone();
        if recipe.lettered() {
            heading = format!("({letter})$\\;$ {heading}");
        }
        let place = format!("panel {}", i + 1);
        let mut placed = prepare(panel, data, place, font, cell)?;
        placed.id = format!("panel-{letter}");
        placed.heading = Label::new(heading.trim())?;
        panels.push(placed);
    }
    // The second pass sees frames that the first pass's labels leave.
    for _ in 0..2 {
        frames(&mut panels, (width, height), grid.1)?;
        for placed in &mut panels {
            retick(placed)?;
        }
    }
    frames(&mut panels, (width, height), grid.1)?;
    for placed in &mut panels {
        place_inset(placed)?;
    }
    Ok(Sheet {
        width,
        height,
        panels,
    })
}

/// A panel with ranges and labels but without its final frame.
fn prepare<'a>(
    panel: &'a Panel,
    data: &'a Tables,
    place: String,
    font: f64,
    frame: Frame,
) -> Result<Placed<'a>, FigureError> {
    let traces = traces::traces(panel, data, &place)?;
    let (x, y) = range::spans(panel, &traces, &place)?;
    let side = |span: Span, axis: &AxisRecipe| -> Result<Side, FigureError> {
        let axis_without = Axis {
            span,
            ticks: Ticks::default(),
        };
        Ok(Side {
            axis: axis_without,
            numbers: Vec::new(),
            label: Label::new(&axis.label)?,
        })
    };
    let mut placed = Placed {
        recipe: panel,
        data,
        place,
        id: String::new(),
        heading: Label::new("")?,
        x: side(x, &panel.x)?,
        y: side(y, &panel.y)?,
        frame,
        traces,
        font,
        small: 0.9 * font,
        inset: None,
    };
    retick(&mut placed)?;
    Ok(placed)
}

/// Chooses ticks for the frame: as many as stand apart.
fn retick(placed: &mut Placed) -> Result<(), FigureError> {
    let (frame, small) = (placed.frame, placed.small);
    let panel = placed.recipe;
    let most = ((frame.width / (4.0 * small)) as usize).clamp(2, 8);
    for count in (1..=most).rev() {
        choose(&mut placed.x, &panel.x, count)?;
        if count == 1 || apart(&placed.x, frame.width, small) {
            break;
        }
    }
    let most = ((frame.height / (2.8 * small)) as usize).clamp(2, 8);
    choose(&mut placed.y, &panel.y, most)
}

fn choose(side: &mut Side, axis: &AxisRecipe, count: usize) -> Result<(), FigureError> {
    side.axis.ticks = Ticks::new(&side.axis.span, axis, count);
    let major = side.axis.ticks.major.iter();
    side.numbers = major
        .map(|tick| Label::new(&tick.label))
        .collect::<Result<_, _>>()?;
    Ok(())
}

/// Whether the numbers of a horizontal axis leave a space between them.
fn apart(side: &Side, width: f64, size: f64) -> bool {
    let ends: Vec<(f64, f64)> = side
        .axis
        .ticks
        .major
        .iter()
        .zip(&side.numbers)
        .filter_map(|(tick, number)| {
            let centre = side.axis.span.fraction(tick.value)? * width;
            let half = number.width * size / 2.0;
            Some((centre - half, centre + half))
        })
        .collect();
    ends.windows(2)
        .all(|pair| pair[1].0 - pair[0].1 >= 0.9 * size)
}

/// Frames of all panels: rows and columns share margins so that frames align.
fn frames(panels: &mut [Placed], page: (f64, f64), columns: usize) -> Result<(), FigureError> {
    let rows = panels.len().div_ceil(columns);
    let mut across = vec![Margins::default(); columns];
    let mut down = vec![Margins::default(); rows];
    for (i, placed) in panels.iter().enumerate() {
        let (m, row, column) = (margins(placed), i / columns, i % columns);
        across[column].left = across[column].left.max(m.left);
        across[column].right = across[column].right.max(m.right);
        down[row].top = down[row].top.max(m.top);
        down[row].bottom = down[row].bottom.max(m.bottom);
    }
    let font = panels.first().map_or(8.0, |p| p.font);
    let (between_columns, between_rows) = (1.2 * font, 0.8 * font);
    let taken: f64 = across.iter().map(|m| m.left + m.right).sum();
    let width = page.0 - 2.0 * RIM - taken - between_columns * (columns - 1) as f64;
    let taken: f64 = down.iter().map(|m| m.top + m.bottom).sum();
    let height = page.1 - 2.0 * RIM - taken - between_rows * (rows - 1) as f64;
    let (width, height) = (width / columns as f64, height / rows as f64);
    if width < 3.0 * font || height < 2.0 * font {
        return Err(FigureError::Impossible(
            "size: the labels leave no room for the panels; make the figure larger".into(),
        ));
    }
    let mut top = RIM;
    for (row, around) in down.iter().enumerate() {
        let mut left = RIM;
        top += around.top;
        for (column, margins) in across.iter().enumerate() {
            left += margins.left;
            if let Some(placed) = panels.get_mut(row * columns + column) {
                placed.frame = Frame {
                    left,
                    top,
                    width,
                    height,
                };
            }
            left += width + margins.right + between_columns;
        }
        top += height + around.bottom + between_rows;
    }
    Ok(())
}

/// Distance of tick numbers from the frame, in points.
pub(super) fn tick_gap(small: f64) -> f64 {
    0.35 * small
}

/// Distance of an axis label from the tick numbers, in points.
pub(super) fn label_gap(font: f64) -> f64 {
    0.42 * font
}

/// The widest of the numbers, and the highest and deepest, in points.
pub(super) fn extent(side: &Side, size: f64) -> (f64, f64, f64) {
    let most = |f: fn(&Label) -> f64| side.numbers.iter().map(f).fold(0.0, f64::max) * size;
    (most(|l| l.width), most(|l| l.ascent), most(|l| l.descent))
}

/// The room that a panel's labels need.
pub(super) fn margins(placed: &Placed) -> Margins {
    let (font, small) = (placed.font, placed.small);
    let height = |label: &Label| match label.is_empty() {
        true => 0.0,
        false => label_gap(font) + (label.ascent + label.descent) * font,
    };
    let (x_width, ascent, descent) = extent(&placed.x, small);
    let (y_width, ..) = extent(&placed.y, small);
    let last = placed
        .x
        .axis
        .ticks
        .major
        .last()
        .and_then(|t| placed.x.axis.span.fraction(t.value));
    let overhang = x_width / 2.0 - (1.0 - last.unwrap_or(0.0)) * placed.frame.width;
    let heading = match placed.heading.is_empty() {
        true => 0.4 * small,
        false => 0.45 * font + (placed.heading.ascent + placed.heading.descent) * font,
    };
    Margins {
        left: (y_width + if y_width > 0.0 { tick_gap(small) } else { 0.0 })
            + height(&placed.y.label),
        right: overhang.max(0.8),
        top: heading,
        bottom: ascent + descent + tick_gap(small) + height(&placed.x.label),
    }
}

fn place_inset(placed: &mut Placed) -> Result<(), FigureError> {
    let Some(panel) = &placed.recipe.inset else {
        return Ok(());
    };
    let [left, bottom, width, height] = panel.place.unwrap_or([0.5, 0.5, 0.4, 0.4]);
    let outer = placed.frame;
    let (x, y) = outer.at((left, bottom + height));
    let frame = Frame {
        left: x,
        top: y,
        width: width * outer.width,
        height: height * outer.height,
    };
    let name = format!("{}: inset", placed.place);
    let mut inner = prepare(panel, placed.data, name, 0.85 * placed.font, frame)?;
    inner.id = format!("{}-inset", placed.id);
    inner.heading = Label::new(&panel.title)?;
    placed.inset = Some(Box::new(inner));
    Ok(())
}
