"""Golden file of single operations: values, and the gradients of sum(dy * y) to every real input.

Elementwise functions are also compared with Python's `math` where it has them; convolutions and pools with loops over
windows.
"""

import math

import torch
import torch.nn.functional as F

from engine_golden_common import (
    Draw,
    Golden,
    avg_pool,
    check_gradients,
    conv2d,
    depthwise_conv2d,
    gradients,
    max_pool,
    same_pads,
)

EPS = 1e-5


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


# name: torch's function, the same in Python, fixed points beside the draws, centre and scale of the draws
# (None: the draws are positive, over some orders of magnitude)
ELEMENTWISE = {
    "relu": (F.relu, lambda x: max(x, 0.0), [100.0, -100.0], 0, 2),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.2), lambda x: x if x > 0 else 0.2 * x, [100.0, -100.0], 0, 2),
    "relu6": (F.relu6, lambda x: min(max(x, 0.0), 6.0), [100.0, -100.0], 3, 4),
    "tanh": (torch.tanh, math.tanh, [0.0, 1e-4, -1e-4, 12.0, -12.0, 60.0, -60.0], 0, 1.5),
    "sigmoid": (torch.sigmoid, sigmoid, [0.0, 15.0, -15.0, 80.0, -80.0], 0, 3),
    # torch turns to the identity at a threshold; here it is out of reach.
    "softplus": (
        lambda x: F.softplus(x, threshold=500.0),
        lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
        [0.0, 15.0, -15.0, 80.0, -80.0],
        0,
        3,
    ),
    "gelu_tanh": (
        lambda x: F.gelu(x, approximate="tanh"),
        lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
        [0.0, 4.0, -4.0, 12.0, -12.0],
        0,
        1.5,
    ),
    "gelu_erf": (
        F.gelu,
        lambda x: 0.5 * x * math.erfc(-x / math.sqrt(2)),
        [0.0, 4.0, -4.0, 12.0, -12.0],
        0,
        1.5,
    ),
    "silu": (F.silu, lambda x: x * sigmoid(x), [0.0, 15.0, -15.0, 80.0, -80.0], 0, 3),
    "exp": (torch.exp, math.exp, [0.0, 20.0, -20.0, 1e-4], 0, 3),
    "log": (torch.log, math.log, [1.0, 1e-6, 1e6, 1.0001], None, None),
    "sqrt": (torch.sqrt, math.sqrt, [1.0, 1e-6, 1e6, 4.0], None, None),
}


class Ops:
    def __init__(self):
        self.golden, self.cases, self.draw = Golden("ops", ABOUT), [], Draw(601)

    def case(self, name, op, function, inputs, attrs=None, labels=None, kink=False, scalar=False):
        """inputs and labels: name -> tensor. function gets them in this order; labels are not differentiated."""
        labels = labels or {}
        roles = {**{key: "input" for key in inputs}, **{key: "label" for key in labels}}
        tensors = {**inputs, **labels}
        y = function(*tensors.values())
        dy = torch.ones((), dtype=torch.float64) if scalar else self.draw.normal(tuple(y.shape))

        def forward(t):
            return dy * function(*(t[key] for key in roles)), {}

        _, _, grads = gradients(forward, roles, tensors)
        if not kink:
            # Beside 0, where the logarithm and the root end, the step has to be a part of x.
            check_gradients(f"ops {name}", forward, tensors, grads, 600, per_tensor=40, relative=op in ("log", "sqrt"))
        for key, tensor in tensors.items():
            self.golden.add(f"{name}.{key}", tensor, roles[key])
        self.golden.add(f"{name}.y", y, "loss" if scalar else "output")
        if not scalar:
            self.golden.add(f"{name}.dy", dy, "input")
        for key, grad in grads.items():
            self.golden.add(f"{name}.grad.{key}", grad, "grad", of=f"{name}.{key}")
        row = {
            "name": name,
            "op": op,
            "attrs": attrs or {},
            "inputs": list(inputs),
            "labels": list(labels),
            "kink": kink,
        }
        self.cases.append(row)
        return y

    def normal(self, *shape, scale=1.0, centre=0.0):
        return self.draw.normal(shape, scale, centre)


ABOUT = (
    "Case c of the list `cases` has tensors c.<input>, c.<label>, c.y, c.dy and c.grad.<input>, the gradient of "
    "sum(dy * y). Losses are means; they have no dy: it is 1. kink: the gradient at a kink or among equals is torch's "
    "choice (0 for relu, relu6 and hinge, the slope for leaky_relu, the first of equals for max_pool)"
)


def single(values):
    return torch.tensor(values, dtype=torch.float32).double()


def elementwise(ops):
    for name, (function, plain, fixed, centre, scale) in ELEMENTWISE.items():
        count = 40 - len(fixed)
        if centre is None:
            drawn = single([2.0 ** (i % 9 - 4) * (1 + ops.draw.random.below(1 << 20) / 2**20) for i in range(count)])
        else:
            drawn = ops.normal(count, scale=scale, centre=centre)
        x = torch.cat((single(fixed), drawn))
        y = ops.case(name, name, function, {"x": x}, {"slope": 0.2} if name == "leaky_relu" else None)
        again = torch.tensor([plain(a) for a in x.tolist()], dtype=torch.float64)
        # Near 0, sums such as 1 + tanh cancel: hence the absolute part.
        worst = ((y - again).abs() / (again.abs() + 1e-3)).max()
        assert worst < 1e-12, f"{name}: {worst} from the plain function"
    at_zero = single([0.0, -0.0, 1.0, -1.0])
    ops.case("relu_kink", "relu", F.relu, {"x": at_zero}, kink=True)
    ops.case("leaky_relu_kink", "leaky_relu", lambda x: F.leaky_relu(x, 0.2), {"x": at_zero}, {"slope": 0.2}, kink=True)
    ops.case("relu6_kink", "relu6", F.relu6, {"x": single([0.0, 6.0, 3.0, 7.0, -1.0])}, kink=True)


def rows(ops):
    def table():
        x = ops.normal(5, 8, scale=2)
        x[3] = single([90.0, -90.0, 89.0, 0.0, 1.0, -1.0, 88.5, 90.0])
        x[4] = 0.375
        return x

    ops.case("softmax", "softmax", lambda x: F.softmax(x, 1), {"x": table()})
    ops.case("log_softmax", "log_softmax", lambda x: F.log_softmax(x, 1), {"x": table()})
    ops.case(
        "layer_norm",
        "layer_norm",
        lambda x, gain, bias: F.layer_norm(x, (8,), gain, bias, EPS),
        {"x": ops.normal(5, 8, scale=2, centre=1), "gain": ops.normal(8, scale=0.3, centre=1), "bias": ops.normal(8)},
        {"eps": EPS},
    )
    ops.case(
        "rms_norm",
        "rms_norm",
        lambda x, gain: x * torch.rsqrt(x.square().mean(1, keepdim=True) + EPS) * gain,
        {"x": ops.normal(5, 8, scale=2, centre=1), "gain": ops.normal(8, scale=0.3, centre=1)},
        {"eps": EPS},
    )


def losses(ops):
    def put(name, function, x, labels, **extra):
        ops.case(name, name.removesuffix("_kink"), function, {"x": x}, labels=labels, scalar=True, **extra)

    logits = torch.cat((single([0.0, 30.0, -30.0, 80.0, -80.0]), ops.normal(35, scale=2)))
    soft = torch.cat((single([1.0, 0.0, 1.0, 1.0, 0.0]), ops.draw.below(5, (35,)).double() / 4))
    put("bce_with_logits", lambda x, target: F.binary_cross_entropy_with_logits(x, target), logits, {"target": soft})
    put("mse", lambda x, target: F.mse_loss(x, target), ops.normal(8, 5), {"target": ops.normal(8, 5)})

    def hinge(x, target):
        return F.relu(1 - target * x).mean()

    put("hinge", hinge, ops.normal(40, scale=1.5), {"target": (ops.draw.below(2, (40,)) * 2 - 1).double()})
    put("hinge_kink", hinge, single([1.0, -1.0, 0.5, 2.0]), {"target": single([1, -1, 1, 1])}, kink=True)
    rows = ops.normal(6, 7, scale=2)
    rows[5] = single([80.0, -80.0, 0.0, 79.0, 1.0, 2.0, 3.0])
    put(
        "cross_entropy",
        lambda x, target: F.cross_entropy(x, target),
        rows,
        {"target": torch.tensor([0, 6, 3, 3, 1, 2])},
    )


def by_windows(x, kernel, size, stride, padding, combine):
    """combine(inside, kernel) of every window; inside: (row, column in the window, channels) of pixels in the image."""
    n, h, w, _ = x.shape
    top, left = (same_pads(h, size, stride)[0], same_pads(w, size, stride)[0]) if padding == "same" else (0, 0)
    if padding == "same":
        high, wide = -(-h // stride), -(-w // stride)
    else:
        high, wide = (h - size) // stride + 1, (w - size) // stride + 1
    result = []
    for image in x:
        for i in range(high):
            for j in range(wide):
                inside = []
                for a in range(size):
                    for b in range(size):
                        r, c = i * stride + a - top, j * stride + b - left
                        if 0 <= r < h and 0 <= c < w:
                            inside.append((a, b, image[r, c]))
                result.append(combine(inside, kernel))
    return torch.stack(result).reshape(n, high, wide, -1)


# TensorFlow's SAME: (size, window, stride) -> pixels of padding before and after. The loops share `same_pads`, so its
# answers are held to these.
SAME_PADS = {
    (12, 3, 2): (0, 1),
    (6, 3, 1): (1, 1),
    (5, 3, 2): (1, 1),
    (6, 5, 2): (1, 2),
    (5, 2, 2): (0, 1),
    (4, 1, 2): (0, 0),
}


def agrees(name, y, again):
    assert y.shape == again.shape and (y - again).abs().max() < 1e-12, f"{name}: not what loops over windows give"


def images(ops):
    for (size, window, stride), pads in SAME_PADS.items():
        assert same_pads(size, window, stride) == pads, (size, window, stride)

    def product(inside, kernel):
        return sum(pixel @ kernel[a, b] for a, b, pixel in inside)

    def product_by_channel(inside, kernel):
        return sum(pixel * kernel[a, b] for a, b, pixel in inside)

    for size, stride, padding, (h, w) in (
        (3, 1, "same", (5, 6)),
        (3, 1, "valid", (5, 6)),
        (3, 2, "same", (6, 5)),
        (3, 2, "valid", (6, 7)),
        (5, 1, "same", (6, 5)),
        (5, 1, "valid", (6, 7)),
        (5, 2, "same", (7, 6)),
        (5, 2, "valid", (7, 8)),
        (1, 1, "same", (4, 3)),
        (1, 2, "same", (4, 5)),
        (2, 2, "same", (5, 4)),
    ):
        name = f"conv2d_{size}x{size}_s{stride}_{padding}"
        attrs = {"stride": stride, "padding": padding}
        x, kernel = ops.normal(2, h, w, 2), ops.normal(size, size, 2, 3, scale=0.5)
        y = ops.case(name, "conv2d", lambda x, w: conv2d(x, w, stride, padding), {"x": x, "w": kernel}, attrs)
        agrees(name, y, by_windows(x, kernel, size, stride, padding, product))
        if size in (3, 5):
            name, kernel = name.replace("conv2d", "depthwise"), ops.normal(size, size, 2, scale=0.5)
            inputs = {"x": x, "w": kernel}
            y = ops.case(name, "depthwise_conv2d", lambda x, w: depthwise_conv2d(x, w, stride, padding), inputs, attrs)
            agrees(name, y, by_windows(x, kernel, size, stride, padding, product_by_channel))
    pools(ops)


def pools(ops):
    def greatest(inside, _):
        return torch.stack([p for _, _, p in inside]).max(0).values

    def mean(inside, _):
        return torch.stack([p for _, _, p in inside]).mean(0)

    for size, stride, padding, (h, w) in (
        (2, 2, "valid", (4, 6)),
        (2, 2, "valid", (5, 7)),
        (2, 2, "same", (5, 3)),
        (3, 2, "same", (6, 5)),
        (3, 2, "valid", (7, 6)),
        (3, 1, "same", (4, 4)),
    ):
        for op, function, plain in (("max_pool", max_pool, greatest), ("avg_pool", avg_pool, mean)):
            name = f"{op}_{size}x{size}_s{stride}_{padding}_{h}x{w}"
            x, attrs = ops.normal(2, h, w, 3), {"size": size, "stride": stride, "padding": padding}
            y = ops.case(name, op, lambda x: function(x, size, stride, padding), {"x": x}, attrs)
            agrees(name, y, by_windows(x, None, size, stride, padding, plain))
    ties = ops.draw.below(2, (1, 6, 6, 2)).double()
    attrs = {"size": 2, "stride": 2, "padding": "valid"}
    ops.case("max_pool_kink", "max_pool", lambda x: max_pool(x, 2, 2, "valid"), {"x": ties}, attrs, kink=True)


def all_ops():
    ops = Ops()
    for part in (elementwise, rows, losses, images):
        part(ops)
    ops.golden.extra["cases"] = ops.cases
    return ops.golden
