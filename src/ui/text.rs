//! What a visitor reads, in their language.
//!
//! The tables are generated from `locales/` by the build script: every key is a
//! field, so a misspelt one does not compile. `use_text()` gives the current
//! table as a signal; `tr!` makes a closure that follows the language.

use leptos::prelude::*;

#[allow(clippy::match_single_binding, reason = "generated: an area without plain texts has no arms")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/text.rs"));
}
pub use generated::*;

/// The languages of the playground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// Korean.
    Ko,
}

impl Lang {
    /// Both, in the order they are offered.
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// The address segment and BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// The language named by an address segment or a browser preference such as `ko-KR`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }

    /// Its name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ko => "한국어",
        }
    }

    /// Its texts.
    pub fn text(self) -> &'static Text {
        match self {
            Self::En => &EN,
            Self::Ko => &KO,
        }
    }
}

/// The current language, from the context the root provides.
pub fn use_lang() -> Signal<Lang> {
    use_context::<Signal<Lang>>().unwrap_or_else(|| Signal::derive(|| Lang::En))
}

/// A handle on the current language's texts; reading it follows the language.
#[derive(Clone, Copy)]
pub struct Texts(Signal<Lang>);

impl Texts {
    /// The current table, tracked.
    pub fn get(self) -> &'static Text {
        self.0.get().text()
    }

    /// One text in the current language, as a view takes it. All have one type, so the framework's code for showing them exists once and not
    /// once a text.
    pub fn words(self, pick: fn(&'static Text) -> &'static str) -> Words {
        Box::new(move || pick(self.get()))
    }

    /// The current table, untracked, for event handlers.
    pub fn now(self) -> &'static Text {
        self.0.get_untracked().text()
    }
}

/// A text that follows the language.
pub type Words = Box<dyn Fn() -> &'static str + Send + Sync>;

/// The texts of the current language.
pub fn use_text() -> Texts {
    Texts(use_lang())
}

/// `{name}` in `template` replaced by the value of that name; unknown names stay.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let tail = &rest[open..];
        let Some(close) = tail.find('}') else {
            out.push_str(tail);
            return out;
        };
        let name = &tail[1..close];
        match values.iter().find(|(key, _)| *key == name) {
            Some((_, value)) => out.push_str(value),
            None => out.push_str(&tail[..=close]),
        }
        rest = &tail[close + 1..];
    }
    out.push_str(rest);
    out
}

/// The words for a failure: `errors.<code>` with its facts, or the code itself.
pub fn failure_text(text: &'static Text, failure: &protocol::Failure) -> String {
    let Some(template) = text.errors.get(&failure.code) else {
        return fill(text.errors.unknown, &[("code", &failure.code)]);
    };
    let facts: Vec<(&str, &str)> =
        failure.facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if let ("worker_died", [(name, reason)]) = (failure.code.as_str(), facts.as_slice()) {
        return fill(template, &[(name, end_of_worker(text, reason))]);
    }
    fill(template, &facts)
}

/// Why a worker ended: in the reader's language where the reason is one of ours, else in the browser's own words.
pub fn end_of_worker<'a>(text: &'static Text, reason: &'a str) -> &'a str {
    text.errors.worker_ends.get(reason).unwrap_or(reason)
}

/// `tr!(t, bits.title)`: a closure that reads the text in the current language.
#[macro_export]
macro_rules! tr {
    ($texts:ident, $($key:ident).+) => {
        $texts.words(|text| text.$($key).+)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fill_replaces_names_and_keeps_the_rest() {
        assert_eq!(fill("{n} of {m}", &[("n", "1"), ("m", "2")]), "1 of 2");
        assert_eq!(fill("{other} {n", &[("n", "1")]), "{other} {n");
        assert_eq!(fill("한 {n}개", &[("n", "삼")]), "한 삼개");
    }

    #[test]
    fn browser_preferences_are_understood() {
        assert_eq!(Lang::from_tag("ko-KR"), Some(Lang::Ko));
        assert_eq!(Lang::from_tag("EN"), Some(Lang::En));
        assert_eq!(Lang::from_tag("de"), None);
    }
}
