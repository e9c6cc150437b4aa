//! The glossary's recipe on the frozen base's map: loss and accuracy after each epoch, in training and in validation.

use experiments::lab::{CpuRun, Lab, Samples};
use experiments::networks::efficientnet_lite0::{Cut, Storage};
use experiments::transfer::{Arm, Draw, Head, Kept, Pictures, RECIPE_EPOCHS, Table};

use super::recipe_figure::figure;
use super::{Failure, TEST_PER_CLASS, features, pictures, shipped, spread};

/// Labels of a class: those of the page's preset.
const PER_CLASS: usize = 25;

/// Of one seed and epoch: training loss and accuracy, validation loss and accuracy. Accuracy in percent.
type Epoch = [f64; 4];

/// A task's curve: mean and standard deviation after each epoch.
pub struct Curve {
    /// The task.
    pub task: String,
    /// As in [`Epoch`].
    pub epochs: Vec<[(f64, f64); 4]>,
}

/// One seed's run.
fn run(maps: &Table, pictures: &Pictures, seed: u64) -> Result<Vec<Epoch>, Failure> {
    let draw = Draw::new(pictures.labels(), pictures.classes(), PER_CLASS, TEST_PER_CLASS, seed);
    let (train, test) = (maps.rows(&draw.train), maps.rows(&draw.test));
    let steps = Arm::Recipe.steps(train.labels.len()) / RECIPE_EPOCHS as u64;
    let mut head = Head::new(&Arm::Recipe.config(), train, test, pictures.classes())?;
    let mut run = CpuRun::new(head.training(), seed);
    let mut epochs = Vec::new();
    for _ in 0..RECIPE_EPOCHS {
        run.run(steps, f64::INFINITY, || 0.0, &mut Samples::new(1, 2));
        let at = run.snapshot();
        let mut of = |name| Ok::<_, Failure>(head.view(name, &at)?.values);
        let (train, test) = (of("train")?, of("test")?);
        let [train, test] = [train, test].map(|of| [f64::from(of[1]), 100.0 * f64::from(of[0])]);
        epochs.push([train[0], train[1], test[0], test[1]]);
    }
    Ok(epochs)
}

/// Prints the table, and writes the figure if a file is named.
pub fn print(tasks: &[&str], seeds: u64, svg: Option<&str>) -> Result<(), Failure> {
    println!("| task | epoch | training loss | training accuracy | validation loss | validation accuracy |");
    println!("|---|---|---|---|---|---|");
    let base = shipped(Storage::Int8, Cut::Block14)?;
    let mut curves = Vec::new();
    for &task in tasks {
        let pictures = pictures(task)?;
        let maps = features(&base, (Cut::Block14, 96), Kept::Maps, &pictures)?;
        let runs = (0..seeds)
            .map(|seed| run(&maps, &pictures, seed))
            .collect::<Result<Vec<Vec<Epoch>>, Failure>>()?;
        let epochs: Vec<[(f64, f64); 4]> = (0..RECIPE_EPOCHS)
            .map(|epoch| {
                std::array::from_fn(|at| spread(&runs.iter().map(|run| run[epoch][at]).collect::<Vec<f64>>()))
            })
            .collect();
        for (epoch, [train_loss, train, loss, accuracy]) in epochs.iter().enumerate() {
            let losses = [train_loss, loss].map(|(mean, deviation)| format!("{mean:.3} ± {deviation:.3}"));
            let shares = [train, accuracy].map(|(mean, deviation)| format!("{mean:.1} ± {deviation:.1}"));
            println!(
                "| {task} | {} | {} | {} | {} | {} |",
                epoch + 1,
                losses[0],
                shares[0],
                losses[1],
                shares[1]
            );
        }
        curves.push(Curve { task: task.to_owned(), epochs });
    }
    if let Some(file) = svg {
        std::fs::write(file, figure(&curves))?;
    }
    Ok(())
}
