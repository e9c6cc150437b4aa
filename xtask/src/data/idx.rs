//! The IDX files of MNIST and its relatives: two zero bytes, a type code, the rank, big-endian extents, the data.

use anyhow::{Result, ensure};

/// An array of bytes; the only type that these data sets use.
#[derive(Debug, PartialEq, Eq)]
pub struct Idx {
    pub shape: Vec<usize>,
    pub values: Vec<u8>,
}

/// Code of unsigned bytes.
const UNSIGNED_BYTE: u8 = 8;

pub fn parse(bytes: &[u8]) -> Result<Idx> {
    let Some(([0, 0, UNSIGNED_BYTE, rank], rest)) = bytes.split_first_chunk::<4>() else {
        anyhow::bail!("not an IDX file of unsigned bytes")
    };
    let header = 4 * usize::from(*rank);
    ensure!(rest.len() >= header, "an IDX file that ends inside its header");
    let (extents, values) = rest.split_at(header);
    let shape: Vec<usize> =
        extents.as_chunks::<4>().0.iter().map(|extent| u32::from_be_bytes(*extent) as usize).collect();
    let expected = shape.iter().try_fold(1_usize, |product, extent| product.checked_mul(*extent));
    ensure!(expected == Some(values.len()), "an IDX file of {} bytes for {shape:?}", values.len());
    Ok(Idx { shape, values: values.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_are_big_endian_and_the_length_must_agree() {
        let file = [0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9];
        assert_eq!(parse(&file).unwrap(), Idx { shape: vec![1, 3], values: vec![7, 8, 9] });
        for end in 0..file.len() {
            assert!(parse(&file[..end]).is_err(), "{end}");
        }
        let mut longer = file.to_vec();
        longer.push(0);
        assert!(parse(&longer).is_err());
        let mut floats = file;
        floats[2] = 13;
        assert!(parse(&floats).is_err());
    }
}
