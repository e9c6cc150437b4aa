"""Golden files of networks: a perceptron, a convolutional network, recurrent networks.

What torch's own modules compute is compared with the equations written out where the two are easy to confuse: the gates
of the recurrent networks, the padding of the convolutions.
"""

import torch
import torch.nn.functional as F

from engine_golden_common import (
    Draw,
    Golden,
    conv2d,
    cross_entropy,
    depthwise_conv2d,
    max_pool,
    relu,
    relu6,
    solve,
    training_curve,
)

ADAM = {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8}


def every(name):
    return True


def weights_only(name):
    return name.endswith(".weight")


def mlp():
    golden = Golden(
        "mlp",
        "logits = tanh(relu(x l1) l2) l3; loss = mean cross-entropy with the class numbers in label",
    )
    draw, sizes = Draw(101), [64, 32, 16, 10]
    tensors, roles = {}, {}
    for i, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:]), 1):
        tensors[f"l{i}.weight"] = draw.weight((fan_in, fan_out), fan_in)
        tensors[f"l{i}.bias"] = draw.normal((fan_out,), 0.1)
    roles = {name: "param" for name in tensors}
    tensors["x"], tensors["label"] = draw.normal((16, 64)), draw.below(10, (16,))
    roles |= {"x": "input", "label": "label"}

    def forward(t):
        h1 = relu(t["x"] @ t["l1.weight"] + t["l1.bias"])
        h2 = torch.tanh(h1 @ t["l2.weight"] + t["l2.bias"])
        logits = h2 @ t["l3.weight"] + t["l3.bias"]
        return cross_entropy(logits, t["label"]), {"h1": h1, "h2": h2, "logits": logits}

    solve(golden, forward, roles, tensors, 1)
    keep = ("l3.weight", "l3.bias")
    for name, optimiser, settings, decay in (
        ("sgd", torch.optim.SGD, {"lr": 0.1}, every),
        ("momentum", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}, every),
        ("adam", torch.optim.Adam, ADAM, every),
        ("adamw", torch.optim.AdamW, {**ADAM, "weight_decay": 0.1}, every),
        ("adamw_weights", torch.optim.AdamW, {**ADAM, "weight_decay": 0.1}, weights_only),
    ):
        training_curve(golden, forward, roles, tensors, name, optimiser, settings, keep, decay)
    return golden


def convnet():
    golden = Golden(
        "convnet",
        "conv 3x3 same, ReLU, batch norm (statistics of the batch), max pool 2x2, depthwise 3x3 stride 2 same, ReLU6, "
        "conv 1x1, ReLU, mean over pixels, dense; loss = mean cross-entropy",
        bn_eps=1e-5,
    )
    draw = Draw(1047)
    tensors = {
        "conv.weight": draw.weight((3, 3, 2, 8), 18),
        "conv.bias": draw.normal((8,), 0.1),
        "bn.gamma": draw.normal((8,), 0.2, 1.0),
        "bn.beta": draw.normal((8,), 0.2),
        "depthwise.weight": draw.weight((3, 3, 8), 3),
        "depthwise.bias": draw.normal((8,), 1.5, 2.0),
        "pointwise.weight": draw.weight((1, 1, 8, 12), 8),
        "pointwise.bias": draw.normal((12,), 0.1),
        "dense.weight": draw.weight((12, 10), 100),
        "dense.bias": draw.normal((10,), 0.1),
    }
    roles = {name: "param" for name in tensors}
    tensors["x"], tensors["label"] = draw.normal((8, 12, 12, 2)), draw.below(10, (8,))
    roles |= {"x": "input", "label": "label"}

    def forward(t):
        h = relu(conv2d(t["x"], t["conv.weight"], 1, "same") + t["conv.bias"])
        mean, var = h.mean((0, 1, 2)), h.var((0, 1, 2), unbiased=False)
        normed = F.batch_norm(
            h.permute(0, 3, 1, 2), None, None, t["bn.gamma"], t["bn.beta"], training=True, eps=1e-5
        ).permute(0, 2, 3, 1)
        written_out = (h - mean) / (var + 1e-5).sqrt() * t["bn.gamma"] + t["bn.beta"]
        assert (normed - written_out).abs().max() < (1e-4 if h.dtype == torch.float32 else 1e-12)
        pool = max_pool(normed, 2, 2, "valid")
        depthwise = relu6(depthwise_conv2d(pool, t["depthwise.weight"], 2, "same") + t["depthwise.bias"])
        pointwise = relu(conv2d(depthwise, t["pointwise.weight"], 1, "same") + t["pointwise.bias"])
        features = pointwise.mean((1, 2))
        logits = features @ t["dense.weight"] + t["dense.bias"]
        return cross_entropy(logits, t["label"]), {
            "bn.mean": mean,
            "bn.var": var,
            "pool": pool,
            "depthwise": depthwise,
            "pointwise": pointwise,
            "features": features,
            "logits": logits,
        }

    reached = forward(tensors)[1]["depthwise"]
    assert (reached == 6).any() and (reached == 0).any(), "ReLU6 meets neither end"
    solve(golden, forward, roles, tensors, 2)
    keep = ("bn.gamma", "bn.beta", "dense.bias")
    training_curve(golden, forward, roles, tensors, "adam", torch.optim.Adam, ADAM, keep)
    return golden


def gru_states(t):
    """x (T,B,in) -> states (T,B,H); columns of the weights: r, z, n."""
    h, states = torch.zeros(t["x"].shape[1], t["w_h"].shape[0], dtype=t["x"].dtype), []
    for x in t["x"]:
        xr, xz, xn = (x @ t["w_x"] + t["b_x"]).chunk(3, 1)
        hr, hz, hn = (h @ t["w_h"] + t["b_h"]).chunk(3, 1)
        r, z = torch.sigmoid(xr + hr), torch.sigmoid(xz + hz)
        n = torch.tanh(xn + r * hn)
        h = (1 - z) * n + z * h
        states.append(h)
    return torch.stack(states)


def lstm_states(t):
    """x (T,B,in) -> states (T,B,H); columns of the weights: i, f, g, o."""
    h = torch.zeros(t["x"].shape[1], t["w_h"].shape[0], dtype=t["x"].dtype)
    c, states = h, []
    for x in t["x"]:
        i, f, g, o = (x @ t["w_x"] + t["b_x"] + h @ t["w_h"] + t["b_h"]).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        states.append(h)
    return torch.stack(states)


def module_states(cell, t):
    """The same by torch's module."""
    module = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell](6, 8).double()
    with torch.no_grad():
        module.weight_ih_l0.copy_(t["w_x"].T)
        module.weight_hh_l0.copy_(t["w_h"].T)
        module.bias_ih_l0.copy_(t["b_x"])
        module.bias_hh_l0.copy_(t["b_h"])
        return module(t["x"])[0]


def recurrent(cell, seed):
    states_of, gates, about = {
        "gru": (gru_states, 3, "r, z, n; n = tanh(x Wn + bn + r (h Un + cn)); h' = (1 - z) n + z h"),
        "lstm": (lstm_states, 4, "i, f, g, o; c' = f c + i g; h' = o tanh(c')"),
    }[cell]
    golden = Golden(
        cell,
        f"{cell.upper()} over x (T,B,in) from h = 0; blocks of columns of w_x, w_h, b_x, b_h: {about}. "
        "y = h_last dense; loss = mean of (y - target)^2 over all elements",
    )
    draw = Draw(seed)
    tensors = {
        "w_x": draw.weight((6, 8 * gates), 4),
        "w_h": draw.weight((8, 8 * gates), 8),
        "b_x": draw.normal((8 * gates,), 0.2),
        "b_h": draw.normal((8 * gates,), 0.2),
        "dense.weight": draw.weight((8, 3), 4),
        "dense.bias": draw.normal((3,), 0.2),
    }
    roles = {name: "param" for name in tensors}
    tensors["x"], tensors["target"] = draw.normal((5, 4, 6)), draw.normal((4, 3))
    roles |= {"x": "input", "target": "label"}

    def forward(t):
        states = states_of(t)
        y = states[-1] @ t["dense.weight"] + t["dense.bias"]
        return F.mse_loss(y, t["target"]), {"states": states, "y": y}

    difference = (states_of(tensors) - module_states(cell, tensors)).abs().max()
    assert difference < 1e-14, f"{cell}: {difference} from torch's module"
    solve(golden, forward, roles, tensors, seed)
    training_curve(golden, forward, roles, tensors, "adam", torch.optim.Adam, ADAM, ("b_x", "b_h"))
    return golden


def networks():
    return [mlp(), convnet(), recurrent("gru", 401), recurrent("lstm", 402)]
