"""Exact oracle: decode and encode every format with integers only.

Shares no code with the Rust crate and none with the other oracles. It does not manipulate
significands: it lists (or searches) the values a format has, in order, and applies the definition of
each rounding mode to the two neighbours of the input. All quantities are integers counted in units of
2**-SCALE, so a binary64 input, a value and a midpoint are all exact.

Definitions: the tables of OCP OFP8 / MX, IEEE 754, the P3109 draft and the Posit Standard (2022),
as parameters below. Conventions where those are silent are in docs/conformance/README.md.
"""

from bisect import bisect_right
from dataclasses import dataclass

SCALE = 1140  # binary64 needs 1074, its midpoints 1075; the rest is room
ONE = 1 << SCALE
NAN = "nan"
POS_INF = "+inf"
NEG_INF = "-inf"

MODES = [
    "nearest-even",
    "nearest-away",
    "toward-zero",
    "toward-positive",
    "toward-negative",
    "to-odd",
]


def shift(value, exponent):
    """value * 2**exponent in units of 2**-SCALE; refuses to lose a bit."""
    places = exponent + SCALE
    if places >= 0:
        return value << places
    assert value & ((1 << -places) - 1) == 0, "below the unit"
    return value >> -places


def from_float(x):
    """A finite binary64 as an integer number of units."""
    numerator, denominator = x.as_integer_ratio()
    return numerator << (SCALE - denominator.bit_length() + 1)


def to_float(units):
    """The binary64 equal to `units`; it must exist."""
    x = units / ONE if abs(units) < 1 << (SCALE + 1000) else float(units >> SCALE)
    assert from_float(x) == units, "not a binary64 value"
    return x


@dataclass(frozen=True)
class Place:
    """Where an input lies among the values of a format.

    `low` and `high` are the neighbours in the direction of the ordering used by the format
    (magnitude for signed-magnitude formats, value for the others); `half` is -1, 0 or 1 as the
    input is below, on or above the boundary between them; equal neighbours mean an exact input.
    """

    low: int
    high: int
    half: int


class Float:
    """Sign, exponent, significand; `specials` says what the top codes mean."""

    def __init__(self, name, signed, e, m, bias, specials, bits=None):
        self.name, self.signed, self.e, self.m, self.bias = name, signed, e, m, bias
        self.specials = specials
        self.bits = bits or (int(signed) + e + m)
        self.sign_bit = 1 << (e + m) if signed else 0
        top = (1 << (e + m)) - 1
        exponent_ones = ((1 << e) - 1) << m
        self.inf = None
        self.has_negative_zero = signed
        if specials == "ieee":
            self.max = exponent_ones - 1
            self.inf = exponent_ones
            self.nan = exponent_ones | (1 << (m - 1))
        elif specials == "fn":
            self.max, self.nan = top - 1, top
        elif specials == "fnuz":
            self.max, self.nan = top, self.sign_bit
            self.has_negative_zero = False
        elif specials == "p3109":
            self.max, self.inf, self.nan = top - 1, top, self.sign_bit
            self.has_negative_zero = False
        elif specials == "scale":  # E8M0: no sign, no zero, no subnormals
            self.max, self.nan = top - 1, top
            self.has_negative_zero = False
        elif specials == "none":
            self.max, self.nan = top, None
        else:
            raise ValueError(specials)
        self.has_nan = self.nan is not None
        self._table = None

    def magnitude(self, c):
        """Units of the magnitude code `c`, as if the exponent field had no top."""
        field, fraction = c >> self.m, c & ((1 << self.m) - 1)
        if self.specials == "scale":
            return shift(1, c - self.bias)
        if field == 0:
            return shift(fraction, 1 - self.bias - self.m)
        return shift((1 << self.m) + fraction, field - self.bias - self.m)

    def decode(self, code):
        negative = bool(code & self.sign_bit)
        c = code & ~self.sign_bit
        if self.nan is not None and code == self.nan:
            return NAN
        if c > self.max:
            if self.inf is not None and c == self.inf:
                return NEG_INF if negative else POS_INF
            return NAN
        if c == 0 and negative:
            return -0.0
        units = self.magnitude(c)
        return -units if negative else units

    def place(self, numerator, denominator=1):
        """Neighbours of |x| = numerator/denominator units among magnitude codes 0..=max+1."""
        if self._table is None and self.e + self.m <= 18:
            self._table = [self.magnitude(c) for c in range(self.max + 2)]
        if self._table is not None and denominator == 1:
            c = bisect_right(self._table, numerator) - 1
            value = self._table[c] if c >= 0 else None
        else:
            codes = range(self.max + 2)
            c = bisect_right(codes, numerator, key=lambda k: self.magnitude(k) * denominator) - 1
            value = self.magnitude(c) if c >= 0 else None
        if c < 0:
            return Place(-1, 0, 0)  # under the least value: only where there is no zero
        if c > self.max or value * denominator == numerator:
            return Place(c, c, 0)
        middle = (value + self.magnitude(c + 1)) * denominator
        return Place(c, c + 1, (2 * numerator > middle) - (2 * numerator < middle))

    def overflowed(self, negative, mode, saturate, finite):
        sign = self.sign_bit if negative else 0
        inward = mode in ("toward-zero", "to-odd") or mode == (
            "toward-positive" if negative else "toward-negative"
        )
        if saturate or (finite and inward):
            return self.max | sign
        if self.inf is not None:
            return self.inf | sign
        if self.nan is not None:
            return self.nan
        return self.max | sign

    def choose(self, place, negative, mode, saturate):
        if self.specials == "scale" and negative:
            return self.nan
        if place.low < 0:
            return 0
        low, high = place.low, place.high
        if low == high:
            c = low
        elif mode == "nearest-even":
            c = low if place.half < 0 or (place.half == 0 and low % 2 == 0) else high
        elif mode == "nearest-away":
            c = low if place.half < 0 else high
        elif mode == "toward-zero":
            c = low
        elif mode == "toward-positive":
            c = low if negative else high
        elif mode == "toward-negative":
            c = high if negative else low
        else:
            c = low if low % 2 else high
        if c > self.max:
            return self.overflowed(negative, mode, saturate, True)
        if c == 0 and negative and not self.has_negative_zero:
            return 0
        return c | (self.sign_bit if negative else 0)

    def special(self, x, mode, overflow):
        """The code of ±0, ±Inf or NaN; None for any other input."""
        if x != x:
            return self.nan
        if x in (float("inf"), float("-inf")):
            if self.specials == "scale" and x < 0:
                return self.nan
            return self.overflowed(x < 0, mode, overflow == "saturate", False)
        if x == 0:
            if self.specials == "scale":
                return self.nan
            negative = str(x).startswith("-")
            return self.sign_bit if negative and self.has_negative_zero else 0
        return None

    def locate(self, numerator, denominator=1):
        return numerator < 0, self.place(abs(numerator), denominator)

    def resolve(self, located, mode, overflow):
        negative, place = located
        return self.choose(place, negative, mode, overflow == "saturate")


class Int:
    """Two's complement, `bits` wide, counted in steps of 2**step."""

    has_nan = False

    def __init__(self, name, bits, step=0):
        self.name, self.bits, self.step = name, bits, step
        self.least, self.greatest = -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    def decode(self, code):
        k = code - (1 << self.bits) if code >> (self.bits - 1) else code
        return shift(k, self.step)

    def locate(self, numerator, denominator=1):
        unit = shift(1, self.step) * denominator
        k, rest = divmod(numerator, unit)
        if rest == 0:
            return numerator < 0, Place(k, k, 0)
        return numerator < 0, Place(k, k + 1, (2 * rest > unit) - (2 * rest < unit))

    def resolve(self, located, mode, overflow):
        negative, place = located
        low, high = place.low, place.high
        if low == high:
            k = low
        elif mode == "nearest-even":
            k = low if place.half < 0 or (place.half == 0 and low % 2 == 0) else high
        elif mode == "nearest-away":
            k = low if place.half < 0 or (place.half == 0 and negative) else high
        elif mode == "toward-zero":
            k = high if negative else low
        elif mode == "toward-positive":
            k = high
        elif mode == "toward-negative":
            k = low
        else:
            k = low if low % 2 else high
        if overflow != "wrap":
            k = min(max(k, self.least), self.greatest)
        return k & ((1 << self.bits) - 1)

    def special(self, x, mode, overflow):
        if x in (float("inf"), float("-inf")):
            return (self.greatest if x > 0 else self.least) & ((1 << self.bits) - 1)
        return None


class Codebook:
    """Listed values; the code is the index, and the list rises."""

    has_nan = False

    def __init__(self, name, values):
        self.name, self.bits = name, (len(values) - 1).bit_length()
        self.units = [from_float(v) for v in values]
        assert self.units == sorted(set(self.units))

    def decode(self, code):
        return self.units[code]

    def locate(self, numerator, denominator=1):
        i = bisect_right(self.units, numerator, key=lambda u: u * denominator) - 1
        last = len(self.units) - 1
        if i < 0:
            return numerator < 0, Place(0, 0, 0)
        if i == last or self.units[i] * denominator == numerator:
            return numerator < 0, Place(i, i, 0)
        middle = (self.units[i] + self.units[i + 1]) * denominator
        return numerator < 0, Place(i, i + 1, (2 * numerator > middle) - (2 * numerator < middle))

    def resolve(self, located, mode, overflow):
        negative, place = located
        low, high = place.low, place.high
        if low == high:
            return low
        if mode == "nearest-even":
            return low if place.half < 0 or (place.half == 0 and low % 2 == 0) else high
        if mode == "nearest-away":
            return low if place.half < 0 or (place.half == 0 and negative) else high
        if mode == "toward-zero":
            return high if negative else low
        if mode == "toward-positive":
            return high
        if mode == "toward-negative":
            return low
        return low if low % 2 else high

    def special(self, x, mode, overflow):
        if x in (float("inf"), float("-inf")):
            return len(self.units) - 1 if x > 0 else 0
        return None


class Posit:
    """Posit Standard (2022): es = 2. Rounding is its section on rounding, word for word: with u and w
    the neighbours and v the (n+1)-bit posit that is u followed by a 1, x goes to u when u < x < v or
    when x = v and u is even, else to w; nothing nonzero becomes 0 and nothing finite becomes NaR."""

    has_nan = True

    def __init__(self, name, bits):
        self.name, self.bits = name, bits
        self.nan = 1 << (bits - 1)
        self._table = None

    @staticmethod
    def units_of(code, bits):
        """The standard's formula ((1-3s)+f) * 2**((1-2s)(4r+e+s)), term by term."""
        sign = code >> (bits - 1)
        rest = format(code & ((1 << (bits - 1)) - 1), f"0{bits - 1}b")
        run = len(rest) - len(rest.lstrip(rest[0]))
        r = -run if rest[0] == "0" else run - 1
        tail = rest[run + 1 :]
        e = int((tail[:2] + "00")[:2], 2)
        fraction = tail[2:]
        f = int(fraction, 2) if fraction else 0
        significand = ((1 - 3 * sign) << len(fraction)) + f
        return shift(significand, (1 - 2 * sign) * (4 * r + e + sign) - len(fraction))

    def decode(self, code):
        if code == 0:
            return 0
        if code == self.nan:
            return NAN
        return self.units_of(code, self.bits)

    def locate(self, numerator, denominator=1):
        size = abs(numerator)
        last = self.nan - 1
        if self._table is None and self.bits <= 16:
            self._table = [0] + [self.units_of(c, self.bits) for c in range(1, last + 1)]
        if self._table is not None and denominator == 1:
            c = bisect_right(self._table, size) - 1
        else:
            codes = range(last + 1)
            c = (
                bisect_right(
                    codes,
                    size,
                    key=lambda k: self.units_of(k, self.bits) * denominator if k else 0,
                )
                - 1
            )
        value = self.units_of(c, self.bits) if c else 0
        if c == last or value * denominator == size:
            return numerator < 0, Place(c, c, 0)
        middle = self.units_of(2 * c + 1, self.bits + 1) * denominator
        return numerator < 0, Place(c, c + 1, (size > middle) - (size < middle))

    def resolve(self, located, mode, overflow):
        """The standard has nearest-even only; the other modes choose between the same neighbours and
        keep its rule for the ends (they are the playground's, not the standard's)."""
        negative, place = located
        low, high = place.low, place.high
        if low == high:
            c = low
        elif low == 0:
            c = high
        elif mode == "nearest-even":
            c = low if place.half < 0 or (place.half == 0 and low % 2 == 0) else high
        elif mode == "nearest-away":
            c = low if place.half < 0 else high
        elif mode == "toward-zero":
            c = low
        elif mode == "toward-positive":
            c = low if negative else high
        elif mode == "toward-negative":
            c = high if negative else low
        else:
            c = low if low % 2 else high
        return (-c if negative else c) & ((1 << self.bits) - 1)

    def special(self, x, mode, overflow):
        if x != x:
            return self.nan
        if x in (float("inf"), float("-inf")):
            if overflow == "saturate":
                return self.nan - 1 if x > 0 else self.nan + 1
            return self.nan
        return None


NF4 = [
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1.0,
]

FORMATS = {
    f.name: f
    for f in [
        Float("fp64", True, 11, 52, 1023, "ieee"),
        Float("fp32", True, 8, 23, 127, "ieee"),
        Float("tf32", True, 8, 10, 127, "ieee"),
        Float("bf16", True, 8, 7, 127, "ieee"),
        Float("fp16", True, 5, 10, 15, "ieee"),
        Float("e5m2", True, 5, 2, 15, "ieee"),
        Float("e4m3", True, 4, 3, 7, "fn"),
        Float("e4m3-ieee", True, 4, 3, 7, "ieee"),
        Float("e3m4", True, 3, 4, 3, "ieee"),
        Float("e4m3fnuz", True, 4, 3, 8, "fnuz"),
        Float("e5m2fnuz", True, 5, 2, 16, "fnuz"),
        Float("e4m3b11fnuz", True, 4, 3, 11, "fnuz"),
        Float("p3109-p3", True, 5, 2, 16, "p3109"),
        Float("p3109-p4", True, 4, 3, 8, "p3109"),
        Float("p3109-p5", True, 3, 4, 4, "p3109"),
        Float("e3m2", True, 3, 2, 3, "none"),
        Float("e2m3", True, 2, 3, 1, "none"),
        Float("e2m1", True, 2, 1, 1, "none"),
        Float("e8m0", False, 8, 0, 127, "scale"),
        Int("int32", 32),
        Int("int16", 16),
        Int("int8", 8),
        Int("int4", 4),
        Int("mxint8", 8, -6),
        Codebook("nf4", NF4),
        Posit("posit32", 32),
        Posit("posit16", 16),
        Posit("posit8", 8),
    ]
}


def overflows_of(fmt):
    """The overflow policies that have rows for a format."""
    if isinstance(fmt, Int):
        return ["native", "saturate", "wrap"]
    return ["native", "saturate"]


def decode_float(fmt, code):
    """decode(code) as a binary64; every format here has only values that binary64 holds."""
    value = fmt.decode(code)
    if value == NAN:
        return float("nan")
    if value in (POS_INF, NEG_INF):
        return float(value)
    if isinstance(value, float):
        return value  # negative zero
    return to_float(value)


def canonical(fmt, code):
    """The code with every NaN folded into the format's canonical one."""
    return fmt.nan if fmt.has_nan and fmt.decode(code) == NAN else code


def encode_rows(fmt, inputs, rows):
    """Codes of `inputs` (binary64) for each (mode, overflow) in `rows`; each input located once."""
    out = [[] for _ in rows]
    for x in inputs:
        special = [fmt.special(x, mode, overflow) for mode, overflow in rows[:1]][0]
        if special is not None:
            for codes, (mode, overflow) in zip(out, rows):
                codes.append(fmt.special(x, mode, overflow))
            continue
        located = fmt.locate(from_float(x))
        for codes, (mode, overflow) in zip(out, rows):
            codes.append(fmt.resolve(located, mode, overflow))
    return out


def encode_fraction(fmt, value, mode, overflow="native"):
    """Code of an exact nonzero rational (fractions.Fraction)."""
    located = fmt.locate(value.numerator << SCALE, value.denominator)
    return fmt.resolve(located, mode, overflow)
