"""Golden files of the GGUF formats, by the Python package gguf 0.19.

Q8_0 and Q4_0: bytes and values for every tensor of blocks_common whose scales the library handles;
a block whose reciprocal scale overflows f32 is undefined there (infinity to an integer) and is
left out, as are non-finite inputs. Q4_K: values of random bytes, the library's decoder being the
only side it has. Run with gguf 0.19 and numpy.
"""

import numpy as np
from blocks_common import Random, floats, out_dir, padded, tensors, write, write_inputs
from gguf.constants import GGMLQuantizationType as T
from gguf.quants import dequantize, quantize


def defined(block):
    """Neither 127/amax nor 8/amax overflows."""
    amax = max(abs(x) for x in block)
    return amax == 0 or amax >= 2.0**-120


def inputs():
    values = []
    for tensor in tensors().values():
        tensor = padded(tensor, 32)
        for i in range(0, len(tensor), 32):
            if defined(tensor[i : i + 32]):
                values += tensor[i : i + 32]
    # Ties of Q8_0 (away from zero) and Q4_0 (up), at a scale of one.
    values += [127.0] + [i + 0.5 for i in range(-15, 16)]
    values += [-127.0] + [0.25 * i - 3.5 for i in range(31)]
    values += [-8.0] + [0.5 * i - 7.5 for i in range(31)]
    values += [8.0] + [0.5 * i - 7.5 for i in range(31)]
    # The largest magnitude twice, with both signs: the first one gives Q4_0 its sign.
    values += [1.0, -4.0, 4.0, 0.3] * 8
    values += [1.0, 4.0, -4.0, 0.3] * 8
    # Scales that binary16 can hold only as a subnormal, as zero or as infinity.
    r = Random(16)
    for exponent in (-17, -20, -24, -60, 22, 23, 24, 60):
        values += [float(np.float32(r.normal() * 2.0**exponent)) for _ in range(32)]
    return np.array(values, dtype=np.float32)


def q4_k_blocks():
    """Random bytes with ordinary, zero, negative and subnormal super-scales."""
    r = Random(4096)
    blocks = []
    scales = [(0x2E66, 0x2A00), (0x0000, 0x3C00), (0x3C00, 0x0000), (0xB000, 0xA800), (0x0003, 0x03FF), (0x7BFF, 0x7BFF)]
    for d, dmin in scales:
        body = bytes(r.below(256) for _ in range(140))
        blocks.append(d.to_bytes(2, "little") + dmin.to_bytes(2, "little") + body)
    return np.frombuffer(b"".join(blocks), dtype=np.uint8).reshape(len(blocks), 144)


def main():
    out = out_dir(__doc__)
    x = inputs()
    records = {"x": floats(x.tolist())}
    with np.errstate(all="ignore"):
        for name, kind in (("q8_0", T.Q8_0), ("q4_0", T.Q4_0)):
            stored = quantize(x.reshape(1, -1), kind)
            records[f"{name}/bytes"] = stored.tobytes()
            records[f"{name}/values"] = dequantize(stored, kind).astype("<f4").tobytes()
        blocks = q4_k_blocks()
        records["q4_k/bytes"] = blocks.tobytes()
        records["q4_k/values"] = dequantize(blocks, T.Q4_K).astype("<f4").tobytes()
    write(out / "gguf.bin", records)
    write_inputs(out)


if __name__ == "__main__":
    main()
