"""What the block-format oracles share: the input tensors and the golden file's container.

No numeric code is shared with the crate. Inputs come from SplitMix64 and integer arithmetic, so
they are the same on every machine and every version of Python.

Golden container, little-endian: records until the end of the file, each
  u8 length of the name, the name (ASCII), u32 count of bytes, the bytes.
"""

import argparse
import struct
from fractions import Fraction
from pathlib import Path

MASK = (1 << 64) - 1


class Random:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, n):
        return self.next() % n

    def normal(self):
        """Close to a standard normal: the centred sum of twelve uniforms, an exact fraction of 2^-20."""
        return (sum(self.below(1 << 20) for _ in range(12)) - 6 * (1 << 20) + 6) / (1 << 20)


def f32(x):
    """Nearest f32 of a float, as a float."""
    return struct.unpack("<f", struct.pack("<f", x))[0]


def from_bits(bits):
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def to_bits(x):
    return struct.unpack("<I", struct.pack("<f", x))[0]


MAX_F32 = from_bits(0x7F7FFFFF)


def tensors():
    """Name -> list of finite f32 values (as floats)."""
    r = Random(0x5EED)
    out = {}
    out["normal"] = [f32(r.normal()) for _ in range(256)]
    out["scales"] = [f32(r.normal() * 2.0 ** (5 * (i // 32) - 37)) for i in range(512)]
    out["outliers"] = [f32(r.normal() * (2.0 ** (5 + r.below(8)) if r.below(24) == 0 else 0.1)) for _ in range(256)]
    # Exact ties of every element format: small multiples of powers of two.
    out["ties"] = [f32((r.below(129) - 64) / 2 ** (i // 32)) for i in range(256)]
    # The largest magnitude at and next to the borders of the scale rules.
    borders = [448.0, 57344.0, 28.0, 7.5, 6.0, 127 / 64, 1.75, 1.875, 1.9375, 2.0]
    edges = []
    for i in range(30):
        amax = from_bits(to_bits(borders[i // 3]) + i % 3 - 1)
        block = [f32(r.normal() * amax / 8) for _ in range(15)] + [amax if i % 2 == 0 else -amax]
        edges += block + [0.0] * 16
    out["edges"] = edges
    out["zeros"] = [0.0] * 32 + [-0.0 if r.below(2) else 0.0 for _ in range(32)]
    out["constants"] = [c for c in (1.0, -3.7, 6.0, -0.1) for _ in range(32)]
    out["positive"] = [f32(abs(r.normal()) + 3.0) for _ in range(64)]
    out["negative"] = [f32(-abs(r.normal()) - 3.0) for _ in range(64)]
    out["subnormal"] = [from_bits(r.below(1 << (8 + 5 * (i // 32))) | r.below(2) << 31) for i in range(96)]
    out["huge"] = [f32(r.normal() * 2.0**124) for _ in range(64)] + [MAX_F32, -MAX_F32, 1.0, -1e-30] * 8
    out["ragged"] = [f32(r.normal()) for _ in range(77)]
    return {name: [f32(x) for x in values] for name, values in out.items()}


def round_fraction(x, mode):
    """An exact fraction to an integer: 'even', 'away', 'zero', 'up', 'down', 'odd'."""
    x = Fraction(x)
    low = x.numerator // x.denominator
    rest = x - low
    if rest == 0:
        return low
    if mode == "up":
        return low + 1
    if mode == "down":
        return low
    if mode == "zero":
        return low + 1 if x < 0 else low
    if mode == "odd":
        return low if low % 2 else low + 1
    if rest != Fraction(1, 2):
        return low + (rest > Fraction(1, 2))
    if mode == "away":
        return low + (x > 0)
    return low + low % 2


def pack(bits, codes):
    """Codes to bytes, the first code in the lowest bits, a last byte filled with zeros."""
    word = sum(code << (bits * i) for i, code in enumerate(codes))
    return word.to_bytes((len(codes) * bits + 7) // 8, "little")


def floats(values):
    return struct.pack(f"<{len(values)}f", *values)


def padded(values, multiple, fill=0.0):
    return list(values) + [fill] * (-len(values) % multiple)


def out_dir(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, required=True, help="directory for the golden files")
    path = parser.parse_args().out
    path.mkdir(parents=True, exist_ok=True)
    return path


def write(path, records):
    """records: name -> bytes, written in the order given."""
    with open(path, "wb") as file:
        for name, data in records.items():
            encoded = name.encode("ascii")
            file.write(struct.pack("<B", len(encoded)) + encoded + struct.pack("<I", len(data)) + data)
    print(f"{path.name}: {path.stat().st_size} bytes, {len(records)} records")


def write_inputs(out):
    """inputs.bin: every tensor by name. Each oracle writes the same file."""
    write(out / "inputs.bin", {name: floats(values) for name, values in tensors().items()})
