"""Trains the network on drawn pictures and writes ../model.onnx and ../labels.txt."""

import time

import torch
from torch import nn

from drawing import LABELS
from evaluate import report
from pictures import FOLDER, SIDE, samples

PICTURES = 8_000
EPOCHS = 10
BATCH = 64
RATE = 4e-3


def block(before: int, after: int) -> list[nn.Module]:
    """A convolution, then half the size."""
    return [
        nn.Conv2d(before, after, 3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(),
        nn.MaxPool2d(2),
    ]


def build_network() -> nn.Sequential:
    return nn.Sequential(
        *block(3, 16),
        *block(16, 32),
        *block(32, 48),
        *block(48, 64),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(64 * (SIDE // 16) ** 2, len(LABELS)),
    )


def train() -> nn.Sequential:
    images, labels = (torch.from_numpy(part) for part in samples("train", PICTURES))
    network = build_network()
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.02)
    steps = EPOCHS * -(-PICTURES // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    for epoch in range(EPOCHS):
        total = 0.0
        for chosen in torch.randperm(PICTURES).split(BATCH):
            loss = loss_of(network(images[chosen]), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {total / PICTURES:.3f}", flush=True)
    return network.eval()


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)  # Sums in another order would be another model.
    started = time.monotonic()
    torch.onnx.export(
        train(),
        (torch.zeros(1, 3, SIDE, SIDE),),
        str(FOLDER / "model.onnx"),
        input_names=["pixels"],
        output_names=["scores"],
        dynamic_axes={"pixels": {0: "batch"}, "scores": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    (FOLDER / "labels.txt").write_text("".join(f"{label}\n" for label in LABELS))
    print(f"trained in {time.monotonic() - started:.0f} s")
    report()


if __name__ == "__main__":
    main()
