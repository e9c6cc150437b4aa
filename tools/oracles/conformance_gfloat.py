"""gfloat 0.5.2 as an oracle: every float format and every integer, described by its own FormatInfo.

Formats it ships are taken as they are; FNUZ, the IEEE-style FP8, TF32 and the integers are described
here. It has no round-to-odd: that is derived from its truncation by setting the last bit of an inexact
result, which is the mode's definition. It refuses overflow where a format has neither Inf nor NaN; the
native policy of those formats is to clamp, so they are asked with saturation.
"""

import numpy as np
from gfloat import FormatInfo, RoundMode, decode_ndarray, encode_ndarray, round_ndarray
from gfloat import formats as known
from gfloat.types import Domain

NAME = "gfloat 0.5.2"

MODES = {
    "nearest-even": RoundMode.TiesToEven,
    "nearest-away": RoundMode.TiesToAway,
    "toward-zero": RoundMode.TowardZero,
    "toward-positive": RoundMode.TowardPositive,
    "toward-negative": RoundMode.TowardNegative,
}


def _describe(name, k, precision, bias, domain, high_nans, negative_zero=True, twos=False):
    return FormatInfo(
        name,
        k,
        precision,
        bias=bias,
        is_signed=True,
        domain=domain,
        has_nz=negative_zero,
        num_high_nans=high_nans,
        has_subnormals=True,
        is_twos_complement=twos,
    )


def _integer(name, bits, step=0):
    # value = fraction * 2**(1 - bias) with bits-1 fraction bits, so the last bit weighs 2**step here.
    return _describe(name, bits, bits, 2 - bits - step, Domain.Finite, 0, False, True)


FORMATS = {
    "fp64": known.format_info_binary64,
    "fp32": known.format_info_binary32,
    "tf32": _describe("tf32", 19, 11, 127, Domain.Extended, 2**10 - 1),
    "bf16": known.format_info_bfloat16,
    "fp16": known.format_info_binary16,
    "e5m2": known.format_info_ocp_e5m2,
    "e4m3": known.format_info_ocp_e4m3,
    "e4m3-ieee": _describe("e4m3-ieee", 8, 4, 7, Domain.Extended, 7),
    "e3m4": _describe("e3m4", 8, 5, 3, Domain.Extended, 15),
    "e4m3fnuz": _describe("e4m3fnuz", 8, 4, 8, Domain.Finite, 0, False),
    "e5m2fnuz": _describe("e5m2fnuz", 8, 3, 16, Domain.Finite, 0, False),
    "e4m3b11fnuz": _describe("e4m3b11fnuz", 8, 4, 11, Domain.Finite, 0, False),
    "p3109-p3": known.format_info_p3109(8, 3),
    "p3109-p4": known.format_info_p3109(8, 4),
    "p3109-p5": known.format_info_p3109(8, 5),
    "e3m2": known.format_info_ocp_e3m2,
    "e2m3": known.format_info_ocp_e2m3,
    "e2m1": known.format_info_ocp_e2m1,
    "e8m0": known.format_info_ocp_e8m0,
    "int32": _integer("int32", 32),
    "int16": _integer("int16", 16),
    "int8": _integer("int8", 8),
    "int4": _integer("int4", 4),
    "mxint8": known.format_info_ocp_int8,
}


def domain(name, x):
    """Mask of the inputs it answers: E8M0 has no sign, zero or subnormals, and gfloat leaves what
    happens to numbers below the least value undefined."""
    if name == "e8m0":
        with np.errstate(invalid="ignore"):
            return np.isnan(x) | (x >= 2.0**-127)
    return np.ones(len(x), dtype=bool)


def decode(name, codes):
    return decode_ndarray(FORMATS[name], np.asarray(codes, dtype=np.int64))


def encode(name, x, mode, overflow):
    """Codes, or None where it has no answer (wrapping integers)."""
    if name not in FORMATS or overflow == "wrap":
        return None
    info = FORMATS[name]
    clamps = info.domain == Domain.Finite and info.num_nans == 0
    saturate = overflow == "saturate" or clamps
    x = np.asarray(x, dtype=np.float64)
    with np.errstate(over="ignore"):  # its scaling of huge inputs overflows to the Inf it should be
        if mode == "to-odd":
            return _to_odd(info, x, saturate)
        return encode_ndarray(info, round_ndarray(info, x, MODES[mode], saturate)).astype(np.int64)


def _to_odd(info, x, saturate):
    truncated = round_ndarray(info, x, RoundMode.TowardZero, saturate)
    code = encode_ndarray(info, truncated).astype(np.int64)
    with np.errstate(invalid="ignore"):
        limit = np.where(x < 0, -float(info.min) if info.is_signed else np.inf, float(info.max))
        inexact = np.isfinite(x) & (truncated != x) & (np.abs(x) < limit)
    if info.is_twos_complement:
        # The odd neighbour away from zero of an even, truncated code.
        away = np.where(x < 0, code - 1, code + 1) & ((1 << info.k) - 1)
        return np.where(inexact & (code % 2 == 0), away, code)
    negative = np.signbit(x) & info.is_signed
    # Zero of a format without -0 loses the sign of the input: put it back before setting the bit.
    sign = np.where(negative, 1 << (info.k - 1), 0) if info.is_signed else 0
    return np.where(inexact & (code % 2 == 0), code | sign | 1, code)
