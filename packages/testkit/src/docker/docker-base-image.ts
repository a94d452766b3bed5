import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { archiveOf } from "@flotilla/distribution/private-apt";
import { getTestNginx } from "../start-nginx.ts";
import type { Docker } from "./find-docker.ts";
import { run } from "./run.ts";
import { DOCKER_FOLDER, debootstrapEnvironment } from "./start-docker-daemon.ts";

/**
 * In place of the public images, which the tests cannot count on: this machine's distribution, its Bun, and an NGINX
 * as new as the Dockerfile's. It is made once.
 */
export async function dockerBaseImage({ docker }: Docker): Promise<string> {
  const nginx = await getTestNginx("sid");
  const image = `flotilla-test-base:bun-${Bun.version}-nginx-${nginx.version}`;
  if ((await docker("images", "--quiet", image)) !== "") return image;
  mkdirSync(DOCKER_FOLDER, { recursive: true });
  const folder = mkdtempSync(join(DOCKER_FOLDER, "base-"));
  try {
    const root = join(folder, "root");
    const { codename, sources } = archiveOf("host");
    const mirror = sources[0]?.uris[0] ?? "";
    await run(["debootstrap", "--variant=minbase", codename, root, mirror], {
      environment: debootstrapEnvironment(),
    });
    cpSync(process.execPath, join(root, "usr/local/bin/bun"), { dereference: true });
    cpSync(dirname(nginx.path), join(root, "opt/nginx"), {
      recursive: true,
      verbatimSymlinks: true,
    });
    symlinkSync("/opt/nginx/nginx", join(root, "usr/sbin/nginx"));
    const changes = trust(root);
    const archive = join(folder, "root.tar");
    await run(["tar", "-C", root, "-cf", archive, "."]);
    await docker("import", ...changes, archive, image);
    return image;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Packages are fetched from inside, where this machine's own authorities have to be believed, too. */
function trust(root: string): readonly string[] {
  const file = Bun.env["NODE_EXTRA_CA_CERTS"];
  if (file === undefined) return [];
  cpSync(file, join(root, "etc/more-authorities.pem"), { dereference: true });
  return ["--change", "ENV NODE_EXTRA_CA_CERTS=/etc/more-authorities.pem"];
}
