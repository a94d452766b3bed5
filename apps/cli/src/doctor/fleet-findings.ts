import type { Settings } from "@flotilla/common/settings";
import { connectHealth } from "@flotilla/proto/health-connection";
import { askFleet, type FleetAnswer } from "../commands/ask-fleet.ts";
import { hostAndPort } from "../host-and-port.ts";
import { type FleetStatus, statusSummary } from "../screen/status-lines.ts";
import { type Finding, judge } from "./finding.ts";

const TIMEOUT_MS = 5_000;
const SETTLE_MS = 2_000;
/** A `date` header has whole seconds. */
const CLOCK_DIFFERENCE_MAX_MS = 2_000;

/** Of a fleet that runs: what its gateway says, and whether requests come through NGINX. */
export async function fleetFindings(
  settings: Settings,
  supervisor: number | undefined,
): Promise<readonly Finding[]> {
  const url = `http://${hostAndPort(settings.ops_host, settings.ops_port)}/status`;
  const status = await settledStatus(url);
  if (!status.ok && supervisor === undefined) {
    return [{ check: "fleet", mark: "note", text: `none runs: ${status.problems.join("; ")}` }];
  }
  const gateway = status.ok
    ? statusFindings(status.value)
    : judge(
        "fleet",
        status.problems.map((problem) => `its supervisor runs (pid ${supervisor}), but ${problem}`),
        "",
      );
  const passed = await Promise.all([httpFindings(settings), grpcFindings(settings)]);
  return [...gateway, ...passed.flat()];
}

/** A gateway that has just started, or a replica that comes or goes, is behind for a moment. */
async function settledStatus(url: string): Promise<FleetAnswer<FleetStatus>> {
  const status = await askFleet<FleetStatus>(url);
  if (!status.ok || lagOf(status.value).length === 0) return status;
  await Bun.sleep(SETTLE_MS);
  return await askFleet<FleetStatus>(url);
}

function lagOf({ nginx }: FleetStatus): readonly string[] {
  return nginx.in_step === false && nginx.refused?.length === 0
    ? ["NGINX does not serve yet with what it should have; mend: see the fleet's log"]
    : [];
}

function statusFindings(status: FleetStatus): readonly Finding[] {
  const { nginx, replicas } = status;
  const refusals = nginx.refused?.map((problem) => `NGINX refuses what it should have: ${problem}`);
  const others = replicas.filter(({ state }) => state !== "serving");
  return [
    ...judge("fleet", [...(refusals ?? []), ...lagOf(status)], statusSummary(status)),
    ...others.map(({ id, state, reason }): Finding => {
      // An operator wanted it so.
      const isMeant = state === "drained" || state === "draining";
      return {
        check: "fleet",
        mark: isMeant ? "note" : "wrong",
        text: `${id}: ${reason ?? state}`,
      };
    }),
  ];
}

async function httpFindings({ host, http_port }: Settings): Promise<readonly Finding[]> {
  const url = `http://${hostAndPort(host, http_port)}/health/ready`;
  const start = performance.now();
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const ms = (performance.now() - start).toFixed(0);
    const problem = `${url} answers ${answer.status}; mend: \`flotilla status\` shows who serves`;
    return [
      ...judge("http", answer.ok ? [] : [problem], `${url} answers in ${ms} ms`),
      ...clockFindings(answer.headers.get("date")),
    ];
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    const why = name === "TimeoutError" ? `no answer within ${TIMEOUT_MS} ms` : (code ?? message);
    const problem = `${url}: ${why}; mend: the fleet's log says what NGINX lacks`;
    return judge("http", [problem], "");
  }
}

/** Deadlines count from NGINX's clock, conversations expire by the replicas'. */
function clockFindings(date: string | null): readonly Finding[] {
  const difference = Date.now() - Date.parse(date ?? "");
  if (Number.isNaN(difference)) return [];
  const problem = `this machine's differs from NGINX's by ${(difference / 1_000).toFixed(0)} s; mend: have both synchronised`;
  const isFar = Math.abs(difference) > CLOCK_DIFFERENCE_MAX_MS;
  return judge("clock", isFar ? [problem] : [], "as NGINX's");
}

async function grpcFindings({ host, grpc_port }: Settings): Promise<readonly Finding[]> {
  const address = hostAndPort(host, grpc_port);
  using health = connectHealth(address);
  const start = performance.now();
  const why = await health.check(TIMEOUT_MS);
  const ms = (performance.now() - start).toFixed(0);
  const problem = `${address}: ${why}; mend: \`flotilla status\` shows who serves`;
  return judge("grpc", why === undefined ? [] : [problem], `${address} answers in ${ms} ms`);
}
