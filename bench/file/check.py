"""Reads a converted file back with the safetensors package and compares it with the source: check.py SOURCE RESULT FORMAT."""
import sys

import ml_dtypes
import numpy as np
from safetensors import safe_open

source_path, result_path, name = sys.argv[1:]
dtype = {"fp16": np.float16, "bf16": ml_dtypes.bfloat16, "e4m3": ml_dtypes.float8_e4m3fn}[name]
elements = mismatches = 0
with safe_open(source_path, "np") as source, safe_open(result_path, "np") as result:
    assert sorted(source.keys()) == sorted(result.keys())
    for key in source.keys():
        x = source.get_tensor(key)
        wanted = x.astype(dtype)
        got = result.get_tensor(key)
        assert got.shape == x.shape, (got.shape, x.shape)
        width = f"u{wanted.dtype.itemsize}"
        mismatches += int((wanted.view(width) != got.view(width)).sum())
        elements += x.size
print(f"{elements} elements read back, {mismatches} differ")
sys.exit(mismatches != 0)
