import { describe, expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { availableCores } from "./available-cores.ts";

function coresWith(files: Readonly<Record<string, string>>): number {
  return availableCores((path) => files[path]);
}

describe("the cores of this process", () => {
  const all = availableParallelism();

  test("are the host's where no cgroup limits them", () => {
    expect(coresWith({})).toBe(all);
    expect(coresWith({ "/sys/fs/cgroup/cpu.max": "max 100000" })).toBe(all);
    expect(coresWith(cgroup1("-1"))).toBe(all);
    expect(coresWith({ "/sys/fs/cgroup/cpu.max": `${all + 1}00000 100000` })).toBe(all);
  });

  test("are a cgroup's quota where it is less, and at least one", () => {
    expect(coresWith({ "/sys/fs/cgroup/cpu.max": "50000 100000" })).toBe(1);
    expect(coresWith({ "/sys/fs/cgroup/cpu.max": "150000 100000" })).toBe(Math.min(all, 1.5));
    expect(coresWith(cgroup1("150000"))).toBe(Math.min(all, 1.5));
  });

  test("can be read on this machine", () => {
    expect(availableCores()).toBeGreaterThanOrEqual(1);
  });
});

function cgroup1(quota: string): Readonly<Record<string, string>> {
  return {
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": quota,
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
  };
}
