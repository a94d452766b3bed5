"""The network: a GRU that reads words, and a matrix memory that it writes to and reads from."""

import torch
from torch import Tensor, nn
from torch.nn import functional

EMBEDDING = 128
HIDDEN = 192
HEADS = 4
KEY = 32
VALUE = 32


class Chat(nn.Module):
    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, EMBEDDING)
        nn.init.normal_(self.embed.weight, std=0.3)
        self.gru = nn.GRU(EMBEDDING, HIDDEN, batch_first=True)
        # Where in the memory something is written and read, what is written, and how much of it.
        self.write_key = nn.Linear(HIDDEN, HEADS * KEY, bias=False)
        self.read_key = nn.Linear(HIDDEN, HEADS * KEY, bias=False)
        self.value = nn.Linear(EMBEDDING + HIDDEN, HEADS * VALUE, bias=False)
        self.strength = nn.Linear(HIDDEN, HEADS)
        nn.init.constant_(self.strength.bias, -2.0)
        # What of the reading matters now, and from all of it the next word.
        self.open = nn.Linear(HIDDEN, HEADS * VALUE)
        self.mix = nn.Linear(HIDDEN + HEADS * VALUE, 2 * EMBEDDING)
        self.feature = nn.Linear(2 * EMBEDDING + HEADS * VALUE, EMBEDDING)
        self.word = nn.Linear(EMBEDDING, vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        """Features at every position of whole dialogues: what the stepwise ONNX graph computes,
        with all writes solved at once."""
        x = self.embed(tokens)
        h, _ = self.gru(x)
        write = functional.normalize(heads(self.write_key(h), KEY), dim=-1)
        read = functional.normalize(heads(self.read_key(h), KEY), dim=-1)
        value = heads(self.value(torch.cat([x, h], dim=-1)), VALUE)
        strength = torch.sigmoid(self.strength(h)).transpose(1, 2).unsqueeze(-1)

        # The delta rule: what is written at a key replaces what was there,
        #   change_t = strength_t * (value_t - memory_{t-1} key_t)
        #   memory_t = memory_{t-1} + change_t key_t'
        # so each change depends on the changes before it through the likeness of their keys.
        earlier = strength * torch.tril(write @ write.transpose(-1, -2), diagonal=-1)
        change = torch.linalg.solve_triangular(
            earlier, strength * value, upper=False, unitriangular=True
        )
        found = torch.tril(read @ write.transpose(-1, -2)) @ change

        found = found.transpose(1, 2).flatten(2) * torch.sigmoid(self.open(h))
        mixed = torch.relu(self.mix(torch.cat([h, found], dim=-1)))
        return self.feature(torch.cat([mixed, found], dim=-1))


def heads(x: Tensor, size: int) -> Tensor:
    """[batch, time, heads * size] -> [batch, heads, time, size]"""
    return x.unflatten(-1, (HEADS, size)).transpose(1, 2)
