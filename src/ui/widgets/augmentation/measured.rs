//! What was measured over ten seeds with ten labels a class: the figures of `docs/augmentation/README.md`, compared with it by a test.

/// Accuracy in percent, then points against no augmentation, without and with averaging over eight variants: mean ± standard deviation.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The task, by id.
    pub data: &'static str,
    /// Key of the recipe's name.
    pub recipe: &'static str,
    /// Three figures.
    pub figures: [&'static str; 3],
}

const fn row(data: &'static str, recipe: &'static str, figures: [&'static str; 3]) -> Row {
    Row { data, recipe, figures }
}

/// All rows, task by task.
pub const ROWS: [Row; 44] = [
    row("mnist", "none", ["80.5 ± 2.0", "+0.0 ± 0.0", "–"]),
    row("mnist", "rotate", ["82.9 ± 2.2", "+2.4 ± 1.3", "–"]),
    row("mnist", "zoom", ["81.5 ± 1.8", "+1.0 ± 1.1", "–"]),
    row("mnist", "shift", ["85.3 ± 3.0", "+4.8 ± 2.2", "–"]),
    row("mnist", "flip_h", ["76.9 ± 2.3", "−3.7 ± 1.5", "–"]),
    row("mnist", "flip_v", ["74.4 ± 3.5", "−6.2 ± 2.6", "–"]),
    row("mnist", "shear", ["84.1 ± 1.9", "+3.6 ± 1.5", "–"]),
    row("mnist", "brightness", ["80.7 ± 1.9", "+0.1 ± 0.5", "–"]),
    row("mnist", "contrast", ["80.2 ± 1.9", "−0.4 ± 0.5", "–"]),
    row("mnist", "noise", ["80.4 ± 2.1", "−0.1 ± 0.6", "–"]),
    row("mnist", "cutout", ["80.0 ± 2.7", "−0.6 ± 1.9", "–"]),
    row("mnist", "mixup", ["79.9 ± 2.4", "−0.6 ± 2.0", "–"]),
    row("mnist", "mild", ["88.1 ± 2.3", "+7.5 ± 2.1", "+7.7 ± 1.8"]),
    row("mnist", "strong", ["90.5 ± 1.7", "+10.0 ± 1.9", "+9.7 ± 1.7"]),
    row("mnist", "flips", ["66.6 ± 2.3", "−13.9 ± 2.3", "–"]),
    row("mnist", "turned", ["64.1 ± 4.6", "−16.5 ± 4.0", "–"]),
    row("fashion-mnist", "none", ["74.2 ± 1.1", "+0.0 ± 0.0", "–"]),
    row("fashion-mnist", "rotate", ["73.3 ± 1.3", "−0.9 ± 0.8", "–"]),
    row("fashion-mnist", "zoom", ["73.8 ± 1.8", "−0.4 ± 1.3", "–"]),
    row("fashion-mnist", "shift", ["73.1 ± 1.2", "−1.1 ± 1.4", "–"]),
    row("fashion-mnist", "flip_h", ["72.4 ± 1.5", "−1.8 ± 1.5", "–"]),
    row("fashion-mnist", "flip_v", ["71.2 ± 1.5", "−3.0 ± 1.6", "–"]),
    row("fashion-mnist", "shear", ["72.4 ± 1.4", "−1.8 ± 1.2", "–"]),
    row("fashion-mnist", "brightness", ["73.9 ± 1.4", "−0.3 ± 0.6", "–"]),
    row("fashion-mnist", "contrast", ["73.8 ± 1.4", "−0.4 ± 0.6", "–"]),
    row("fashion-mnist", "noise", ["74.2 ± 1.3", "−0.0 ± 0.8", "–"]),
    row("fashion-mnist", "cutout", ["73.7 ± 1.9", "−0.5 ± 1.6", "–"]),
    row("fashion-mnist", "mixup", ["74.0 ± 1.9", "−0.2 ± 1.5", "–"]),
    row("fashion-mnist", "mild", ["72.1 ± 1.5", "−2.1 ± 2.1", "−0.4 ± 1.9"]),
    row("fashion-mnist", "strong", ["71.3 ± 1.1", "−3.0 ± 1.1", "−2.3 ± 1.6"]),
    row("fashion-mnist", "flips", ["69.5 ± 2.1", "−4.7 ± 2.1", "–"]),
    row("fashion-mnist", "turned", ["52.7 ± 2.4", "−21.5 ± 2.4", "–"]),
    row("clip-art", "none", ["33.3 ± 3.7", "+0.0 ± 0.0", "–"]),
    row("clip-art", "flip_h", ["35.3 ± 3.4", "+2.0 ± 1.2", "–"]),
    row("clip-art", "flip_v", ["33.4 ± 3.2", "+0.1 ± 3.6", "–"]),
    row("clip-art", "mild", ["34.5 ± 3.8", "+1.2 ± 3.1", "+1.1 ± 2.9"]),
    row("clip-art", "strong", ["34.8 ± 5.6", "+1.5 ± 5.4", "+1.7 ± 4.5"]),
    row("clip-art", "turned", ["29.6 ± 2.4", "−3.7 ± 4.4", "–"]),
    row("emoji", "none", ["56.4 ± 3.0", "+0.0 ± 0.0", "–"]),
    row("emoji", "flip_h", ["54.6 ± 3.5", "−1.7 ± 2.3", "–"]),
    row("emoji", "flip_v", ["54.8 ± 3.8", "−1.5 ± 2.8", "–"]),
    row("emoji", "mild", ["57.5 ± 3.5", "+1.2 ± 3.4", "−0.4 ± 4.1"]),
    row("emoji", "strong", ["56.5 ± 4.8", "+0.2 ± 4.1", "−0.5 ± 4.1"]),
    row("emoji", "turned", ["54.9 ± 3.1", "−1.5 ± 4.3", "–"]),
];

/// The rows of a task.
pub fn rows(data: &str) -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(move |row| row.data == data)
}

/// Points against none.
pub fn gap(data: &str, recipe: &str) -> Option<f64> {
    let row = rows(data).find(|row| row.recipe == recipe)?;
    row.figures[1].split(' ').next()?.replace('−', "-").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_the_documents() {
        let document = include_str!("../../../../docs/augmentation/README.md");
        let names = [
            ("none", "none"),
            ("rotate", "rotate 10°"),
            ("zoom", "zoom 10 %"),
            ("shift", "shift 8 %"),
            ("flip_h", "flip left–right"),
            ("flip_v", "flip top–bottom"),
            ("shear", "shear 15°"),
            ("brightness", "brightness 20 %"),
            ("contrast", "contrast 40 %"),
            ("noise", "noise 10 %"),
            ("cutout", "cutout 30 %"),
            ("mixup", "mixup 0.2"),
            ("mild", "mild"),
            ("strong", "strong"),
            ("flips", "both flips"),
            ("turned", "rotate 180°"),
        ];
        for task in ["mnist", "fashion-mnist", "clip-art", "emoji"] {
            let (_, rest) = document.split_once(&format!("### {task}, 10 labels")).expect("the task's table");
            let table = rest.split("###").next().unwrap_or_default();
            let mut found = 0;
            for (key, name) in names {
                let Some(row) = rows(task).find(|row| row.recipe == key) else { continue };
                let line = format!("| {name} | {} |", row.figures.join(" | "));
                assert!(table.contains(&line), "{task}: {line}");
                assert!(gap(task, key).is_some());
                found += 1;
            }
            // No row of the document is missing, and none here has a name of its own.
            assert_eq!(found, rows(task).count());
            assert_eq!(table.lines().filter(|line| line.contains(" ± ")).count(), found, "{task}");
        }
    }
}
