//! A vector PDF for LaTeX.

use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::writers::ExtGraphicsState;
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref};
use usvg::tiny_skia_path::{PathSegment, Point};
use usvg::{FillRule, Group, LineCap, LineJoin, Node, Options, Paint, Path, Transform, Tree};

use super::figure_error::FigureError;

/// Converts an SVG of [`super::draw`] to a PDF of one page of the figure's size.
///
/// The file holds paths only, no fonts, and nothing but the figure: the same SVG gives the same
/// bytes.
///
/// # Errors
/// [`FigureError::Impossible`] where the text is no SVG or holds what the figures never do
/// (pictures, gradients, transparent groups).
pub fn pdf(svg: &str) -> Result<Vec<u8>, FigureError> {
    let wrong = |why: String| FigureError::Impossible(format!("pdf: {why}"));
    // At 72 dpi the parser's pixels are PDF's points.
    let options = Options {
        dpi: 72.0,
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|e| wrong(e.to_string()))?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let (mut content, mut shades) = (Content::new(), Shades::default());
    // A page's y axis points up.
    let flip = Transform::from_row(1.0, 0.0, 0.0, -1.0, 0.0, height);
    group(tree.root(), flip, &mut content, &mut shades).map_err(|why| wrong(why.to_owned()))?;

    let (catalog, pages, page, stream) = (Ref::new(1), Ref::new(2), Ref::new(3), Ref::new(4));
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet
        .media_box(Rect::new(0.0, 0.0, width, height))
        .parent(pages)
        .contents(stream);
    let mut resources = sheet.resources();
    let mut states = resources.ext_g_states();
    for (i, opacity) in shades.0.iter().enumerate() {
        states
            .insert(Name(shade_name(i).as_bytes()))
            .start::<ExtGraphicsState>()
            .non_stroking_alpha(*opacity);
    }
    states.finish();
    resources.finish();
    sheet.finish();
    pdf.stream(stream, &content.finish());
    Ok(pdf.finish())
}

/// The opacities in use; each becomes a graphics state of the page.
#[derive(Default)]
struct Shades(Vec<f32>);

impl Shades {
    fn index(&mut self, opacity: f32) -> usize {
        let known = self.0.iter().position(|known| *known == opacity);
        known.unwrap_or_else(|| {
            self.0.push(opacity);
            self.0.len() - 1
        })
    }
}

fn shade_name(index: usize) -> String {
    format!("a{index}")
}

fn group(
    group: &Group,
    parent: Transform,
    content: &mut Content,
    shades: &mut Shades,
) -> Result<(), &'static str> {
    if group.opacity().get() < 1.0 || group.mask().is_some() || group.clip_path().is_some() {
        return Err("a group is transparent or clipped");
    }
    let transform = parent.pre_concat(group.transform());
    for node in group.children() {
        match node {
            Node::Group(inner) => self::group(inner, transform, content, shades)?,
            Node::Path(path) => draw(path, transform, content, shades)?,
            Node::Image(_) | Node::Text(_) => return Err("only paths can be converted"),
        }
    }
    Ok(())
}

/// A solid paint, as fractions of red, green and blue.
fn solid(paint: &Paint) -> Result<[f32; 3], &'static str> {
    match paint {
        Paint::Color(c) => Ok([c.red, c.green, c.blue].map(|x| f32::from(x) / 255.0)),
        _ => Err("a paint is no solid colour"),
    }
}

fn draw(
    path: &Path,
    transform: Transform,
    content: &mut Content,
    shades: &mut Shades,
) -> Result<(), &'static str> {
    if !path.is_visible() {
        return Ok(());
    }
    content.save_state();
    if let Some(fill) = path.fill() {
        let [r, g, b] = solid(fill.paint())?;
        if fill.opacity().get() < 1.0 {
            let name = shade_name(shades.index(fill.opacity().get()));
            content.set_parameters(Name(name.as_bytes()));
        }
        content.set_fill_rgb(r, g, b);
    }
    if let Some(stroke) = path.stroke() {
        let [r, g, b] = solid(stroke.paint())?;
        let t = transform;
        // Figures are scaled evenly, so a stroke scales by the root of the determinant.
        let scale = (t.sx * t.sy - t.kx * t.ky).abs().sqrt();
        content
            .set_stroke_rgb(r, g, b)
            .set_line_width(stroke.width().get() * scale);
        content.set_line_cap(match stroke.linecap() {
            LineCap::Butt => LineCapStyle::ButtCap,
            LineCap::Round => LineCapStyle::RoundCap,
            LineCap::Square => LineCapStyle::ProjectingSquareCap,
        });
        content.set_line_join(match stroke.linejoin() {
            LineJoin::Round => LineJoinStyle::RoundJoin,
            LineJoin::Bevel => LineJoinStyle::BevelJoin,
            _ => LineJoinStyle::MiterJoin,
        });
        if let Some(dashes) = stroke.dasharray() {
            let lengths = dashes.iter().map(|length| length * scale);
            content.set_dash_pattern(lengths, stroke.dashoffset() * scale);
        }
    }
    outline(path, transform, content);
    let even_odd = path
        .fill()
        .is_some_and(|fill| fill.rule() == FillRule::EvenOdd);
    match (path.fill().is_some(), path.stroke().is_some(), even_odd) {
        (true, true, false) => content.fill_nonzero_and_stroke(),
        (true, true, true) => content.fill_even_odd_and_stroke(),
        (true, false, false) => content.fill_nonzero(),
        (true, false, true) => content.fill_even_odd(),
        (false, true, _) => content.stroke(),
        (false, false, _) => content.end_path(),
    };
    content.restore_state();
    Ok(())
}

/// The path's segments on the page.
fn outline(path: &Path, transform: Transform, content: &mut Content) {
    let at = |mut point: Point| {
        transform.map_point(&mut point);
        (point.x, point.y)
    };
    let mut last = Point::zero();
    for segment in path.data().segments() {
        match segment {
            PathSegment::MoveTo(p) => {
                let (x, y) = at(p);
                content.move_to(x, y);
                last = p;
            }
            PathSegment::LineTo(p) => {
                let (x, y) = at(p);
                content.line_to(x, y);
                last = p;
            }
            PathSegment::QuadTo(c, p) => {
                // A quadratic curve as the cubic that traces the same points.
                let third = |a: f32, b: f32| a + 2.0 / 3.0 * (b - a);
                let (ax, ay) = at(Point::from_xy(third(last.x, c.x), third(last.y, c.y)));
                let (bx, by) = at(Point::from_xy(third(p.x, c.x), third(p.y, c.y)));
                let (x, y) = at(p);
                content.cubic_to(ax, ay, bx, by, x, y);
                last = p;
            }
            PathSegment::CubicTo(a, b, p) => {
                let ((ax, ay), (bx, by), (x, y)) = (at(a), at(b), at(p));
                content.cubic_to(ax, ay, bx, by, x, y);
                last = p;
            }
            PathSegment::Close => {
                content.close_path();
            }
        }
    }
}
