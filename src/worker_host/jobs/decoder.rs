//! Decodes the stored formats that files leave to us: FP8, FP4, E8M0 and the GGUF blocks that are formats of the playground.

use numerics::blocks::{BlockOptions, TensorStats, block_by_id};
use numerics::bulk::Quantizer;
use numerics::{Rounding, by_id};
use tensor_files::{BlockDecoder, Dtype};

/// Keeps the tables of the formats it has met.
#[derive(Default)]
pub(super) struct StoredDecoder {
    elements: Vec<(&'static str, Quantizer)>,
}

impl BlockDecoder for StoredDecoder {
    fn decode(&mut self, dtype: &Dtype, bytes: &[u8], out: &mut Vec<f32>) -> bool {
        match dtype {
            Dtype::F8E4m3 => self.element("e4m3", bytes, out),
            Dtype::F8E5m2 => self.element("e5m2", bytes, out),
            Dtype::F8E4m3Fnuz => self.element("e4m3fnuz", bytes, out),
            Dtype::F8E5m2Fnuz => self.element("e5m2fnuz", bytes, out),
            Dtype::F4 => self.element("e2m1", bytes, out),
            Dtype::F8E8m0 => self.element("e8m0", bytes, out),
            Dtype::Q8_0 => block("q8_0", bytes, out),
            Dtype::Q4_0 => block("q4_0", bytes, out),
            Dtype::Q4K => block("q4_k", bytes, out),
            _ => false,
        }
    }
}

impl StoredDecoder {
    fn element(&mut self, id: &'static str, bytes: &[u8], out: &mut Vec<f32>) -> bool {
        if !self.elements.iter().any(|(known, _)| *known == id) {
            let Some(format) = by_id(id) else { return false };
            self.elements.push((id, Quantizer::new(format, &Rounding::default())));
        }
        let Some((_, quantizer)) = self.elements.iter().find(|(known, _)| *known == id) else { return false };
        // Codes of four bits lie two to a byte, in files as in the quantizer.
        let per_byte = if quantizer.storage_bytes(2) == 1 { 2 } else { 1 };
        let start = out.len();
        out.resize(start + bytes.len() * per_byte, 0.0);
        quantizer.decode(bytes, &mut out[start..]);
        true
    }
}

fn block(id: &str, bytes: &[u8], out: &mut Vec<f32>) -> bool {
    let Some(format) = block_by_id(id) else { return false };
    let options = BlockOptions::default();
    let (Some(block_len), stored) = (format.block_len(&options), format.stored_bytes(&options, 1)) else {
        return false;
    };
    let len = bytes.len() / stored * block_len;
    format.dequantize(bytes, len, &TensorStats::new(), &options, out).is_ok()
}

#[cfg(test)]
mod tests {
    use tensor_files::Reading;

    use super::*;

    fn decode(dtype: &Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
        let mut out = Vec::new();
        StoredDecoder::default().decode(dtype, bytes, &mut out).then_some(out)
    }

    #[test]
    fn every_type_that_is_left_to_us_is_decoded() {
        for dtype in Dtype::DECODED {
            assert_eq!(dtype.reading(), Reading::Decoder);
            let block = dtype.block().expect("a size");
            let values = decode(&dtype, &vec![0; 3 * block.bytes as usize]);
            assert_eq!(values.map(|v| v.len()), Some(3 * block.elements as usize), "{dtype}");
        }
        assert_eq!(decode(&Dtype::F32, &[0; 4]), None);
    }

    #[test]
    fn codes_have_the_values_of_their_formats() {
        let four = decode(&Dtype::F8E4m3Fnuz, &[0x40, 0x7f, 0x01, 0xc0]);
        assert_eq!(four, Some(vec![1.0, 240.0, 2_f32.powi(-10), -1.0]));
        assert!(decode(&Dtype::F8E4m3Fnuz, &[0x80]).is_some_and(|v| v[0].is_nan()));
        let five = decode(&Dtype::F8E5m2Fnuz, &[0x40, 0x7f, 0x01, 0xc0]);
        assert_eq!(five, Some(vec![1.0, 57344.0, 2_f32.powi(-17), -1.0]));
        let halves = decode(&Dtype::F4, &[0x21, 0x7b]);
        assert_eq!(halves, Some(vec![0.5, 1.0, -1.5, 6.0]));
    }
}
