/** It looks up the names in a user's directives, and a name server may be silent. */
const TIMEOUT_MS = 30_000;

/**
 * What `nginx -t` has against a configuration; empty: nothing. With `-q` it prints only problems, and a warning is
 * one: a balancing method after `keepalive` is switched off with no more than that.
 */
export async function checkNginxConfiguration(options: {
  readonly nginx: string;
  readonly folder: string;
  readonly configuration: string;
}): Promise<readonly string[]> {
  const { nginx, folder, configuration } = options;
  const test = Bun.spawn([nginx, "-t", "-q", "-p", folder, "-c", configuration, "-e", "stderr"], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    timeout: TIMEOUT_MS,
  });
  const [said, code] = await Promise.all([test.stderr.text(), test.exited]);
  const lines = said
    .split("\n")
    .filter(
      (line) => line.trim() !== "" && !/^nginx: configuration file .* test failed$/.test(line),
    )
    // Time and pid of a test that is over say nothing.
    .map((line) => line.replace(/^\S+ \S+ (\[\w+\]) \d+#\d+: /, "$1 "));
  const failed = code !== 0 && lines.length === 0;
  const ended =
    test.signalCode === null ? `ended with exit code ${code}` : `took over ${TIMEOUT_MS / 1_000} s`;
  return failed ? [`nginx -t ${ended}`] : [...new Set(lines)];
}
