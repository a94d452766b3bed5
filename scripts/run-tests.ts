import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Tests start NGINX, replicas and downloads: a slow machine is not a failed test. bunfig.toml's own is ignored. */
const TIMEOUT = "--timeout=120000";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Runs one folder's tests in a process of their own and counts what the runner itself reported (JUnit). A runner that
 * fails without a failed test (a file that does not load, a crash) counts as one failure.
 */
export async function runTests(root: string, folder: string): Promise<Counts> {
  const reports = await mkdtemp(join(tmpdir(), "flotilla-tests-"));
  const report = join(reports, "junit.xml");
  try {
    const runner = Bun.spawn(
      [
        process.execPath,
        "test",
        folder,
        TIMEOUT,
        "--reporter=junit",
        `--reporter-outfile=${report}`,
      ],
      { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
    );
    const exitCode = await runner.exited;
    const file = Bun.file(report);
    const counts = readJunit((await file.exists()) ? await file.text() : "");
    return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    await rm(reports, { recursive: true, force: true });
  }
}

/** The totals in the head of a JUnit report; all zero where there is none. */
export function readJunit(xml: string): Counts {
  const head = /<testsuites\b[^>]*>/.exec(xml)?.[0] ?? "";
  const total = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = total("failures") + total("errors");
  const skipped = total("skipped");
  return { passed: total("tests") - failed - skipped, failed, skipped };
}

export function closingLine({ passed, failed, skipped }: Counts): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}
