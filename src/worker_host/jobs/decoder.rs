//! Decodes the stored formats that files leave to us: FP8, E8M0 and the GGUF blocks.

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
        let start = out.len();
        out.resize(start + bytes.len(), 0.0);
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
