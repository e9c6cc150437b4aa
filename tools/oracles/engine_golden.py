"""Golden files for the engine's tests: what PyTorch computes in f64, confirmed here by central differences.

Run with Debian's PyTorch, a CPU build (bookworm has 1.13.1), and that system's Python:

    apt-get install --no-install-recommends python3-torch
    /usr/bin/python3 tools/oracles/engine_golden.py --out crates/engine/tests/golden

Inputs and parameters come from SplitMix64 and are the same everywhere. Two runs on one machine write the same bytes;
another version of PyTorch, of the BLAS below it or of the C library may differ in the last bits of results.

Each file is a pair. `<name>.f64` is f64, little-endian, tensor after tensor, row-major. `<name>.json` says which:

    {"format": "engine-golden-1", "name": "mlp", "about": the equations, "torch": version, "len": values in the .f64,
     "tensors": {"l1.weight": {"shape": [64, 32], "offset": first value, counted in values, "role": "param"}, ...}}

with a network's constants beside "about". To read a tensor, take the values `offset .. offset + product(shape)`; a
scalar has shape []. Tensors do not overlap and leave no gaps.

Roles:
    param, input, label  where a test starts. All exact in f32. "integer": true for class and token numbers.
    logits, activation, output  results on the way.
    loss                 a scalar.
    grad                 `grad.<name>`: of the loss to the tensor <name>, which is also in "of". Every param and every
                         input has one, except integers.
    loss_curve           `<run>.losses`: the loss before each of ten updates on the one batch; the optimiser's settings
                         are beside the shape. They have torch's meaning: momentum without dampening or Nesterov, AdamW
                         decays every parameter; only in the run `adamw_weights` just the tensors `*.weight`.
    param_after          `<run>.after.<name>`: the parameter after the ten updates.

`ops` has a list `cases` besides: {"name", "op", "attrs", "inputs", "labels", "kink"}; its "about" says what belongs to
a case. Gradients there are `<case>.grad.<input>`; the arriving gradient `<case>.dy` has role "input" and no gradient.

Layouts: a dense layer is y = x W + b with W (in, out); images (n, h, w, c); kernels (kh, kw, in, out), depthwise
(kh, kw, c). "same" is TensorFlow's: the odd pixel of padding lies below and to the right; padding takes no part in
pools. The values of every network stay clear of kinks in the first forward pass, so f32 takes the same branches; in
later steps they may not.
"""

from blocks_common import out_dir
from engine_golden_networks import networks
from engine_golden_ops import all_ops
from engine_golden_second_order import second_order
from engine_golden_transformer import transformer


def main():
    out = out_dir(__doc__.splitlines()[0])
    total = 0
    for golden in [*networks(), transformer(), *second_order(), all_ops()]:
        golden.write(out)
        size = sum((out / f"{golden.name}.{end}").stat().st_size for end in ("json", "f64"))
        print(f"{golden.name}: {size} bytes, {len(golden.tensors)} tensors")
        total += size
    print(f"{total} bytes")


if __name__ == "__main__":
    main()
