//! The stage of points in the plane: the learner's leaning as two tints, the line where it cannot tell, and the rows.

use std::rc::Rc;

use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use protocol::View;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::params;
use super::session::Pair;
use crate::ui::components::raster::{Raster, context, css, level_line};
use crate::ui::components::tokens;
use crate::ui::components::turns::Turn;
use crate::ui::components::width::observe_width;
use crate::ui::lab::LabSession;
use crate::ui::theme::use_colour_epoch;

/// Half the side of what is shown, as in the lab's field.
const REACH: f64 = 1.2;

/// The tokens that the stage is drawn with.
#[derive(Debug, Clone, Copy)]
struct Palette {
    panel: [u8; 3],
    ink: [u8; 3],
    warn: [u8; 3],
    classes: [[u8; 3]; 2],
}

impl Palette {
    fn of(canvas: &HtmlCanvasElement) -> Self {
        let read = |token| tokens::parse(&tokens::colour(canvas, token)).unwrap_or([128; 3]);
        Self {
            panel: read("--panel"),
            ink: read("--ink"),
            warn: read("--warn"),
            classes: [read("--s1"), read("--s2")],
        }
    }
}

/// A run's stage.
#[component]
pub fn Plane(
    /// The widget's runs.
    pair: Pair,
    /// Whose stage.
    lab: LabSession,
    /// Its name, for screen readers.
    label: Signal<String>,
    /// For tests.
    testid: &'static str,
) -> impl IntoView {
    let (canvas, holder) = (NodeRef::<Canvas>::new(), NodeRef::<Div>::new());
    let width = RwSignal::new(0.0_f64);
    let epoch = use_colour_epoch();
    let (field, data) = (lab.look("field"), lab.look("data"));
    let palette = StoredValue::new(None::<(u32, Palette)>);
    let state = pair.state;
    Effect::new(move |_| {
        if let Some(holder) = holder.get() {
            observe_width(&holder, width);
        }
    });
    let turn = Turn::of(canvas, 0.0);
    Effect::new(move |_| {
        if !turn.take() {
            return;
        }
        let (epoch, shows_validation) = (epoch.get(), state.flag(&params::VALIDATION));
        let (field, data) = (field.get(), data.get());
        let ratio = window().device_pixel_ratio().clamp(1.0, 3.0);
        let side = (width.get() * ratio) as u32;
        let Some(canvas) = canvas.get().filter(|_| side > 0) else { return };
        if (canvas.width(), canvas.height()) != (side, side) {
            canvas.set_width(side);
            canvas.set_height(side);
        }
        let known = palette.get_value().filter(|(of, _)| *of == epoch).map(|(_, palette)| palette);
        let colours = known.unwrap_or_else(|| Palette::of(&canvas));
        palette.set_value(Some((epoch, colours)));
        if let Some(context) = context(&canvas) {
            let pen = Pen { context, side: f64::from(side), ratio, palette: colours };
            pen.draw(field.as_ref(), data.as_ref(), shows_validation);
        }
    });
    view! {
        <div class="plane" node_ref=holder data-testid=testid>
            <canvas node_ref=canvas role="img" aria-label=move || label.get()></canvas>
        </div>
    }
}

struct Pen {
    context: CanvasRenderingContext2d,
    side: f64,
    ratio: f64,
    palette: Palette,
}

impl Pen {
    fn draw(&self, field: Option<&Rc<View>>, data: Option<&Rc<View>>, shows_validation: bool) {
        self.context.set_fill_style_str(&css(self.palette.panel, 1.0));
        self.context.fill_rect(0.0, 0.0, self.side, self.side);
        if let Some(field) = field {
            self.field(&field.values);
        }
        let (rows, _) = data.map_or(&[][..], |view| view.values.as_slice()).as_chunks::<5>();
        for &[x, y, given, truth, kind] in rows {
            let is_validation = kind > 0.5;
            if is_validation && !shows_validation {
                continue;
            }
            self.mark([x.into(), y.into()], given > 0.5, is_validation, given != truth);
        }
    }

    fn at(&self, [x, y]: [f64; 2]) -> (f64, f64) {
        let scale = self.side / (2.0 * REACH);
        ((x + REACH) * scale, (REACH - y) * scale)
    }

    fn field(&self, leanings: &[f32]) {
        let side = leanings.len().isqrt();
        if side == 0 || side * side != leanings.len() {
            return;
        }
        let strongest = if self.palette.panel[0] < 128 { 84.0 } else { 96.0 };
        let mut rgba = Vec::with_capacity(4 * leanings.len());
        for row in leanings.chunks_exact(side).rev() {
            for &leaning in row {
                let [r, g, b] = self.palette.classes[usize::from(leaning > 0.0)];
                let share = (leaning.abs() / 2.0).tanh();
                rgba.extend([r, g, b, (strongest * share) as u8]);
            }
        }
        if let Some(raster) = Raster::new(side, &rgba) {
            raster.draw(&self.context, self.side);
        }
        self.context.begin_path();
        for [from, to] in level_line(leanings, side, REACH) {
            let ((x, y), (u, v)) = (self.at(from), self.at(to));
            self.context.move_to(x, y);
            self.context.line_to(u, v);
        }
        self.stroke(self.palette.ink, 0.8, 1.5);
    }

    fn stroke(&self, colour: [u8; 3], alpha: f64, width_px: f64) {
        self.context.set_stroke_style_str(&css(colour, alpha));
        self.context.set_line_width(width_px * self.ratio);
        self.context.stroke();
    }

    /// Class 0 is a circle, class 1 a square; validation rows are small outlines; a wrong label has a ring.
    fn mark(&self, place: [f64; 2], is_one: bool, is_validation: bool, is_wrong: bool) {
        let (x, y) = self.at(place);
        let radius = self.ratio * if is_validation { 2.2 } else { 4.2 };
        let colour = self.palette.classes[usize::from(is_one)];
        self.context.begin_path();
        if is_one {
            self.context.rect(x - 0.9 * radius, y - 0.9 * radius, 1.8 * radius, 1.8 * radius);
        } else {
            let _ = self.context.arc(x, y, radius, 0.0, std::f64::consts::TAU);
        }
        if is_validation {
            self.stroke(colour, 0.9, 1.0);
        } else {
            self.context.set_fill_style_str(&css(colour, 1.0));
            self.context.fill();
            self.stroke(self.palette.panel, 0.9, 1.0);
        }
        if is_wrong {
            self.context.begin_path();
            let _ = self.context.arc(x, y, 7.5 * self.ratio, 0.0, std::f64::consts::TAU);
            self.stroke(self.palette.warn, 1.0, 1.6);
        }
    }
}
