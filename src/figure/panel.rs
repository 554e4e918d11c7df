//! Draws a panel: regions, lines, markers, notes, inset, legend, frame, labels.

use std::cell::RefCell;
use std::rc::Rc;

use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::DrawingArea;

use crate::ask::recipe::{Anchor, Edge, LineStyle, Marker, Shade, Side as LineSide};

use super::area::{Area, THIN, failed};
use super::axis::Axis;
use super::canvas::{Canvas, Dash, Pen, units};
use super::clip::{self, Place};
use super::figure_error::FigureError;
use super::label::Label;
use super::layout::{self, Frame, Placed};
use super::legend::{Legend, Sample};
use super::marks::{Datum, Mark};
use super::palette::{self, BLACK, GREY, Rgb};
use super::shade::{self, Border};
use super::svg::Page;
use super::traces::{self, Stamp, Trace};
use super::words::{self, Setting};
use super::{bars, rim};

/// Opacity of regions.
const SHADE: f64 = 0.2;

/// Draws a panel and its inset on a page.
pub(super) fn draw(placed: &Placed, page: &mut Page) -> Result<(), FigureError> {
    let canvas = Rc::new(RefCell::new(Canvas { page }));
    draw_on(placed, &canvas)
}

fn draw_on(placed: &Placed, canvas: &Rc<RefCell<Canvas>>) -> Result<(), FigureError> {
    let painter = Painter {
        placed,
        canvas,
        area: area(placed, canvas),
        covered: RefCell::default(),
    };
    canvas.borrow_mut().open(&placed.id);
    painter.regions()?;
    painter.levels()?;
    painter.traces()?;
    painter.notes()?;
    if let Some(inset) = &placed.inset {
        painter.clear_behind(inset);
        draw_on(inset, canvas)?;
    }
    painter.legend()?;
    rim::draw(placed, &painter.area, canvas)?;
    words::around(placed, &mut canvas.borrow_mut());
    canvas.borrow_mut().close();
    Ok(())
}

/// The drawing area of a frame, with data coordinates.
fn area<'a>(placed: &Placed, canvas: &Rc<RefCell<Canvas<'a>>>) -> Area<'a> {
    let [left, top] = [placed.frame.left, placed.frame.top].map(units);
    let [width, height] = [placed.frame.width, placed.frame.height].map(units);
    let frame = DrawingArea::from(canvas).shrink((left, top), (width, height));
    let (across, down) = frame.get_pixel_range();
    #[allow(clippy::reversed_empty_ranges)] // the page's y axis points down
    let spec = Cartesian2d::<Axis, Axis>::new(
        placed.x.axis.clone(),
        placed.y.axis.clone(),
        (across, down.end..down.start),
    );
    frame.apply_coord_spec(spec)
}

struct Painter<'p, 'c, 'd> {
    placed: &'p Placed<'d>,
    canvas: &'p Rc<RefCell<Canvas<'c>>>,
    area: Area<'c>,
    /// Points of the page that the legend should leave visible.
    covered: RefCell<Vec<(f64, f64)>>,
}

fn shade_color(shade: &Shade) -> Rgb {
    shade.color.map_or(GREY, |c| palette::rgb(c, 0))
}

impl Painter<'_, '_, '_> {
    fn put(&self, mark: &Mark) -> Result<(), FigureError> {
        self.area.draw(mark).map_err(failed)
    }

    fn place(&self, (x, y): Datum) -> Option<Place> {
        Some((
            self.placed.x.axis.span.fraction(x)?,
            self.placed.y.axis.span.fraction(y)?,
        ))
    }

    fn data(&self, places: &[Place]) -> Vec<Datum> {
        let (x, y) = (&self.placed.x.axis.span, &self.placed.y.axis.span);
        places
            .iter()
            .map(|(u, v)| (x.value(*u), y.value(*v)))
            .collect()
    }

    /// Remembers a line of the panel, densely enough for boxes to notice it.
    fn cover(&self, line: &[Place]) {
        let frame = &self.placed.frame;
        let mut covered = self.covered.borrow_mut();
        covered.extend(line.first().map(|p| frame.at(*p)));
        for pair in line.windows(2) {
            let (a, b) = (frame.at(pair[0]), frame.at(pair[1]));
            let steps = ((a.0 - b.0).hypot(a.1 - b.1) / 2.0)
                .ceil()
                .clamp(1.0, 2000.0) as usize;
            covered.extend((1..=steps).map(|i| {
                let t = i as f64 / steps as f64;
                (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
            }));
        }
    }

    fn regions(&self) -> Result<(), FigureError> {
        let (x, y) = (&self.placed.x.axis.span, &self.placed.y.axis.span);
        for (i, shade) in self.placed.recipe.shades.iter().enumerate() {
            let border = match &shade.to {
                Edge::Top => Border::Height(1.0),
                Edge::Bottom => Border::Height(0.0),
                Edge::Left => Border::Across(0.0),
                Edge::Right => Border::Across(1.0),
                // A level off a logarithmic axis lies below it.
                Edge::Y(value) => Border::Height(y.fraction(*value).unwrap_or(0.0)),
                other => Border::Curve(traces::edge_runs(other, self.placed.data)),
            };
            let runs = traces::shade_runs(shade, self.placed.data);
            let polygons = shade::polygons(&runs, &border, x, y);
            if polygons.is_empty() {
                let place = &self.placed.place;
                let i = i + 1;
                return Err(failed(format!(
                    "{place}: shade {i}: no region inside the frame"
                )));
            }
            let polygons = polygons.iter().map(|p| self.data(p)).collect();
            let opacity = shade.opacity.unwrap_or(SHADE);
            self.put(&Mark::fill(polygons, shade_color(shade), opacity))?;
            if let Some([x, y]) = shade.at {
                let how = Setting::plain(Anchor::Center, self.placed.font);
                self.note(&shade.label, (x, y), &how)?;
            }
        }
        Ok(())
    }

    fn levels(&self) -> Result<(), FigureError> {
        for (i, line) in self.placed.recipe.lines.iter().enumerate() {
            let place = format!("{}: line {}", self.placed.place, i + 1);
            let upright = line.x.is_some();
            let Some(level) = line.x.as_ref().or(line.y.as_ref()) else {
                continue;
            };
            let value = traces::level(level, self.placed.data, &place)?;
            let (x, y) = (&self.placed.x.axis.span, &self.placed.y.axis.span);
            let at = if upright {
                x.fraction(value)
            } else {
                y.fraction(value)
            };
            let Some(at) = at.filter(|at| (0.0..=1.0).contains(at)) else {
                continue;
            };
            let ends = match upright {
                true => [(at, 0.0), (at, 1.0)],
                false => [(0.0, at), (1.0, at)],
            };
            let color = line.color.map_or(GREY, |c| palette::rgb(c, 0));
            let style = line.style.unwrap_or(LineStyle::Dashed);
            if let Some(pen) = traces::pen(style, line.width.unwrap_or(THIN), color) {
                self.cover(&ends);
                self.put(&Mark::stroke(vec![self.data(&ends)], pen))?;
            }
            let position = line.position.unwrap_or(0.95);
            self.beside(&line.label, (at, position), upright, line.side)?;
        }
        Ok(())
    }

    /// The text beside a reference line.
    fn beside(
        &self,
        text: &str,
        (at, position): (f64, f64),
        upright: bool,
        side: LineSide,
    ) -> Result<(), FigureError> {
        let frame = &self.placed.frame;
        let gap = 0.35 * self.placed.font;
        let late = position > 0.5;
        let (x, y) = if upright {
            frame.at((at, position))
        } else {
            frame.at((position, at))
        };
        let (point, anchor) = match (upright, side, late) {
            (true, LineSide::After, true) => ((x + gap, y), Anchor::TopLeft),
            (true, LineSide::After, false) => ((x + gap, y), Anchor::BottomLeft),
            (true, LineSide::Before, true) => ((x - gap, y), Anchor::TopRight),
            (true, LineSide::Before, false) => ((x - gap, y), Anchor::BottomRight),
            (false, LineSide::After, true) => ((x, y - gap), Anchor::BottomRight),
            (false, LineSide::After, false) => ((x, y - gap), Anchor::BottomLeft),
            (false, LineSide::Before, true) => ((x, y + gap), Anchor::TopRight),
            (false, LineSide::Before, false) => ((x, y + gap), Anchor::TopLeft),
        };
        self.write(
            &Label::new(text)?,
            point,
            &Setting::plain(anchor, self.placed.small),
        );
        Ok(())
    }

    fn traces(&self) -> Result<(), FigureError> {
        for trace in &self.placed.traces {
            if let Some(pen) = trace.pen {
                self.line(trace, pen)?;
            }
        }
        for trace in &self.placed.traces {
            self.bars(trace)?;
            if let Some(stamp) = trace.stamp {
                self.stamps(trace, stamp, false)?;
            }
        }
        Ok(())
    }

    fn line(&self, trace: &Trace, pen: Pen) -> Result<(), FigureError> {
        let (x, y) = (&self.placed.x.axis.span, &self.placed.y.axis.span);
        let mut pieces = Vec::new();
        for run in &trace.runs {
            for piece in clip::polyline(&shade::places(run, x, y)) {
                self.cover(&piece);
                pieces.push(self.data(&piece));
            }
        }
        self.put(&Mark::stroke(pieces, pen))?;
        if trace.stamp.is_none() {
            // A point between two gaps has no line; it is shown as a dot.
            let dot = Stamp {
                shape: Marker::Circle,
                size: 1.5 * pen.width,
                open: false,
                color: pen.color,
            };
            self.stamps(trace, dot, true)?;
        }
        Ok(())
    }

    fn stamps(&self, trace: &Trace, stamp: Stamp, lonely: bool) -> Result<(), FigureError> {
        let inside =
            |(u, v): &Place| (-1e-9..=1.0 + 1e-9).contains(u) && (-1e-9..=1.0 + 1e-9).contains(v);
        let points: Vec<Datum> = trace
            .runs
            .iter()
            .filter(|run| !lonely || run.len() == 1)
            .flatten()
            .filter(|p| p.exact)
            .map(|p| (p.x, p.y))
            .filter(|p| self.place(*p).as_ref().is_some_and(inside))
            .collect();
        for point in &points {
            // A marker weighs more than a piece of line.
            let place = self.place(*point).into_iter().cycle().take(4);
            self.covered
                .borrow_mut()
                .extend(place.map(|p| self.placed.frame.at(p)));
        }
        self.put(&Mark::stamp(points, stamp))
    }

    fn bars(&self, trace: &Trace) -> Result<(), FigureError> {
        let bars = bars::pieces(
            &trace.runs,
            &self.placed.x.axis.span,
            &self.placed.y.axis.span,
        );
        let bars = bars.iter().map(|piece| self.data(piece)).collect();
        let cap = trace.stamp.map_or(1.5, |stamp| 0.35 * stamp.size);
        let pen = Pen {
            color: trace.color,
            width: 0.6,
            dash: Dash::Solid,
        };
        self.put(&Mark::bars(bars, pen, cap))
    }

    fn notes(&self) -> Result<(), FigureError> {
        for note in &self.placed.recipe.notes {
            let color = note.color.map_or(BLACK, |c| palette::rgb(c, 0));
            let size = note.size_pt.unwrap_or(self.placed.font);
            let how = Setting {
                anchor: note.anchor,
                size,
                turn: note.rotate,
                color,
            };
            self.note(&note.text, (note.at[0], note.at[1]), &how)?;
        }
        Ok(())
    }

    fn note(&self, text: &str, at: Datum, how: &Setting) -> Result<(), FigureError> {
        let label = Label::new(text)?;
        if let Some(place) = self.place(at) {
            self.write(&label, self.placed.frame.at(place), how);
        }
        Ok(())
    }

    /// Writes a label that the legend should leave visible.
    fn write(&self, label: &Label, at: (f64, f64), how: &Setting) {
        words::write(&mut self.canvas.borrow_mut(), label, at, how);
        let points = words::covered(label, at, how);
        self.covered
            .borrow_mut()
            .extend(points.iter().cycle().take(4 * points.len()));
    }

    /// White behind an inset with its labels.
    fn clear_behind(&self, inset: &Placed) {
        let m = layout::margins(inset);
        let f = inset.frame;
        let [left, right] = [f.left - m.left - 2.0, f.left + f.width + m.right + 1.0].map(units);
        let [top, bottom] = [f.top - m.top, f.top + f.height + m.bottom + 1.0].map(units);
        let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        self.canvas
            .borrow_mut()
            .fill(&[corners], (255, 255, 255), 1.0);
        let mut covered = self.covered.borrow_mut();
        for i in 0..=20 {
            for j in 0..=20 {
                let (u, v) = (f64::from(i) / 20.0, f64::from(j) / 20.0);
                covered.extend([Frame::at(&f, (u, v)); 4]);
            }
        }
    }

    fn legend(&self) -> Result<(), FigureError> {
        let traces = self
            .placed
            .traces
            .iter()
            .map(|t| (Sample::from(t), t.label.as_str()));
        let shades = self
            .placed
            .recipe
            .shades
            .iter()
            .filter(|s| s.at.is_none())
            .map(|s| {
                let swatch = Some((shade_color(s), s.opacity.unwrap_or(SHADE)));
                (
                    Sample {
                        pen: None,
                        stamp: None,
                        swatch,
                    },
                    s.label.as_str(),
                )
            });
        let entries = traces
            .chain(shades)
            .filter(|(_, label)| !label.is_empty())
            .collect();
        let legend = Legend::new(entries, self.placed.small)?;
        let place = self.placed.recipe.legend;
        if let Some(area) = legend.place(place, &self.placed.frame, &self.covered.borrow()) {
            legend.draw(&area, &mut self.canvas.borrow_mut());
        }
        Ok(())
    }
}
