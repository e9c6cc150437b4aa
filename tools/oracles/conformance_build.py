"""Compares the oracles with each other over every input set and writes docs/conformance/digests.json.

    nice python conformance_build.py [--formats id,id] [--jobs 2]

A row is written only when every oracle that answers it agrees on every input; otherwise the first
differing inputs are printed and the exit code is 1.
"""

import argparse
import json
import multiprocessing
import pathlib
import sys
import time

import numpy as np

import conformance_exact as exact
import conformance_gfloat as gfloat_oracle
import conformance_inputs as inputs
import conformance_mldtypes as ml

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "conformance" / "digests.json"
EXACT = "exact"


class Check:
    """Compares the others with the exact oracle's array and remembers who agreed on what."""

    def __init__(self, fmt, what, mode, overflow):
        self.row = {"format": fmt.name, "what": what, "mode": mode, "overflow": overflow}
        self.fmt, self.oracles, self.partial, self.wrong = fmt, [EXACT], [], []

    def agree(self, who, expected, got, x, mask=None, reason=None):
        expected, got = np.asarray(expected), np.asarray(got)
        if mask is None:
            mask = np.ones(len(expected), dtype=bool)
        same = (expected == got) | (np.isnan(expected) & np.isnan(got)) if expected.dtype.kind == "f" else expected == got
        bad = np.flatnonzero(mask & ~same)
        for i in bad[:5]:
            self.wrong.append(f"{self.row} input {x[i]!r} exact {expected[i]} {who} {got[i]}")
        if len(bad):
            self.wrong.append(f"{self.row} {who}: {len(bad)} of {mask.sum()} differ")
        elif mask.all():
            self.oracles.append(who)
        elif mask.any():
            self.partial.append({"name": who, "checked": int(mask.sum()), "reason": reason})

    def finish(self, count, digest):
        self.row |= {"count": count, "sha256": digest, "oracles": self.oracles}
        if self.partial:
            self.row["partial"] = self.partial
        return self.row, self.wrong


def fold_nans(fmt, codes):
    """Codes with every NaN folded into the canonical one."""
    codes = codes.astype(np.uint64) if isinstance(codes, np.ndarray) else np.array(codes, dtype=np.uint64)
    if not fmt.has_nan:
        return codes
    if not isinstance(fmt, exact.Float):
        return codes
    magnitude = codes & np.uint64(~fmt.sign_bit & (1 << 64) - 1)
    is_nan = (magnitude > fmt.max) & (magnitude != (fmt.inf if fmt.inf is not None else -1 & (1 << 64) - 1))
    is_nan |= codes == fmt.nan
    return np.where(is_nan, np.uint64(fmt.nan), codes)


def decode_row(fmt):
    check = Check(fmt, "decode", None, None)
    codes = inputs.decode_codes(fmt)
    mine = np.array([exact.decode_float(fmt, c) for c in codes])
    sign_matters = lambda v: np.where(v == 0, np.where(np.signbit(v), -5e-324, 0.0), v)
    answers = [ml.decode(fmt.name, codes)]
    if fmt.name in gfloat_oracle.FORMATS and not fmt.name == "fp64":
        answers.append((gfloat_oracle.decode(fmt.name, codes), gfloat_oracle.NAME))
    for answer in filter(None, answers):
        check.agree(answer[1], sign_matters(mine), sign_matters(answer[0]), codes)
    return check.finish(len(codes), inputs.bits_digest(mine))


def encode_row(fmt, what, x, mode, overflow, codes):
    check = Check(fmt, what, mode, overflow)
    mine = fold_nans(fmt, codes)
    if fmt.name in gfloat_oracle.FORMATS and fmt.name != "fp64":
        mask = gfloat_oracle.domain(fmt.name, x)
        got = gfloat_oracle.encode(fmt.name, np.where(mask, x, 1.0), mode, overflow)
        if got is not None:
            who = gfloat_oracle.NAME + (" (truncation, last bit set)" if mode == "to-odd" else "")
            reason = "gfloat does not define E8M0 below its least value"
            check.agree(who, mine, fold_nans(fmt, got), x, mask, reason)
    if what == "encode-f32" and mode == ml.mode_of(fmt.name) and overflow == "native":
        got = ml.encode_single(fmt.name, x)
        if got is not None:
            check.agree(ml.NAME, mine, fold_nans(fmt, got), x, *ml.domain_single(fmt.name, x))
    got = ml.encode_numpy(fmt.name, x, mode, overflow)
    if got is not None:
        check.agree(ml.NUMPY, mine, fold_nans(fmt, got), x)
    return check.finish(len(x), inputs.code_digest(fmt, mine))


def inputs_row(fmt, what, x):
    row = {"format": fmt.name, "what": what, "mode": None, "overflow": None}
    return row | {"count": len(x), "sha256": inputs.bits_digest(x), "oracles": [EXACT]}


def build_format(name):
    start = time.time()
    fmt = exact.FORMATS[name]
    rows, wrong = [], []

    def keep(result):
        rows.append(result[0])
        wrong.extend(result[1])

    keep(decode_row(fmt))
    x = inputs.build(fmt)
    rows.append(inputs_row(fmt, "inputs", x))
    pairs = [(m, o) for m in exact.MODES for o in exact.overflows_of(fmt)]
    for (mode, overflow), codes in zip(pairs, exact.encode_rows(fmt, x.tolist(), pairs)):
        keep(encode_row(fmt, "encode", x, mode, overflow, codes))
    if name in ml.TYPES or name == "fp16":
        single = inputs.build(fmt, single=True)
        rows.append(inputs_row(fmt, "inputs-f32", single))
        pairs = [(ml.mode_of(name), "native")]
        codes = exact.encode_rows(fmt, single.tolist(), pairs)[0]
        keep(encode_row(fmt, "encode-f32", single, *pairs[0], codes))
    return name, rows, wrong, time.time() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--formats", help="comma-separated ids; default all, and only then is the file written")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    names = arguments.formats.split(",") if arguments.formats else list(exact.FORMATS)
    longest_first = sorted(names, key=lambda n: -exact.FORMATS[n].bits)
    found, failed = {}, False
    with multiprocessing.Pool(arguments.jobs, maxtasksperchild=1) as pool:
        for name, rows, wrong, seconds in pool.imap_unordered(build_format, longest_first):
            found[name] = rows
            print(f"{name}: {len(rows)} rows, {sum(r['count'] for r in rows):,} answers, {seconds:.1f} s", flush=True)
            for line in wrong:
                failed = True
                print("  DIFFERS", line)
    if failed:
        return 1
    if not arguments.formats:
        ordered = [row for name in names for row in found[name]]
        OUT.parent.mkdir(parents=True, exist_ok=True)
        lines = ",\n".join(json.dumps(row) for row in ordered)
        OUT.write_text(f"[\n{lines}\n]\n")
        print(f"{len(ordered)} rows, {sum(r['count'] for r in ordered):,} answers -> {OUT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
