import { expect, test } from "bun:test";
import { join } from "node:path";
import { loadModel } from "@flotilla/testing";

interface Answer {
  readonly energy_kwh: number;
  readonly energy_kwh_low: number;
  readonly energy_kwh_high: number;
  readonly consumption_kwh_per_100_km: number;
}

const TRIP = { distance_km: 120, average_speed_km_h: 110, road: "motorway" };

/** Each held-out trip as a client sends it, and what it took. */
async function heldOut() {
  const text = await Bun.file(join(import.meta.dir, "held-out.csv")).text();
  const [names = [], ...rows] = text
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  return rows.map((row) => {
    const values = row.map((value, at) => (names[at] === "road" ? value : Number(value)));
    const { kwh_per_100_km, climate_control, ...trip } = Object.fromEntries(
      values.map((value, at) => [names[at], value]),
    );
    return {
      trip: { ...trip, climate_control: climate_control === 1 },
      took: Number(kwh_per_100_km),
    };
  });
}

test("held-out trips are as near, and as often between low and high, as the card says", async () => {
  await using model = await loadModel(import.meta.dir);
  const trips = await heldOut();
  let error = 0;
  let between = 0;
  for (const { trip, took } of trips) {
    const answer = await model.predict<Answer>(trip);
    error += Math.abs(answer.consumption_kwh_per_100_km - took) / trips.length;
    const energy = (took * Number(trip.distance_km)) / 100;
    if (energy >= answer.energy_kwh_low && energy <= answer.energy_kwh_high) between += 1;
  }
  expect(trips).toHaveLength(300);
  expect(error).toBeLessThan(1.4);
  expect(between / trips.length).toBeWithin(0.74, 0.86);
});

test("what is left out is usual: 20 °C, no wind, flat, 80 kg, climate control", async () => {
  await using model = await loadModel(import.meta.dir);
  const usual = {
    outside_temperature_c: 20,
    headwind_m_s: 0,
    climb_m: 0,
    payload_kg: 80,
    climate_control: true,
  };

  expect(await model.predict(TRIP)).toEqual(await model.predict({ ...TRIP, ...usual }));
  expect(await model.predict<Answer>(TRIP)).toMatchObject({
    consumption_kwh_per_100_km: expect.closeTo(18.4, 0),
  });
});

test("another unit, a value out of range, a road that there is not and a wall are refused by name", async () => {
  await using model = await loadModel(import.meta.dir);
  const refusals: readonly [object, number, string][] = [
    [{ outside_temperature_f: 68 }, 400, "outside_temperature_c"],
    [{ outside_temperature_c: 68 }, 400, "outside_temperature_c: expected number to be less"],
    [{ distance_km: "120" }, 400, "distance_km: expected number, got a string"],
    [{ road: "gravel" }, 400, 'road: expected one of "city", "country", "motorway"'],
    [{ distance_km: 5, climb_m: 1_200 }, 422, "climb_m: at most 40 m a kilometre"],
  ];
  for (const [wrong, status, message] of refusals) {
    const refused = await model.predict({ ...TRIP, ...wrong }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ status, message: expect.stringContaining(message) });
  }
});
