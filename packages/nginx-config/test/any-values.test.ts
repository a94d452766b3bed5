import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type PlainFleet, parseFleetSpec } from "../src/fleet-spec.ts";
import { anyFleet } from "./any-fleet.ts";
import { plainFleet, renderPlain } from "./plain-fleet.ts";

const { replicas } = plainFleet();
const [first] = replicas;
if (first === undefined) throw new Error("the fleet has replicas");

test("equal fleets are rendered to equal bytes, in whatever order they are told", () => {
  const files = { http: ["/http/1", "/http/2", "/http/3"], server: ["/server/1", "/server/2"] };
  const fleet = anyFleet({ nginx: "1.31.0", folder: "/state", files }).filter(
    (plain) => parseFleetSpec(plain).ok,
  );
  const shuffled = fleet.chain((plain) =>
    fc.record({
      plain: fc.constant(plain),
      replicas: shuffle(plain.replicas),
      trustedProxies: shuffle(plain.trustedProxies),
      http: shuffle(plain.directives.http),
      server: shuffle(plain.directives.server),
    }),
  );
  fc.assert(
    fc.property(shuffled, ({ plain, http, server, ...changes }) => {
      const other = { ...plain, ...changes, directives: { http, server } };

      expect(renderPlain(other)).toBe(renderPlain(plain));
    }),
  );
});

function shuffle<T>(items: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });
}

/** Where a text from outside goes, and as which setting it is refused. */
const FIELDS: Readonly<Record<string, (text: string) => Partial<PlainFleet>>> = {
  host: (text) => ({ http: { host: text, port: 8000 } }),
  "replicas[0].id": (text) => ({ replicas: [{ ...first, id: text }] }),
  "replicas[0].http.host": (text) => ({
    replicas: [{ ...first, http: { host: text, port: 8101 } }],
  }),
  strategy: (text) => ({ strategy: text as PlainFleet["strategy"] }),
  hash_on: (text) => ({ hashOn: `header:${text}` }),
  trusted_proxies: (text) => ({ trustedProxies: [`10.0.0.1${text}`] }),
  session_header: (text) => ({ sessionHeader: text }),
};

const QUOTED: typeof FIELDS = {
  state: (text) => ({ folder: `/state${text}` }),
  nginx_directives: (text) => ({
    directives: { http: [], server: [{ path: `/a${text}.conf`, source: "a.conf" }] },
  }),
};

const COMMENTED: typeof FIELDS = {
  nginx_directives: (text) => ({
    directives: { http: [{ path: "/a.conf", source: text }], server: [] },
  }),
};

describe.each([
  { place: "as a word", fields: FIELDS, special: " ;{}\"'$\\#\n\r\t\0" },
  { place: "in quotes", fields: QUOTED, special: '"\\$\n\r\t\0' },
  { place: "in a comment", fields: COMMENTED, special: "\n\r\0" },
])("a text that would stand $place and mean more there is refused", ({ fields, special }) => {
  const hostile = fc
    .tuple(fc.string({ maxLength: 8 }), fc.constantFrom(...special), fc.string({ maxLength: 8 }))
    .map((parts) => parts.join(""));

  test.each(Object.keys(fields))("%s", (setting) => {
    fc.assert(
      fc.property(hostile, (text) => {
        const parsed = parseFleetSpec(plainFleet(fields[setting]?.(text)));
        const problems = parsed.ok ? [] : parsed.problems;

        expect(problems).toHaveLength(1);
        expect(problems[0]).toStartWith(`${setting}: `);
        expect(problems[0]).not.toInclude("\n");
      }),
    );
  });
});
