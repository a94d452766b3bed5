import { describe, expect, test } from "bun:test";
import { createHealthRecord } from "./model-health.ts";

function record() {
  return createHealthRecord({ name: "m", version: 2, at: 10_000, ms: 7 });
}

describe("a model's health", () => {
  test("begins with the inference of the start", () => {
    expect(record().report(10_500, 0)).toEqual({
      name: "m",
      version: 2,
      ready: true,
      lastInferenceAt: 10_000,
      lastInferenceMs: 7,
      error: undefined,
    });
  });

  test("wants a probe after a second without an inference, and no second one beside it", () => {
    const health = record();
    expect(health.wantsProbe(10_999)).toBe(false);
    expect(health.wantsProbe(11_000)).toBe(true);

    health.probeSent(11_000);
    expect(health.wantsProbe(99_000)).toBe(false);
    health.answered({ at: 11_005, ms: 5 });
    expect(health.wantsProbe(12_004)).toBe(false);
    expect(health.wantsProbe(12_005)).toBe(true);
  });

  test("is bad within 5 s when the model stops answering, and good again with the next answer", () => {
    const health = record();
    health.probeSent(11_250);
    expect(health.report(14_250, 0).ready).toBe(true);
    expect(health.report(14_251, 0)).toMatchObject({
      ready: false,
      error: "no answer for 4251 ms",
    });

    health.answered({ at: 14_300, ms: 3_050 });
    expect(health.report(14_300, 0)).toMatchObject({ ready: true, lastInferenceMs: 3_050 });
  });

  test("gives a batch that was predicted to be slow twice its time", () => {
    const health = record();
    health.probeSent(11_000);

    expect(health.report(15_000, 2_000).ready).toBe(true);
    expect(health.report(15_001, 2_000).ready).toBe(false);
  });

  test("is bad from a failed probe to the next answer, and probes at once again", () => {
    const health = record();
    health.probeSent(11_000);
    health.failedProbe("its probe failed: no memory");
    expect(health.report(11_001, 0)).toMatchObject({
      ready: false,
      error: "its probe failed: no memory",
    });
    expect(health.wantsProbe(11_001)).toBe(true);

    health.answered({ at: 11_100, ms: 1 });
    expect(health.report(11_100, 0).ready).toBe(true);
  });
});
