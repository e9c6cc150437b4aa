//! The recipe's curves as a picture: a panel for each task, accuracy by epoch, with bars of a standard deviation.

use std::fmt::Write as _;

use super::recipe::Curve;

/// Of a panel's axes, pixels.
const PANEL: [f64; 2] = [176.0, 150.0];
/// Between panels, and for words around them.
const GAP: f64 = 26.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 44.0;
const FOOT: f64 = 42.0;
/// Training and validation: name, colour, dashes.
const LINES: [(&str, &str, &str, usize); 2] =
    [("training", "#8a6d1f", "5 3", 1), ("validation", "#1f6f8b", "none", 3)];

/// An SVG image. Colours hold on light and on dark ground.
pub fn figure(curves: &[Curve]) -> String {
    let [width, height] = PANEL;
    let count = curves.len() as f64;
    let (whole, tall) = (LEFT + count * width + (count - 1.0).max(0.0) * GAP + 12.0, TOP + height + FOOT);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {tall}\" font-family=\"sans-serif\" font-size=\"11\" fill=\"#777\">\n<title>Accuracy by epoch of the glossary’s recipe, mean and standard deviation over seeds</title>\n"
    );
    for (panel, curve) in curves.iter().enumerate() {
        let left = LEFT + panel as f64 * (width + GAP);
        let last = (curve.epochs.len().max(2) - 1) as f64;
        let x = |epoch: usize| left + 10.0 + epoch as f64 / last * (width - 20.0);
        let y = |percent: f64| TOP + height * (1.0 - percent / 100.0);
        let _ = writeln!(
            out,
            "<text x=\"{left}\" y=\"{:.1}\" font-weight=\"bold\">{}</text>",
            TOP - 8.0,
            curve.task
        );
        for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
            let _ = writeln!(
                out,
                "<path d=\"M{left} {0:.1}h{width}\" stroke=\"#999\" stroke-opacity=\"0.4\"/>",
                y(percent)
            );
            if panel == 0 {
                let _ = writeln!(
                    out,
                    "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{percent} %</text>",
                    left - 6.0,
                    y(percent) + 4.0
                );
            }
        }
        for epoch in 0..curve.epochs.len() {
            let (x, y) = (x(epoch), TOP + height + 16.0);
            let _ =
                writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{}</text>", epoch + 1);
        }
        for (_, colour, dashes, at) in LINES {
            let mut line = String::new();
            for (epoch, values) in curve.epochs.iter().enumerate() {
                let (mean, deviation) = values[at];
                let (low, high) = (y((mean - deviation).max(0.0)), y((mean + deviation).min(100.0)));
                let _ = write!(line, "{}{:.1} {:.1}", if epoch == 0 { "M" } else { "L" }, x(epoch), y(mean));
                let _ = writeln!(
                    out,
                    "<path d=\"M{0:.1} {low:.1}V{high:.1}\" stroke=\"{colour}\" stroke-opacity=\"0.6\"/>",
                    x(epoch)
                );
            }
            let _ = writeln!(
                out,
                "<path d=\"{line}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>"
            );
        }
    }
    for (at, (name, colour, dashes, _)) in LINES.into_iter().enumerate() {
        let left = LEFT + 130.0 * at as f64;
        let _ = writeln!(
            out,
            "<path d=\"M{left} 14h26\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/><text x=\"{}\" y=\"18\">{name}</text>",
            left + 32.0
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">epoch</text>\n</svg>",
        whole / 2.0,
        tall - 8.0
    );
    out
}
