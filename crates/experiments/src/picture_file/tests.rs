use super::*;

fn png_bytes(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0]);
    bytes
}

/// Two application segments, a fill byte and a Huffman table before the frame.
fn jpeg_bytes(width: u16, height: u16, frame: u8) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 16];
    bytes.extend([0xFF; 14]);
    bytes.extend([0xFF, 0xE1, 0, 5, 0xFF, 0xC0, 1, 0xFF, 0xFF, 0xC4, 0, 3, 9]);
    bytes.extend([0xFF, frame, 0, 17, 8]);
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend([3; 10]);
    bytes
}

/// Bytes that are no marker, one of them stuffed, after the first application segment.
fn with_stray_bytes(mut jpeg: Vec<u8>) -> Vec<u8> {
    jpeg.splice(20..20, [0, 0x12, 0xFF, 0xFF, 0x00, 0x34, 0]);
    jpeg
}

fn webp_bytes(chunk: &[u8], body: [u8; 10]) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WEBP".to_vec();
    bytes.extend(chunk);
    bytes.extend([10, 0, 0, 0]);
    bytes.extend(body);
    bytes
}

fn heif_bytes(major: &[u8], compatible: &[u8], sizes: &[[u32; 2]]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, 24];
    bytes.extend(b"ftyp");
    bytes.extend(major);
    bytes.extend([0; 4]);
    bytes.extend(b"mif1");
    bytes.extend(compatible);
    for [width, height] in sizes {
        bytes.extend([0, 0, 0, 20]);
        bytes.extend(b"ispe\0\0\0\0");
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
    }
    bytes
}

/// Every kind with its size.
fn good() -> Vec<(Vec<u8>, PictureKind, [u32; 2])> {
    // Sizes less one, fourteen bits each.
    let lossless = 0x12B_u32 | 0xC7 << 14;
    let [a, b, c, d] = lossless.to_le_bytes();
    vec![
        (png_bytes(640, 480), PictureKind::Png, [640, 480]),
        (jpeg_bytes(8660, 5773, 0xC0), PictureKind::Jpeg, [8660, 5773]),
        (jpeg_bytes(12, 34, 0xC2), PictureKind::Jpeg, [12, 34]),
        (with_stray_bytes(jpeg_bytes(56, 78, 0xC0)), PictureKind::Jpeg, [56, 78]),
        (
            // Two bits of scaling above the width.
            webp_bytes(b"VP8 ", [0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 0x42, 0xF0, 0x00]),
            PictureKind::Webp,
            [0x240, 0xF0],
        ),
        (webp_bytes(b"VP8L", [0x2F, a, b, c, d, 0, 0, 0, 0, 0]), PictureKind::Webp, [300, 200]),
        (
            webp_bytes(b"VP8X", [0x10, 0, 0, 0, 0xFF, 0x0F, 0x01, 0x09, 0, 0]),
            PictureKind::Webp,
            [0x1_1000, 10],
        ),
        (b"GIF89a\x10\x01\x20\0\0\0\0".to_vec(), PictureKind::Gif, [272, 32]),
        (
            heif_bytes(b"heic", b"heic", &[[320, 240], [4032, 3024], [512, 512]]),
            PictureKind::Heic,
            [4032, 3024],
        ),
        (heif_bytes(b"mif1", b"avif", &[[64, 48]]), PictureKind::Avif, [64, 48]),
    ]
}

#[test]
fn every_kind_says_its_size() {
    for (bytes, kind, [width, height]) in good() {
        assert_eq!(header(&bytes), Ok(PictureHeader { kind, width, height }));
    }
    let large = header(&png_bytes(10_000, 5_000)).unwrap();
    assert_eq!(large.pixels(), 50_000_000);
}

#[test]
fn whatever_is_cut_off_or_turned_over_is_no_panic() {
    for (bytes, kind, [width, height]) in good() {
        for len in 0..bytes.len() {
            match header(&bytes[..len]) {
                Err(PictureError::Unknown | PictureError::Short(_)) => {}
                // What follows the size is not needed; of several sizes the largest so far.
                Ok(found) => {
                    let is_less = u64::from(width) * u64::from(height) > found.pixels();
                    let same = found == PictureHeader { kind, width, height };
                    assert!(same || kind == PictureKind::Heic && is_less, "{len} bytes: {found:?}");
                }
                other => panic!("{len} bytes: {other:?}"),
            }
        }
        for at in 0..bytes.len() {
            for value in [0, 0x7F, 0xFF, bytes[at] ^ 1] {
                let mut turned = bytes.clone();
                turned[at] = value;
                if let Ok(header) = header(&turned) {
                    assert!(header.width > 0 && header.height > 0);
                }
            }
        }
    }
}

#[test]
fn other_files_and_contradictions_are_refused() {
    for other in [
        &b"%PDF-1.7 and so on"[..],
        b"BM______________",
        b"<svg xmlns=''/>",
        b"",
        b"\0\0\0\x18ftypisom\0\0\0\0mp42avc1",
    ] {
        assert_eq!(header(other), Err(PictureError::Unknown));
    }
    let damaged = |kind| Err(PictureError::Damaged(kind));
    assert_eq!(header(&png_bytes(0, 5)), damaged(PictureKind::Png));
    assert_eq!(header(&png_bytes(1 << 31, 5)), damaged(PictureKind::Png));
    let mut other_chunk = png_bytes(5, 5);
    other_chunk[12] = b'X';
    assert_eq!(header(&other_chunk), damaged(PictureKind::Png));
    assert_eq!(header(&jpeg_bytes(5, 0, 0xC0)), damaged(PictureKind::Jpeg));
    // The data before any frame, whatever stands before it; a segment shorter than its own length field.
    assert_eq!(header(&[0xFF, 0xD8, 0xFF, 0xDA, 0, 4, 1, 2]), damaged(PictureKind::Jpeg));
    assert_eq!(header(&[0xFF, 0xD8, 0xFF, 0x00, 7, 7, 0xFF, 0xDA, 0, 4]), damaged(PictureKind::Jpeg));
    // Nothing but stray bytes to the end.
    assert_eq!(header(&[0xFF, 0xD8, 0xFF, 0x00, 7, 7, 7]), Err(PictureError::Short(PictureKind::Jpeg)));
    assert_eq!(header(&[0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 1, 2]), damaged(PictureKind::Jpeg));
    assert_eq!(header(&webp_bytes(b"ALPH", [0; 10])), damaged(PictureKind::Webp));
    assert_eq!(header(&heif_bytes(b"heic", b"heic", &[])), Err(PictureError::Short(PictureKind::Heic)));
}
