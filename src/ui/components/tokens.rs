//! Tokens as colours, for what is drawn on a canvas.

use leptos::prelude::window;
use web_sys::HtmlCanvasElement;

/// The computed colour of a token where `canvas` stands, such as `rgb(1, 2, 3)`. A custom property holds `light-dark(…)` unresolved; as a
/// colour of the element it is resolved. Styles are computed: once for each theme, not for each frame.
pub fn colour(canvas: &HtmlCanvasElement, token: &str) -> String {
    let style = web_sys::HtmlElement::style(canvas);
    let _ = style.set_property("color", &format!("var({token})"));
    let computed = window()
        .get_computed_style(canvas)
        .ok()
        .flatten()
        .and_then(|style| style.get_property_value("color").ok())
        .unwrap_or_default();
    let _ = style.remove_property("color");
    computed
}

/// Red, green, blue of `rgb(1, 2, 3)` or `rgba(1, 2, 3, 1)`.
pub fn parse(text: &str) -> Option<[u8; 3]> {
    let inner = text.split_once('(')?.1.trim_end_matches(')');
    let mut parts =
        inner.split([',', ' ', '/']).filter(|part| !part.is_empty()).map(|part| part.parse::<f64>().ok());
    let mut next = || Some(parts.next()??.clamp(0.0, 255.0) as u8);
    Some([next()?, next()?, next()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computed_colours_are_read() {
        assert_eq!(parse("rgb(11, 93, 102)"), Some([11, 93, 102]));
        assert_eq!(parse("rgba(11, 93, 102, 0.5)"), Some([11, 93, 102]));
        assert_eq!(parse("teal"), None);
    }
}
