//! What was measured over ten seeds: the figures of `docs/transfer/README.md`, compared with it by a test.

/// Accuracy in percent on unlabelled pictures, mean ± standard deviation over ten seeds, with 5, 10 and 25 labels a class.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The task, by id.
    pub data: &'static str,
    /// Key of the arm's name: those of the widget, and `d10` for the frozen base at the earlier cut.
    pub arm: &'static str,
    /// Three figures.
    pub figures: [&'static str; 3],
}

const fn row(data: &'static str, arm: &'static str, figures: [&'static str; 3]) -> Row {
    Row { data, arm, figures }
}

/// All rows at 96 pixels, task by task.
pub const ROWS: [Row; 22] = [
    row("clip-art", "pixels", ["27.6 ± 4.3", "31.9 ± 3.6", "34.4 ± 2.3"]),
    row("clip-art", "scratch", ["27.8 ± 4.2", "32.8 ± 3.0", "36.9 ± 4.6"]),
    row("clip-art", "random", ["20.2 ± 2.7", "20.0 ± 3.5", "20.0 ± 3.4"]),
    row("clip-art", "d10", ["53.5 ± 6.6", "59.9 ± 2.9", "72.8 ± 3.8"]),
    row("clip-art", "frozen", ["59.3 ± 3.6", "66.5 ± 2.6", "76.1 ± 4.3"]),
    row("clip-art", "tuned", ["62.6 ± 3.8", "67.6 ± 3.7", "75.8 ± 4.2"]),
    row("emoji", "pixels", ["50.0 ± 3.0", "55.3 ± 2.4", "60.5 ± 3.3"]),
    row("emoji", "scratch", ["51.5 ± 2.9", "55.6 ± 4.8", "61.5 ± 3.6"]),
    row("emoji", "random", ["32.5 ± 3.7", "35.8 ± 3.0", "37.6 ± 2.9"]),
    row("emoji", "d10", ["63.9 ± 3.7", "72.2 ± 2.7", "78.1 ± 3.7"]),
    row("emoji", "frozen", ["70.5 ± 3.4", "75.5 ± 3.4", "82.2 ± 3.9"]),
    row("emoji", "tuned", ["69.7 ± 2.6", "76.3 ± 2.4", "81.5 ± 3.2"]),
    row("fashion-mnist", "pixels", ["64.4 ± 3.6", "70.3 ± 1.9", "75.7 ± 1.0"]),
    row("fashion-mnist", "scratch", ["65.2 ± 2.2", "71.3 ± 2.0", "77.7 ± 1.5"]),
    row("fashion-mnist", "random", ["35.3 ± 1.9", "40.1 ± 1.9", "46.9 ± 1.5"]),
    row("fashion-mnist", "d10", ["73.4 ± 2.3", "77.5 ± 1.3", "82.5 ± 1.0"]),
    row("fashion-mnist", "frozen", ["71.9 ± 1.4", "76.4 ± 1.5", "80.5 ± 0.9"]),
    row("mnist", "pixels", ["61.6 ± 2.9", "69.5 ± 1.6", "77.3 ± 1.6"]),
    row("mnist", "scratch", ["70.3 ± 3.6", "78.2 ± 2.3", "86.1 ± 1.3"]),
    row("mnist", "random", ["25.2 ± 2.2", "28.6 ± 1.9", "37.1 ± 1.7"]),
    row("mnist", "d10", ["85.1 ± 2.3", "90.2 ± 0.8", "93.1 ± 0.9"]),
    row("mnist", "frozen", ["77.7 ± 2.3", "84.1 ± 1.6", "88.3 ± 0.9"]),
];

/// The rows of a task.
pub fn rows(data: &str) -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(move |row| row.data == data)
}

/// The mean of a figure; labels by their place.
pub fn mean(data: &str, arm: &str, labels: usize) -> Option<f64> {
    let row = rows(data).find(|row| row.arm == arm)?;
    row.figures.get(labels)?.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_the_documents() {
        let document = include_str!("../../../../docs/transfer/README.md");
        for Row { data, arm, figures } in ROWS {
            let name = match arm {
                "pixels" => "raw pixels, linear",
                "scratch" => "small net from scratch",
                "random" => "random base, b14 at 96",
                "d10" => "frozen base, d10 at 96",
                "frozen" => "frozen base, b14 at 96",
                _ => "block 14 fine-tuned, at 96",
            };
            let line = format!("| {data} | {name} | {} |", figures.join(" | "));
            assert!(document.contains(&line), "{line}");
            for labels in 0..3 {
                assert!(mean(data, arm, labels).is_some());
            }
        }
    }
}
