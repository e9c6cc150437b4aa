//! Convert.
use leptos::prelude::*;
use super::Setting;
use crate::ui::url_state::{Param, UrlState};
/// P.
pub const PARAMS: &[Param] = &[];
/// V.
pub fn view(_: UrlState, _: Setting) -> AnyView { ().into_any() }
/// T.
pub fn tasks(_: UrlState) -> AnyView { ().into_any() }
