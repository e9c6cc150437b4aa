//! Text as a source: the choices for what cannot be found in it, and what was found, as a sentence.

use leptos::prelude::*;
use protocol::{
    CommentChoice, DecimalChoice, DelimiterChoice, HeaderChoice, IndexChoice, MissingChoice, TableChoice,
    TableFound,
};

use super::session::Session;
use super::{model, params};
use crate::ui::components::fields::ChoiceField;
use crate::ui::text::{Text, fill, use_text};
use crate::ui::url_state::{Param, UrlState};

/// The parameters that decide how text is read.
pub const TABLE_PARAMS: [&Param; 6] = [
    &params::HEADER,
    &params::INDEX,
    &params::DELIMITER,
    &params::DECIMAL,
    &params::COMMENT,
    &params::MISSING,
];

/// What the address says of text.
pub fn choice(state: UrlState) -> TableChoice {
    choice_of(|param| state.now(param))
}

fn choice_of(value: impl Fn(&Param) -> String) -> TableChoice {
    TableChoice {
        header: match value(&params::HEADER).as_str() {
            "yes" => HeaderChoice::Yes,
            "no" => HeaderChoice::No,
            _ => HeaderChoice::Auto,
        },
        index: match value(&params::INDEX).as_str() {
            "none" => IndexChoice::None,
            "first" => IndexChoice::First,
            _ => IndexChoice::Auto,
        },
        delimiter: match value(&params::DELIMITER).as_str() {
            "comma" => DelimiterChoice::Comma,
            "semicolon" => DelimiterChoice::Semicolon,
            "tab" => DelimiterChoice::Tab,
            "space" => DelimiterChoice::Space,
            "pipe" => DelimiterChoice::Pipe,
            _ => DelimiterChoice::Auto,
        },
        decimal: match value(&params::DECIMAL).as_str() {
            "point" => DecimalChoice::Point,
            "1" => DecimalChoice::Comma,
            _ => DecimalChoice::Auto,
        },
        comment: match value(&params::COMMENT).as_str() {
            "hash" => CommentChoice::Hash,
            "percent" => CommentChoice::Percent,
            "none" => CommentChoice::None,
            _ => CommentChoice::Auto,
        },
        missing: match value(&params::MISSING).as_str() {
            "nan" => MissingChoice::Nan,
            _ => MissingChoice::Refuse,
        },
    }
}

/// The controls that answer what a text's faults ask.
#[component]
pub fn TableFields(session: Session) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let label =
        move |pick: fn(&'static Text) -> &'static str| Signal::derive(move || pick(t.get()).to_owned());
    view! {
        <div class="controls" data-testid="convert-table-fields">
            <ChoiceField state param=&params::HEADER options=params::HEADERS.to_vec() label=label(|t| t.convert.header_label)
                name=Callback::new(move |id: &'static str| t.get().convert.header.get(id).unwrap_or(id).to_owned()) testid="convert-header"/>
            <ChoiceField state param=&params::INDEX options=params::INDICES.to_vec() label=label(|t| t.convert.index_label)
                name=Callback::new(move |id: &'static str| t.get().convert.index.get(id).unwrap_or(id).to_owned()) testid="convert-index"/>
            <ChoiceField state param=&params::DELIMITER options=params::DELIMITERS.to_vec() label=label(|t| t.convert.delimiter_label)
                name=Callback::new(move |id: &'static str| t.get().convert.delimiter.get(id).unwrap_or(id).to_owned()) testid="convert-delimiter"/>
            <ChoiceField state param=&params::DECIMAL options=params::DECIMALS.to_vec() label=label(|t| t.convert.decimal_label)
                name=Callback::new(move |id: &'static str| {
                    let words = &t.get().convert.decimal;
                    words.get(if id == "1" { "comma" } else { id }).unwrap_or(id).to_owned()
                }) testid="convert-decimal"/>
            <ChoiceField state param=&params::COMMENT options=params::COMMENTS.to_vec() label=label(|t| t.convert.comment_label)
                name=Callback::new(move |id: &'static str| t.get().convert.comment.get(id).unwrap_or(id).to_owned()) testid="convert-comment"/>
            <ChoiceField state param=&params::MISSING options=params::MISSING_VALUES.to_vec() label=label(|t| t.convert.missing_label)
                name=Callback::new(move |id: &'static str| t.get().convert.missing.get(id).unwrap_or(id).to_owned()) testid="convert-missing"/>
        </div>
    }
}

/// How a text was read, and what reading it left out or changed.
pub fn sentence(text: &'static Text, found: &TableFound) -> String {
    let words = &text.convert;
    let mut layout = Vec::new();
    if found.columns > 1 {
        let id = match found.delimiter {
            ',' => "comma",
            ';' => "semicolon",
            '\t' => "tab",
            ' ' => "space",
            '|' => "pipe",
            _ => "",
        };
        let other = || fill(words.found_delimiter, &[("sign", &found.delimiter.to_string())]);
        layout.push(words.found_separated.get(id).map_or_else(other, str::to_owned));
    }
    layout.push(if found.decimal_comma { words.found_comma } else { words.found_point }.to_owned());
    layout.push(if found.header_row { words.found_header } else { words.found_no_header }.to_owned());
    let count =
        |n: u64, one: &str, many: &str| fill(if n == 1 { one } else { many }, &[("n", &model::grouped(n))]);
    let columns = count(found.columns, words.found_column, words.found_columns);
    layout.push(format!("{columns} × {}", count(found.rows, words.found_row, words.found_rows)));
    let counted = [
        (u64::from(found.separator_line), words.found_separator_line),
        (u64::from(found.index_column), words.found_index),
        (found.comment_lines, words.found_comments),
        (found.blank_lines, words.found_blanks),
        (found.missing, words.found_missing),
        (found.grouped, words.found_grouped),
        (found.inexact, words.found_inexact),
        (found.zeroed, words.found_zeroed),
    ];
    let notes = counted
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, words)| fill(words, &[("n", &model::grouped(n))]));
    let parts: Vec<String> = std::iter::once(layout.join(", ")).chain(notes).collect();
    fill(words.found, &[("parts", &parts.join("; "))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::text::{EN, KO};

    const FOUND: TableFound = TableFound {
        delimiter: ';',
        decimal_comma: true,
        header_row: true,
        index_column: false,
        separator_line: false,
        columns: 3,
        rows: 2,
        comment_lines: 1,
        blank_lines: 0,
        missing: 0,
        grouped: 0,
        inexact: 0,
        zeroed: 0,
    };

    #[test]
    fn what_was_found_is_one_sentence() {
        let said = sentence(&EN, &FOUND);
        assert_eq!(
            said,
            "Read as text: semicolon-separated, decimal comma, header row, 3 columns × 2 rows; comment lines left out: 1."
        );
        let lone = TableFound { columns: 1, delimiter: '\t', comment_lines: 0, ..FOUND };
        assert_eq!(sentence(&EN, &lone), "Read as text: decimal comma, header row, 1 column × 2 rows.");
        let counted = TableFound { missing: 7, grouped: 8, inexact: 9, zeroed: 10, blank_lines: 11, ..FOUND };
        for text in [&EN, &KO] {
            let said = sentence(text, &TableFound { index_column: true, separator_line: true, ..counted });
            assert!(!said.contains('{'), "{said}");
            assert!(["7", "8", "9", "10", "11"].iter().all(|n| said.contains(n)), "{said}");
        }
    }

    #[test]
    fn every_id_means_a_choice_of_its_own() {
        for param in TABLE_PARAMS {
            let crate::ui::url_state::ParamKind::Choice(ids) = param.kind else { panic!("{}", param.key) };
            let chosen =
                |id: &str| choice_of(|other| (if other == param { id } else { other.default }).to_owned());
            assert_eq!(chosen(param.default), TableChoice::default(), "{}", param.key);
            let distinct =
                ids.iter().filter(|id| ids.iter().filter(|o| chosen(o) == chosen(id)).count() == 1);
            assert_eq!(distinct.count(), ids.len(), "{}", param.key);
        }
        let comma = choice_of(|param| (if param.key == "dc" { "1" } else { param.default }).to_owned());
        assert_eq!(comma.decimal, DecimalChoice::Comma);
    }
}
