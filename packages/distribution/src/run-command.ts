import { type Checked, refused } from "@flotilla/common/checked";

export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

const QUOTED_LINES = 8;

/** Runs a program to its end. A failure quotes the last lines that it printed. */
export async function runCommand(options: {
  readonly command: readonly string[];
  readonly cwd?: string;
}): Promise<Checked<CommandOutput>> {
  const shown = options.command.join(" ");
  try {
    const child = Bun.spawn([...options.command], {
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      // What apt and dpkg say is quoted and parsed: not in the user's language.
      env: { ...Bun.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    // Whoever is told to stop while it waits for a download leaves no download behind.
    const endWithUs = () => child.kill();
    process.once("exit", endWithUs);
    const [stdout, stderr, code] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    process.off("exit", endWithUs);
    if (code === 0) return { ok: true, value: { stdout, stderr } };
    const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
    return refused(
      [`\`${shown}\` ended with ${code}:`, ...lines.slice(-QUOTED_LINES)].join("\n    "),
    );
  } catch (error) {
    return refused(`\`${shown}\` could not be started: ${error}`);
  }
}
