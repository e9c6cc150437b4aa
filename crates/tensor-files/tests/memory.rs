//! Memory is bounded by what has arrived and by the limits, not by what a file says of itself.
//!
//! One test in its own program, because it counts every allocation.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use tensor_files::{Catalog, CsvOptions, Elements, FileKind, HeaderReader, Need, NoDecoder, SliceReader};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed to the system's allocator unchanged; counting touches no memory of its own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller's contract is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's contract is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most memory held at once while `work` ran, beyond what was held before.
fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let result = work();
    (result, PEAK.load(Ordering::Relaxed) - before)
}

/// A file that is never held: its bytes at any offset are computed. `file_bytes` may be anything.
struct Imagined<'a> {
    head: &'a [u8],
    file_bytes: u64,
    fill: &'a [u8],
}

impl Imagined<'_> {
    fn read(&self, offset: u64, buffer: &mut [u8]) {
        for (i, byte) in buffer.iter_mut().enumerate() {
            let at = offset + i as u64;
            let head = usize::try_from(at).ok().and_then(|at| self.head.get(at));
            *byte = head.copied().unwrap_or_else(|| {
                let past = at - self.head.len() as u64;
                self.fill[(past % self.fill.len() as u64) as usize]
            });
        }
    }

    fn catalog(&self, kind: FileKind) -> Result<Catalog, tensor_files::FileError> {
        let mut reader = HeaderReader::with_csv_options(kind, self.file_bytes, CsvOptions::default());
        let mut buffer = Vec::new();
        while let Need::Bytes { offset, len } = reader.poll() {
            assert!(len <= 4 << 20);
            buffer.resize(usize::try_from(len).unwrap(), 0);
            self.read(offset, &mut buffer);
            reader.feed(offset, &buffer)?;
        }
        reader.finish()
    }
}

const MIB: usize = 1 << 20;

#[test]
fn memory_is_bounded() {
    // A GGUF header that promises 65,536 pairs and tensors in a file of a TiB, then is one long vocabulary.
    let mut head = b"GGUF\x03\0\0\0".to_vec();
    head.extend_from_slice(&65_536u64.to_le_bytes());
    head.extend_from_slice(&65_536u64.to_le_bytes());
    head.extend_from_slice(&1u64.to_le_bytes());
    head.extend_from_slice(b"k\x09\0\0\0\x08\0\0\0");
    head.extend_from_slice(&200_000u64.to_le_bytes());
    let word = [&100u64.to_le_bytes()[..], &[b'x'; 100]].concat();
    let file = Imagined { head: &head, file_bytes: 1 << 40, fill: &word };
    let (result, held) = peak(|| file.catalog(FileKind::Gguf));
    // The vocabulary is passed over (20 MiB of it); what follows it is no key.
    assert!(result.is_err());
    assert!(held < 2 * MIB, "GGUF held {held} bytes");

    // A safetensors header of 10 MB that is one long list of sizes: only the header itself is held.
    let head = [&10_000_000u64.to_le_bytes()[..], b"{\"a\":{\"dtype\":\"U8\",\"shape\":["].concat();
    let file = Imagined { head: &head, file_bytes: 1 << 40, fill: b"1," };
    let (result, held) = peak(|| file.catalog(FileKind::Safetensors));
    assert_eq!(result.unwrap_err().code(), "header-syntax");
    // The buffer doubles as it grows, and both halves live while it moves.
    assert!(held < 3 * 16 * MIB, "safetensors held {held} bytes");

    // The same promise without the bytes: nothing to speak of.
    let (_, held) = peak(|| {
        let mut reader = HeaderReader::new(FileKind::Safetensors, 1 << 40);
        reader.feed(0, &head).unwrap();
        reader.poll()
    });
    assert!(held < MIB, "a promise held {held} bytes");

    // 256 MiB of `.npy` read in slices: one slice of bytes and one of numbers.
    let dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (67108864,)}";
    let head = [b"\x93NUMPY\x01\x00\x3e\x00", dictionary.as_bytes()].concat();
    assert_eq!(dictionary.len(), 0x3e);
    let file =
        Imagined { head: &head, file_bytes: (256 << 20) + head.len() as u64, fill: &1.5f32.to_le_bytes() };
    let (elements, held) = peak(|| {
        let catalog = file.catalog(FileKind::Npy).unwrap();
        let mut reader = SliceReader::new(&catalog, 0, 4 << 20).unwrap();
        let (mut buffer, mut out) = (vec![0; 4 * MIB], Elements::default());
        // Every slice is like the first; the test need not make so many bytes.
        let range = reader.next_range().unwrap();
        file.read(range.offset, &mut buffer);
        while reader.next_range().is_some() {
            reader.decode(&buffer, &mut NoDecoder, &mut out).unwrap();
        }
        reader.elements_done()
    });
    assert_eq!(elements, 1 << 26);
    assert!(held < 9 * MIB, "npy held {held} bytes");

    // 32 MiB of CSV: the text is never held.
    let file = Imagined { head: b"a,b\n", file_bytes: (32 << 20) + 4, fill: b"1.25,-7\n" };
    let (catalog, held) = peak(|| file.catalog(FileKind::Csv).unwrap());
    assert_eq!(catalog.tensors[0].shape, [4 << 20, 2]);
    // A slice of text and, of the shortest cells, four times as many bytes of numbers.
    assert!(held < 24 * MIB, "csv held {held} bytes");
}
