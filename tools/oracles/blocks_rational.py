"""Golden files of NVFP4, NF4 and the integer formats, by exact fractions.

No library encodes these as the project defines them, so this is the definition written a second
time, slowly: every f32 operation is a fraction rounded to f32, every element is found by looking at
all values of its format. Only the standard library is used.
"""

import struct
from fractions import Fraction

from blocks_common import floats, out_dir, pack, round_fraction, tensors, to_bits, write, write_inputs

MODES = ("even", "away", "zero", "up", "down", "odd")


def f32_of(x):
    """An exact fraction rounded to f32, nearest-even, as a float; overflow is infinity."""
    if x == 0:
        return 0.0
    magnitude = abs(x)
    e = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if magnitude < Fraction(2) ** e:
        e -= 1
    step = Fraction(2) ** (max(e, -126) - 23)
    rounded = round_fraction(magnitude / step, "even") * step
    value = float("inf") if rounded >= Fraction(2) ** 128 else float(rounded)
    return -value if x < 0 else value


def negative(x):
    return to_bits(x) >> 31 == 1


def div(a, b):
    """f32 quotient of two f32s, b finite and not zero."""
    q = f32_of(Fraction(a) / Fraction(b))
    return -0.0 if q == 0 and negative(a) != negative(b) else q


def mul(a, b):
    if a in (float("inf"), -float("inf")) or b in (float("inf"), -float("inf")):
        return a * b
    p = f32_of(Fraction(a) * Fraction(b))
    return -0.0 if p == 0 and negative(a) != negative(b) else p


def small_float(exponent_bits, significand_bits, bias, top):
    """Magnitudes of a float by code, up to code `top`."""
    values = []
    for code in range(top + 1):
        field, significand = code >> significand_bits, code & ((1 << significand_bits) - 1)
        if field == 0:
            values.append(Fraction(significand) * Fraction(2) ** (1 - bias - significand_bits))
        else:
            values.append((1 + Fraction(significand, 1 << significand_bits)) * Fraction(2) ** (field - bias))
    assert exponent_bits > 0
    return values


E2M1 = small_float(2, 1, 1, 7)
E4M3 = small_float(4, 3, 7, 126)


def nearest_index(values, x, mode, minus):
    """Index into ascending values >= 0 for a magnitude x, saturating; minus: the number is negative."""
    if x >= values[-1]:
        return len(values) - 1
    low = max(i for i, value in enumerate(values) if value <= x)
    if values[low] == x:
        return low
    return choose(low, values[low], values[low + 1], x, mode, minus)


def choose(low, below, above, x, mode, minus):
    """low or low + 1, for a magnitude strictly between the two."""
    outward = {"zero": False, "up": not minus, "down": minus, "odd": low % 2 == 0}
    if mode in outward:
        return low + outward[mode]
    middle = (below + above) / 2
    if x != middle:
        return low + (x > middle)
    return low + (1 if mode == "away" else low % 2)


def e2m1_code(y, mode):
    sign = negative(y)
    if y in (float("inf"), -float("inf")):
        return sign << 3 | 7
    return sign << 3 | nearest_index(E2M1, abs(Fraction(y)), mode, sign)


# NVFP4


def nvfp4(values, mode):
    values = values + [0.0] * (-len(values) % 16)
    g = div(max(abs(x) for x in values), 2688.0)
    stored, restored = b"", []
    for i in range(0, len(values), 16):
        block = values[i : i + 16]
        sixth = div(max(abs(x) for x in block), 6.0)
        if g == 0:
            ratio = float("inf") if sixth > 0 else 0.0
        else:
            ratio = div(sixth, g)
        scale = nearest_index(E4M3, Fraction(min(max(ratio, 2.0**-6), 448.0)), "even", False)
        t = mul(g, float(E4M3[scale]))
        codes = [(8 if negative(x) else 0) if t == 0 else e2m1_code(div(x, t), mode) for x in block]
        stored += bytes([scale]) + pack(4, codes)
        for code in codes:
            element = float(E2M1[code & 7])
            restored.append(mul(-element if code & 8 else element, t))
    return stored, restored


# NF4: the codebook as printed, each entry the f32 nearest to it

NF4 = [
    f32_of(Fraction(text))
    for text in (
        "-1 -0.6961928009986877 -0.5250730514526367 -0.39491748809814453 -0.28444138169288635 "
        "-0.18477343022823334 -0.09105003625154495 0 0.07958029955625534 0.16093020141124725 0.24611230194568634 "
        "0.33791524171829224 0.44070982933044434 0.5626170039176941 0.7229568362236023 1"
    ).split()
]


def nf4_code(y, mode):
    x = Fraction(y)
    entries = [Fraction(entry) for entry in NF4]
    if x in entries:
        return entries.index(x)
    upper = min(i for i, entry in enumerate(entries) if entry > x)
    below, above = entries[upper - 1], entries[upper]
    if mode in ("even", "away"):
        middle = (below + above) / 2
        if x != middle:
            return upper if x > middle else upper - 1
        return (upper if x > 0 else upper - 1) if mode == "away" else upper - upper % 2
    if mode == "odd":
        return upper if upper % 2 else upper - 1
    up = mode == "up" or (mode == "zero" and x < 0)
    return upper if up else upper - 1


def nf4(values, mode, block_len=64):
    values = values + [0.0] * (-len(values) % block_len)
    stored, restored = b"", []
    for i in range(0, len(values), block_len):
        block = values[i : i + block_len]
        absmax = max(abs(x) for x in block)
        codes = [7 if absmax == 0 else nf4_code(div(x, absmax), mode) for x in block]
        stored += struct.pack("<f", absmax) + pack(4, codes)
        restored += [mul(NF4[code], absmax) for code in codes]
    return stored, restored


# Integers


def int_params(values, bits, affine):
    if not affine:
        return div(max((abs(x) for x in values), default=0.0), float(2 ** (bits - 1) - 1)), 0
    top = 2**bits - 1
    low, high = min(values + [0.0]), max(values + [0.0])
    # f64, as the format says: difference, quotient, then f32.
    scale = f32_of(Fraction((high - low) / float(top)))
    if scale == 0:
        return scale, top if low < 0 else 0
    zero = round_fraction(Fraction(min(max(div(-low, scale), 0.0), float(top))), "even")
    return scale, zero


def int_group(values, bits, affine, mode, params):
    scale, zero = params
    top = 2**bits - 1 if affine else 2 ** (bits - 1) - 1
    bottom = 0 if affine else -top
    codes, restored = [], []
    for x in values:
        q = zero if scale == 0 else round_fraction(Fraction(div(x, scale)), mode) + zero
        q = min(max(q, bottom), top)
        codes.append(q % (1 << bits))
        product = mul(float(q - zero), scale)
        restored.append(product)
    return pack(bits, codes), restored


def int_header(params, affine):
    return struct.pack("<f", params[0]) + (bytes([params[1]]) if affine else b"")


def integers(values, bits, affine, group, mode):
    if group is None:
        return int_group(values, bits, affine, mode, int_params(values, bits, affine))
    stored, restored = b"", []
    for i in range(0, len(values), group):
        part = values[i : i + group]
        params = int_params(part, bits, affine)
        codes, values_back = int_group(part, bits, affine, mode, params)
        stored += int_header(params, affine) + codes
        restored += values_back
    return stored, restored


def main():
    out = out_dir(__doc__)
    inputs = tensors()
    records = {}

    def record(name, encode, keep_values):
        pairs = [encode(values) for values in inputs.values()]
        records[f"{name}/bytes"] = b"".join(stored for stored, _ in pairs)
        if keep_values:
            # Padding is not part of a tensor.
            records[f"{name}/values"] = b"".join(
                floats(restored[: len(values)]) for (_, restored), values in zip(pairs, inputs.values())
            )

    for mode in MODES:
        record(f"nvfp4/{mode}", lambda values, mode=mode: nvfp4(values, mode), mode == "even")
        record(f"nf4-block/{mode}", lambda values, mode=mode: nf4(values, mode), mode == "even")
    for bits in (8, 4):
        for affine in (False, True):
            name = f"int{bits}-{'affine' if affine else 'sym'}"
            for grouping, group in (("tensor", None), ("group", 37)):
                record(
                    f"{name}/{grouping}/even",
                    lambda values, b=bits, a=affine, g=group: integers(values, b, a, g, "even"),
                    name in ("int8-affine", "int4-sym") and grouping == "group",
                )
            if name == "int4-sym":
                for mode in MODES[1:]:
                    record(
                        f"{name}/group/{mode}",
                        lambda values, b=bits, a=affine, m=mode: integers(values, b, a, 37, m),
                        False,
                    )
    write(out / "rational.bin", records)
    write_inputs(out)


if __name__ == "__main__":
    main()
