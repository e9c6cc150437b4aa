//! Slices of any length made into chunks of a whole multiple, as block formats need them.

use tensor_files::Elements;

use super::Stop;
use super::source::{Reader, TensorReader};

/// Carries what is left of a slice over to the next.
#[derive(Default)]
pub(super) struct Chunker {
    narrow: Vec<f32>,
    wide: Vec<f64>,
}

impl Chunker {
    /// The next chunk of the tensor that `place` reads, a whole multiple but for its last; none at its end.
    pub(super) async fn next(
        &mut self,
        reader: &mut Reader,
        place: &mut TensorReader,
        multiple: usize,
    ) -> Result<Option<Elements>, Stop> {
        let mut slice = Elements::default();
        while reader.next(place, &mut slice).await? {
            if let Some(chunk) = self.push(std::mem::take(&mut slice), multiple) {
                return Ok(Some(chunk));
            }
        }
        Ok(self.finish())
    }

    /// Takes a slice; gives what makes whole multiples, if anything. A tensor's slices are all of one width.
    fn push(&mut self, slice: Elements, multiple: usize) -> Option<Elements> {
        match slice {
            Elements::F32(values) => cut(&mut self.narrow, values, multiple).map(Elements::F32),
            Elements::F64(values) => cut(&mut self.wide, values, multiple).map(Elements::F64),
        }
    }

    /// The rest of the tensor, shorter than a multiple.
    fn finish(&mut self) -> Option<Elements> {
        if !self.narrow.is_empty() {
            return Some(Elements::F32(std::mem::take(&mut self.narrow)));
        }
        (!self.wide.is_empty()).then(|| Elements::F64(std::mem::take(&mut self.wide)))
    }
}

fn cut<T: Copy>(kept: &mut Vec<T>, values: Vec<T>, multiple: usize) -> Option<Vec<T>> {
    let mut all = if kept.is_empty() {
        values
    } else {
        kept.extend_from_slice(&values);
        std::mem::take(kept)
    };
    let whole = all.len() - all.len() % multiple.max(1);
    kept.extend_from_slice(&all[whole..]);
    all.truncate(whole);
    (whole > 0).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_chunks_are_multiples() {
        let mut chunker = Chunker::default();
        let mut seen = Vec::new();
        let all: Vec<f32> = (0..103_u16).map(f32::from).collect();
        for slice in all.chunks(7) {
            if let Some(Elements::F32(chunk)) = chunker.push(Elements::F32(slice.to_vec()), 8) {
                assert_eq!(chunk.len() % 8, 0);
                seen.extend(chunk);
            }
        }
        if let Some(Elements::F32(rest)) = chunker.finish() {
            assert!(rest.len() < 8);
            seen.extend(rest);
        }
        assert_eq!(seen, all);
        assert!(chunker.finish().is_none());
    }
}
