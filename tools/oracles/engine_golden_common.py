"""What the engine's golden files share: draws, the container, gradients and how they are checked.

The container is described in `engine_golden.py`. Here a case is a function
`forward(tensors) -> (loss, outputs)` of a dictionary of torch tensors (a loss that is no scalar stands for its sum);
`solve` differentiates it, compares the gradients with central differences of the same function and records both.
"""

import json
import os
import struct

# The plainest kernels, one thread: sums in one order, whatever the processor offers.
os.environ["ATEN_CPU_CAPABILITY"] = "default"
os.environ["OMP_NUM_THREADS"] = "1"

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

from blocks_common import Random, f32  # noqa: E402

torch.set_num_threads(1)
torch.backends.mkldnn.enabled = False
torch.use_deterministic_algorithms(True)

# A kink (of ReLU, of a maximum) must be this far from every value at which the first forward pass meets it, so that
# an f32 engine takes the same branch as f64.
KINK_MARGIN = 1e-4


class Draw:
    """Tensors of f64 whose values are all exact in f32."""

    def __init__(self, seed):
        self.random = Random(seed)

    def normal(self, shape, scale=1.0, centre=0.0):
        count = 1
        for size in shape:
            count *= size
        values = [f32(centre + scale * self.random.normal()) for _ in range(count)]
        return torch.tensor(values, dtype=torch.float64).reshape(shape)

    def weight(self, shape, fan_in):
        return self.normal(shape, fan_in**-0.5)

    def below(self, limit, shape):
        """Integers in 0..limit."""
        count = 1
        for size in shape:
            count *= size
        return torch.tensor([self.random.below(limit) for _ in range(count)]).reshape(shape)


class Golden:
    """One golden file: tensors by name, in the order in which they are added."""

    def __init__(self, name, about, **extra):
        self.name, self.about, self.extra = name, about, extra
        self.tensors, self.data = {}, []

    def add(self, name, tensor, role, **extra):
        assert name not in self.tensors, name
        values = tensor.detach().reshape(-1).tolist()
        if role in ("param", "input", "label"):
            assert all(x == f32(x) for x in values), f"{self.name} {name}: not exact in f32"
        assert all(x - x == 0 for x in values), f"{self.name} {name}: not finite"
        entry = {"shape": list(tensor.shape), "offset": len(self.data), "role": role, **extra}
        if not tensor.is_floating_point():
            entry["integer"] = True
        self.tensors[name] = entry
        self.data += [float(x) for x in values]

    def write(self, out):
        header = {
            "format": "engine-golden-1",
            "name": self.name,
            "about": self.about,
            "torch": torch.__version__,
            "len": len(self.data),
            **self.extra,
        }
        lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in header.items()]
        rows = [f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in self.tensors.items()]
        lines.append('  "tensors": {\n' + ",\n".join(rows) + "\n  }")
        (out / f"{self.name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="ascii", newline="\n")
        (out / f"{self.name}.f64").write_bytes(struct.pack(f"<{len(self.data)}d", *self.data))


# Kinks

_distances = []


def _meets(x, at=0.0):
    _distances.append((x.detach() - at).abs().min().item())
    return x


def relu(x):
    return F.relu(_meets(x))


def relu6(x):
    return F.relu6(_meets(_meets(x), 6.0))


def leaky_relu(x):
    return F.leaky_relu(_meets(x), 0.2)


# Images (n, h, w, c); torch has (n, c, h, w)


def same_pads(size, window, stride):
    """Zeros before and after along an axis, as TensorFlow's SAME: the odd one comes after."""
    needed = max((-(-size // stride) - 1) * stride + window - size, 0)
    return needed // 2, needed - needed // 2


def padded_nchw(x, window, stride, padding, fill=0.0):
    x = x.permute(0, 3, 1, 2)
    if padding == "valid":
        return x
    top, bottom = same_pads(x.shape[2], window, stride)
    left, right = same_pads(x.shape[3], window, stride)
    return F.pad(x, (left, right, top, bottom), value=fill)


def conv2d(x, w, stride, padding):
    """w: (kh, kw, ci, co)."""
    y = F.conv2d(padded_nchw(x, w.shape[0], stride, padding), w.permute(3, 2, 0, 1), stride=stride)
    return y.permute(0, 2, 3, 1)


def depthwise_conv2d(x, w, stride, padding):
    """w: (kh, kw, c)."""
    kernels = w.permute(2, 0, 1).unsqueeze(1)
    y = F.conv2d(padded_nchw(x, w.shape[0], stride, padding), kernels, stride=stride, groups=w.shape[2])
    return y.permute(0, 2, 3, 1)


def max_pool(x, size, stride, padding):
    """Of equals the first takes the gradient. Gaps between unequal candidates count as kinks."""
    x = padded_nchw(x, size, stride, padding, float("-inf"))
    windows = x.detach().unfold(2, size, stride).unfold(3, size, stride).flatten(-2)
    gaps = windows.max(-1, keepdim=True).values - windows
    _distances.append(gaps[gaps > 0].min().item())
    return F.max_pool2d(x, size, stride).permute(0, 2, 3, 1)


def avg_pool(x, size, stride, padding):
    """Padding takes no part in the mean."""
    inside = padded_nchw(torch.ones_like(x), size, stride, padding)
    share = F.avg_pool2d(inside, size, stride)
    return (F.avg_pool2d(padded_nchw(x, size, stride, padding), size, stride) / share).permute(0, 2, 3, 1)


# Gradients


def cross_entropy(logits, labels):
    """Mean over all positions; labels are class numbers."""
    return F.cross_entropy(logits.flatten(0, -2), labels.flatten())


def leaves_of(roles, tensors):
    """The tensors that are differentiated: parameters and real inputs, fresh, asking for gradients."""
    return {
        name: tensors[name].clone().requires_grad_()
        for name, role in roles.items()
        if role in ("param", "input") and tensors[name].is_floating_point()
    }


def gradients(forward, roles, tensors):
    """Loss, outputs and the gradient of every leaf (0 where the loss does not depend on it)."""
    leaves = leaves_of(roles, tensors)
    loss, outputs = forward({**tensors, **leaves})
    found = torch.autograd.grad(loss.sum(), list(leaves.values()), allow_unused=True)
    return loss, outputs, {n: torch.zeros_like(t) if g is None else g for (n, t), g in zip(leaves.items(), found)}


def check_gradients(name, forward, tensors, grads, seed, per_tensor=6, step=4e-6, relative=False):
    """Central differences at some elements of every tensor. relative: the step is a part of the element's size."""
    random = Random(seed)
    worst, count = 0.0, 0
    for key, grad in grads.items():
        elements = tensors[key].numel()
        picks = range(elements) if elements <= per_tensor else [random.below(elements) for _ in range(per_tensor)]
        for i in picks:
            size = step * abs(tensors[key].reshape(-1)[i].item()) if relative else step
            sides = []
            for side in (size, -size):
                moved = tensors[key].clone()
                moved.view(-1)[i] += side
                sides.append(forward({**tensors, key: moved})[0].detach())
            difference = ((sides[0] - sides[1]) / (2 * size)).sum().item()
            exact = grad.reshape(-1)[i].item()
            error = abs(difference - exact) / (abs(exact) + 1e-2)
            assert error < 1e-6, f"{name} {key}[{i}]: gradient {exact}, central difference {difference}"
            worst, count = max(worst, error), count + 1
    print(f"  {name}: {count} gradients agree with central differences, worst relative error {worst:.1e}")


def in_f32(tensors):
    return {key: t.float() if t.is_floating_point() else t for key, t in tensors.items()}


def report_f32(name, forward, roles, tensors, loss, grads):
    """Prints how far torch's own f32 is from f64: a correct f32 engine needs about that tolerance."""
    loss32, _, grads32 = gradients(forward, roles, in_f32(tensors))
    pairs = [(grads[key], grads32[key].double()) for key in grads]
    worst = max(((a - b).norm() / (a.norm() + 1e-12)).item() for a, b in pairs if a.norm() > 0)
    off = abs(loss32.item() - loss.item())
    print(f"  {name}: in f32 the loss is off by {off:.1e}, a gradient by up to {worst:.1e} of its norm")


def solve(golden, forward, roles, tensors, seed):
    """Records tensors, outputs, loss and gradients, once the gradients are confirmed."""
    _distances.clear()
    loss, outputs, grads = gradients(forward, roles, tensors)
    margin = min(_distances, default=float("inf"))
    assert margin > KINK_MARGIN, f"{golden.name}: a kink at a distance of {margin}; take another seed"
    check_gradients(golden.name, forward, tensors, grads, seed)
    report_f32(golden.name, forward, roles, tensors, loss, grads)
    for name, role in roles.items():
        golden.add(name, tensors[name], role)
    for name, value in outputs.items():
        golden.add(name, value, "logits" if name == "logits" else "activation")
    golden.add("loss", loss, "loss")
    for name, grad in grads.items():
        golden.add(f"grad.{name}", grad, "grad", of=name)


def train(forward, roles, tensors, optimiser, settings, decay, steps):
    """Losses before each update, and the parameters after the last."""
    params = {n: t for n, t in leaves_of(roles, tensors).items() if roles[n] == "param"}
    groups = [
        {"params": [t for n, t in params.items() if decay(n)]},
        {"params": [t for n, t in params.items() if not decay(n)], "weight_decay": 0.0},
    ]
    rule = optimiser([group for group in groups if group["params"]], **settings)
    losses = []
    for _ in range(steps):
        rule.zero_grad()
        loss, _ = forward({**tensors, **params})
        losses.append(loss.item())
        loss.backward()
        rule.step()
    return torch.tensor(losses, dtype=torch.float64), params


def training_curve(
    golden, forward, roles, tensors, name, optimiser, settings, keep=(), decay=lambda name: True, steps=10
):
    """Records the losses before each of `steps` updates on one batch, and the parameters `keep` after the last.

    decay(name) -> bool: which parameters have the weight decay of `settings`.
    """
    losses, params = train(forward, roles, tensors, optimiser, settings, decay, steps)
    single, _ = train(forward, roles, in_f32(tensors), optimiser, settings, decay, steps)
    off = (losses - single).abs().max().item()
    print(f"  {golden.name} {name}: {losses[0]:.4f} to {losses[-1]:.4f}, in f32 off by up to {off:.1e}")
    golden.add(f"{name}.losses", losses, "loss_curve", optimiser=optimiser.__name__, **settings)
    for key in keep:
        golden.add(f"{name}.after.{key}", params[key], "param_after", of=key, steps=steps)
