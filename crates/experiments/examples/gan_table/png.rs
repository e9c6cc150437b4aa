//! Grey pictures as PNG (ISO/IEC 15948): 16 levels, one compressed block of lines without filters.

use miniz_oxide::deflate::compress_to_vec_zlib;

/// A picture of `width` by `height` levels, 0 black to 255 white; the last four bits are dropped. The width is even.
pub fn grey(levels: &[u8], width: usize, height: usize) -> Vec<u8> {
    let mut lines = Vec::with_capacity(height * (1 + width / 2));
    for line in levels.chunks_exact(width) {
        // Filter 0: none.
        lines.push(0);
        lines.extend(line.as_chunks::<2>().0.iter().map(|[left, right]| (left & 0xf0) | (right >> 4)));
    }
    let mut header = Vec::new();
    for size in [width, height] {
        header.extend((size as u32).to_be_bytes());
    }
    // Four bits, grey, deflate, adaptive filters, not interlaced.
    header.extend([4, 0, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", header), (b"IDAT", compress_to_vec_zlib(&lines, 9)), (b"IEND", Vec::new())]
    {
        file.extend((data.len() as u32).to_be_bytes());
        let body = [kind.as_slice(), &data].concat();
        file.extend(&body);
        file.extend(crc(&body).to_be_bytes());
    }
    file
}

/// CRC-32 as PNG has it: reflected, polynomial 0xEDB88320.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}
