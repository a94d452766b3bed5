"""The network: several small convolutional text classifiers whose logits are averaged."""

import torch
from torch import Tensor, nn


class Member(nn.Module):
    """Embedding -> convolutions of width 1 to 3 -> attention and max pooling -> linear."""

    def __init__(self, vocabulary: int, embedding: int, channels: int, dropout: float) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, embedding)
        # Small, so that a word which training hardly ever saw says hardly anything.
        nn.init.normal_(self.embed.weight, std=0.05)
        self.convs = nn.ModuleList(
            # Width 2 pads one place too many on the right; forward() cuts it off.
            nn.Conv1d(embedding, channels, width, padding=width // 2)
            for width in (1, 2, 3)
        )
        self.attend = nn.Conv1d(3 * channels, 1, 1)
        self.classify = nn.Linear(6 * channels, 3)
        self.dropout = nn.Dropout(dropout)

    def forward(self, input_ids: Tensor, mask: Tensor) -> Tensor:
        # Padding becomes zeros, which is also what a convolution sees beyond the ends of a text:
        # that is why padding does not change the logits.
        mask = mask.unsqueeze(1)
        x = self.dropout(self.embed(input_ids)).transpose(1, 2) * mask
        hidden = torch.cat(
            [torch.relu(conv(x)[:, :, : x.shape[2]]) for conv in self.convs], dim=1
        )
        far_below = (mask - 1) * 1e4
        weights = torch.softmax(self.attend(hidden) + far_below, dim=2)
        mean = (hidden * weights).sum(dim=2)
        highest = (hidden + far_below).amax(dim=2)
        return self.classify(self.dropout(torch.cat([mean, highest], dim=1)))


class Ensemble(nn.Module):
    def __init__(self, members: list[Member]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        mask = attention_mask.to(torch.float32)
        return torch.stack([member(input_ids, mask) for member in self.members]).mean(dim=0)
