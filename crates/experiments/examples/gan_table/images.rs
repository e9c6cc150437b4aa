//! Digits and clothing: `docs/gan/images.md`, and a picture of samples of each.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use experiments::gan::config::ImageSet;
use experiments::gan::images::{CLASSES, Classifier, ImageScore, Images, PIXELS, SIZE};
use experiments::gan::{Config, Gan, presets};

use super::{Error, median, png};

/// Images of every figure.
const SAMPLES: usize = 1000;
/// Rounds after which a run is judged: when one begins to recognise something, and at the end.
const JUDGED: [u64; 2] = [1500, presets::IMAGE_ROUNDS];
/// Columns and rows of a picture.
const PICTURE: [usize; 2] = [16, 8];

/// The run that the picture shows.
const FIRST: &str = "seed 1";

/// A set of images with what judges others by it.
struct Bench {
    images: Images,
    judge: Classifier,
}

impl Bench {
    fn new(root: &Path, set: ImageSet) -> Result<Bench, Error> {
        let bytes = std::fs::read(root.join(format!("public/data/{}.bin", set.name())))?;
        let images = Images::new(&datasets::Dataset::read(&bytes)?)?;
        let mut judge = Classifier::new(&images, 1);
        while !judge.advance(&images, 1000) {}
        Ok(Bench { images, judge })
    }

    /// Median distance to the nearest training image, root mean square over the pixels.
    fn distance(&self, pixels: &[f32]) -> f64 {
        let nearest = |image: &[f32]| {
            let square = |other: &[f32]| image.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
            self.images.pixels().chunks_exact(PIXELS).map(square).fold(f32::INFINITY, f32::min)
        };
        let all = pixels.chunks_exact(PIXELS).map(|image| (f64::from(nearest(image)) / PIXELS as f64).sqrt());
        median(all)
    }

    /// A row of the table; `seconds` of training, where there was any. `distance`: images other than the training images themselves.
    fn row(
        &mut self,
        name: &str,
        trained: Option<(u64, f64)>,
        pixels: &[f32],
        distance: bool,
    ) -> Result<String, Error> {
        let ImageScore { classes, entropy_bits, confidence, score } =
            self.judge.score(pixels).ok_or("a trained judge")?;
        let (rounds, seconds) = trained
            .map_or((String::from("–"), String::from("–")), |(rounds, seconds)| {
                (rounds.to_string(), format!("{seconds:.0}"))
            });
        let distance = if distance { format!("{:.3}", self.distance(pixels)) } else { String::from("–") };
        let shares: Vec<String> = classes.iter().map(|share| format!("{:.0}", 100.0 * share)).collect();
        Ok(format!(
            "| {name} | {rounds} | {seconds} | {score:.2} | {entropy_bits:.2} | {confidence:.2} | {distance} | {} |\n",
            shares.join(" ")
        ))
    }
}

/// Grey levels of the first images, side by side on black.
fn picture(pixels: &[f32]) -> Vec<u8> {
    let [columns, rows] = PICTURE;
    let width = columns * SIZE;
    let mut levels = vec![0; width * rows * SIZE];
    for (i, image) in pixels.chunks_exact(PIXELS).take(columns * rows).enumerate() {
        for (y, line) in image.chunks_exact(SIZE).enumerate() {
            let start = (i / columns * SIZE + y) * width + i % columns * SIZE;
            for (level, x) in levels[start..start + SIZE].iter_mut().zip(line) {
                *level = ((x + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8;
            }
        }
    }
    levels
}

/// The preset over the seeds, then its first seed without one and the other of what it adds.
fn runs(set: ImageSet, seeds: u64) -> Vec<(String, Config)> {
    let preset = presets::images(set);
    let mut runs: Vec<(String, Config)> =
        (1..=seeds).map(|seed| (format!("seed {seed}"), preset.clone().with_seed(seed))).collect();
    let first = preset.with_seed(1);
    runs.push((format!("{FIRST}, images not shifted"), Config { shift: 0, ..first.clone() }));
    runs.push((format!("{FIRST}, weights not averaged"), Config { average: 0.0, ..first }));
    runs
}

/// Writes the page and its pictures.
pub fn write(root: &Path, folder: &Path, seeds: u64) -> Result<(), Error> {
    let mut page = format!(
        "# Images in the GAN\n\nMade by `cargo run -p experiments --profile proof --example gan_table -- images`; the seconds are the \
         rounds times the median round on one core of the machine that made it, which had other work as well; everything else is the same on any machine.\n\n\
         Generator 32–128–256–784, discriminator 784–256–128–1, 2,000 training images of each set. {SAMPLES} images a row, the same latents for all. \
         They are judged by a classifier (784–64–10) that is trained on the same real images. *Score* is computed like the \
         Inception score, but by this classifier: 1 to 10. *Entropy* is that of the classes in bits, 3.32 when all ten are as frequent; \
         *sure* the mean probability of the likeliest class; *nearest* the median distance to the nearest training image, root mean square \
         over pixels from -1 to 1: a generator that copies would show less than unseen real images do.\n"
    );
    for (name, title, set) in
        [("digits", "Digits", ImageSet::Digits), ("clothing", "Clothing", ImageSet::Fashion)]
    {
        let mut bench = Bench::new(root, set)?;
        let accuracy = bench.judge.accuracy().ok_or("a trained judge")?;
        write!(
            page,
            "\n## {title}\n\nThe judge is right on {:.1} % of the unseen real images.\n\n\
             | images | rounds | seconds | score | entropy | sure | nearest | classes 0 to {}, % |\n|---|---|---|---|---|---|---|---|\n",
            100.0 * accuracy,
            CLASSES - 1,
        )?;
        let (real, unseen) =
            (bench.images.pixels()[..SAMPLES * PIXELS].to_vec(), bench.images.unseen().to_vec());
        page += &bench.row("real", None, &real, false)?;
        page += &bench.row("real, unseen", None, &unseen, true)?;
        for (label, config) in runs(set, seeds) {
            let mut gan = Gan::new(config, Some(&bench.images))?;
            let mut times = Vec::new();
            for rounds in JUDGED {
                while gan.rounds() < rounds {
                    let begun = Instant::now();
                    gan.step();
                    times.push(begun.elapsed().as_secs_f64());
                }
                // The median: the machine may have stood still for a while.
                let seconds = rounds as f64 * median(times.iter().copied());
                let mut view = gan.observe();
                let mut pixels = Vec::new();
                while pixels.len() < SAMPLES * PIXELS {
                    let chunk = pixels.len() / PIXELS / view.chunk();
                    pixels.extend(view.samples(chunk));
                }
                pixels.truncate(SAMPLES * PIXELS);
                page += &bench.row(&label, Some((rounds, seconds)), &pixels, true)?;
                if label == FIRST && rounds == presets::IMAGE_ROUNDS {
                    let [columns, rows] = PICTURE;
                    let file = png::grey(&picture(&pixels), columns * SIZE, rows * SIZE);
                    std::fs::write(folder.join(format!("{name}.png")), file)?;
                }
            }
        }
        write!(page, "\n![{title} of seed 1 after {} rounds]({name}.png)\n", presets::IMAGE_ROUNDS)?;
    }
    std::fs::write(folder.join("images.md"), page)?;
    Ok(())
}
