import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync } from "node:fs";
import { resolve } from "node:path";
import { dockerBaseImage } from "@flotilla/testkit/docker/docker-base-image";
import { type Docker, findDocker, whyNoDocker } from "@flotilla/testkit/docker/find-docker";
import { identityModel } from "@flotilla/testkit/onnx-builder";
import { accumulatorFiles } from "@flotilla/testkit/stateful-models";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { type ModelFolder, writeModels } from "@flotilla/testkit/write-models";
import { type ComposeFleet, composeFleet } from "./compose-fleet.ts";
import { type Load, startLoad } from "./start-load.ts";
import { type Added, addOverGrpc, addOverHttp } from "./sum-clients.ts";

// A first run makes the images' base, and every one builds them.
setDefaultTimeout(900_000);

const REPOSITORY = resolve(import.meta.dir, "../../..");
const why = await whyNoDocker();
const skipped = why === "" ? "" : ` (skipped: ${why})`;

describe.skipIf(why !== "")(`a fleet under Compose${skipped}`, () => {
  let docker: Docker;
  let models: ModelFolder;
  let fleet: ComposeFleet;
  let base: string;

  const build = async (file: string, image: string, label = "first") => {
    const args = ["BUN_IMAGE", "NGINX_IMAGE"].flatMap((name) => ["--build-arg", `${name}=${base}`]);
    const place = ["--network", "host", "--file", file, "--tag", image];
    const version = ["--label", `flotilla.test=${label}`];
    await docker.docker("build", ...place, ...version, ...args, REPOSITORY);
  };
  const withFiles = (...files: readonly string[]) =>
    composeFleet({
      docker,
      files,
      environment: {
        IMAGE_TAG: "test",
        NGINX_IMAGE: base,
        FLOTILLA_MODELS: models.folder,
        FLOTILLA_DEFAULT_MODEL: "echo",
      },
    });
  const serving = (count: number) =>
    waitUntil(`${count} replicas serve`, async () => {
      const status = await fleet.status().catch(() => undefined);
      const replicas = status?.replicas.filter(({ state }) => state !== "drained") ?? [];
      const serve = replicas.filter(({ state }) => state === "serving").map(({ id }) => id);
      return serve.length === count && replicas.length === count && serve.join(" ");
    });
  const scaleTo = (count: number) =>
    fleet.compose(
      ...["up", "--detach", "--no-build", "--no-deps", "--no-recreate"],
      ...["--scale", `model-server=${count}`, "model-server"],
    );
  /** What is done, no client sees. */
  const underLoad = async (act: (load: Load) => Promise<void>) => {
    await using load = startLoad(fleet);
    await load.next(20);
    await act(load);
    await load.next(20);
    expect(await load.stop()).toEqual([]);
  };

  beforeAll(async () => {
    const found = await findDocker();
    if (!found.ok) throw new Error(found.problems.join("\n"));
    docker = found.value;
    base = await dockerBaseImage(docker);
    await build("apps/model-server/Dockerfile", "flotilla-model-server:test");
    await build("nginx/Dockerfile", "flotilla-nginx:test");
    const echo = identityModel({ type: "FP32", shape: ["batch", 2] });
    models = await writeModels({ files: { ...accumulatorFiles("sum"), "echo/model.onnx": echo } });
    // The containers' user is another one.
    chmodSync(models.folder, 0o755);
    fleet = withFiles("compose.yaml");
    await fleet.compose("up", "--detach", "--no-build", "--wait");
  });
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await models?.[Symbol.asyncDispose]();
    await docker?.[Symbol.asyncDispose]();
  });

  test("is healthy when `up` says so, and answers over both protocols, by each replica in turn", async () => {
    expect(await serving(3)).toBe("server-1 server-2 server-3");
    await underLoad(async (load) => {
      await load.next(20);
      expect([...load.servers()].toSorted()).toEqual(["server-1", "server-2", "server-3"]);
    });
  });

  test("keeps a conversation on its replica, over each protocol", async () => {
    for (const add of [addOverHttp, addOverGrpc]) {
      const session = `s-${add.name}`;
      const turns: Added[] = [];
      for (let x = 1; x <= 6; x++) {
        const added = await add(fleet, { session, x });
        if ("refusal" in added) throw new Error(added.refusal);
        turns.push(added);
      }
      expect(new Set(turns.map(({ server }) => server)).size).toBe(1);
      expect(turns.at(-1)).toMatchObject({ turn: 6, sum: 21 });
    }
  });

  test("has no more rights than it needs", async () => {
    for (const service of ["nginx", "model-server"]) {
      const inside = (...command: readonly string[]) =>
        fleet.compose("exec", "-T", service, ...command);

      expect((await inside("id", "-u")).trim()).toBe("1000");
      expect(await inside("grep", "CapEff", "/proc/1/status")).toMatch(/0{16}/);
      expect(inside("touch", "/flotilla/new")).rejects.toThrow("Read-only file system");
    }
    // The operations port is the network's, not the host's.
    const [id = ""] = await fleet.containers("nginx");
    expect(
      Object.keys(
        JSON.parse(
          await docker.docker("inspect", "--format", "{{json .HostConfig.PortBindings}}", id),
        ),
      ),
    ).toEqual(["8000/tcp", "8001/tcp"]);
  });

  test("fails no request while a replica's container is killed and started again", async () => {
    const [id = ""] = await fleet.containers("model-server");
    await underLoad(async () => {
      const pid = await docker.docker("inspect", "--format", "{{.State.Pid}}", id);
      process.kill(Number(pid), "SIGKILL");
      await waitUntil(
        "it was started again",
        async () =>
          (await docker.docker("inspect", "--format", "{{.RestartCount}}", id)).trim() === "1",
      );
      await serving(3);
    });
  });

  test("fails no request while it is scaled to 5 and back, and follows by itself", async () => {
    const { nginx } = await fleet.status();
    await underLoad(async (load) => {
      await scaleTo(5);
      await serving(5);
      load.servers();
      await load.next(50);
      expect(load.servers().size).toBe(5);
      await scaleTo(3);
      expect(await serving(3)).toBe("server-1 server-2 server-3");
    });

    expect((await fleet.status()).nginx.pid).toBe(nginx.pid);
  });

  test("fails no request while its containers are replaced by those of a new image", async () => {
    const old = await fleet.containers("model-server");
    await build("apps/model-server/Dockerfile", "flotilla-model-server:test", "second");
    await underLoad(async () => {
      await scaleTo(6);
      await serving(6);
      await docker.docker("stop", ...old);
      await docker.docker("rm", ...old);
      await scaleTo(3);
      await serving(3);
    });

    const now = await fleet.containers("model-server");
    const format = '{{index .Config.Labels "flotilla.test"}}';
    expect((await docker.docker("inspect", "--format", format, ...now)).trim()).toBe(
      "second\nsecond\nsecond",
    );
  });

  test("goes on while its gateway is killed, and NGINX comes back when it is", async () => {
    const pidOf = async (name: string) => {
      const log = await fleet.compose("logs", "--no-log-prefix", "nginx");
      const starts = [
        ...log.matchAll(new RegExp(`${name} starts(?: again)? \\(pid (\\d+)\\)`, "g")),
      ];
      return starts.at(-1)?.[1] ?? "";
    };
    const killed = async (name: string) => {
      const pid = await pidOf(name);
      await fleet.inNginx("sh", "-c", `kill -9 ${pid}`);
      await waitUntil(`another ${name} is there`, async () => (await pidOf(name)) !== pid);
    };
    await underLoad(() => killed("gateway"));
    await killed("nginx");
    await waitUntil("it answers", async () => {
      const answer = await fetch(`${fleet.httpUrl}/models`).catch(() => undefined);
      return answer?.ok;
    });
    await serving(3);
  });

  test("finishes what is in flight when it is taken down, and remembers its conversations", async () => {
    const before = await addOverHttp(fleet, { session: "kept", x: 5 });
    const asked = Array.from({ length: 20 }, (_, n) =>
      addOverHttp(fleet, { session: `last-${n}`, x: n }),
    );
    await Promise.race(asked);
    await fleet.compose("down");
    const answered = await Promise.allSettled(asked);
    const turns = answered.filter(({ status }) => status === "fulfilled").length;
    await fleet.compose("up", "--detach", "--no-build", "--wait");

    expect(before).toMatchObject({ turn: 1, sum: 5 });
    expect(turns).toBe(20);
    expect(await addOverHttp(fleet, { session: "kept", x: 5 })).toMatchObject({ turn: 2, sum: 10 });
  });

  test.each([
    { files: ["compose.plain.yaml"], scale: [], replicas: 3 },
    {
      files: ["compose.yaml", "compose.resolve.yaml"],
      scale: ["--scale", "model-server=2"],
      replicas: 2,
    },
  ])("serves without the gateway, too: $files", async ({ files, scale, replicas }) => {
    await fleet[Symbol.asyncDispose]();
    fleet = withFiles(...files);
    await fleet.compose("up", "--detach", "--no-build", ...scale);
    await waitUntil("NGINX answers", async () => {
      const answer = await fetch(`${fleet.httpUrl}/models`).catch(() => undefined);
      return answer?.ok;
    });
    await underLoad(async (load) => {
      await load.next(50);
      expect(load.servers().size).toBe(replicas);
    });
  });
});
