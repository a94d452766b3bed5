import { describe, expect, test } from "bun:test";
import { readH2load } from "../src/generators/h2load.ts";
import { readWrk, wrkScript } from "../src/generators/wrk.ts";

describe("wrk", () => {
  test("its script's line is what counts, and an answer that refuses is none", () => {
    const output = `Running 1s test @ http://127.0.0.1:1/predict
  1 threads and 4 connections
Requests/sec:    197.00
RESULT {"answers":200,"us":1015000,"refused":3,"broken":1,"p50Us":4100,"p99Us":9300}
`;

    expect(readWrk(output)).toEqual({
      answers: 197,
      failed: 4,
      ms: 1_015,
      p50Ms: 4.1,
      p99Ms: 9.3,
    });
  });

  test("a run without that line is no result", () => {
    expect(() => readWrk("unable to connect")).toThrow("wrk gave no result");
  });

  test("a body is written so that Lua reads the same", () => {
    const target = { address: "", path: "/", bodies: ['{"a":"]=] \\" ]]"}'] };

    expect(wrkScript(target)).toContain('[==[{"a":"]=] \\" ]]"}]==]');
  });
});

describe("h2load", () => {
  const output = (data: number) => `finished in 1.00s, 4.00 req/s, 1.00KB/s
requests: 5 total, 5 started, 4 done, 4 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 4 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 1.20KB (1226) total, 100B (100) headers (space savings 90.00%), 300B (${data}) data
`;
  const calls = "1\t200\t1000\n2\t200\t2000\n3\t200\t3000\n4\t200\t9000\n5\t-1\t10000\n";

  test("its calls' times are taken from its log", () => {
    expect(readH2load({ output: output(4 * 75), calls, answerBytes: 70 })).toEqual({
      answers: 4,
      failed: 0,
      p50Ms: 3,
      p99Ms: 9,
    });
  });

  test("a call that ended without a message failed, although HTTP's status is 200", () => {
    expect(readH2load({ output: output(3 * 75), calls, answerBytes: 70 })).toMatchObject({
      answers: 3,
      failed: 1,
    });
  });
});
