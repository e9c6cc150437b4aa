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
pub const ROWS: [Row; 0] = [];

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
            for (key, name) in names {
                let row = rows(task).find(|row| row.recipe == key).expect("a row of every recipe");
                let line = format!("| {name} | {} |", row.figures.join(" | "));
                assert!(table.contains(&line), "{task}: {line}");
                assert!(gap(task, key).is_some());
            }
        }
    }
}
