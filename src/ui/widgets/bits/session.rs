//! What the parts of the widget share: the state, and what is derived from it once.

use leptos::prelude::*;
use numerics::{CustomFormatError, Format, Real, Rounding};
use protocol::Failure;

use super::model::{self, Input, Settings};
use super::params;
use crate::ui::url_state::UrlState;
use crate::ui::widgets::Setting;

/// Handles on the widget's signals; cheap to copy.
#[derive(Clone, Copy)]
pub struct Session {
    /// The address's state.
    pub state: UrlState,
    /// How much is shown.
    pub setting: Setting,
    /// The reader's own format, if the text describes one.
    pub custom: Memo<Result<Option<Format>, CustomFormatError>>,
    /// What the text field holds, understood or not.
    pub input: Memo<Input>,
    /// The last number that was understood, and how it came.
    pub shown: Memo<(Input, Real)>,
    /// Rounding, scale, zero point; the last good scale stays when the new one is bad.
    pub settings: Memo<(Settings, Option<Failure>)>,
    /// The format laid out large.
    pub selected: Memo<Format>,
}

impl Session {
    /// Derives everything from the state.
    pub fn new(state: UrlState, setting: Setting) -> Self {
        let custom = Memo::new(move |_| {
            let text = state.get(&params::CUSTOM);
            if text.is_empty() { Ok(None) } else { numerics::FloatSpec::custom(&text).map(Some) }
        });
        let usable_custom = move || custom.get().unwrap_or_default();
        let input = Memo::new(move |_| model::read_input(&state.get(&params::VALUE), usable_custom()));
        let shown = Memo::new(move |previous: Option<&(Input, Real)>| {
            let input = input.get();
            match (&input.real, previous) {
                (Ok(real), _) => (input.clone(), real.clone()),
                (Err(_), Some(previous)) => previous.clone(),
                (Err(_), None) => {
                    let fallback = model::read_input(params::VALUE.default, None);
                    let real = fallback.real.clone().unwrap_or(Real::Nan);
                    (fallback, real)
                }
            }
        });
        let settings = Memo::new(move |previous: Option<&(Settings, Option<Failure>)>| {
            let seed = state.int(&params::SEED) as u32;
            let rounding = Rounding {
                mode: model::rounding_mode(&state.get(&params::MODE), seed),
                overflow: model::overflow(&state.get(&params::OVERFLOW)),
                flush_subnormals: state.flag(&params::FLUSH),
            };
            let zero_point = state.int(&params::ZERO_POINT);
            match model::read_scale(&state.get(&params::SCALE)) {
                Ok(scale) => (Settings { rounding, scale, zero_point }, None),
                Err(failure) => {
                    let scale =
                        previous.map_or_else(|| model::integer(1), |(settings, _)| settings.scale.clone());
                    (Settings { rounding, scale, zero_point }, Some(failure))
                }
            }
        });
        let selected = Memo::new(move |_| {
            let id = state.get(&params::FORMAT);
            model::find_format(&id, usable_custom())
                .or_else(|| numerics::by_id(params::FORMAT.default).copied())
                .unwrap_or(numerics::FORMATS[0])
        });
        Self { state, setting, custom, input, shown, settings, selected }
    }

    /// Makes a code of a format the input.
    pub fn set_code(self, format: &Format, code: u64) {
        self.state.set(&params::FORMAT, format.id);
        let text = format!("{}:{}", format.id, super::display::hex(code, format.bits));
        self.state.set(&params::VALUE, &text);
    }

    /// What a format stores for the present input, tracked.
    pub fn reading(self, format: &Format) -> model::Reading {
        self.shown.with(|(input, real)| {
            self.settings.with(|(settings, _)| model::read(format, input, real, settings))
        })
    }
}
