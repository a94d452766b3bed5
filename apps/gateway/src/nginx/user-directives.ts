import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import type { DirectiveFile, PlainFleet } from "@flotilla/nginx-config/fleet-spec";

/** A user's own NGINX directives, as the renderer includes them. */
export type UserDirectives = PlainFleet["directives"];

interface DirectiveFolders {
  /** The user's, with `http.d/` and `server.d/`; may be missing. */
  readonly from: string;
  /** NGINX's own, where the copies go. */
  readonly nginx: string;
}

const PLACES = { http: "http.d", server: "server.d" } as const;

const FILES_LIMIT = 32;
const FILE_BYTES_LIMIT = 64 * 1024;
/** What may stand in a configuration between quotes, and in a message of NGINX's. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.conf$/;

/**
 * Reads the user's directives and copies them to where NGINX reads them. A copy's name holds its content's digest: a
 * file that is edited later changes nothing until it is read, tested and loaded.
 */
export function readDirectives(folders: DirectiveFolders): Checked<UserDirectives> {
  const http = readFolder(folders, "http");
  const server = readFolder(folders, "server");
  const problems = [http, server].flatMap((read) => (read.ok ? [] : read.problems));
  return http.ok && server.ok
    ? { ok: true, value: { http: http.value, server: server.value } }
    : refused(...problems);
}

function readFolder(
  { from, nginx }: DirectiveFolders,
  place: keyof UserDirectives,
): Checked<readonly DirectiveFile[]> {
  const folder = resolve(from, PLACES[place]);
  const names = listConf(folder);
  if (!names.ok) return names;
  if (names.value.length > FILES_LIMIT) {
    const mend = "mend: put several into one file";
    return refused(
      `${folder}: ${names.value.length} files, and ${FILES_LIMIT} are the most; ${mend}`,
    );
  }
  const read = names.value.map((file) => copyFile(join(folder, file), copiesIn(nginx, place)));
  const problems = read.flatMap((one) => (one.ok ? [] : one.problems));
  return problems.length > 0
    ? refused(...problems)
    : { ok: true, value: read.flatMap((one) => (one.ok ? [one.value] : [])) };
}

function copiesIn(nginx: string, place: keyof UserDirectives): string {
  return join(nginx, "directives", PLACES[place]);
}

function listConf(folder: string): Checked<readonly string[]> {
  try {
    const names = readdirSync(folder).filter((file) => file.endsWith(".conf"));
    return { ok: true, value: names.toSorted() };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? { ok: true, value: [] } : refused(`${folder}: ${message}`);
  }
}

function copyFile(source: string, folder: string): Checked<DirectiveFile> {
  const name = basename(source);
  if (!NAME.test(name)) {
    const shown = JSON.stringify(name);
    return refused(
      `${dirname(source)}: ${shown}: mend: name it with letters, digits, dots, hyphens and underscores`,
    );
  }
  try {
    const text = readFileSync(source);
    if (text.length > FILE_BYTES_LIMIT) {
      return refused(`${source}: ${text.length} bytes, and ${FILE_BYTES_LIMIT} are the most`);
    }
    const path = join(folder, `${Bun.SHA256.hash(text, "hex").slice(0, 16)}-${name}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
    return { ok: true, value: { path, source } };
  } catch (error) {
    return refused(`${source}: ${(error as Error).message}`);
  }
}

/**
 * The directives that a configuration includes: a gateway that comes after another goes on with what NGINX runs with,
 * and not with what a user may be writing just now.
 */
export function includedDirectives(configuration: string, nginx: string): UserDirectives {
  const files = [...configuration.matchAll(/^ *# (.+)\n *include "([^"]+)";$/gm)].map(
    ([, source = "", path = ""]) => ({ source, path }),
  );
  const included = (place: keyof UserDirectives) => {
    const here = files.filter(({ path }) => dirname(path) === copiesIn(nginx, place));
    // Each server includes them.
    return here.filter(({ path }, at) => here.findIndex((other) => other.path === path) === at);
  };
  return { http: included("http"), server: included("server") };
}

/** Removes the copies that are not among these. */
export function removeOldCopies(nginx: string, { http, server }: UserDirectives): void {
  const used = new Set([...http, ...server].map(({ path }) => path));
  for (const place of ["http", "server"] as const) {
    const folder = copiesIn(nginx, place);
    const names = listConf(folder);
    const copies = names.ok ? names.value.map((name) => join(folder, name)) : [];
    for (const copy of copies) if (!used.has(copy)) rmSync(copy, { force: true });
  }
}

/** NGINX's words about a copy, with the user's own file in its place. */
export function withSources(
  problems: readonly string[],
  { http, server }: UserDirectives,
): readonly string[] {
  return problems.map((problem) =>
    [...http, ...server].reduce((text, { path, source }) => text.replaceAll(path, source), problem),
  );
}
