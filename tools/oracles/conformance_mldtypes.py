"""ml_dtypes 0.6.0 and numpy as oracles.

ml_dtypes converts through binary32, so it is asked only about the binary32 variant of an input set
(numbers binary32 holds, and their adjacent binary32 numbers): anything else would be rounded twice.
It rounds to nearest-even and does not saturate; E8M0 is the exception, where its ties go up, which is
nearest-away. numpy answers binary16 and binary32 from binary64 directly, the integers through its
rounding functions, and NF4 as a search among midpoints.
"""

import ml_dtypes
import numpy as np

from conformance_exact import NF4

NAME = "ml_dtypes 0.6.0"
NUMPY = f"numpy {np.__version__}"

TYPES = {
    "bf16": ml_dtypes.bfloat16,
    "e5m2": ml_dtypes.float8_e5m2,
    "e4m3": ml_dtypes.float8_e4m3fn,
    "e4m3-ieee": ml_dtypes.float8_e4m3,
    "e3m4": ml_dtypes.float8_e3m4,
    "e4m3fnuz": ml_dtypes.float8_e4m3fnuz,
    "e5m2fnuz": ml_dtypes.float8_e5m2fnuz,
    "e4m3b11fnuz": ml_dtypes.float8_e4m3b11fnuz,
    "e3m2": ml_dtypes.float6_e3m2fn,
    "e2m3": ml_dtypes.float6_e2m3fn,
    "e2m1": ml_dtypes.float4_e2m1fn,
    "e8m0": ml_dtypes.float8_e8m0fnu,
}
NUMPY_FLOATS = {"fp16": np.float16, "fp32": np.float32, "fp64": np.float64}
INTEGERS = {"int32": (32, 1.0), "int16": (16, 1.0), "int8": (8, 1.0), "int4": (4, 1.0), "mxint8": (8, 64.0)}


def mode_of(name):
    """The one rounding mode ml_dtypes has for a format."""
    return "nearest-away" if name == "e8m0" else "nearest-even"


def decode(name, codes):
    """(values, who) or None."""
    if name in TYPES:
        t = np.dtype(TYPES[name])
        raw = np.asarray(codes).astype(f"u{t.itemsize}").view(t)
        with np.errstate(invalid="ignore"):
            return raw.astype(np.float32).astype(np.float64), NAME
    if name in NUMPY_FLOATS:
        t = np.dtype(NUMPY_FLOATS[name])
        with np.errstate(invalid="ignore"):
            return np.asarray(codes, dtype=np.uint64).astype(f"u{t.itemsize}").view(t).astype(np.float64), NUMPY
    if name in INTEGERS:
        bits, scale = INTEGERS[name]
        shifted = np.asarray(codes, dtype=np.int64) << (64 - bits)
        return (shifted >> (64 - bits)) / scale, NUMPY
    return None  # NF4 is a list of numbers; a second reading of the same list would prove nothing


def domain_single(name, x):
    """Mask of the inputs whose answer is sound, and the reason for what is left out. For E8M0 the
    package sends every number strictly between 2**-127 and 2**-126 to 2**-126, even those nearer the
    lower one (such inputs are subnormal in binary32): a defect, not a convention."""
    if name == "e8m0":
        return ~((x > 2.0**-127) & (x < 1.5 * 2.0**-127)), "ml_dtypes rounds up all of 2^-127 < x < 2^-126"
    return np.ones(len(x), dtype=bool), None


def encode_single(name, x):
    """Codes of binary32-exact inputs by ml_dtypes, in the mode `mode_of` names, not saturating."""
    if name not in TYPES:
        return None
    t = np.dtype(TYPES[name])
    single = np.asarray(x, dtype=np.float32)
    with np.errstate(all="ignore"):
        return single.astype(t).view(f"u{t.itemsize}").astype(np.int64)


def encode_numpy(name, x, mode, overflow):
    """Codes by numpy, or None where it has no answer."""
    x = np.asarray(x, dtype=np.float64)
    if name in NUMPY_FLOATS and mode == "nearest-even" and overflow == "native":
        t = np.dtype(NUMPY_FLOATS[name])
        with np.errstate(all="ignore"):
            return x.astype(t).view(f"u{t.itemsize}").astype(np.uint64)
    if name in INTEGERS:
        return _integers(name, x, mode, overflow)
    if name == "nf4":
        return _nf4(x, mode)
    return None


def _integers(name, x, mode, overflow):
    bits, scale = INTEGERS[name]
    low, high = -(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1
    with np.errstate(all="ignore"):
        if overflow == "wrap":  # fmod is exact, so whole turns can go first; Inf stays
            x = np.where(np.isfinite(x), np.fmod(x, 2.0**bits / scale), x)
        y = x * scale
        floor = np.floor(y)
        size = np.abs(y)
        rest = size - np.floor(size)  # exact, which y - floor(y) is not just below zero
        rounded = {
            "nearest-even": np.rint,
            "toward-zero": np.trunc,
            "toward-positive": np.ceil,
            "toward-negative": np.floor,
            "nearest-away": lambda v: np.where(rest == 0.5, floor + (v > 0), np.rint(v)),
            "to-odd": lambda v: np.where((rest > 0) & (np.fmod(floor, 2) == 0), floor + 1, floor),
        }[mode](y)
        if overflow == "wrap":
            modulus = 2.0**bits
            kept = np.where(np.isfinite(rounded), np.mod(rounded, modulus), np.clip(rounded, low, high))
            return kept.astype(np.int64) & (2**bits - 1)
        return np.clip(rounded, low, high).astype(np.int64) & (2**bits - 1)


def _nf4(x, mode):
    values = np.array(NF4)
    x = np.clip(x, -1, 1)
    below = np.searchsorted(values, x, side="right") - 1  # the last value <= x
    above = np.searchsorted(values, x, side="left")  # the first value >= x
    middle = (values[below] + values[above]) / 2  # two binary32 numbers: exact
    tie = {"nearest-even": np.where(below % 2 == 0, below, above), "nearest-away": np.where(x > 0, above, below)}
    if mode in tie:
        nearer = np.where(x < middle, below, above)
        return np.where(x == middle, tie[mode], nearer)
    return {
        "toward-zero": np.where(x > 0, below, above),
        "toward-positive": above,
        "toward-negative": below,
        "to-odd": np.where(below % 2 == 1, below, above),
    }[mode]
