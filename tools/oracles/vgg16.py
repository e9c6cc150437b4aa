"""Golden table of VGG16: shapes, parameters, multiply-accumulates (MACs) and activations, layer by layer.

Written from the description of configuration D in Simonyan and Zisserman, "Very Deep Convolutional Networks for
Large-Scale Image Recognition" (2014), table 1: 3x3 convolutions with stride 1 and padding 1, 2x2 max pooling with
stride 2. MACs of a convolution are summed over its output rows from an explicit list of its weights;
padding is counted as if it were data, as the published totals do. Biases are parameters but no MACs. Flattening is
another view of the same values, so it adds no activations.
Two networks: ImageNet at 224x224, and the one of the glossary's transfer-learning code (32x32, new head).

    python3 tools/oracles/vgg16.py        # crates/experiments/tests/golden/vgg16.json; standard library only
"""

import json
from pathlib import Path

BLOCKS = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]
TARGET = Path(__file__).resolve().parents[2] / "crates/experiments/tests/golden/vgg16.json"
# Published totals that the table must meet (Keras Applications; `model.summary()` of the glossary's base).
PARAMETERS = {"imagenet_224": 138_357_544, "base_32": 14_714_688}


def convolution(name, shape, filters):
    channels, height, width = shape
    weights = [(c, y, x) for c in range(channels) for y in range(3) for x in range(3)]
    macs = 0
    for _row in range(height):  # padding 1 keeps height and width
        macs += width * filters * len(weights)
    return {
        "name": name,
        "kind": "convolution",
        "output": [filters, height, width],
        "parameters": filters * (len(weights) + 1),
        "macs": macs,
        "activations": filters * height * width,
    }


def pooling(name, shape):
    channels, height, width = shape
    rows = len(range(0, height - 1, 2))
    columns = len(range(0, width - 1, 2))
    return {
        "name": name,
        "kind": "max_pooling",
        "output": [channels, rows, columns],
        "parameters": 0,
        "macs": 0,
        "activations": channels * rows * columns,
    }


def flatten(name, shape):
    length = shape[0] * shape[1] * shape[2]
    return {
        "name": name,
        "kind": "flatten",
        "output": [length],
        "parameters": 0,
        "macs": 0,
        "activations": 0,
    }


def dense(name, shape, units):
    macs = sum(shape[0] for _unit in range(units))
    return {
        "name": name,
        "kind": "dense",
        "output": [units],
        "parameters": macs + units,
        "macs": macs,
        "activations": units,
    }


def network(side, head):
    layers, shape = [], [3, side, side]
    for block, widths in enumerate(BLOCKS, start=1):
        for index, filters in enumerate(widths, start=1):
            layers.append(convolution(f"block{block}_conv{index}", shape, filters))
            shape = layers[-1]["output"]
        layers.append(pooling(f"block{block}_pool", shape))
        shape = layers[-1]["output"]
    layers.append(flatten("flatten", shape))
    for name, units in head:
        layers.append(dense(name, layers[-1]["output"], units))
    totals = {key: sum(layer[key] for layer in layers) for key in ("parameters", "macs", "activations")}
    return {"input": [3, side, side], "layers": layers, "totals": totals}


def main():
    table = {
        "imagenet_224": network(224, [("fc1", 4096), ("fc2", 4096), ("predictions", 1000)]),
        "glossary_32": network(32, [("dense_512", 512), ("dense_10", 10)]),
    }
    assert table["imagenet_224"]["totals"]["parameters"] == PARAMETERS["imagenet_224"]
    base = sum(layer["parameters"] for layer in table["glossary_32"]["layers"] if layer["kind"] == "convolution")
    assert base == PARAMETERS["base_32"]
    lines = []
    for name, net in table.items():
        layers = ",\n".join("    " + json.dumps(layer) for layer in net["layers"])
        lines.append(
            f'  "{name}": {{\n   "input": {json.dumps(net["input"])},\n   "totals": {json.dumps(net["totals"])},\n'
            f'   "layers": [\n{layers}\n   ]\n  }}'
        )
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    assert json.loads(text) == table
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text)
    for name, net in table.items():
        print(name, net["totals"])


if __name__ == "__main__":
    main()
