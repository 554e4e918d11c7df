//! Printed width, height and base font.

use serde::Deserialize;

/// Nominal text widths of common journals and proceedings, in millimetres, by name.
///
/// As commonly stated in authors' guides (APS 8.6 and 17.8 cm; Nature 89 and 183 mm; IOP 85 and
/// 170 mm; Elsevier 90, 140 and 190 mm; Science 57, 121 and 184 mm; PNAS 87 and 178 mm) and set by
/// style files (NeurIPS 5.5 in; JMLR 6 in; ICML 3.25 and 6.75 in). Guides change: where a journal
/// asks for another width, `width_mm` gives it.
pub const COLUMNS: [(&str, f64); 18] = [
    ("aps-single", 86.0),
    ("aps-double", 178.0),
    ("nature-single", 89.0),
    ("nature-double", 183.0),
    ("iop-single", 85.0),
    ("iop-double", 170.0),
    ("elsevier-single", 90.0),
    ("elsevier-middle", 140.0),
    ("elsevier-double", 190.0),
    ("science-single", 57.0),
    ("science-middle", 121.0),
    ("science-double", 184.0),
    ("pnas-single", 87.0),
    ("pnas-double", 178.0),
    ("neurips", 139.7),
    ("jmlr", 152.4),
    ("icml-single", 82.55),
    ("icml-double", 171.45),
];

/// How large the figure is printed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Size {
    /// A journal's column, one of [`COLUMNS`] (default `aps-single`).
    pub column: Option<String>,
    /// Width in millimetres, instead of `column`.
    pub width_mm: Option<f64>,
    /// Height in millimetres.
    pub height_mm: Option<f64>,
    /// Height divided by width, instead of `height_mm` (default: 0.75 a panel).
    pub aspect: Option<f64>,
    /// Size of the labels in points (default 8); tick numbers are slightly smaller.
    pub font_pt: f64,
}

impl Default for Size {
    fn default() -> Self {
        Size {
            column: None,
            width_mm: None,
            height_mm: None,
            aspect: None,
            font_pt: 8.0,
        }
    }
}

impl Size {
    /// Printed width in millimetres.
    pub fn width(&self) -> f64 {
        let column = self.column.as_deref().unwrap_or(COLUMNS[0].0);
        let named = COLUMNS.iter().find(|(name, _)| *name == column);
        self.width_mm
            .or(named.map(|(_, mm)| *mm))
            .unwrap_or(COLUMNS[0].1)
    }

    /// Printed height in millimetres for a grid of panels (rows, columns).
    pub fn height(&self, (rows, columns): (usize, usize)) -> f64 {
        let panel = 0.75 * rows as f64 / columns as f64;
        self.height_mm
            .unwrap_or_else(|| self.width() * self.aspect.unwrap_or(panel))
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(column) = &self.column
            && !COLUMNS.iter().any(|(name, _)| name == column)
        {
            let known: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
            return Err(format!(
                "size.column = \"{column}\": must be one of {}",
                known.join(", ")
            ));
        }
        if self.column.is_some() && self.width_mm.is_some() {
            return Err("size.width_mm: give either column or width_mm, not both".into());
        }
        if self.height_mm.is_some() && self.aspect.is_some() {
            return Err("size.aspect: give either height_mm or aspect, not both".into());
        }
        let bounded = |key: &str, value: Option<f64>, low: f64, high: f64| match value {
            Some(v) if !(low..=high).contains(&v) => Err(format!(
                "size.{key} = {v}: must lie between {low} and {high}"
            )),
            _ => Ok(()),
        };
        bounded("width_mm", self.width_mm, 20.0, 2000.0)?;
        bounded("height_mm", self.height_mm, 15.0, 2000.0)?;
        bounded("aspect", self.aspect, 0.1, 10.0)?;
        bounded("font_pt", Some(self.font_pt), 4.0, 40.0)
    }
}
