import { CommanderError } from "commander";
import { version } from "../package.json" with { type: "json" };
import { runDev } from "./commands/dev.ts";
import { stopRequests } from "./commands/stop-requests.ts";
import { createProgram } from "./create-program.ts";
import { EXIT_CONFIGURATION } from "./exit-codes.ts";
import { readCommandSettings } from "./read-command-settings.ts";
import { createScreen } from "./screen/screen.ts";

const environment = process.env;
// Nobody reads any more. To a fleet it is a hang-up, and no reason to leave requests unfinished; the rest is done.
process.stdout.on("error", () => {
  if (process.listenerCount("SIGHUP") === 0) process.exit(0);
  process.kill(process.pid, "SIGHUP");
});
const write = (text: string) => process.stdout.write(text);
const writeProblems = (problems: readonly string[]) => {
  process.stderr.write(problems.map((problem) => `${problem}\n`).join(""));
};
/** A line that wraps could not be shown in place of the last. */
const showProgress = (line: string) =>
  process.stderr.write(`\r\u001b[K${line.slice(0, process.stderr.columns - 1)}`);

const isPlain = Boolean(environment["NO_COLOR"]);
const note = (text: string) => {
  const dim = process.stderr.isTTY === true && !isPlain;
  process.stderr.write(dim ? `\u001b[2m${text}\u001b[0m\n` : `${text}\n`);
};

const program = createProgram({
  version,
  write,
  writeProblems,
  note,
  written: () => new Promise((resolve) => process.stdout.end(resolve)),
  isWatched: process.stdout.isTTY === true,
  isTypedInto: process.stdin.isTTY === true,
  input: () => Bun.stdin.stream(),
  progress: process.stderr.isTTY === true ? showProgress : undefined,
  exit: (code) => process.exit(code),
  environment,
  onInterrupt: (listener) => process.on("SIGINT", listener),
  readSettings: (options) => readCommandSettings({ options, environment }),
  doctor: async (options) => {
    // gRPC takes longer to load than the other commands to answer.
    const { runDoctor } = await import("./commands/doctor.ts");
    return await runDoctor({ ...options, environment, write });
  },
  dev: ({ settings, file }, readSettings) =>
    runDev({
      settings,
      settingsFile: file,
      readSettings,
      environment,
      screen: createScreen({
        write,
        colours: process.stdout.isTTY === true && !isPlain,
      }),
      writeProblems,
      stop: stopRequests((signal, listener) => process.on(signal, listener)),
      atExit: (end) => process.on("exit", end),
    }),
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has said what is wrong; it ends with 1 where this CLI says 2. Asking for help is no mistake.
  process.exit(error.exitCode === 0 ? 0 : EXIT_CONFIGURATION);
}
