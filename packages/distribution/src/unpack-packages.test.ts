import { expect, test } from "bun:test";
import { codenameOf } from "./private-apt.ts";
import { librariesIn } from "./unpack-packages.ts";

test("only libraries count among the packages that a program depends on", () => {
  expect(
    librariesIn("libc6 (>= 2.38), libssl3t64 (>= 3.5.0) | libssl3, zlib1g, iproute2, nginx-common"),
  ).toEqual(["libc6", "libssl3t64", "zlib1g"]);
});

test("a derivative's packages are those of the suite that it stands on", () => {
  expect(codenameOf("ID=debian\nVERSION_CODENAME=bookworm\n")).toBe("bookworm");
  expect(codenameOf('VERSION_CODENAME=wilma\nUBUNTU_CODENAME="noble"\n')).toBe("noble");
});
