import { expect, test } from "bun:test";
import { findPortHolder } from "./find-port-holder.ts";

test("the holder of a port is named with its pid and command line", () => {
  using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });

  const holder = findPortHolder(listener.port);

  expect(holder?.pid).toBe(process.pid);
  expect(holder?.command).toContain("bun");
});

test("a port that nobody listens on has no holder", () => {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  listener.stop(true);

  expect(findPortHolder(listener.port)).toBeUndefined();
});
