//! The frame of a panel with its ticks.

use plotters::coord::cartesian::MeshLine;
use plotters::element::Rectangle;
use plotters::style::{RGBColor, ShapeStyle};

use super::area::{Area, THIN, failed};
use super::axis::{Axis, Which};
use super::canvas::{Canvas, Dash, Pen, units};
use super::figure_error::FigureError;
use super::layout::Placed;
use super::palette::BLACK;

/// Draws ticks on four sides, inward, and the frame above them.
pub(super) fn draw(
    placed: &Placed,
    area: &Area<'_>,
    canvas: &std::cell::RefCell<Canvas>,
) -> Result<(), FigureError> {
    let pen = Pen {
        color: BLACK,
        width: THIN,
        dash: Dash::Solid,
    };
    for (which, length) in [(Which::Major, 0.42), (Which::Minor, 0.22)] {
        let length = units(length * placed.font);
        let mut ticks = Vec::new();
        let collect = |_: &mut Canvas, line: MeshLine<Axis, Axis>| {
            let (a, b, (dx, dy)) = match line {
                MeshLine::XMesh(a, b, _) => (a, b, (0, -length)),
                MeshLine::YMesh(a, b, _) => (a, b, (length, 0)),
            };
            ticks.push(vec![a, (a.0 + dx, a.1 + dy)]);
            ticks.push(vec![b, (b.0 - dx, b.1 - dy)]);
            Ok(())
        };
        area.draw_mesh(collect, which, which).map_err(failed)?;
        canvas.borrow_mut().stroke(&ticks, &pen);
    }
    let (x, y) = (&placed.x.axis.span, &placed.y.axis.span);
    let corners = [(x.min, y.min), (x.max, y.max)];
    let color = RGBColor(BLACK.0, BLACK.1, BLACK.2).into();
    let style = ShapeStyle {
        color,
        filled: false,
        stroke_width: units(THIN).unsigned_abs(),
    };
    area.draw(&Rectangle::new(corners, style)).map_err(failed)
}
