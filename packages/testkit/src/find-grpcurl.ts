import { existsSync } from "node:fs";
import { join } from "node:path";

const VERSION = "v1.9.4";
const FOLDER = join(import.meta.dir, "../../../.tools", `grpcurl-${VERSION}`);
const BINARY = join(FOLDER, "grpcurl");

/** grpcurl needs a Go of 1.25 or later to be built; "" where it can be had, else why it cannot. */
export function whyNoGrpcurl(): string {
  if (existsSync(BINARY)) return "";
  const go = Bun.which("go");
  if (go === null) return "there is no Go to build grpcurl with";
  const said = Bun.spawnSync([go, "version"]).stdout.toString();
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(said) ?? [];
  const isNew = Number(major) > 1 || Number(minor) >= 25;
  return isNew ? "" : `grpcurl needs Go 1.25, and this is ${said.trim()}`;
}

/** Its path; built once, and kept in the repository's `.tools`. */
export async function getGrpcurl(): Promise<string> {
  if (existsSync(BINARY)) return BINARY;
  const module = `github.com/fullstorydev/grpcurl/cmd/grpcurl@${VERSION}`;
  const build = Bun.spawn(["go", "install", module], {
    env: { ...Bun.env, GOBIN: FOLDER },
    stdout: "ignore",
    stderr: "pipe",
  });
  const [said, code] = await Promise.all([build.stderr.text(), build.exited]);
  if (code !== 0) throw new Error(`go install ${module} failed:\n${said}`);
  return BINARY;
}
