//! The page's colours as plotters wants them: tokens resolved by the browser.

use leptos::prelude::window;
use plotters::style::RGBColor;
use web_sys::HtmlCanvasElement;

/// The tokens a chart is drawn with.
#[derive(Debug, Clone, Copy)]
pub struct Colours {
    /// Lines and text.
    pub ink: RGBColor,
    /// Axis text.
    pub ink_2: RGBColor,
    /// Grid.
    pub line: RGBColor,
    /// Ground.
    pub panel: RGBColor,
    /// Series 1 to 4.
    pub series: [RGBColor; 4],
}

impl Colours {
    /// Reads the tokens as they are now where `canvas` stands.
    pub fn of(canvas: &HtmlCanvasElement) -> Self {
        let read = |token: &str| resolve(canvas, token);
        Self {
            ink: read("--ink"),
            ink_2: read("--ink-2"),
            line: read("--line"),
            panel: read("--panel"),
            series: ["--s1", "--s2", "--s3", "--s4"].map(read),
        }
    }
}

/// A custom property holds `light-dark(…)` unresolved; as a colour of the element it is resolved.
fn resolve(canvas: &HtmlCanvasElement, token: &str) -> RGBColor {
    let style = web_sys::HtmlElement::style(canvas);
    let _ = style.set_property("color", &format!("var({token})"));
    let computed = window()
        .get_computed_style(canvas)
        .ok()
        .flatten()
        .and_then(|style| style.get_property_value("color").ok())
        .unwrap_or_default();
    let _ = style.remove_property("color");
    parse(&computed).unwrap_or(RGBColor(128, 128, 128))
}

/// `rgb(1, 2, 3)` or `rgba(1, 2, 3, 1)`.
fn parse(text: &str) -> Option<RGBColor> {
    let inner = text.split_once('(')?.1.trim_end_matches(')');
    let mut parts =
        inner.split([',', ' ', '/']).filter(|part| !part.is_empty()).map(|part| part.parse::<f64>().ok());
    let mut next = || Some(parts.next()??.clamp(0.0, 255.0) as u8);
    Some(RGBColor(next()?, next()?, next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computed_colours_are_read() {
        assert_eq!(parse("rgb(11, 93, 102)"), Some(RGBColor(11, 93, 102)));
        assert_eq!(parse("rgba(11, 93, 102, 0.5)"), Some(RGBColor(11, 93, 102)));
        assert_eq!(parse("teal"), None);
    }
}
