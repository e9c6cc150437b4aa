"""Golden files of the MX formats, by gfloat 0.5.2, with ml_dtypes 0.6.0 as a second opinion.

gfloat encodes the elements (every rounding mode it has), packs nothing and knows one scale rule;
the others are computed here with exact fractions. For nearest-even the element codes are also
computed by ml_dtypes and must agree. A scale above 2^127 is this project's convention (0xFF, zero
codes). Decoding: random bytes, through gfloat's decode_block. Run with gfloat, ml-dtypes and numpy.
"""

from fractions import Fraction

import ml_dtypes
import numpy as np
from blocks_common import Random, floats, out_dir, pack, padded, round_fraction, tensors, write, write_inputs
from gfloat import RoundMode, decode_block, encode_block
from gfloat.block import compute_scale_amax
from gfloat.formats import (
    format_info_mxfp4_e2m1,
    format_info_mxfp6_e2m3,
    format_info_mxfp6_e3m2,
    format_info_mxfp8_e4m3,
    format_info_mxfp8_e5m2,
    format_info_mxint8,
)

# id: block format, stored significand bits, ml_dtypes' element type
FORMATS = {
    "mxfp8-e4m3": (format_info_mxfp8_e4m3, 3, ml_dtypes.float8_e4m3fn),
    "mxfp8-e5m2": (format_info_mxfp8_e5m2, 2, ml_dtypes.float8_e5m2),
    "mxfp6-e3m2": (format_info_mxfp6_e3m2, 2, ml_dtypes.float6_e3m2fn),
    "mxfp6-e2m3": (format_info_mxfp6_e2m3, 3, ml_dtypes.float6_e2m3fn),
    "mxfp4": (format_info_mxfp4_e2m1, 1, ml_dtypes.float4_e2m1fn),
    "mxint8-block": (format_info_mxint8, 6, None),
}
MODES = {
    "away": RoundMode.TiesToAway,
    "zero": RoundMode.TowardZero,
    "up": RoundMode.TowardPositive,
    "down": RoundMode.TowardNegative,
}


def floor_log2(x):
    """Of a positive fraction."""
    e = x.numerator.bit_length() - x.denominator.bit_length()
    return e if x >= Fraction(2) ** e else e - 1


def scale_exponent(fi, significand_bits, block, rule):
    amax = max(abs(x) for x in block)
    emax = fi.etype.emax
    if amax == 0:
        return -127
    exact = Fraction(amax)
    if rule == "floor":
        # Unclamped above on purpose: f32 never reaches the clamp from there.
        return int(np.log2(compute_scale_amax(emax, np.array(block, dtype=np.float64))))
    if rule == "ceil":
        e = floor_log2(exact)
        e = e if exact == Fraction(2) ** e else e + 1
        e -= emax
    elif rule == "even":
        step = Fraction(2) ** (floor_log2(exact) - significand_bits)
        e = floor_log2(round_fraction(exact / step, "even") * step) - emax
    else:
        largest = Fraction(127, 64) if fi.etype.is_twos_complement else Fraction(fi.etype.max)
        ratio = exact / largest
        e = floor_log2(ratio)
        e = e if ratio == Fraction(2) ** e else e + 1
    return max(e, -127)


def encode(fi, significand_bits, second, block, rule, mode):
    bits = fi.etype.k
    e = scale_exponent(fi, significand_bits, block, rule)
    if e > 127:
        return b"\xff" + bytes(bits * 4)
    scaled = [x / 2.0**e for x in block]
    scale, *codes = (int(code) for code in encode_block(fi, 2.0**e, scaled, mode))
    assert scale == e + 127
    if second is not None and mode == RoundMode.TiesToEven:
        limit = float(ml_dtypes.finfo(second).max)
        other = np.clip(np.array(scaled, dtype=np.float64), -limit, limit).astype(np.float32).astype(second)
        assert [int(code) for code in other.view(np.uint8)] == codes, (fi.name, block)
    return bytes([scale]) + pack(bits, codes)


def decode(fi, r):
    """Random blocks under telling scales, and the values they mean."""
    stored, values = b"", []
    count = 1 << fi.etype.k
    for i, scale in enumerate([0, 1, 60, 127, 128, 200, 246, 255]):
        codes = [(32 * i + j if count == 256 else r.below(count)) for j in range(32)]
        stored += bytes([scale]) + pack(fi.etype.k, codes)
        values += list(decode_block(fi, [scale, *codes]))
    return stored, values


def main():
    out = out_dir(__doc__)
    inputs = [padded(values, 32) for values in tensors().values()]
    blocks = [tensor[i : i + 32] for tensor in inputs for i in range(0, len(tensor), 32)]
    records = {}
    r = Random(8)
    for name, (fi, significand_bits, second) in FORMATS.items():
        for rule in ("floor", "ceil", "even", "rceil"):
            records[f"{name}/{rule}/even"] = b"".join(
                encode(fi, significand_bits, second, block, rule, RoundMode.TiesToEven) for block in blocks
            )
        for mode, rounding in MODES.items():
            records[f"{name}/floor/{mode}"] = b"".join(
                encode(fi, significand_bits, second, block, "floor", rounding) for block in blocks
            )
        stored, values = decode(fi, r)
        records[f"{name}/bytes"] = stored
        with np.errstate(over="ignore"):
            records[f"{name}/values"] = np.array(values).astype("<f4").tobytes()
    write(out / "mx.bin", records)
    write_inputs(out)


if __name__ == "__main__":
    main()
