import { expect, test } from "bun:test";
import { containerId } from "./container-id.ts";

test.each([
  ["the number of its container", "flotilla-model-server-2.flotilla_default", "server-2"],
  ["as older Compose writes it", "flotilla_model-server_12.flotilla_default", "server-12"],
  ["of a pod's set", "model-server-0.model-server.default.svc.cluster.local", "server-0"],
  ["its address, where the name has no number", "db.internal", "10.0.0.5"],
  ["its address, where the name is made of it", "ip-10-0-0-5.ec2.internal", "10.0.0.5"],
])("a replica in a container is called by %s", async (_, name, id) => {
  expect(await containerId({ address: "10.0.0.5", namesOf: async () => [name] })).toBe(id);
});

test("a replica whose address has no name is called by it", async () => {
  const namesOf = () => Promise.reject(new Error("ENOTFOUND"));

  expect(await containerId({ address: "fd00::5", namesOf })).toBe("fd00--5");
});
