//! The second run of a race, as what it has otherwise: `p.fp16*sc.none`. No DOM.

use crate::ui::url_state::Param;

/// Parameters with values of their own, by key.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rival(Vec<(&'static str, String)>);

impl Rival {
    /// Of the address's text; keys that are not in the table and values that make no sense are left out.
    pub fn parse(text: &str, table: &[&Param]) -> Self {
        let pairs = text.split('*').filter_map(|pair| {
            let (key, value) = pair.split_once('.')?;
            let param = table.iter().find(|param| param.key == key)?;
            Some((param.key, param.accept(value)?))
        });
        Self(pairs.collect())
    }

    /// Its own value under a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
    }

    /// Gives it a value of its own, or none.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: Option<String>) -> Self {
        self.0.retain(|(known, _)| *known != key);
        self.0.extend(value.map(|value| (key, value)));
        self
    }

    /// For the address.
    pub fn text(&self) -> String {
        self.0.iter().map(|(key, value)| format!("{key}.{value}")).collect::<Vec<_>>().join("*")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [&Param; 3] =
        [&Param::text("p", "", 60), &Param::text("gr", "", 12), &Param::int("gs", "1", 1, 10)];

    #[test]
    fn what_differs_survives_the_address() {
        let rival =
            Rival::default().with("p", Some("s1e4m3b7-fn".to_owned())).with("gr", Some("0.002".to_owned()));
        assert_eq!(Rival::parse(&rival.text(), &TABLE), rival);
        assert_eq!(rival.get("gr"), Some("0.002"));
        assert_eq!(rival.with("gr", None).text(), "p.s1e4m3b7-fn");
    }

    #[test]
    fn nonsense_is_left_out() {
        assert_eq!(
            Rival::parse("seed.4*to.9*d.evil*gs.99*x*.", &TABLE),
            Rival(vec![("gs", "10".to_owned())])
        );
    }
}
