/** Where NGINX answers with the digest, on its status socket. */
export const DIGEST_PATH = "/flotilla_configuration";

/** A text that holds the digest of itself without it: of two configurations, NGINX can tell which one it has. */
export function withDigest(render: (digest: string) => string): string {
  return render(Bun.SHA256.hash(render(""), "hex"));
}

export function renderDigest(digest: string): string {
  return `return 200 "${digest}";`;
}

/** The digest that an NGINX with this configuration answers with. */
export function readDigest(conf: string): string | undefined {
  // A line of its own, so that no comment can hold it.
  return /^ *return 200 "([0-9a-f]{64})";$/m.exec(conf)?.[1];
}
