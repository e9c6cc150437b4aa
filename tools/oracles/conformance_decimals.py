"""Writes docs/conformance/decimals.tsv: decimal texts and their codes in every mode, native overflow.

What binary64 inputs cannot show: numbers a hair beside a midpoint, closer than any binary64, and the
hard cases of reading binary64 itself (midpoints with hundreds of digits). Codes come from the exact
oracle; binary64's nearest-even column is compared with Python's own float() before writing.

Columns: format, the code in each mode of conformance_exact.MODES, the text.
"""

import pathlib
import random
import struct
import sys
from fractions import Fraction

import conformance_exact as exact
import conformance_inputs as inputs

OUT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "conformance" / "decimals.tsv"
UNIT = exact.ONE


def decimal_text(value):
    """Every digit of a nonzero dyadic rational."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    places = value.denominator.bit_length() - 1
    digits = str(value.numerator * 5**places).rjust(places + 1, "0")
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def scientific(text):
    """The same number as d.ddde±x."""
    sign, text = ("-", text[1:]) if text[0] == "-" else ("", text)
    whole, _, fraction = text.partition(".")
    digits = (whole + fraction).lstrip("0")
    exponent = len(whole) - 1 if whole.strip("0") else -(len(fraction) - len(fraction.lstrip("0")) + 1)
    digits = digits.rstrip("0") or "0"
    return f"{sign}{digits[0]}.{digits[1:] or '0'}e{exponent}"


def beside(text, rng):
    """Texts just above and just below a midpoint (larger and smaller magnitude), digits beyond it."""
    zeros = "0" * rng.randrange(20, 60)
    body = text if "." in text else text + "."
    above = body + zeros + "1"
    last = body.rstrip("0")
    if last.endswith("."):
        below = f"{int(last[:-1]) - 1}.{'9' * 30}"  # a whole midpoint is at least 1
    else:
        below = last[:-1] + str(int(last[-1]) - 1) + "9" * 30
    return above, below


def midpoint(fmt, c):
    """The rounding boundary above the magnitude code `c`, exactly."""
    if isinstance(fmt, exact.Posit):
        return Fraction(fmt.units_of(2 * c + 1, fmt.bits + 1), UNIT)
    if isinstance(fmt, exact.Int):
        return Fraction(2 * c + 1, 2) * Fraction(2) ** fmt.step
    if isinstance(fmt, exact.Codebook):
        return Fraction(fmt.units[c] + fmt.units[c + 1], 2 * UNIT)
    return Fraction(fmt.magnitude(c) + fmt.magnitude(c + 1), 2 * UNIT)


def rows_of(fmt, rng):
    texts = []
    top = inputs.max_magnitude_code(fmt) if not isinstance(fmt, exact.Codebook) else 15
    start = 1 if isinstance(fmt, exact.Posit) else 0
    signs = ["", "-"] if getattr(fmt, "signed", True) else [""]
    if fmt.name == "fp64":
        codes = [0, 1, (1 << 52) - 2, (1 << 52) - 1, 1 << 52, top - 1]
        codes += [rng.randrange(top) for _ in range(12)]  # any exponent: up to hundreds of digits
        codes += [(1023 + rng.randrange(-40, 60) << 52) | rng.getrandbits(52) for _ in range(40)]
    else:
        codes = [start, start + 1, top - 1] + [rng.randrange(start, top) for _ in range(9)]
    for c in codes:
        text = decimal_text(midpoint(fmt, c))
        if text.startswith("-"):  # codebooks have negative midpoints of their own
            texts += [text, *beside(text, rng)]
            continue
        sign = rng.choice(signs)
        texts += [sign + t for t in (text, *beside(text, rng))]
        if len(text) < 400:
            texts.append(sign + scientific(text))
    if isinstance(fmt, exact.Float):
        edge = decimal_text(midpoint(fmt, fmt.max))  # where overflow begins
        texts += [edge, *beside(edge, rng), "1e999", signs[-1] + "1e400", "1e-999"]
    if fmt.name == "fp64":
        for _ in range(300):
            digits = rng.choice([1, 5, 15, 16, 17, 18, 19, 20, 25, 40])
            body = str(rng.randrange(10 ** (digits - 1), 10**digits))
            texts.append(f"{body[0]}.{body[1:] or '0'}e{rng.randrange(-330, 310)}")
        texts += ["2.2250738585072011e-308", "2.2250738585072012e-308", "1.7976931348623159e308", "9007199254740993"]
        texts += ["4.9406564584124654e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "0.1", "8.5e-323"]
    for text in texts:
        value = Fraction(text)
        yield [format(exact.canonical(fmt, exact.encode_fraction(fmt, value, mode)), "x") for mode in exact.MODES], text


def main():
    rng = random.Random(20240607)
    lines, wrong = [], 0
    for name, fmt in exact.FORMATS.items():
        for codes, text in rows_of(fmt, rng):
            if name == "fp64":
                bits = struct.pack(">d", float(text)).hex()
                if int(bits, 16) != int(codes[0], 16):
                    print("DIFFERS from float():", text, codes[0], bits)
                    wrong += 1
            lines.append("\t".join([name, *codes, text]))
    if wrong:
        return 1
    OUT.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} texts, {sum(len(l.split(chr(9))) - 2 for l in lines)} codes, {OUT.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
