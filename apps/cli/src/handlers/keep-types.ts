import { join } from "node:path";
import type { Report } from "../commands/report.ts";
import type { Screen } from "../screen/screen.ts";
import { foldersWith } from "./folders-with.ts";

const TIMEOUT_MS = 120_000;

export interface KeepTypesOptions {
  readonly screen: Pick<Screen, "step">;
  /** Aborted when the supervisor ends. */
  readonly ended: AbortSignal;
}

/** Writes the types of all handlers and shows what it wrote. What is wrong, a start says, too. */
export async function keepTypes(models: string, options: KeepTypesOptions): Promise<void> {
  try {
    if (foldersWith("handler.ts", models).length === 0) return;
    const lines = await typesOf(models, options.ended);
    for (const line of lines.filter((one) => !one.endsWith(" is fresh"))) options.screen.step(line);
  } catch {
    // A help for editors, and no reason to end a fleet.
  }
}

/** By a process of its own: what ONNX Runtime and a large model take of memory ends with it. */
async function typesOf(models: string, signal: AbortSignal): Promise<Report["lines"]> {
  const types = Bun.spawn([process.execPath, join(import.meta.dir, "types-process.ts"), models], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    timeout: TIMEOUT_MS,
    signal,
  });
  return (JSON.parse(await types.stdout.text()) as Report).lines;
}

/** What the types are made of. */
export function concernsTypes(path: string): boolean {
  return /\.onnx$|(^|\/)(model\.yaml|handler\.ts)$/.test(path);
}
