import { describe, expect, test } from "bun:test";
import { nextMembers, type RemoteMembers } from "./remote-members.ts";

const NOBODY: RemoteMembers = new Map();

/** `{ a: "ready", b: "" }`: at address a somebody is ready, at b nobody answers. Ids are `server-a`, unless told. */
function look(
  before: RemoteMembers,
  now: number,
  found: Readonly<Record<string, string>>,
): RemoteMembers {
  const seen = Object.entries(found).map(([name, text]) => {
    const [host = "", id = host] = name.split("=");
    const address = { host, httpPort: 8000, grpcPort: 8001 };
    return { address, found: text === "" ? undefined : { serverId: `server-${id}`, state: text } };
  });
  return nextMembers(before, seen, now);
}

/** "server-a@a:1": its life, where it is another than the first, and `-` where it is gone. */
function joined(members: RemoteMembers): string {
  return [...members.values()]
    .filter((member) => member.joined)
    .map(({ id, host, life, goneSinceMs }) => `${id}@${host}:${life}${goneSinceMs ? " gone" : ""}`)
    .join(", ");
}

describe("replicas that another system starts", () => {
  test("join together, when all have answered", () => {
    const some = look(NOBODY, 1, { a: "ready", b: "" });
    const all = look(some, 2, { a: "ready", b: "ready" });

    expect(joined(some)).toBe("");
    expect(joined(all)).toBe("server-a@a:1, server-b@b:1");
  });

  test("are not held up for long by one that does not answer", () => {
    const some = look(NOBODY, 1, { a: "ready", b: "" });

    expect(joined(look(some, 30_000, { a: "ready", b: "" }))).toBe("");
    expect(joined(look(some, 30_001, { a: "ready", b: "" }))).toBe("server-a@a:1");
  });

  test("stay while they do not answer, or fail", () => {
    const members = look(NOBODY, 1, { a: "ready", b: "ready" });

    expect(joined(look(members, 2, { a: "", b: "failing" }))).toBe("server-a@a:1, server-b@b:1");
  });

  test("keep their place for a while when their name does not lead to them any more", () => {
    const members = look(NOBODY, 1, { a: "ready", b: "ready" });
    const without = look(members, 10, { a: "ready" });

    expect(joined(without)).toBe("server-a@a:1, server-b@b:1 gone");
    expect(joined(look(without, 30_009, { a: "ready" }))).toBe("server-a@a:1, server-b@b:1 gone");
    expect(joined(look(without, 30_010, { a: "ready" }))).toBe("server-a@a:1");
    const again = look(without, 20, { a: "ready", b: "ready" });
    expect(joined(again)).toBe("server-a@a:1, server-b@b:2");
  });

  test("have ended when nobody answers after a drain, and not when one is only silent", () => {
    const members = look(NOBODY, 1, { a: "ready", b: "ready" });
    const draining = look(members, 2, { a: "draining", b: "" });
    const silent = look(draining, 3, { a: "", b: "" });
    const ended = (of: RemoteMembers) => [...of.values()].map((member) => member.ended);

    expect(ended(draining)).toEqual([false, false]);
    expect(ended(silent)).toEqual([true, false]);
    expect(ended(look(silent, 4, { a: "ready", b: "ready" }))).toEqual([false, false]);
  });

  test("of the same address that come after a drain are other processes", () => {
    const members = look(look(NOBODY, 1, { a: "ready" }), 2, { a: "draining" });

    expect(joined(members)).toBe("server-a@a:1");
    expect(joined(look(members, 3, { a: "" }))).toBe("server-a@a:1");
    expect(joined(look(look(members, 3, { a: "" }), 4, { a: "ready" }))).toBe("server-a@a:2");
  });

  test("that are re-created at another address take the place of their name", () => {
    const members = look(NOBODY, 1, { a: "ready", b: "ready" });
    const moving = look(members, 2, { a: "ready", c: "" });

    expect(joined(moving)).toBe("server-a@a:1, server-b@b:1 gone");
    expect(joined(look(moving, 3, { a: "ready", "c=b": "ready" }))).toBe(
      "server-a@a:1, server-b@c:1",
    );
  });

  test("with another name at an address are others", () => {
    const members = look(NOBODY, 1, { a: "ready" });

    expect(joined(look(members, 2, { "a=z": "ready" }))).toBe("server-z@a:2");
  });
});
