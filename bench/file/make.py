"""Writes a large .safetensors file with the safetensors package: make.py FILE GIGABYTES.

Sixteen binary32 matrices of seeded normal values, the size of a small language model's weights.
"""
import sys

import numpy as np
from safetensors.numpy import save_file

path, gigabytes = sys.argv[1], float(sys.argv[2])
columns = 4096
rows = int(gigabytes * 2**30 / 16 / columns / 4)
generator = np.random.default_rng(1)
save_file({f"layer.{i}.weight": generator.standard_normal((rows, columns), np.float32) * 0.02 for i in range(16)}, path)
