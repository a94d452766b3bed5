export type Environment = Readonly<Record<string, string>>;

/** Runs a command to its end: what it printed. Rejects with that, where it fails or there is no such command. */
export async function run(
  command: readonly string[],
  options: { readonly environment?: Environment; readonly folder?: string } = {},
): Promise<string> {
  const { environment = {}, folder } = options;
  const env = { ...Bun.env, ...environment };
  // By the PATH that it gets: Bun looks in its own.
  const program = Bun.which(command[0] ?? "", { PATH: env["PATH"] ?? "" });
  if (program === null) throw new Error(`there is no ${command[0]}`);
  const child = Bun.spawn([program, ...command.slice(1)], {
    env,
    ...(folder !== undefined && { cwd: folder }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, problems, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}\n${out}\n${problems}`);
  return out;
}
