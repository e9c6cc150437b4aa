"""Figures of the convert widget's cases, by NumPy, ml_dtypes and gguf: independent of the crate.

Reads the small files in src/worker_host/jobs/cases and writes figures.json beside them:
    python convert_figures.py ../../src/worker_host/jobs/cases
Everything is by the formats' definitions (module comments of crates/numerics/src/blocks): blocks of MX and NVFP4 end with rows and are
filled with zeros, those of NF4 and GGUF run on, and integers have a scale for each row.
"""

import json
import math
import pathlib
import sys
from fractions import Fraction

import gguf
import ml_dtypes as md
import numpy as np
from gguf.quants import dequantize, quantize
from safetensors.numpy import load_file

F32 = np.float32


def sqnr(x, y):
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return 10 * math.log10(float(np.sum(x**2)) / float(np.sum((y - x) ** 2)))


def rows_padded(x, block):
    """Each row cut into blocks, its last filled with zeros: [rows, blocks, block]."""
    x = np.asarray(x, F32)
    x = x.reshape(1, -1) if x.ndim == 0 else x.reshape(-1, x.shape[-1])
    fill = -x.shape[1] % block
    return np.pad(x, ((0, 0), (0, fill))).reshape(x.shape[0], -1, block), x.shape


def back(blocks, shape):
    return blocks.reshape(blocks.shape[0], -1)[:, : shape[1]]


def mxfp4(x):
    b, shape = rows_padded(x, 32)
    amax = np.abs(b).max(axis=2, keepdims=True)
    with np.errstate(divide="ignore"):
        exponent = np.where(amax > 0, np.floor(np.log2(amax, dtype=np.float64)) - 2, -127)
    s = np.exp2(exponent)
    q = np.clip(b / s, -6, 6).astype(md.float4_e2m1fn).astype(np.float64)
    return back(q * s, shape), b.shape[0] * b.shape[1] * 17


def nvfp4(x):
    b, shape = rows_padded(x, 16)
    g = F32(np.abs(b).max()) / F32(2688)
    amax = np.abs(b).max(axis=2, keepdims=True)
    s = np.clip((amax / F32(6)) / g, F32(2**-6), F32(448)).astype(md.float8_e4m3fn).astype(F32)
    t = g * s
    q = np.clip(b / t, -6, 6).astype(md.float4_e2m1fn).astype(F32)
    return back(q * t, shape), b.shape[0] * b.shape[1] * 9 + 4


def int_sym(x, bits):
    """A scale for every row."""
    x = np.asarray(x, F32).reshape(-1, np.shape(x)[-1]) if np.ndim(x) else np.asarray(x, F32).reshape(1, 1)
    top = F32(2 ** (bits - 1) - 1)
    s = np.abs(x).max(axis=1, keepdims=True) / top
    q = np.clip(np.rint(x / s), -top, top)
    return q * s, x.shape[0] * (4 + -(-x.shape[1] * bits // 8))


def ggml(x, kind):
    """Blocks run on over the ends of rows."""
    block, size = gguf.GGML_QUANT_SIZES[kind]
    flat = np.asarray(x, F32).reshape(-1)
    filled = np.pad(flat, (0, -len(flat) % block))
    codes = quantize(filled, kind)
    return dequantize(codes, kind)[: len(flat)], len(filled) // block * size


def posit8_values():
    """Posit(8, 2) by its definition: value of each code, exact."""
    values = []
    for code in range(256):
        if code in (0, 128):
            values.append(0 if code == 0 else None)
            continue
        word = code if code < 128 else 256 - code
        bits = [word >> i & 1 for i in range(6, -1, -1)]
        first = bits[0]
        run = next((i for i, bit in enumerate(bits) if bit != first), 7)
        k = run - 1 if first else -run
        rest = bits[run + 1 :]
        exponent = (rest + [0, 0])[0] * 2 + (rest + [0, 0])[1]
        fraction = rest[2:]
        value = Fraction(2) ** (4 * k + exponent) * (1 + Fraction(sum(b << (len(fraction) - 1 - i) for i, b in enumerate(fraction)), 2 ** len(fraction)))
        values.append(value if code < 128 else -value)
    return values


def posit8(x):
    """Nearest posit by standard rounding: neighbours by the value between them that a posit of one bit more would have."""
    values = posit8_values()
    codes = sorted((c for c in range(256) if values[c] is not None), key=lambda c: values[c])
    grid = [float(values[c]) for c in codes]
    out = []
    for number in np.asarray(x, np.float64):
        i = int(np.searchsorted(grid, number))
        if i < len(grid) and grid[i] == number:
            out.append(number)
            continue
        if i == 0 or i == len(grid):
            out.append(grid[min(i, len(grid) - 1)])
            continue
        low, high = grid[i - 1], grid[i]
        if low == 0 or high == 0:  # nothing but zero becomes zero
            out.append(high if low == 0 else low)
            continue
        middle = posit_midpoint(codes[i - 1] % 256)
        even = low if codes[i - 1] % 2 == 0 else high
        out.append(low if number < middle else high if number > middle else even)
    return np.array(out)


def posit_midpoint(code):
    """The posit of 9 bits just above a code of 8 bits (in the order of signed codes)."""
    word = (code << 1) + 1
    negative = word >= 256
    word = 512 - word if negative else word
    bits = [word >> i & 1 for i in range(7, -1, -1)]
    first = bits[0]
    run = next((i for i, bit in enumerate(bits) if bit != first), 8)
    k = run - 1 if first else -run
    rest = bits[run + 1 :]
    exponent = (rest + [0, 0])[0] * 2 + (rest + [0, 0])[1]
    fraction = rest[2:]
    value = 2.0 ** (4 * k + exponent) * (1 + sum(b << (len(fraction) - 1 - i) for i, b in enumerate(fraction)) / 2 ** len(fraction))
    return -value if negative else value


def posit_scaled(x):
    """The best of the scales tried: its name and figure."""
    x = np.asarray(x, np.float64).reshape(-1)
    rms, top = math.sqrt(float(np.mean(x**2))), float(np.abs(x).max())
    tried = {"rms": rms, **{f"absmax-{n}": top / n for n in (1, 2, 4, 8, 16)}}
    figures = {}
    for name, scale in tried.items():
        scale = float(F32(scale))
        figures[name] = sqnr(x, posit8(x / scale) * scale)
    best = max(figures, key=figures.get)
    return {"scaling": best, "sqnr_db": figures[best]}


def main(folder):
    folder = pathlib.Path(folder)
    rows = np.load(folder / "c01_rows_c.npy")
    out = {"rows": {
        "int8-sym": sqnr(rows, int_sym(rows, 8)[0]),
        "int4-sym": sqnr(rows, int_sym(rows, 4)[0]),
        "mxfp4": sqnr(rows, mxfp4(rows)[0]),
        "nvfp4": sqnr(rows, nvfp4(rows)[0]),
        "q4_0": sqnr(rows.reshape(-1), ggml(rows, gguf.GGMLQuantizationType.Q4_0)[0]),
        "q8_0": sqnr(rows.reshape(-1), ggml(rows, gguf.GGMLQuantizationType.Q8_0)[0]),
        "posit8": posit_scaled(rows),
    }}
    tensors = load_file(folder / "c31_scalar_last.safetensors")
    kinds = {
        "mxfp4": mxfp4,
        "nvfp4": nvfp4,
        "q4_0": lambda x: ggml(x, gguf.GGMLQuantizationType.Q4_0),
        "q8_0": lambda x: ggml(x, gguf.GGMLQuantizationType.Q8_0),
        "int8-sym": lambda x: int_sym(x, 8),
    }
    out["scalar"] = {}
    for name, kind in kinds.items():
        each = {key: kind(x) for key, x in tensors.items()}
        signal = sum(float(np.sum(np.float64(x) ** 2)) for x in tensors.values())
        noise = sum(float(np.sum((each[key][0].reshape(-1) - np.float64(x).reshape(-1)) ** 2)) for key, x in tensors.items())
        out["scalar"][name] = {"bytes": sum(size for _, size in each.values()), "sqnr_db": 10 * math.log10(signal / noise),
                               "tensors": {key: sqnr(x.reshape(-1), each[key][0].reshape(-1)) if np.any(each[key][0].reshape(-1) != x.reshape(-1)) else None for key, x in tensors.items()}}
    short = np.load(folder / "c33_rows_of_48.npy").astype(F32)
    restored, size = mxfp4(short)
    small = np.abs(short) < 1
    out["short_rows"] = {"mxfp4": {"bytes": size, "sqnr_db": sqnr(short, restored),
                                   "to_zero": int(np.sum((restored == 0) & (short != 0) & small)), "small": int(small.sum())},
                         "nvfp4": {"bytes": nvfp4(short)[1], "sqnr_db": sqnr(short, nvfp4(short)[0])}}
    long = np.load(folder / "c32_long_odd_rows.npy")
    restored, size = int_sym(long, 8)
    out["long_rows"] = {"int8-sym": {"bytes": size, "sqnr_db": sqnr(long, restored)},
                        "int4-sym": {"bytes": int_sym(long, 4)[1], "sqnr_db": sqnr(long, int_sym(long, 4)[0])}}
    for name in ("c10a_offset", "c10b_huge"):
        x = [Fraction(float(v)) for v in np.load(folder / f"{name}.npy").reshape(-1)]
        mean = sum(x) / len(x)
        variance = sum((v - mean) ** 2 for v in x) / len(x)
        unit = Fraction(10) ** 200 if name == "c10b_huge" else 1
        out[name] = {"std": math.sqrt(variance / unit**2) * float(unit), "mean": float(mean)}
    # binary32 has no 1e200, and is exact to within half a unit below it.
    offset = [Fraction(float(v)) for v in np.load(folder / "c10a_offset.npy").reshape(-1)]
    errors = [Fraction(float(F32(float(v)))) - v for v in offset]
    out["c10a_offset"]["fp32_rmse"] = math.sqrt(sum(e**2 for e in errors) / len(errors))
    (folder / "figures.json").write_text(json.dumps(out, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
