//! Text into markup, and markup read and rewritten.

use std::borrow::Cow;

use anyhow::{Result, anyhow};
use lol_html::{ElementContentHandlers, RewriteStrSettings, Selector};

/// A selector and what to do with the elements it finds: what `lol_html::element!` and `text!` make.
pub type Handler<'h, 's> = (Cow<'s, Selector>, ElementContentHandlers<'h>);

/// `html` after all handlers; `what` names it in an error.
pub fn rewrite(html: &str, what: &str, handlers: Vec<Handler>) -> Result<String> {
    let settings = handlers
        .into_iter()
        .fold(RewriteStrSettings::new(), RewriteStrSettings::append_element_content_handler);
    lol_html::rewrite_str(html, settings).map_err(|error| anyhow!("{what}: {error}"))
}

/// Text between tags.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text inside a double-quoted attribute.
pub fn attribute(text: &str) -> String {
    escaped(text).replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn markup_in_texts_stays_text() {
        assert_eq!(super::escaped("a < b && c"), "a &lt; b &amp;&amp; c");
        assert_eq!(super::attribute("say \"x\""), "say &quot;x&quot;");
    }
}
