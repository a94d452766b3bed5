export interface NginxVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** From what `nginx -v` prints (`nginx version: nginx/1.22.1`), or from `1.22.1` alone. */
export function parseNginxVersion(text: string): NginxVersion | undefined {
  const match = /(?:^|\/)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\b/m.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch] = match;
  return { major: Number(major), minor: Number(minor), patch: Number(patch) };
}

export function formatNginxVersion({ major, minor, patch }: NginxVersion): string {
  return `${major}.${minor}.${patch}`;
}

export function isAtLeast(version: NginxVersion, wanted: string): boolean {
  const other = parseNginxVersion(wanted);
  if (other === undefined) throw new Error(`not an NGINX version: ${wanted}`);
  const difference =
    version.major - other.major || version.minor - other.minor || version.patch - other.patch;
  return difference >= 0;
}
