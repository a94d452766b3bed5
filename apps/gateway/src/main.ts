import { readSettings } from "@flotilla/common/read-settings";
import { startGateway } from "./start-gateway.ts";

const writeProblems = (problems: readonly string[]) => {
  process.stderr.write(problems.map((problem) => `${problem}\n`).join(""));
};

const read = readSettings({ flags: {}, environment: process.env, file: undefined });
if (read.ok) {
  const supervised = process.env["FLOTILLA_SUPERVISED"] === "1";
  const { settings } = read.value;
  await startGateway({ settings, supervised, exit: process.exit, writeProblems });
} else {
  writeProblems(read.problems);
  process.exit(2);
}
