//! Everything about the selected format's code: exact value, error, ulp, neighbours,
//! class, guard / round / sticky, every rounding mode, and where vendors differ.

use std::time::Duration;

use crate::ui::view::dynamic;
use leptos::prelude::*;
use numerics::{Format, Kind, Rational, Real, Rounding, RoundingMode, Value};

use super::conventions;
use super::display;
use super::model::{self, Input, Reading, Settings};
use super::params;
use super::rows::error_text;
use super::session::Session;
use crate::tr;
use crate::ui::components::copy::CopyButton;
use crate::ui::components::number::minus;
use crate::ui::text::{Text, use_text};

/// The tables follow after so many milliseconds without a change.
const REST_MS: u64 = 60;
/// More digits than any value of a format has.
const MAX_DIGITS: usize = 1200;
/// Digits of the exact error.
const ERROR_DIGITS: usize = 60;
/// Digits of a neighbour or of a table's value.
const DETAIL_DIGITS: usize = 17;

/// The readings under the register.
#[component]
pub fn Detail(session: Session, reading: Memo<Reading>) -> impl IntoView {
    let t = use_text();
    let exact = Signal::derive(move || {
        reading.with(|reading| match &reading.stored {
            Some(stored) => display::long(stored, MAX_DIGITS),
            None => reading.value_text.clone(),
        })
    });
    let error = move || {
        reading.with(|reading| match &reading.error {
            Some(error) if !error.is_zero() => {
                let sign = if error.negative { "" } else { "+" };
                format!("{sign}{}", display::long(error, ERROR_DIGITS))
            }
            Some(_) => t.get().bits.exact.to_owned(),
            None => "\u{2014}".to_owned(),
        })
    };
    let code = move || reading.with(|reading| reading.encoded.code);
    // Two dozen more roundings: in a task of their own, once the typing rests.
    let asked = Memo::new(move |_| Asked::of(session));
    let rested = RwSignal::new(asked.get_untracked());
    let mut rest = leptos::leptos_dom::helpers::debounce(Duration::from_millis(REST_MS), move |asked| {
        // The widget may be gone by then.
        let _ = rested.try_set(asked);
    });
    Effect::watch(move || asked.get(), move |asked, _, _| rest(asked.clone()), false);
    view! {
        <div class="detail">
            <p class="formula" data-testid="bits-formula">
                {dynamic(move || formula(t.get(), &session.selected.get(), code(), &session.settings.with(|(settings, _)| settings.clone())))}
            </p>
            <dl class="readings">
                <div class="wide">
                    <dt>{tr!(t, bits.exact_value)}" "<CopyButton value=Callback::new(move |()| exact.get_untracked().replace('\u{2212}', "-"))/></dt>
                    <dd class="digits" tabindex="0" data-testid="bits-exact">{dynamic(move || exact.get())}</dd>
                </div>
                <div class="wide">
                    <dt>{tr!(t, bits.signed_error)}</dt>
                    <dd class="digits" data-testid="bits-error">{error}</dd>
                </div>
                <div>
                    <dt>{tr!(t, bits.class_label)}</dt>
                    <dd data-testid="bits-class">{dynamic(move || {
                        let class = reading.with(|reading| reading.class);
                        t.get().bits.class.get(model::class_key(class)).unwrap_or_default()
                    })}</dd>
                </div>
                <div>
                    <dt>{tr!(t, bits.ulp)}</dt>
                    <dd class="mono">{dynamic(move || session.selected.get().ulp(code()).map_or_else(
                        || "\u{2014}".to_owned(),
                        |ulp| display::short(&Rational::from_dyadic(ulp), 8),
                    ))}</dd>
                </div>
                <div>
                    <dt>{tr!(t, bits.error_in_ulp)}</dt>
                    <dd class="mono">{dynamic(move || reading.with(|reading| reading.error_ulp.as_ref().map_or_else(
                        || "\u{2014}".to_owned(), display::signed,
                    )))}</dd>
                </div>
                <div>
                    <dt>{tr!(t, bits.grs)}</dt>
                    <dd class="mono" data-testid="bits-grs">{dynamic(move || reading.with(|reading| {
                        let bit = |on: bool| if on { '1' } else { '0' };
                        let e = &reading.encoded;
                        format!("{} · {} {} {}", bit(e.lsb), bit(e.guard), bit(e.round), bit(e.sticky))
                    }))}</dd>
                </div>
                <Neighbours session code=Signal::derive(code)/>
            </dl>
            <p class="about">{dynamic(move || t.get().formats.get(&session.selected.get().id.replace('-', "_")).unwrap_or_default())}</p>
            <details class="more" open>
                <summary>{tr!(t, bits.modes_title)}</summary>
                <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, bits.modes_title)>{dynamic(move || rested.with(|asked| modes_table(t.get(), asked)))}</div>
            </details>
            <details class="more" open>
                <summary>{tr!(t, bits.conventions_title)}</summary>
                <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, bits.conventions_title)>{dynamic(move || rested.with(|asked| conventions_table(t.get(), asked)))}</div>
            </details>
        </div>
    }
}

/// The two neighbours, each a button that goes there.
#[component]
fn Neighbours(session: Session, code: Signal<u64>) -> impl IntoView {
    let t = use_text();
    let side = move |up: bool| {
        let format = session.selected.get();
        if up { format.next_up(code.get()) } else { format.next_down(code.get()) }
    };
    let step = move |up: bool| {
        let format = session.selected.get_untracked();
        let code = code.get_untracked();
        let next = if up { format.next_up(code) } else { format.next_down(code) };
        if let Some(next) = next {
            session.set_code(&format, next);
        }
    };
    let shown = move |up: bool| match side(up) {
        Some(next) => display::short_value(session.selected.get().decode(next), DETAIL_DIGITS),
        None => t.get().bits.no_neighbour.to_owned(),
    };
    view! {
        <div class="neighbour">
            <dt>{tr!(t, bits.below)}</dt>
            <dd><button class="btn small mono" disabled=move || side(false).is_none() on:click=move |_| step(false) data-testid="bits-below">
                "↓ "{dynamic(move || shown(false))}
            </button></dd>
        </div>
        <div class="neighbour">
            <dt>{tr!(t, bits.above)}</dt>
            <dd><button class="btn small mono" disabled=move || side(true).is_none() on:click=move |_| step(true) data-testid="bits-above">
                "↑ "{dynamic(move || shown(true))}
            </button></dd>
        </div>
    }
}

/// How the bits make the value: `+1.1001100110₂ × 2^(11−15)`.
fn formula(text: &'static Text, format: &Format, code: u64, settings: &Settings) -> String {
    let value = format.decode(code);
    let Value::Finite(dyadic) = value else {
        return text.bits.class.get(model::class_key(format.class(code))).unwrap_or_default().to_owned();
    };
    let sign = if dyadic.negative { "\u{2212}" } else { "+" };
    match format.kind {
        Kind::Float(spec) => {
            let magnitude = code & spec.magnitude_mask();
            let field = magnitude >> spec.significand_bits;
            let fraction = magnitude & ((1 << spec.significand_bits) - 1);
            let normal = field > 0 || !spec.subnormals;
            if dyadic.is_zero() {
                return format!("{sign}0");
            }
            let lead = u8::from(normal);
            let width = usize::from(spec.significand_bits);
            let digits = if width == 0 { String::new() } else { format!(".{fraction:0width$b}") };
            let exponent = if normal {
                format!("{field}\u{2212}{}", spec.bias)
            } else {
                format!("1\u{2212}{}", spec.bias)
            };
            let exponent = exponent.replace("\u{2212}-", "+");
            let power = if normal {
                i64::from(spec.bias.wrapping_neg()) + field as i64
            } else {
                1 - i64::from(spec.bias)
            };
            format!(
                "{sign}{lead}{digits}₂ × 2^({exponent}) = {sign}{lead}{digits}₂ × 2^{}",
                minus(&power.to_string())
            )
        }
        Kind::Int(spec) if spec.scale_exponent != 0 => {
            let steps = Value::Finite(dyadic).to_f64() * 2f64.powi(-spec.scale_exponent);
            format!("{} × 2^{}", minus(&steps.to_string()), minus(&spec.scale_exponent.to_string()))
        }
        Kind::Int(_) => {
            let steps = minus(&value.to_decimal());
            let scale = display::short(&settings.scale, 8);
            if settings.zero_point == 0 {
                format!("{steps} × {scale}")
            } else {
                format!("({steps} \u{2212} ({})) × {scale}", minus(&settings.zero_point.to_string()))
            }
        }
        Kind::Codebook(values) => format!("{} {code} / {}", text.bits.field_index, values.len()),
        Kind::Posit(_) => {
            let bits = 64 - dyadic.significand.leading_zeros();
            let power = dyadic.exponent + bits as i32 - 1;
            format!(
                "{sign}{:b}₂ × 2^{} = {sign}1.… × 2^{}",
                dyadic.significand,
                minus(&dyadic.exponent.to_string()),
                minus(&power.to_string())
            )
        }
    }
}

/// Everything that the two tables show something of.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    format: Format,
    /// As a number, even where a code was typed.
    input: Input,
    real: Real,
    settings: Settings,
    /// Id of the rounding mode that is chosen.
    mode: String,
    /// Of stochastic rounding, whose row is there whatever is chosen.
    seed: u32,
}

impl Asked {
    /// Tracked.
    fn of(session: Session) -> Self {
        let (input, real) = session.shown.get();
        Self {
            format: session.selected.get(),
            input: Input { code: None, ..input },
            real,
            settings: session.settings.get().0,
            mode: session.state.get(&params::MODE),
            seed: session.state.int(&params::SEED) as u32,
        }
    }
}

/// The input under every rounding mode, native and saturating.
fn modes_table(text: &'static Text, asked: &Asked) -> impl IntoView + use<> {
    let Asked { format, input, real, settings, mode: current, seed } = asked;
    let cell = move |mode: &'static str, saturate: bool| {
        let rounding = Rounding {
            mode: model::rounding_mode(mode, *seed),
            overflow: if saturate { numerics::Overflow::Saturate } else { numerics::Overflow::Native },
            ..settings.rounding
        };
        let settings = Settings { rounding, ..settings.clone() };
        let reading = model::read(format, input, real, &settings);
        (display::hex(reading.encoded.code, format.bits), reading)
    };
    let rows = RoundingMode::IDS
        .into_iter()
        .map(|mode| {
            let (code, native) = cell(mode, false);
            let (saturated_code, saturated) = cell(mode, true);
            let differs = code != saturated_code;
            let name = text.bits.mode.get(&mode.replace('-', "_")).unwrap_or_default();
            let saturated_text =
                if differs { format!("{saturated_code} {}", saturated.value_text) } else { "=".to_owned() };
            view! {
                <tr class:current=current == mode>
                    <th scope="row">{name}</th>
                    <td class="mono">{code}</td>
                    <td class="num">{native.value_text.clone()}</td>
                    <td class="num">{error_text(text, &native)}</td>
                    <td class="mono" class:differs=differs>{saturated_text}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="data" data-testid="bits-modes">
            <thead><tr>
                <th scope="col">{text.bits.col_mode}</th>
                <th scope="col">{text.bits.col_code}</th>
                <th scope="col" class="num">{text.bits.col_value}</th>
                <th scope="col" class="num">{text.bits.col_error}</th>
                <th scope="col">{text.bits.col_saturating}</th>
            </tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// The input under each named convention; what differs from the first is marked.
fn conventions_table(text: &'static Text, asked: &Asked) -> impl IntoView + use<> {
    let Asked { format, input, real, settings, .. } = asked;
    let results: Vec<_> = conventions::conventions(format)
        .into_iter()
        .map(|row| {
            let source = conventions::source(&row, real);
            let settings = Settings { rounding: row.rounding, ..settings.clone() };
            (row.key, model::read(format, input, &source, &settings))
        })
        .collect();
    let first = results.first().map(|(_, reading)| reading.encoded.code);
    let rows = results
        .into_iter()
        .map(|(key, reading)| {
            let differs = Some(reading.encoded.code) != first;
            view! {
                <tr class:differs=differs>
                    <th scope="row">{text.bits.convention.get(key).unwrap_or(key)}</th>
                    <td class="mono">{display::hex(reading.encoded.code, format.bits)}</td>
                    <td class="num">{reading.value_text.clone()}</td>
                    <td>{if differs { text.bits.differs } else { "" }}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="data" data-testid="bits-conventions">
            <thead><tr>
                <th scope="col">{text.bits.col_convention}</th>
                <th scope="col">{text.bits.col_code}</th>
                <th scope="col" class="num">{text.bits.col_value}</th>
                <th scope="col"><span class="visually-hidden">{text.bits.differs}</span></th>
            </tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
