"""The input sets of the conformance digests. The definition is written down in
`crates/numerics/src/conformance.rs`; this is the same list made from the exact oracle's values.
"""

import hashlib
import math
import struct

import numpy as np

from conformance_exact import Codebook, Float, Int, Posit, decode_float, to_float

INF = float("inf")
RANDOM_CODES = 20_000
CANONICAL_NAN = 0x7FF8_0000_0000_0000
EXHAUSTIVE_BITS = 19
MASK64 = (1 << 64) - 1


def splitmix64(seed):
    """Steele, Lea and Flood's SplitMix64; the same stream in both languages."""
    while True:
        seed = (seed + 0x9E37_79B9_7F4A_7C15) & MASK64
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9) & MASK64
        z = ((z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB) & MASK64
        yield z ^ (z >> 31)


def max_magnitude_code(fmt):
    """Largest code of a finite non-negative value (for an integer: of its largest magnitude)."""
    if isinstance(fmt, Float):
        return fmt.max
    if isinstance(fmt, Int):
        return 1 << (fmt.bits - 1)
    return (1 << (fmt.bits - 1)) - 1


def sampled_codes(fmt):
    """Magnitude codes of a wide format: every binade (or regime) edge with its two neighbours,
    then RANDOM_CODES seeded ones. All below the maximum, so that each has a next value."""
    top = max_magnitude_code(fmt)
    edges = set()
    if isinstance(fmt, Float):
        step = 1 << fmt.m
        for field in range(1 << fmt.e):
            edges |= {field * step - 1, field * step, field * step + 1, field * step + step // 2}
    else:
        for k in range(fmt.bits):
            for d in (-1, 0, 1):
                edges |= {(1 << k) + d, top - (1 << k) + d}
    codes = sorted(c for c in edges if 0 <= c < top)
    random = splitmix64(fmt.bits)
    return codes + [next(random) % top for _ in range(RANDOM_CODES)]


def magnitude(fmt, c):
    """Binary64 value of the magnitude code `c`."""
    if isinstance(fmt, Float):
        return to_float(fmt.magnitude(c))
    if isinstance(fmt, Int):
        return math.ldexp(c, fmt.step)
    return decode_float(fmt, c)


def steps(fmt):
    """Triples (value, next value or None, extra boundary or None), in the order of the list."""
    boundary = lambda c: None
    if isinstance(fmt, Posit):
        boundary = lambda c: to_float(fmt.units_of(2 * c + 1, fmt.bits + 1)) if c else None
    if fmt.bits > EXHAUSTIVE_BITS:
        return [(magnitude(fmt, c), magnitude(fmt, c + 1), boundary(c)) for c in sampled_codes(fmt)]
    values = [decode_float(fmt, code) for code in range(1 << fmt.bits)]
    values = [v for v in values if math.isfinite(v)]
    if not isinstance(fmt, Codebook):
        values = [abs(v) for v in values]
    values = sorted(set(values))
    return [
        (v, w, boundary(i) if w is not None else None)
        for i, (v, w) in enumerate(zip(values, values[1:] + [None]))
    ]


def top_two(fmt):
    """The largest value and the one before it."""
    if isinstance(fmt, Codebook):
        return decode_float(fmt, (1 << fmt.bits) - 1), decode_float(fmt, (1 << fmt.bits) - 2)
    top = max_magnitude_code(fmt)
    return magnitude(fmt, top), magnitude(fmt, top - 1)


def tail(fmt):
    """Inputs beyond the largest value, tiny ones, and the specials. Tuples share a rule: (x, around)
    where `around` says whether the adjacent numbers are wanted too."""
    top, before = top_two(fmt)
    gap = top - before
    out = [(top + gap / 2, True), (top + gap, True), (2 * top, False)]
    if isinstance(fmt, Int):
        unit = math.ldexp(1, fmt.step)
        for k in range(1, 9):
            out += [(k * top + d * unit / 2, False) for d in (-3, -2, -1, 0, 1, 2, 3)]
        big = [2**31, 2**32 + 1, 2**53 - 1, 2**63, 2**64 + 4096, 2**100 + 2**60]
        out += [(float(b) * unit, False) for b in big]
    out += [(x, False) for x in (1e300, 1.7976931348623157e308, 3.4028234663852886e38)]
    out += [(x, False) for x in (5e-324, 2.0**-1022, 2.0**-200, 2.0**-149, 0.0, INF)]
    if fmt.has_nan:
        out.append((float("nan"), False))
    return out


def f32_exact(x):
    if math.isfinite(x) and abs(x) > 3.4028234663852886e38:
        return False
    return x != x or float(np.float32(x)) == x


def build(fmt, single=False):
    """The list L followed by -L, as a float64 array. `single`: the binary32 variant, in which an
    adjacent number is the adjacent binary32 and numbers that binary32 does not hold are left out."""
    if single:
        down = lambda x: float(np.nextafter(np.float32(x), np.float32(-INF)))
        up = lambda x: float(np.nextafter(np.float32(x), np.float32(INF)))
    else:
        down = lambda x: math.nextafter(x, -INF)
        up = lambda x: math.nextafter(x, INF)
    out = []

    def add(x, below=True, above=True):
        if single and not f32_exact(x):
            return
        if below:
            out.append(down(x))
        out.append(x)
        if above:
            out.append(up(x))

    with np.errstate(over="ignore"):
        for value, following, boundary in steps(fmt):
            add(value, below=value != 0)
            if following is not None:
                add(value + (following - value) / 2)
            if boundary is not None:
                add(boundary)
        for x, around in tail(fmt):
            add(x, around, around)
    positive = np.array(out, dtype=np.float64)
    return np.concatenate([positive, -positive])


def bits_digest(values):
    """SHA-256 over the binary64 bits, little-endian, every NaN canonical."""
    raw = np.asarray(values, dtype=np.float64).view(np.uint64).copy()
    raw[np.isnan(values)] = CANONICAL_NAN
    return hashlib.sha256(raw.astype("<u8").tobytes()).hexdigest()


def code_dtype(fmt):
    return "<u2" if fmt.bits <= 16 else "<u4" if fmt.bits <= 32 else "<u8"


def code_digest(fmt, codes):
    """SHA-256 over canonical codes, little-endian, two, four or eight bytes each."""
    return hashlib.sha256(np.asarray(codes, dtype=code_dtype(fmt)).tobytes()).hexdigest()


def decode_codes(fmt):
    """Codes of the decode row: all of them, or for a wide format the sampled ones, each with its
    sign bit set too, then RANDOM_CODES over the whole width."""
    if fmt.bits <= EXHAUSTIVE_BITS:
        return list(range(1 << fmt.bits))
    codes = sampled_codes(fmt)
    codes += [c | 1 << (fmt.bits - 1) for c in codes]
    random = splitmix64(1000 + fmt.bits)
    return codes + [next(random) >> (64 - fmt.bits) for _ in range(RANDOM_CODES)]


def hex_bits(x):
    return struct.pack(">d", x).hex()
