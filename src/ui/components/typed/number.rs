//! Typed numbers within limits: whole ones and real ones, in the grammar of [`numerics::Real`] (fractions, powers, grouped digits).

use leptos::prelude::*;
use numerics::{ParseRealError, Real};
use protocol::Failure;

use super::{TypedField, Verdict, quoted};
use crate::ui::components::number::number_failure;
use crate::ui::text::{fill, use_text};
use crate::ui::url_state::{Param, ParamKind, shortest};

/// Least and greatest of a number, both allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The least.
    pub least: f64,
    /// The greatest.
    pub most: f64,
    /// No fractions.
    pub whole: bool,
}

/// A text as a number.
#[derive(Debug, Clone, PartialEq)]
enum Read {
    /// Nothing was typed.
    Empty,
    /// A number in the limits, as the address has it.
    Within(String),
    /// The nearest limit.
    Clamped(String),
    /// None.
    Refused(Failure),
}

impl Limits {
    /// Whole numbers.
    pub fn whole(least: i64, most: i64) -> Self {
        Self { least: least as f64, most: most as f64, whole: true }
    }

    /// Those of a parameter; of one that is no number there are none.
    pub fn of(param: &Param) -> Self {
        match param.kind {
            ParamKind::Int { min, max } => Self::whole(min, max),
            ParamKind::Number { least, most, whole } => {
                Self { least: f64::from(least), most: f64::from(most), whole }
            }
            _ => Self { least: f64::MIN, most: f64::MAX, whole: false },
        }
    }

    /// A number as addresses have it.
    fn text(self, value: f64) -> String {
        if self.whole { (value as i64).to_string() } else { shortest(value as f32) }
    }

    fn failure(self, code: &str, typed: &str) -> Failure {
        let failure = Failure::new(code).with("typed", quoted(typed));
        failure.with("least", self.text(self.least)).with("most", self.text(self.most))
    }

    fn read(self, typed: &str) -> Read {
        let value = match Real::parse(typed) {
            Ok(Real::Finite(value)) => value,
            Err(ParseRealError::Empty) => return Read::Empty,
            // Words of their own, which say what to write instead.
            Err(error @ (ParseRealError::Comma { .. } | ParseRealError::DivisionByZero { .. })) => {
                return Read::Refused(number_failure(&error));
            }
            Ok(_) | Err(_) => return Read::Refused(self.failure("not_number", typed)),
        };
        let number = value.to_f64();
        if number < self.least || number > self.most {
            return Read::Clamped(self.text(number.clamp(self.least, self.most)));
        }
        if self.whole && number.fract() != 0.0 {
            return Read::Refused(self.failure("not_whole", typed));
        }
        Read::Within(self.text(number))
    }

    /// One more or less than a text says; of fractions there is no next one.
    fn step(self, typed: &str, up: bool) -> Option<String> {
        let (Read::Within(text) | Read::Clamped(text)) = self.read(typed) else { return None };
        let value = text.parse::<f64>().ok().filter(|_| self.whole)?;
        Some(self.text((value + if up { 1.0 } else { -1.0 }).clamp(self.least, self.most)))
    }
}

/// A number that is written somewhere by `set`, which is given the empty text where nothing was typed.
#[component]
pub fn NumberEntry(
    /// The label.
    label: Signal<String>,
    /// What holds.
    value: Signal<String>,
    /// Its limits.
    limits: Limits,
    /// Writes a number, or says why not.
    set: Callback<String, Result<(), Failure>>,
    /// It cannot be left empty.
    #[prop(default = false)]
    needed: bool,
    /// Words with `{least}` and `{most}` in place of the limits alone.
    #[prop(optional_no_strip)]
    hint: Option<Signal<String>>,
    /// Classes beside `field`.
    #[prop(default = "narrow")]
    class: &'static str,
    /// Stands there while it is empty.
    #[prop(default = "")]
    placeholder: &'static str,
    /// For tests.
    #[prop(into)]
    testid: String,
) -> impl IntoView {
    let t = use_text();
    let take = Callback::new(move |typed: String| {
        let (text, note) = match limits.read(&typed) {
            Read::Refused(failure) => return Verdict::Refused(failure),
            Read::Empty if needed => return Verdict::Refused(limits.failure("empty", "")),
            Read::Empty => (String::new(), None),
            Read::Within(text) => (text, None),
            Read::Clamped(text) => (text, Some(limits.failure("clamped", &typed))),
        };
        let was_empty = text.is_empty();
        match (set.run(text), note) {
            (Err(failure), _) => Verdict::Refused(failure),
            (Ok(()), Some(note)) => Verdict::Instead(note),
            (Ok(()), None) if was_empty && !value.get_untracked().is_empty() => {
                Verdict::Instead(Failure::new("suggested"))
            }
            (Ok(()), None) => Verdict::Taken,
        }
    });
    let step = Callback::new(move |(typed, up): (String, bool)| limits.step(&typed, up));
    let title = Some(Signal::derive(move || {
        let [least, most] = [limits.least, limits.most].map(|limit| limits.text(limit));
        let words = hint.map_or_else(|| t.get().field.limits.to_owned(), |hint| hint.get());
        fill(&words, &[("least", &least), ("most", &most)])
    }));
    let inputmode = match limits {
        // The keyboards for numbers have no minus.
        Limits { least, .. } if least < 0.0 => "text",
        Limits { whole: true, .. } => "numeric",
        Limits { .. } => "decimal",
    };
    view! { <TypedField label value take step inputmode class title placeholder testid/> }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(read: Read) -> String {
        match read {
            Read::Refused(failure) => failure.code,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn whole_numbers_are_taken_clamped_or_refused() {
        let seeds = Limits::whole(0, 999_999_999);
        let within = |text: &str| Read::Within(text.to_owned());
        for (typed, expected) in [
            ("7", "7"),
            (" +7 ", "7"),
            ("1e3", "1000"),
            ("1_000", "1000"),
            ("1\u{202F}000", "1000"),
            ("６", "6"),
            ("2^4", "16"),
            ("4/2", "2"),
            ("007", "7"),
            ("-0", "0"),
        ] {
            assert_eq!(seeds.read(typed), within(expected), "{typed}");
        }
        assert_eq!(seeds.read("-1"), Read::Clamped("0".to_owned()));
        assert_eq!(seeds.read("1e99"), Read::Clamped("999999999".to_owned()));
        assert_eq!(seeds.read(" "), Read::Empty);
        assert_eq!(code(seeds.read("2.5")), "not_whole");
        assert_eq!(code(seeds.read("1,5")), "number_comma");
        assert_eq!(code(seeds.read("1/0")), "number_zero_denominator");
        for typed in ["x", "1 2", "nan", "inf", "--1", "1e"] {
            assert_eq!(code(seeds.read(typed)), "not_number", "{typed}");
        }
    }

    #[test]
    fn real_numbers_have_the_address_spelling() {
        let rates = Limits::of(&Param::number("lr", "", [1e-6, 1.0]));
        assert_eq!(rates.read("2e-3"), Read::Within("0.002".to_owned()));
        assert_eq!(rates.read("1/3"), Read::Within("0.33333334".to_owned()));
        assert_eq!(rates.read("0"), Read::Clamped("0.000001".to_owned()));
        assert_eq!(rates.read("0.000001"), Read::Within("0.000001".to_owned()));
        assert_eq!(rates.read("5"), Read::Clamped("1".to_owned()));
        let failure = rates.failure("clamped", "5");
        assert_eq!(failure.facts[1].1, "0.000001", "limits are said as they are typed");
    }

    #[test]
    fn arrows_step_whole_numbers_within_their_limits() {
        let runs = Limits::whole(1, 10);
        assert_eq!(runs.step("9", true).as_deref(), Some("10"));
        assert_eq!(runs.step("10", true).as_deref(), Some("10"));
        assert_eq!(runs.step("99", false).as_deref(), Some("9"));
        assert_eq!(runs.step("x", true), None);
        assert_eq!(Limits::of(&Param::number("lr", "", [0.0, 1.0])).step("0.5", true), None);
    }

    proptest::proptest! {
        #[test]
        fn what_a_field_takes_an_address_takes_unchanged(typed in "[-+0-9.e/ ]{0,12}|.{0,12}") {
            for param in [Param::int("i", "1", -3, 99), Param::number("r", "", [1e-6, 0.7]), Param::whole("w", "", [1.0, 16.0])] {
                if let Read::Within(text) | Read::Clamped(text) = Limits::of(&param).read(&typed) {
                    let accepted = param.accept(&text);
                    proptest::prop_assert_eq!(accepted.as_deref(), Some(text.as_str()));
                }
            }
        }
    }
}
