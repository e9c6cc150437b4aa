"""Prints the answers behind one digest, or the first that differ from a dump of the crate's.

    cargo run -p conformance -- --dump e4m3 encode nearest-even native > mine.txt
    python conformance_show.py e4m3 encode nearest-even native --against mine.txt

Each line is the input (binary64 bits, and as a number) and the exact oracle's answer.
"""

import argparse
import itertools
import sys

import conformance_exact as exact
import conformance_inputs as inputs


def answers(fmt, what, mode, overflow):
    """(input as text, answer as an integer) pairs, in the order of the digest."""
    if what == "decode":
        for code in inputs.decode_codes(fmt):
            yield f"{code:#x}", int(inputs.hex_bits(exact.decode_float(fmt, code)), 16)
        return
    listed = inputs.build(fmt, single=what.endswith("-f32")).tolist()
    if what.startswith("inputs"):
        for i, x in enumerate(listed):
            yield str(i), int(inputs.hex_bits(x), 16)
        return
    for codes, x in zip(exact.encode_rows(fmt, listed, [(mode, overflow)])[0], listed):
        yield f"{inputs.hex_bits(x)} {x!r}", exact.canonical(fmt, codes)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("format", choices=exact.FORMATS)
    parser.add_argument("what", choices=["decode", "inputs", "inputs-f32", "encode", "encode-f32"])
    parser.add_argument("mode", nargs="?", choices=exact.MODES)
    parser.add_argument("overflow", nargs="?", choices=["native", "saturate", "wrap"])
    parser.add_argument("--against", help="a dump: one hexadecimal answer a line")
    parser.add_argument("--limit", type=int, default=20)
    arguments = parser.parse_args()
    fmt = exact.FORMATS[arguments.format]
    pairs = answers(fmt, arguments.what, arguments.mode, arguments.overflow)
    if not arguments.against:
        for x, answer in pairs:
            print(f"{answer:x}\t{x}")
        return 0
    with open(arguments.against, encoding="ascii") as file:
        theirs = (line.split()[0] for line in file)
        shown = 0
        for pair, their in itertools.zip_longest(pairs, theirs):
            if pair is None or their is None:
                print("the lists have different lengths")
                return 1
            if pair[1] != int(their, 16):
                print(f"{pair[0]}\texact {pair[1]:x}\tdump {their}")
                shown += 1
                if shown == arguments.limit:
                    break
    return 1 if shown else 0


if __name__ == "__main__":
    sys.exit(main())
