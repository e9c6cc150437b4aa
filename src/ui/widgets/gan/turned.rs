//! Learning rates that were changed while a run went on, as the address has them: `120g0.002-300d0.001` for one run, `*` between two.
//!
//! Each entry is the round, whose rate it was (`g` or `d`) and the rate *until* then. What it became is the next entry's, or the rate that
//! stands in the controls. No DOM.

use std::fmt::Write;

use protocol::{Turn, Turns, gan::limits};

/// Changes of one run, at most; with more of them the address cannot lead to the run.
pub const MOST: usize = 48;

/// Names of the rates in the lab, generator's first.
pub const NAMES: [&str; 2] = ["g.rate", "d.rate"];

const LETTERS: [char; 2] = ['g', 'd'];

/// For the address: every run's changes; empty where there are none.
pub fn text(runs: &[Vec<Turn>]) -> String {
    let one = |turns: &Vec<Turn>| {
        turns.iter().fold(String::new(), |mut text, turn| {
            if !text.is_empty() {
                text.push('-');
            }
            let letter = LETTERS[usize::from(turn.name == NAMES[1])];
            let _ = write!(text, "{}{letter}{}", turn.step, turn.from);
            text
        })
    };
    let texts: Vec<String> = runs.iter().map(one).collect();
    texts.join("*").trim_end_matches('*').to_owned()
}

/// A run's changes from the address, with the rates to which they lead; what makes no sense is left out.
pub fn schedule(text: &str, run: usize, rates: [f32; 2]) -> Vec<Turn> {
    let own = text.split('*').nth(run).unwrap_or_default();
    let mut entries: Vec<(u64, usize, f32)> = own.split('-').filter_map(entry).take(MOST).collect();
    entries.sort_by_key(|&(step, ..)| step);
    let mut next = rates;
    let mut turns: Vec<Turn> = Vec::new();
    for (step, who, from) in entries.into_iter().rev() {
        let to = std::mem::replace(&mut next[who], from);
        turns.push(Turn { step, name: NAMES[who].to_owned(), from, to });
    }
    turns.reverse();
    Turns::scheduled(turns).list().to_vec()
}

fn entry(text: &str) -> Option<(u64, usize, f32)> {
    let at = text.find(LETTERS)?;
    let who = LETTERS.iter().position(|&letter| text[at..].starts_with(letter))?;
    let step = text[..at].parse().ok().filter(|&step| step > 0)?;
    let from = text[at + 1..].parse::<f32>().ok().filter(|from| from.is_finite())?;
    let [least, most] = limits::LEARNING_RATE;
    (least..=most).contains(&from).then_some((step, who, from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(step: u64, name: &str, from: f32, to: f32) -> Turn {
        Turn { step, name: name.to_owned(), from, to }
    }

    #[test]
    fn changes_survive_the_address() {
        let first = vec![
            turn(120, "g.rate", 0.002, 0.001),
            turn(300, "d.rate", 0.001, 0.004),
            turn(310, "g.rate", 0.001, 0.002),
        ];
        let second = vec![turn(118, "g.rate", 0.002, 0.002_5)];
        let text = text(&[first.clone(), second.clone()]);
        assert_eq!(text, "120g0.002-300d0.001-310g0.001*118g0.002");
        assert_eq!(schedule(&text, 0, [0.002, 0.004]), first);
        assert_eq!(schedule(&text, 1, [0.002_5, 0.004]), second);
        assert_eq!(schedule(&text, 2, [0.002_5, 0.004]), []);
    }

    #[test]
    fn nonsense_is_left_out() {
        for bad in ["", "g", "0g0.1", "12", "12x0.1", "-5g0.1", "5gNaN", "5g-1", "5g1e9", "*", "**7", "5g"] {
            assert_eq!(schedule(bad, 0, [0.1, 0.1]), [], "{bad}");
        }
        assert_eq!(
            schedule("9g0.2-5g0.3", 0, [0.1, 0.1]),
            [turn(5, "g.rate", 0.3, 0.2), turn(9, "g.rate", 0.2, 0.1)]
        );
        assert_eq!(text(&[vec![], vec![]]), "");
    }

    proptest::proptest! {
        #[test]
        fn hostile_texts_are_harmless(text in "[0-9gd.*e+-]{0,60}") {
            let turns = schedule(&text, 0, [0.1, 0.2]);
            let again = super::text(std::slice::from_ref(&turns));
            proptest::prop_assert_eq!(schedule(&again, 0, [0.1, 0.2]), turns);
        }
    }
}
