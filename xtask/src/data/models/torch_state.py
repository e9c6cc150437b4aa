"""A PyTorch state file of before version 1.6 as a `.safetensors` file: tensors of binary32, the others left out.

    python3 torch_state.py IN OUT

A pickle is a program. This reader lets it build dictionaries and tensors' descriptions and nothing else, and needs no
PyTorch. The file: a magic number, a protocol's number and the machine's sizes, the state with references to storages, the
storages' keys, then for each a count and its elements; every part but the last two is a pickle.
"""

import array
import collections
import json
import pickle
import struct
import sys

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001

Tensor = collections.namedtuple("Tensor", "storage offset shape strides")


def rebuild(storage, offset, shape, strides, requires_grad=False, hooks=None):
    return Tensor(storage, offset, tuple(shape), tuple(strides))


class Reader(pickle.Unpickler):
    KNOWN = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): rebuild,
        ("torch", "FloatStorage"): "f",
        ("torch", "LongStorage"): "q",
    }

    def find_class(self, module, name):
        if (module, name) not in self.KNOWN:
            raise pickle.UnpicklingError(f"{module}.{name} is not part of a state")
        return self.KNOWN[module, name]

    def persistent_load(self, reference):
        kind, element, key, _device, count, view = reference
        assert kind == "storage" and view is None, reference
        return element, key, count


def read(path):
    with open(path, "rb") as file:
        load = lambda: Reader(file).load()
        assert (load(), load()) == (MAGIC, PROTOCOL), "not a state of that form"
        assert load()["little_endian"], "big-endian elements"
        state, keys = load(), load()
        elements = {tensor.storage[1]: tensor.storage[0] for tensor in state.values()}
        storages = {}
        for key in keys:
            (count,) = struct.unpack("<q", file.read(8))
            size = struct.calcsize(elements[key])
            storages[key] = file.read(count * size)
            assert len(storages[key]) == count * size, "the file ends inside a storage"
        assert not file.read(1), "something follows the storages"
    tensors = {}
    for name, (storage, offset, shape, strides) in state.items():
        element, key, _count = storage
        if element == "f":
            places = [offset]
            for size, stride in zip(shape, strides):
                places = [start + step * stride for start in places for step in range(size)]
            values = array.array("f", storages[key])
            tensors[name] = shape, array.array("f", [values[place] for place in places]).tobytes()
    return tensors


def main():
    tensors = read(sys.argv[1])
    header, at = {}, 0
    for name, (shape, data) in tensors.items():
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(sys.argv[2], "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        out.writelines(data for _, data in tensors.values())


if __name__ == "__main__":
    main()
