"""Golden files that need the gradient of a gradient: the penalty of WGAN-GP and the leak of data from gradients.

The central differences that confirm them are those of a function that itself contains first gradients.
"""

import torch
import torch.nn.functional as F

from engine_golden_common import Draw, Golden, leaky_relu, solve


def penalty(name, activation, seed):
    golden = Golden(
        f"penalty_{name}",
        f"critic(x) = f(f(x l1) l2) l3, f = {name}; loss = mean over rows of (|d critic / d x| - 1)^2, Euclidean norm. "
        "loss has no gradient to l3.bias: zeros",
    )
    draw, sizes = Draw(seed), [2, 16, 16, 1]
    tensors = {}
    for i, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:]), 1):
        tensors[f"l{i}.weight"] = draw.weight((fan_in, fan_out), fan_in)
        tensors[f"l{i}.bias"] = draw.normal((fan_out,), 0.3)
    roles = {key: "param" for key in tensors}
    tensors["x"] = draw.normal((12, 2))
    roles["x"] = "input"

    def forward(t):
        x = t["x"] if t["x"].requires_grad else t["x"].clone().requires_grad_()
        h = activation(x @ t["l1.weight"] + t["l1.bias"])
        h = activation(h @ t["l2.weight"] + t["l2.bias"])
        critic = h @ t["l3.weight"] + t["l3.bias"]
        (slope,) = torch.autograd.grad(critic.sum(), x, create_graph=True)
        norm = slope.square().sum(1).sqrt()
        return (norm - 1).square().mean(), {"critic": critic, "slope": slope, "norm": norm}

    solve(golden, forward, roles, tensors, seed)
    return golden


def gradient_leak():
    golden = Golden(
        "gradient_leak",
        "logits = sigmoid(x l1) l2. target.* are the gradients of the mean cross-entropy at x_true with the classes "
        "label_true, rounded to f32 and then constants; dummy.* are those at x with the label probabilities "
        "softmax(label_logits). loss = sum over all parameters' elements of (dummy - target)^2",
    )
    draw = Draw(521)
    weights = {
        "l1.weight": draw.weight((6, 8), 2),
        "l1.bias": draw.normal((8,), 0.3),
        "l2.weight": draw.weight((8, 3), 2),
        "l2.bias": draw.normal((3,), 0.3),
    }
    x_true, label_true = draw.normal((2, 6)), torch.tensor([2, 0])
    tensors = {**weights, "x_true": x_true, "label_true": label_true}
    tensors |= {"x": draw.normal((2, 6)), "label_logits": draw.normal((2, 3))}
    roles = {key: "param" for key in weights}
    roles |= {"x_true": "label", "label_true": "label", "x": "input", "label_logits": "input"}

    def weight_gradients(t, x, probabilities):
        leaves = [t[key] if t[key].requires_grad else t[key].clone().requires_grad_() for key in weights]
        w1, b1, w2, b2 = leaves
        logits = torch.sigmoid(x @ w1 + b1) @ w2 + b2
        loss = -(probabilities * F.log_softmax(logits, 1)).sum(1).mean()
        return logits, torch.autograd.grad(loss, leaves, create_graph=True)

    hard = F.one_hot(label_true, 3).double()
    _, target = weight_gradients(tensors, x_true, hard)
    for key, value in zip(weights, target):
        tensors[f"target.{key}"] = value.detach().float().double()
        roles[f"target.{key}"] = "label"

    def forward(t):
        logits, dummy = weight_gradients(t, t["x"], F.softmax(t["label_logits"], 1))
        loss = sum((a - t[f"target.{key}"]).square().sum() for key, a in zip(weights, dummy))
        return loss, {"logits": logits, **{f"dummy.{key}": a for key, a in zip(weights, dummy)}}

    solve(golden, forward, roles, tensors, 521)
    return golden


def second_order():
    return [penalty("tanh", torch.tanh, 501), penalty("leaky_relu", leaky_relu, 502), gradient_leak()]
