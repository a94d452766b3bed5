import type { HttpTarget } from "../stacks/stack.ts";
import type { LoadResult } from "./load-result.ts";
import { runGenerator } from "./run-generator.ts";

export interface ClosedLoop {
  readonly connections: number;
  /** Whole seconds: wrk takes no other. */
  readonly seconds: number;
}

/** HTTP/1.1 in a closed loop, the bodies by turns. */
export function wrkLoad(path: string, target: HttpTarget, loop: ClosedLoop): Promise<LoadResult> {
  const { connections, seconds } = loop;
  return runGenerator({
    files: { "requests.lua": wrkScript(target) },
    command: (pathOf) => [
      path,
      "-t1",
      `-c${connections}`,
      `-d${seconds}`,
      "--timeout=10",
      "-s",
      pathOf("requests.lua"),
      `http://${target.address}${target.path}`,
    ],
    read: (output, cpuMs) => ({ ...readWrk(output), cpuMs }),
  });
}

const MARK = "RESULT ";

/** No function for each answer, which would cost more than the request: wrk itself counts what is over 399. */
export function wrkScript({ path, bodies }: HttpTarget): string {
  return `local bodies = {
${bodies.map(luaText).join(",\n")}
}
local requests, turn = {}, 0

function init()
  local headers = { ["content-type"] = "application/json" }
  for at, body in ipairs(bodies) do
    requests[at] = wrk.format("POST", ${luaText(path)}, headers, body)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '${MARK}{"answers":%d,"us":%d,"refused":%d,"broken":%d,"p50Us":%d,"p99Us":%d}\\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
`;
}

/** In brackets of a length that the text does not hold. */
function luaText(text: string): string {
  let level = "=";
  while (text.includes(`]${level}`)) level += "=";
  return `[${level}[${text}]${level}]`;
}

/** What the script wrote at the end. */
export function readWrk(output: string): Omit<LoadResult, "cpuMs"> {
  const line = output.split("\n").find((one) => one.startsWith(MARK));
  if (line === undefined) throw new Error(`wrk gave no result:\n${output}`);
  const said: Readonly<
    Record<"answers" | "us" | "refused" | "broken" | "p50Us" | "p99Us", number>
  > = JSON.parse(line.slice(MARK.length));
  return {
    answers: said.answers - said.refused,
    failed: said.refused + said.broken,
    ms: said.us / 1000,
    p50Ms: said.p50Us / 1000,
    p99Ms: said.p99Us / 1000,
  };
}
