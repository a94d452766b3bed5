import { describe, expect, test } from "bun:test";
import {
  parseDeb822Sources,
  parseOneLineSources,
  renderDeb822Sources,
  sourcesOfSuite,
} from "./apt-sources.ts";

const debian = `
Types: deb deb-src
# the mirror nearby
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc=
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb-src
URIs: http://sources.example/debian
Suites: bookworm
Components: main
`;

describe("the machine's apt sources", () => {
  test("are read from paragraphs, without those that are switched off or hold only sources", () => {
    expect(parseDeb822Sources(debian)).toEqual([
      {
        uris: ["http://mirror.example/debian"],
        suites: ["bookworm", "bookworm-updates", "bookworm-backports"],
        components: ["main", "contrib"],
        trust: new Map([["signed-by", "/usr/share/keyrings/debian-archive-keyring.gpg"]]),
      },
      {
        uris: ["http://mirror.example/debian-security"],
        suites: ["bookworm-security"],
        components: ["main"],
        trust: new Map([
          [
            "signed-by",
            "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc=\n -----END PGP PUBLIC KEY BLOCK-----",
          ],
        ]),
      },
    ]);
  });

  test("are read from lines, with and without options", () => {
    const lines = [
      "# deb http://off.example/ubuntu noble main",
      "deb http://mirror.example/ubuntu noble main universe # ours",
      "deb-src http://mirror.example/ubuntu noble main",
      "deb [arch=amd64 signed-by=/a.gpg,/b.gpg] http://mirror.example/ubuntu noble-security main",
      "deb http://flat.example/ubuntu ./",
    ];

    expect(parseOneLineSources(lines.join("\n"))).toEqual([
      {
        uris: ["http://mirror.example/ubuntu"],
        suites: ["noble"],
        components: ["main", "universe"],
        trust: new Map(),
      },
      {
        uris: ["http://mirror.example/ubuntu"],
        suites: ["noble-security"],
        components: ["main"],
        trust: new Map([["signed-by", "/a.gpg /b.gpg"]]),
      },
    ]);
  });

  test("are written as they were read", () => {
    const sources = parseDeb822Sources(debian);

    expect(parseDeb822Sources(renderDeb822Sources(sources))).toEqual(sources);
  });
});

describe("the sources of a suite", () => {
  const suitesOf = (suite: string, codename = "bookworm") =>
    sourcesOfSuite({ sources: parseDeb822Sources(debian), codename, suite }).map(
      ({ uris, suites, components }) => [...uris, ...suites, ...components].join(" "),
    );

  test("are the machine's own with their updates, for the host", () => {
    expect(suitesOf("host")).toEqual([
      "http://mirror.example/debian bookworm bookworm-updates main",
      "http://mirror.example/debian-security bookworm-security main",
    ]);
  });

  test("have the suite's name in place of the machine's", () => {
    expect(suitesOf("trixie")).toEqual([
      "http://mirror.example/debian trixie trixie-updates main",
      "http://mirror.example/debian-security trixie-security main",
    ]);
  });

  test("are one archive only for unstable, which has no updates apart", () => {
    expect(suitesOf("sid")).toEqual(["http://mirror.example/debian sid main"]);
  });

  test("leave out what other projects offer for the same suite", () => {
    const text =
      "deb http://other.example/linux bookworm stable\ndeb http://m.example/d stable main";
    const sources = parseOneLineSources(text);

    expect(
      sourcesOfSuite({ sources, codename: "bookworm", suite: "host" }).flatMap(({ uris }) => uris),
    ).toEqual(["http://m.example/d"]);
  });
});
