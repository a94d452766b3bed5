import { defineHandler, makeTensor, normalise, RejectedInput, t } from "@flotilla/handler";
import type { Model } from "./model.types.ts";

/** Training has nothing steeper over a whole trip; more is rather a slip of the pen. */
const MAX_CLIMB_M_PER_KM = 40;

/** What a field means that is left out. */
const USUAL = {
  outside_temperature_c: 20,
  headwind_m_s: 0,
  climb_m: 0,
  payload_kg: 80,
  climate_control: true,
} as const;

interface Scaling {
  readonly names: readonly string[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export const handler = defineHandler<Model>()({
  // The ranges are those of training: beyond them the model would only guess.
  input: t.Object(
    {
      distance_km: t.Number({ minimum: 2, maximum: 600 }),
      average_speed_km_h: t.Number({ minimum: 15, maximum: 150 }),
      road: t.Union([t.Literal("city"), t.Literal("country"), t.Literal("motorway")]),
      outside_temperature_c: t.Optional(
        t.Number({ minimum: -20, maximum: 40, default: USUAL.outside_temperature_c }),
      ),
      headwind_m_s: t.Optional(
        t.Number({
          minimum: -15,
          maximum: 15,
          default: USUAL.headwind_m_s,
          description: "Below 0: from behind",
        }),
      ),
      climb_m: t.Optional(
        t.Number({
          minimum: -2_500,
          maximum: 2_500,
          default: USUAL.climb_m,
          description: "How much higher the end is than the start",
        }),
      ),
      payload_kg: t.Optional(
        t.Number({
          minimum: 60,
          maximum: 500,
          default: USUAL.payload_kg,
          description: "The driver, others and luggage",
        }),
      ),
      climate_control: t.Optional(t.Boolean({ default: USUAL.climate_control })),
    },
    { additionalProperties: false },
  ),
  examples: [
    { distance_km: 120, average_speed_km_h: 110, road: "motorway" },
    {
      distance_km: 8,
      average_speed_km_h: 25,
      road: "city",
      outside_temperature_c: -5,
      headwind_m_s: 3,
      climb_m: 40,
      payload_kg: 150,
      climate_control: true,
    },
  ],
  output: t.Object({
    energy_kwh: t.Number({ description: "Half of such trips take less" }),
    energy_kwh_low: t.Number({ description: "One in ten takes less" }),
    energy_kwh_high: t.Number({ description: "One in ten takes more" }),
    consumption_kwh_per_100_km: t.Number(),
  }),

  async setup({ folder }): Promise<Scaling> {
    return await Bun.file(`${folder}/features.json`).json();
  },

  preprocess(input, { resources }) {
    const { road, distance_km, climb_m, climate_control, ...rest } = { ...USUAL, ...input };
    const climbPerKm = climb_m / distance_km;
    if (Math.abs(climbPerKm) > MAX_CLIMB_M_PER_KM) {
      throw new RejectedInput(
        `climb_m: at most ${MAX_CLIMB_M_PER_KM} m a kilometre, up or down; these are ${Math.round(climbPerKm)}`,
      );
    }
    const features: Readonly<Record<string, number>> = {
      ...rest,
      [`road_${road}`]: 1,
      climate_control: climate_control ? 1 : 0,
      climb_m_per_km: climbPerKm,
    };
    // In the order of training; the two roads that it is not are 0.
    const values = resources.names.map((name) => features[name] ?? 0);
    return { features: makeTensor("FP32", [1, 9], normalise(values, resources)) };
  },

  postprocess({ kwh_per_100_km }, { input }) {
    const [low = 0, middle = 0, high = 0] = kwh_per_100_km.data;
    const energy = (consumption: number) => round((consumption * input.distance_km) / 100);
    return {
      energy_kwh: energy(middle),
      energy_kwh_low: energy(low),
      energy_kwh_high: energy(high),
      consumption_kwh_per_100_km: round(middle),
    };
  },
});

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
