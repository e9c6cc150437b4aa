"""Golden file of a small decoder-only transformer.

A second forward pass, one position and one head at a time in plain Python, confirms the first.
"""

import cmath
import math

import torch
import torch.nn.functional as F

from engine_golden_common import Draw, Golden, cross_entropy, solve, training_curve
from engine_golden_networks import ADAM

VOCAB, T, B, D, HEADS, LAYERS, HIDDEN, EPS, BASE = 17, 8, 3, 16, 2, 2, 32, 1e-5, 10000.0
HEAD = D // HEADS


def rms_norm(x, gain):
    return x / (x.square().mean(-1, keepdim=True) + EPS).sqrt() * gain


def rope(x):
    """x (..., T, HEAD): the pair (2i, 2i+1) turned by position * BASE^(-2i/HEAD)."""
    frequencies = BASE ** (-torch.arange(0, HEAD, 2, dtype=torch.float64) / HEAD)
    angles = torch.arange(x.shape[-2], dtype=torch.float64)[:, None] * frequencies
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


def attention(t, prefix, x):
    """x (B,T,D) -> (B,T,D)."""

    def heads(name):
        return (x @ t[prefix + name]).reshape(B, T, HEADS, HEAD).transpose(1, 2)

    q, k, v = rope(heads("wq")), rope(heads("wk")), heads("wv")
    scores = q @ k.transpose(2, 3) / math.sqrt(HEAD)
    hidden = torch.ones(T, T, dtype=torch.bool).triu(1)
    taken = F.softmax(scores.masked_fill(hidden, float("-inf")), -1) @ v
    return taken.transpose(1, 2).reshape(B, T, D) @ t[prefix + "wo"]


def forward(t):
    x = F.embedding(t["tokens"], t["embedding"])
    outputs = {"embedded": x}
    for i in range(LAYERS):
        p = f"layer{i}."
        x = x + attention(t, p, rms_norm(x, t[p + "norm1.gain"]))
        outputs[p + "after_attention"] = x
        h = rms_norm(x, t[p + "norm2.gain"]) @ t[p + "mlp1.weight"] + t[p + "mlp1.bias"]
        x = x + F.gelu(h, approximate="tanh") @ t[p + "mlp2.weight"] + t[p + "mlp2.bias"]
        outputs[p + "after_mlp"] = x
    x = F.layer_norm(x, (D,), t["norm.gain"], t["norm.bias"], EPS)
    logits = x @ t["output.weight"]
    return cross_entropy(logits, t["label"]), {**outputs, "logits": logits}


def plain_logits(t, tokens):
    """Logits (T lists of VOCAB) of one sequence in plain Python; rotations are products of complex numbers."""
    t = {name: value.tolist() for name, value in t.items()}

    def product(row, matrix):
        return [sum(a * line[j] for a, line in zip(row, matrix)) for j in range(len(matrix[0]))]

    def normed(row, gain):
        scale = 1 / math.sqrt(sum(a * a for a in row) / D + EPS)
        return [a * scale * g for a, g in zip(row, gain)]

    def turned(row, position):
        out = []
        for i in range(0, HEAD, 2):
            z = complex(row[i], row[i + 1]) * cmath.exp(1j * position * BASE ** (-i / HEAD))
            out += [z.real, z.imag]
        return out

    def gelu(a):
        return 0.5 * a * (1 + math.tanh(math.sqrt(2 / math.pi) * (a + 0.044715 * a**3)))

    rows = [t["embedding"][token] for token in tokens]
    for i in range(LAYERS):
        p = f"layer{i}."
        inputs = [normed(row, t[p + "norm1.gain"]) for row in rows]
        q, k, v = ([product(row, t[p + name]) for row in inputs] for name in ("wq", "wk", "wv"))
        for at in range(T):
            joined = []
            for first in range(0, D, HEAD):
                mine = slice(first, first + HEAD)
                query = turned(q[at][mine], at)
                scores = [
                    sum(a * b for a, b in zip(query, turned(k[past][mine], past))) / HEAD**0.5 for past in range(at + 1)
                ]
                shares = [math.exp(score) for score in scores]
                joined += [
                    sum(share * v[past][c] for past, share in enumerate(shares)) / sum(shares)
                    for c in range(first, first + HEAD)
                ]
            rows[at] = [a + b for a, b in zip(rows[at], product(joined, t[p + "wo"]))]
        for at in range(T):
            h = product(normed(rows[at], t[p + "norm2.gain"]), t[p + "mlp1.weight"])
            h = [gelu(a + b) for a, b in zip(h, t[p + "mlp1.bias"])]
            out = product(h, t[p + "mlp2.weight"])
            rows[at] = [a + b + c for a, b, c in zip(rows[at], out, t[p + "mlp2.bias"])]
    logits = []
    for row in rows:
        mean = sum(row) / D
        scale = 1 / math.sqrt(sum((a - mean) ** 2 for a in row) / D + EPS)
        last = [(a - mean) * scale * g + b for a, g, b in zip(row, t["norm.gain"], t["norm.bias"])]
        logits.append(product(last, t["output.weight"]))
    return logits


def transformer():
    golden = Golden(
        "transformer",
        "x = embedding[tokens]; per layer x += attention(rms_norm(x)) and x += gelu_tanh(rms_norm(x) mlp1) mlp2; "
        "logits = layer_norm(x) output. Attention is causal, scaled by 1/sqrt(head_dim), without biases; q and k are "
        "turned (rope) by position from 0; head h has columns h*head_dim.. of wq, wk, wv and these rows of wo. "
        "loss = mean cross-entropy over B*T; label[b][t] is the token that follows tokens[b][t]",
        vocab=VOCAB,
        t=T,
        b=B,
        d=D,
        heads=HEADS,
        layers=LAYERS,
        hidden=HIDDEN,
        eps=EPS,
        rope_base=BASE,
    )
    draw = Draw(301)
    tensors = {"embedding": draw.normal((VOCAB, D))}
    for i in range(LAYERS):
        p = f"layer{i}."
        tensors[p + "norm1.gain"] = draw.normal((D,), 0.2, 1.0)
        for name in ("wq", "wk", "wv", "wo"):
            tensors[p + name] = draw.weight((D, D), D)
        tensors[p + "norm2.gain"] = draw.normal((D,), 0.2, 1.0)
        tensors[p + "mlp1.weight"] = draw.weight((D, HIDDEN), D)
        tensors[p + "mlp1.bias"] = draw.normal((HIDDEN,), 0.2)
        tensors[p + "mlp2.weight"] = draw.weight((HIDDEN, D), HIDDEN)
        tensors[p + "mlp2.bias"] = draw.normal((D,), 0.2)
    tensors["norm.gain"] = draw.normal((D,), 0.2, 1.0)
    tensors["norm.bias"] = draw.normal((D,), 0.2)
    tensors["output.weight"] = draw.weight((D, VOCAB), D)
    roles = {name: "param" for name in tensors}
    # The last token is left out: its row of the embedding has gradient 0, and Adam leaves it as it is.
    text = draw.below(VOCAB - 1, (B, T + 1))
    tensors["tokens"], tensors["label"] = text[:, :-1], text[:, 1:]
    roles |= {"tokens": "input", "label": "label"}

    logits = forward(tensors)[1]["logits"]
    for b in range(B):
        again = torch.tensor(plain_logits(tensors, tensors["tokens"][b].tolist()), dtype=torch.float64)
        assert (again - logits[b]).abs().max() < 1e-12, "the two forward passes differ"
    solve(golden, forward, roles, tensors, 3)
    keep = ("embedding", "layer0.norm1.gain", "layer1.mlp1.bias", "norm.bias")
    training_curve(golden, forward, roles, tensors, "adam", torch.optim.Adam, ADAM, keep)
    return golden
