import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { watchPlaces } from "./watch-places.ts";

const REPOSITORY = resolve(import.meta.dir, "../../../..");

test("a source concerns each app that imports it, also through others; models and settings whom they concern", () => {
  const places = watchPlaces({
    repository: REPOSITORY,
    settings: { models: "/srv/models", nginx_directives: "nginx" },
    settingsFile: "/etc/flotilla.yaml",
  });
  const users = Object.fromEntries(places.map(({ path, users: of }) => [path, of]));
  const usersOf = (path: string) => users[resolve(REPOSITORY, path)];

  expect(usersOf("apps/model-server/src")).toEqual(["replicas"]);
  expect(usersOf("proto/generated")).toContain("replicas");
  expect(usersOf("apps/gateway/src")).toEqual(["gateway"]);
  expect(usersOf("packages/nginx-config/src")).toContain("gateway");
  expect(usersOf("packages/inference/src")).toContain("replicas");
  expect(usersOf("packages/common/src")).toEqual(["replicas", "gateway", "supervisor"]);
  expect(usersOf("packages/testkit/src")).toBeUndefined();
  expect(users["/srv/models"]).toEqual(["replicas"]);
  expect(users["/etc/flotilla.yaml"]).toEqual(["configuration"]);
  expect(users[resolve("nginx/http.d")]).toEqual(["configuration"]);
});
