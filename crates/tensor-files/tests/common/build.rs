//! Builds files, true or lying, byte by byte.

/// A `.safetensors` file with this header and this many bytes of data.
pub fn safetensors(json: &str, data_bytes: usize) -> Vec<u8> {
    let mut file = (json.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(json.as_bytes());
    file.resize(file.len() + data_bytes, 7);
    file
}

/// A version 1.0 `.npy` file with this dictionary and this many bytes of data.
pub fn npy(dictionary: &str, data_bytes: usize) -> Vec<u8> {
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend_from_slice(&u16::try_from(dictionary.len()).unwrap().to_le_bytes());
    file.extend_from_slice(dictionary.as_bytes());
    file.resize(file.len() + data_bytes, 7);
    file
}

/// A GGUF header under construction.
pub struct Gguf(pub Vec<u8>);

impl Gguf {
    pub fn new(version: u32, tensors: u64, pairs: u64) -> Self {
        Self(b"GGUF".to_vec()).u32(version).u64(tensors).u64(pairs)
    }

    pub fn u32(mut self, n: u32) -> Self {
        self.0.extend_from_slice(&n.to_le_bytes());
        self
    }

    pub fn u64(mut self, n: u64) -> Self {
        self.0.extend_from_slice(&n.to_le_bytes());
        self
    }

    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn text(self, text: &str) -> Self {
        self.u64(text.len() as u64).bytes(text.as_bytes())
    }

    /// One tensor's entry; `ne` lists the fastest dimension first, as the file does.
    pub fn tensor(self, name: &str, ne: &[u64], kind: u32, offset: u64) -> Self {
        let head = self.text(name).u32(u32::try_from(ne.len()).unwrap());
        ne.iter().fold(head, |g, n| g.u64(*n)).u32(kind).u64(offset)
    }

    /// Pads to 32 and adds this many bytes of data.
    pub fn data(mut self, bytes: usize) -> Vec<u8> {
        self.0.resize(self.0.len().next_multiple_of(32) + bytes, 7);
        self.0
    }
}
