"""Makes up trips of one electric car: what a driver knows beforehand, and what the trip took."""

import csv
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent
HELD_OUT = FOLDER / "held-out.csv"
COMMITTED = 300  # held-out trips that are in the file
ROADS = ("city", "country", "motorway")
STOPS_PER_KM = np.array([2.0, 0.4, 0.05])
NOISE = 0.08  # drivers, traffic, tyres: the standard deviation of the consumption's logarithm

Columns = dict[str, np.ndarray]


def trips(part: str, count: int) -> Columns:
    """The same trips for the same part, and other ones in every part."""
    rng = np.random.default_rng([*part.encode()])
    road = rng.integers(len(ROADS), size=count)
    distance = np.exp(rng.uniform(np.log(2), np.log(600), count))
    speed = np.choose(
        road, [rng.uniform(15, 50, count), rng.uniform(40, 100, count), rng.uniform(80, 150, count)]
    )
    climb = np.clip(rng.normal(0, 6, count) * distance, -2_500, 2_500)
    columns = {
        "road": road,
        "distance_km": distance.round(1),
        "average_speed_km_h": speed.round(),
        "outside_temperature_c": rng.uniform(-20, 40, count).round(),
        "headwind_m_s": np.clip(rng.normal(0, 4, count), -15, 15).round(1),
        "climb_m": np.clip(climb, -40 * distance, 40 * distance).round(),
        "payload_kg": rng.uniform(60, 500, count).round(),
        "climate_control": (rng.random(count) < 0.8).astype(float),
    }
    return {**columns, "kwh_per_100_km": measured(columns, rng).round(2)}


def measured(trip: Columns, rng: np.random.Generator) -> np.ndarray:
    """The formula of the model card, and noise."""
    mass_kg = 1_900 + trip["payload_kg"]
    metres = trip["distance_km"] * 1_000
    speed = trip["average_speed_km_h"] / 3.6
    celsius = trip["outside_temperature_c"]

    air_kg_m3 = 101_325 / (287.05 * (celsius + 273.15))
    against = speed + trip["headwind_m_s"]
    drag_n = 0.5 * air_kg_m3 * 0.65 * against * np.abs(against)
    rolling_n = 0.010 * 9.81 * mass_kg
    braking_n = 0.3 * STOPS_PER_KM[trip["road"]] / 1_000 * 0.5 * mass_kg * speed**2
    climbing_n = 9.81 * mass_kg * trip["climb_m"] / metres
    wheels_n = drag_n + rolling_n + braking_n + climbing_n
    # Downhill, some of it comes back.
    battery_n = np.where(wheels_n > 0, wheels_n / 0.88, wheels_n * 0.65)

    cabin_kw = 0.11 * np.maximum(0, 18 - celsius) + 0.07 * np.maximum(0, celsius - 24)
    other_w = 250 + 1_000 * cabin_kw * trip["climate_control"]
    cold = 1 + 0.006 * np.maximum(0, 10 - celsius)
    joules_per_metre = (battery_n + other_w / speed) * cold
    kwh_per_100_km = joules_per_metre * 100_000 / 3.6e6
    return kwh_per_100_km * np.exp(rng.normal(0, NOISE, len(speed))) + rng.normal(
        0, 0.2, len(speed)
    )


def features(trip: Columns) -> tuple[list[str], np.ndarray]:
    """What the network takes, and the columns' names; handler.ts makes the same."""
    columns = {f"road_{name}": (trip["road"] == i).astype(float) for i, name in enumerate(ROADS)}
    for name in (
        "average_speed_km_h",
        "outside_temperature_c",
        "headwind_m_s",
        "payload_kg",
        "climate_control",
    ):
        columns[name] = trip[name]
    columns["climb_m_per_km"] = trip["climb_m"] / trip["distance_km"]
    return list(columns), np.stack([*columns.values()], axis=1).astype(np.float32)


if __name__ == "__main__":
    held_out = trips("held out", COMMITTED)
    with HELD_OUT.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(held_out)
        for road, *values in zip(*held_out.values()):
            writer.writerow([ROADS[road], *(f"{value:g}" for value in values)])
