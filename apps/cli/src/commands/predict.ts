import { refused } from "@flotilla/common/checked";
import type { Settings } from "@flotilla/common/settings";
import { parseJson } from "@flotilla/inference/parse-json";
import { EXIT_CONFIGURATION, EXIT_FAILED } from "../exit-codes.ts";
import { hostAndPort } from "../host-and-port.ts";
import { askModel, type ModelAnswer } from "../predict/ask-model.ts";
import { readBody } from "../predict/read-body.ts";
import { escapeControls, escapeText } from "../screen/escape-controls.ts";
import { answerLines } from "../screen/prediction-lines.ts";

export interface PredictOptions {
  readonly settings: Settings;
  /** A text or a request's JSON object; "-" or nothing for standard input. */
  readonly text: string | undefined;
  readonly model?: ModelName;
  readonly session?: string;
  readonly timeoutMs?: number;
  readonly json?: true;
  readonly terminal: Terminal;
}

export interface ModelName {
  readonly name: string;
  readonly version: string | undefined;
}

/** Where the command is typed. */
export interface Terminal {
  readonly write: (text: string) => void;
  /** What is said beside the result. */
  readonly note: (text: string) => void;
  readonly writeProblems: (problems: readonly string[]) => void;
  /** Somebody watches what is written. */
  readonly isWatched: boolean;
  /** Standard input is a keyboard. */
  readonly isTypedInto: boolean;
  readonly input: () => ReadableStream<Uint8Array>;
}

/** NGINX gives up on a replica some seconds after the deadline, and says so. */
const BEYOND_DEADLINE_MS = 10_000;
const JSON_DEPTH_LIMIT = 1_000;

/** Asks a model through NGINX and prints what a person wants to know; the answer is the exit code. */
export async function runPredict(options: PredictOptions): Promise<number> {
  const { settings, terminal } = options;
  const { write, writeProblems } = terminal;
  const body =
    options.text === undefined && terminal.isTypedInto
      ? refused("TEXT is missing; mend: flotilla predict 'a text', or pipe one into it")
      : await readBody({
          argument: options.text ?? "-",
          input: terminal.input,
          limitBytes: settings.body_limit_bytes,
        });
  if (!body.ok) {
    writeProblems(body.problems);
    return EXIT_CONFIGURATION;
  }
  let streamed = "";
  const onToken = (token: string) => {
    streamed += token;
    write(escapeText(token));
  };
  const answer = await askModel({
    url: `http://${hostAndPort(settings.host, settings.http_port)}${pathOf(options.model)}`,
    body: body.value,
    headers: headersOf(options),
    timeoutMs: (options.timeoutMs ?? settings.deadline_ms) + BEYOND_DEADLINE_MS,
    onToken: showsTokens(options) ? onToken : undefined,
  });
  if (streamed !== "") write("\n");
  if (!answer.ok) {
    writeProblems(answer.problems);
    return EXIT_FAILED;
  }
  return show(options, { ...answer.value, streamed });
}

/** A conversation's reply is worth watching; other answers come at once. */
function showsTokens({ session, json, terminal }: PredictOptions): boolean {
  return session !== undefined && !json && terminal.isWatched;
}

function show(
  { json, terminal }: PredictOptions,
  answer: ModelAnswer & { readonly streamed: string },
): number {
  const { write, note, writeProblems } = terminal;
  const parsed = parseJson(answer.body, JSON_DEPTH_LIMIT);
  if (!parsed.ok) {
    writeProblems([
      `the answer is no JSON (${parsed.failure.detail}); mend: see who answers there`,
    ]);
    return EXIT_FAILED;
  }
  if (json) {
    // As it came: no number changes.
    write(`${escapeText(answer.body.trim())}\n`);
    return 0;
  }
  const lines = answerLines(parsed.value);
  // What was streamed is provisional.
  if (escapeText(answer.streamed) !== lines.join("\n")) write(`${lines.join("\n")}\n`);
  note(escapeControls(whoAnswered(parsed.value, answer)));
  return 0;
}

/** "server-2, sentiment/1, 12 ms (queue 0.2, infer 11.1)" */
function whoAnswered(body: unknown, { ms, timing }: ModelAnswer): string {
  const { server_id, model, version, session_id, turn } = Object(body);
  const times = [...(timing ?? "").matchAll(/(\w+);dur=([\d.]+)/g)]
    .filter(([, , duration]) => Number(duration) >= 0.05)
    .map(([, name, duration]) => `${name} ${Number(duration).toFixed(1)}`);
  return [
    server_id && `${server_id}, ${model}/${version}`,
    session_id && `turn ${turn} of --session ${session_id}`,
    `${ms.toFixed(0)} ms${times.length === 0 ? "" : ` (${times.join(", ")})`}`,
  ]
    .filter(Boolean)
    .join(", ");
}

function pathOf(model: ModelName | undefined): string {
  if (model === undefined) return "/predict";
  const { name, version } = model;
  return version === undefined
    ? `/models/${name}/predict`
    : `/models/${name}/versions/${version}/predict`;
}

function headersOf(options: PredictOptions): Readonly<Record<string, string>> {
  const { session, timeoutMs, settings } = options;
  return {
    ...(session === undefined ? {} : { [settings.session_header]: session }),
    ...(timeoutMs === undefined ? {} : { "x-timeout-ms": String(timeoutMs) }),
  };
}
