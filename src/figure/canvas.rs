//! The drawing backend: coordinates in 1/100 pt, written as points with two decimals.

use std::convert::Infallible;
use std::fmt::Write;

use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use super::label::Label;
use super::number::number;
use super::palette::Rgb;
use super::svg::Page;

/// Backend units in a point: fine enough that no curve shows stairs.
pub(super) const UNIT: f64 = 100.0;

/// Points as backend units.
pub(super) fn units(points: f64) -> i32 {
    (points * UNIT).round() as i32
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pen {
    pub color: Rgb,
    /// In points.
    pub width: f64,
    pub dash: Dash,
}

/// Dashes, in multiples of the width of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dash {
    Solid,
    Dashed,
    Dotted,
    Mixed,
}

impl Pen {
    fn attributes(&self) -> String {
        let mut out = format!(
            "stroke=\"{}\" stroke-width=\"{}\"",
            hex(self.color),
            number(self.width)
        );
        let w = self.width.max(0.5);
        let (pattern, cap): (&[f64], _) = match self.dash {
            Dash::Solid => (&[], "butt"),
            Dash::Dashed => (&[4.0, 2.2], "butt"),
            Dash::Dotted => (&[0.01, 2.2], "round"),
            Dash::Mixed => (&[5.0, 2.2, 1.2, 2.2], "butt"),
        };
        if !pattern.is_empty() {
            let lengths: Vec<String> = pattern.iter().map(|k| number((k * w).max(0.001))).collect();
            let _ = write!(out, " stroke-dasharray=\"{}\"", lengths.join(" "));
        }
        if cap != "butt" {
            let _ = write!(out, " stroke-linecap=\"{cap}\"");
        }
        out
    }
}

/// `#rrggbb`.
pub(super) fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// A page as plotters draws on it.
pub(super) struct Canvas<'a> {
    pub page: &'a mut Page,
}

/// What drawing can return: it cannot fail.
pub(super) type Drawn = Result<(), DrawingErrorKind<Infallible>>;

fn point((x, y): BackendCoord) -> String {
    format!(
        "{} {}",
        number(f64::from(x) / UNIT),
        number(f64::from(y) / UNIT)
    )
}

/// Path data of a polyline; repeated points are written once.
fn polyline(points: &[BackendCoord]) -> String {
    let mut d = String::new();
    let mut last = None;
    for &p in points {
        if last != Some(p) {
            d.push(if last.is_some() { 'L' } else { 'M' });
            d.push_str(&point(p));
        }
        last = Some(p);
    }
    d
}

impl Canvas<'_> {
    /// Draws polylines with one pen, as one path.
    pub fn stroke(&mut self, runs: &[Vec<BackendCoord>], pen: &Pen) {
        let d: String = runs
            .iter()
            .filter(|run| run.len() > 1)
            .map(|run| polyline(run))
            .collect();
        if !d.is_empty() {
            let _ = writeln!(
                self.page.body,
                "<path d=\"{d}\" fill=\"none\" {} stroke-linejoin=\"round\"/>",
                pen.attributes()
            );
        }
    }

    /// Fills polygons.
    pub fn fill(&mut self, polygons: &[Vec<BackendCoord>], color: Rgb, opacity: f64) {
        let d: String = polygons.iter().map(|p| polyline(p) + "z").collect();
        if !d.is_empty() {
            let faint = match opacity < 1.0 {
                true => format!(" fill-opacity=\"{}\"", number(opacity)),
                false => String::new(),
            };
            let _ = writeln!(
                self.page.body,
                "<path d=\"{d}\" fill=\"{}\"{faint}/>",
                hex(color)
            );
        }
    }

    /// Writes a ready path with attributes of its own.
    pub fn raw(&mut self, d: &str, attributes: &str) {
        let _ = writeln!(self.page.body, "<path d=\"{d}\" {attributes}/>");
    }

    /// Sets a label with the left end of its baseline at a point (in points, not units), turned
    /// anticlockwise about it by `turn` degrees.
    pub fn label(&mut self, label: &Label, (x, y): (f64, f64), size: f64, turn: f64, color: Rgb) {
        if label.is_empty() {
            return;
        }
        let body = &mut self.page.body;
        let _ = write!(
            body,
            "<g transform=\"translate({} {})",
            number(x),
            number(y)
        );
        if turn != 0.0 {
            let _ = write!(body, " rotate({})", number(-turn));
        }
        let _ = write!(body, " scale({})\" fill=\"{}\">", size / 1000.0, hex(color));
        label.write(body, &mut self.page.glyphs);
        body.push_str("</g>\n");
    }

    /// Opens a group with a name.
    pub fn open(&mut self, id: &str) {
        let _ = writeln!(self.page.body, "<g id=\"{id}\">");
    }

    /// Closes the innermost group.
    pub fn close(&mut self) {
        self.page.body.push_str("</g>\n");
    }
}

fn pen<S: BackendStyle>(style: &S) -> Pen {
    let width = f64::from(style.stroke_width()) / UNIT;
    Pen {
        color: style.color().rgb,
        width,
        dash: Dash::Solid,
    }
}

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (
            units(self.page.width).unsigned_abs(),
            units(self.page.height).unsigned_abs(),
        )
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, s: &S) -> Drawn {
        self.stroke(&[vec![a, b]], &pen(s));
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (x0, y0): BackendCoord,
        (x1, y1): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let corners = vec![(x0, y0), (x1, y0), (x1, y1), (x0, y1)];
        if fill {
            return self.fill_polygon(corners, style);
        }
        let pen = pen(style);
        let attributes = format!(
            "fill=\"none\" {} stroke-linejoin=\"miter\"",
            pen.attributes()
        );
        self.raw(&(polyline(&corners) + "z"), &attributes);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.stroke(&[path.into_iter().collect()], &pen(style));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let centre = (f64::from(x) / UNIT, f64::from(y) / UNIT);
        let d = circle(centre, f64::from(radius) / UNIT);
        match fill {
            true => self.raw(&d, &format!("fill=\"{}\"", hex(style.color().rgb))),
            false => self.raw(&d, &format!("fill=\"none\" {}", pen(style).attributes())),
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        let color = style.color();
        self.fill(&[corners.into_iter().collect()], color.rgb, color.alpha);
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, at: BackendCoord) -> Drawn {
        let Ok(label) = Label::new(text) else {
            return Ok(());
        };
        let origin = (f64::from(at.0) / UNIT, f64::from(at.1) / UNIT);
        self.label(&label, origin, style.size(), 0.0, style.color().rgb);
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = |em: f64| units(em * style.size()).unsigned_abs();
        Ok(Label::new(text).map_or((0, 0), |l| (size(l.width), size(l.ascent + l.descent))))
    }
}

/// Path data of a circle; lengths in points.
pub(super) fn circle((x, y): (f64, f64), r: f64) -> String {
    let (left, y, r, d) = (number(x - r), number(y), number(r), number(2.0 * r));
    format!("M{left} {y}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z")
}
