import { expect, test } from "bun:test";
import { replicaSockets } from "./replica-sockets.ts";

test("a replica's sockets are in the folder, by its name", () => {
  expect(replicaSockets("/home/me/fleet/.flotilla/sockets", "server-2")).toEqual({
    http: "/home/me/fleet/.flotilla/sockets/server-2.http",
    grpc: "/home/me/fleet/.flotilla/sockets/server-2.grpc",
  });
});

test.each([
  ["too long for a socket", `/${"a".repeat(90)}`],
  ["not plain", "/home/my fleet"],
])("there are none where the path is %s", (_, folder) => {
  expect(replicaSockets(folder, "server-1")).toBeUndefined();
});
