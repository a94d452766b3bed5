import { networkInterfaces } from "node:os";
import fc from "fast-check";
import type { DirectiveFile, PlainFleet } from "../src/fleet-spec.ts";

// Names would have to resolve; `localhost` does everywhere.
const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant("localhost"));
const port = fc.integer({ min: 1, max: 65_535 });
// `nginx -t` binds these, so they must be of this machine, and allowed to everyone.
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some((it) => it.address === "::1"),
);
const listenHost = fc.constantFrom("127.0.0.1", "0.0.0.0", ...(hasIpv6 ? ["::1", "::"] : []));
const listenPort = fc.integer({ min: 1_024, max: 65_535 });
const address = fc.record({ host, port });
const printable = fc.string({
  unit: fc.constantFrom(..."abcXYZ019 ;{}'#%&()*+,-.:=?@[]^_`|~<>!é"),
  minLength: 1,
  maxLength: 20,
});
const text = (characters: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), maxLength });
const header = text("abcxyz019-", 60).map((middle) => `a${middle}z`);
const replica = fc.record({
  id: text("abcXYZ019._-", 63).map((rest) => `s${rest}`),
  http: address,
  grpc: address,
  down: fc.boolean(),
  weight: fc.constantFrom(1, 1, 2, 10, 300),
  maxConns: fc.constantFrom(0, 0, 1, 65_535),
  backup: fc.boolean(),
});
const network = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4().map((ip) => `${ip}/32`),
  fc.ipV6().map((ip) => `${ip}/128`),
  fc.constantFrom("0.0.0.0/0", "10.0.0.0/8", "192.0.2.128/25", "::/0", "2001:DB8::/32"),
);

/** Any fleet that a user could wish for; a few of them clash with themselves, or are too much for their NGINX. */
export function anyFleet(options: {
  readonly nginx: string;
  readonly folder: string;
  /** Paths of files for each place. */
  readonly files: { readonly http: readonly string[]; readonly server: readonly string[] };
}): fc.Arbitrary<PlainFleet> {
  const { nginx, folder, files } = options;
  return fc.record({
    nginx: fc.constant(nginx),
    http: fc.record({ host: listenHost, port: listenPort }),
    grpc: fc.record({ host: listenHost, port: listenPort }),
    replicas: fc.uniqueArray(replica, { minLength: 1, maxLength: 12, selector: ({ id }) => id }),
    strategy: fc.constantFrom(
      "round-robin",
      "least-conn",
      "random-two",
      "ip-hash",
      "hash",
      "least-time",
      "sticky",
    ),
    hashOn: fc.oneof(
      fc.constant("client-address"),
      header.map((name) => `header:${name.toUpperCase()}`),
    ),
    trustedProxies: fc.array(network, { maxLength: 5 }),
    directives: fc.record({
      http: some(files.http),
      server: some(files.server),
    }),
    sessionHeader: header,
    maxFails: fc.integer({ min: 0, max: 1_000 }),
    failTimeoutMs: fc.integer({ min: 1, max: 600 }).map((s) => s * 1_000),
    bodyLimitBytes: fc.integer({ min: 1, max: 2 ** 36 }),
    grpcMessageLimitBytes: fc.integer({ min: 1, max: 2 ** 32 }),
    headerLimitBytes: fc.integer({ min: 1_024, max: 2 ** 20 }),
    deadlineMs: fc.integer({ min: 1, max: 86_400_000 }),
    grpcStreamsLimit: fc.integer({ min: 1, max: 65_535 }),
    connectionsLimit: fc.integer({ min: 64, max: 262_144 }),
    folder: printable.map((name) => `${folder}/${name.replaceAll(/^\.+$/g, "x")}`),
    asRoot: fc.constant(process.getuid?.() === 0),
  });
}

function some(paths: readonly string[]): fc.Arbitrary<readonly DirectiveFile[]> {
  return fc
    .subarray([...paths])
    .chain((chosen) =>
      fc.tuple(...chosen.map((path) => printable.map((source) => ({ path, source })))),
    );
}
