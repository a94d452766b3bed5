import { type Checked, refused } from "@flotilla/common/checked";
import {
  formatNginxVersion,
  isAtLeast,
  type NginxVersion,
  parseNginxVersion,
} from "@flotilla/common/nginx-version";
import { runCommand } from "@flotilla/distribution/run-command";

export interface NginxBinary {
  readonly path: string;
  readonly version: NginxVersion;
  readonly origin: "configured" | "path" | "fetched";
}

export const OLDEST_NGINX = "1.22.0";

/** Asks the program itself: what does not say that it is NGINX, or is too old, is refused with what it said. */
export async function checkNginxBinary(
  options: Pick<NginxBinary, "path" | "origin">,
): Promise<Checked<NginxBinary>> {
  const output = await runCommand({ command: [options.path, "-v"] });
  if (!output.ok) return output;
  const text = `${output.value.stdout}${output.value.stderr}`.trim();
  const version = text.includes("nginx") ? parseNginxVersion(text) : undefined;
  if (version === undefined) {
    return refused(
      `${options.path} is not NGINX: \`${options.path} -v\` printed "${text.split("\n")[0]}"`,
    );
  }
  if (!isAtLeast(version, OLDEST_NGINX)) {
    const found = formatNginxVersion(version);
    return refused(`${options.path} is NGINX ${found}; Flotilla needs ${OLDEST_NGINX} or later`);
  }
  return { ok: true, value: { ...options, version } };
}
