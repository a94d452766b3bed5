import { type Checked, refused } from "@flotilla/common/checked";
import { type Environment, run } from "./run.ts";
import { startDockerDaemon } from "./start-docker-daemon.ts";

export interface Docker extends AsyncDisposable {
  /** `docker …`: what it printed. Rejects with that, where it fails. */
  docker(...words: readonly string[]): Promise<string>;
  /** `docker compose …` in a folder. */
  compose(
    place: { readonly folder: string; readonly environment: Environment },
    ...words: readonly string[]
  ): Promise<string>;
}

/** A daemon that runs already, else one of the tests' own; or why there can be none. */
export async function findDocker(): Promise<Checked<Docker>> {
  const running = await composeOf({});
  if (running !== undefined)
    return { ok: true, value: { ...running, [Symbol.asyncDispose]: async () => {} } };
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return refused("no Docker daemon runs with Compose, and only root on Linux can start one");
  }
  const started = await startDockerDaemon();
  if (!started.ok) return started;
  const { environment, stop } = started.value;
  const own = await composeOf(environment);
  if (own !== undefined) return { ok: true, value: { ...own, [Symbol.asyncDispose]: stop } };
  await stop();
  return refused("the Docker daemon that was started does not answer");
}

/** "" where there can be one, which a daemon that is started shows best; it does not run on for tests that are left out. */
export async function whyNoDocker(): Promise<string> {
  const found = await findDocker();
  if (!found.ok) return found.problems.join("; ");
  await found.value[Symbol.asyncDispose]();
  return "";
}

/** Undefined: no daemon answers there, or there is no Compose. */
async function composeOf(
  environment: Environment,
): Promise<Omit<Docker, keyof AsyncDisposable> | undefined> {
  const works = (command: readonly string[]) =>
    run(command, { environment }).then(
      () => true,
      () => false,
    );
  if (!(await works(["docker", "info"]))) return undefined;
  const forms = [["docker", "compose"], ["docker-compose"]];
  for (const form of forms) {
    if (!(await works([...form, "version"]))) continue;
    return {
      docker: (...words) => run(["docker", ...words], { environment }),
      compose: ({ folder, environment: more }, ...words) =>
        run([...form, ...words], { environment: { ...environment, ...more }, folder }),
    };
  }
  return undefined;
}
