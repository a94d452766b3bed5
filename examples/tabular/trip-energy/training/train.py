"""Trains the network and writes ../model.onnx and ../features.json."""

import json
import time

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from trips import FOLDER, features, trips

TRIPS = 40_000
EPOCHS = 40
BATCH = 256
RATE = 5e-3
QUANTILES = torch.tensor([0.1, 0.5, 0.9])


class Network(nn.Module):
    """What a trip takes, in kWh per 100 km: one in ten takes less, half of them, nine in ten."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(width, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 3)
        )

    def forward(self, features: Tensor) -> Tensor:
        below, middle, above = self.layers(features).unbind(dim=1)
        middle = 10 * middle + 20  # about the mean and the deviation, so that training starts near
        # The distances are above 0, so the three never cross.
        return torch.stack([middle - softplus(below), middle, middle + softplus(above)], dim=1)


def quantile_loss(found: Tensor, wanted: Tensor) -> Tensor:
    missing = wanted.unsqueeze(1) - found
    return torch.maximum(QUANTILES * missing, (QUANTILES - 1) * missing).mean()


def train(inputs: Tensor, wanted: Tensor) -> Network:
    network = Network(inputs.shape[1])
    optimizer = torch.optim.AdamW(network.parameters())
    steps = EPOCHS * -(-TRIPS // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for epoch in range(EPOCHS):
        total = 0.0
        for chosen in torch.randperm(TRIPS).split(BATCH):
            loss = quantile_loss(network(inputs[chosen]), wanted[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1} of {EPOCHS}: loss {total / TRIPS:.4f}", flush=True)
    return network.eval()


def report(mean: np.ndarray, std: np.ndarray) -> None:
    """The model card's figures, on trips that training did not see."""
    held_out = trips("held out", 5_000)
    wanted = held_out["kwh_per_100_km"]
    session = onnxruntime.InferenceSession(str(FOLDER / "model.onnx"))
    inputs = (features(held_out)[1] - mean) / std
    low, middle, high = session.run(None, {"features": inputs.astype(np.float32)})[0].T
    print(
        f"mean absolute error: {np.abs(middle - wanted).mean():.2f} kWh per 100 km of {wanted.mean():.1f}"
    )
    print(
        f"median of the relative error: {np.median(np.abs(middle - wanted) / np.abs(wanted)):.1%}"
    )
    print(f"between low and high: {((low <= wanted) & (wanted <= high)).mean():.1%}, to be 80 %")
    print(f"model.onnx: {(FOLDER / 'model.onnx').stat().st_size / 1000:.0f} kB")


def rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in values]


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)  # Sums in another order would be another model.
    started = time.monotonic()
    columns = trips("train", TRIPS)
    names, values = features(columns)
    mean, std = values.mean(axis=0), values.std(axis=0)
    wanted = torch.from_numpy(columns["kwh_per_100_km"].astype(np.float32))
    network = train(torch.from_numpy((values - mean) / std), wanted)
    torch.onnx.export(
        network,
        (torch.zeros(2, len(names)),),
        str(FOLDER / "model.onnx"),
        input_names=["features"],
        output_names=["kwh_per_100_km"],
        dynamic_axes={"features": {0: "batch"}, "kwh_per_100_km": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    scaling = {"names": names, "mean": rounded(mean), "std": rounded(std)}
    (FOLDER / "features.json").write_text(json.dumps(scaling, indent=2) + "\n")
    print(f"trained in {time.monotonic() - started:.0f} s")
    report(mean, std)


if __name__ == "__main__":
    main()
