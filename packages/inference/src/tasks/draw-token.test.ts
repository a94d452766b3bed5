import { describe, expect, test } from "bun:test";
import { createDraw } from "./draw-token.ts";

const LOGITS = Float32Array.of(1, 3, Number.NEGATIVE_INFINITY, 2);

function drawMany(options: Parameters<typeof createDraw>[0], logits = LOGITS, count = 4_000) {
  const draw = createDraw(options);
  return Array.from({ length: count }, () => draw(logits));
}

describe("a token", () => {
  test("is the likeliest at temperature 0, whatever the seed, and the first of several", () => {
    for (const seed of [0, 1, 2 ** 53 - 1]) {
      expect(new Set(drawMany({ temperature: 0, seed }, LOGITS, 10))).toEqual(new Set([1]));
    }
    expect(createDraw({})(Float32Array.of(0, 5, 5))).toBe(1);
  });

  test("is drawn as often as softmax says, and never without a chance", () => {
    const weights = Array.from(LOGITS, (logit) => Math.exp(logit / 2));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const drawn = drawMany({ temperature: 2, seed: 7 });

    for (const [token, weight] of weights.entries()) {
      const share = drawn.filter((one) => one === token).length / drawn.length;
      expect(Math.abs(share - weight / sum)).toBeLessThan(0.03);
    }
    expect(drawn).not.toContain(2);
  });

  test("is decided by the seed, and neighbouring seeds have nothing in common", () => {
    const [one, again, next, large] = [1, 1, 2, 2 ** 40 + 1].map((seed) =>
      drawMany({ temperature: 100, seed }, new Float32Array(100), 50).join(),
    );

    expect(again).toBe(one as string);
    expect(new Set([one, next, large]).size).toBe(3);
  });

  test("is the likeliest again where the temperature is next to nothing", () => {
    expect(new Set(drawMany({ temperature: 1e-300, seed: 1 }, LOGITS, 100))).toEqual(new Set([1]));
  });

  test.each([0, 1])(
    "is not made up of logits that are no numbers, at temperature %d",
    (temperature) => {
      const nothing = new Float32Array(3).fill(Number.NaN);

      expect(() => createDraw({ temperature })(nothing)).toThrow("no logit is a number");
      expect(() => createDraw({ temperature: 1 })(Float32Array.of(0, Number.NaN))).toThrow("NaN");
    },
  );
});
