import { join } from "node:path";
import { parseArgs } from "node:util";
import { print } from "../print.ts";
import { type Guarded, measureGuard } from "./measure-guard.ts";

/** What was recorded, and how many times that a request may cost before it counts as a regression. */
export interface Guard {
  readonly http: number;
  readonly grpc: number;
  readonly allowed: number;
}

const FILE = join(import.meta.dir, "../../guard.json");

/** Over what a machine with six times as much to do as it can does to such a ratio. */
const ALLOWED = 3;

export async function readGuard(): Promise<Guard> {
  return await Bun.file(FILE).json();
}

/** What costs too much now, by protocol. */
export function regressions(measured: Guarded, guard: Guard): readonly string[] {
  return (["http", "grpc"] as const).flatMap((protocol) => {
    const most = guard[protocol] * guard.allowed;
    if (measured[protocol] <= most) return [];
    return `${protocol}: a request costs ${measured[protocol].toFixed(2)} times the reference's CPU time, expected at most ${most.toFixed(2)}; mend: make it cheaper, or \`bun run bench guard --write\` and say why`;
  });
}

/** `bun run bench guard`: what the test guards; `--write` records it anew. */
export async function guard(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: { write: { type: "boolean", default: false } },
  });
  const recorded = await readGuard();
  // What is recorded is the best of all rounds.
  const isSettled = (so: Guarded) => !values.write && regressions(so, recorded).length === 0;
  const measured = await measureGuard(isSettled);
  for (const protocol of ["http", "grpc"] as const) {
    print(`${protocol}: × ${measured[protocol].toFixed(2)} of the reference's CPU time`);
  }
  if (values.write) {
    const rounded = (value: number) => Number(value.toFixed(2));
    const anew: Guard = {
      http: rounded(measured.http),
      grpc: rounded(measured.grpc),
      allowed: ALLOWED,
    };
    await Bun.write(FILE, `${JSON.stringify(anew, null, 2)}\n`);
    return 0;
  }
  const problems = regressions(measured, recorded);
  for (const problem of problems) print(problem);
  return problems.length === 0 ? 0 : 1;
}
