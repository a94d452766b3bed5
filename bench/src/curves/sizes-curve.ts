import { services } from "@flotilla/proto/services";
import { identityModel } from "@flotilla/testkit/onnx-builder";
import { writeModels } from "@flotilla/testkit/write-models";
import { lineChart } from "../compare/line-chart.ts";
import { thousands } from "../compare/show-round.ts";
import { markdownTable } from "../markdown-table.ts";
import { print } from "../print.ts";
import type { Curve } from "./curve.ts";
import { measurePoint, type Point, warmUp } from "./measure-point.ts";
import { type OpenFleet, openFleet } from "./open-fleet.ts";
import { bytes, milliseconds, perSecond, short } from "./show-figures.ts";

/** Numbers of one request: the last but one is near HTTP's limit as JSON, the last is 16 MiB as bytes. */
const WIDTHS = [16, 128, 1_024, 8_192, 65_536, 524_288, 1_572_864, 4_194_304];
const QUICK_WIDTHS = [16, 65_536];
const JSON_LIMIT = 16 * 1024 ** 2;
const BYTES_EACH = Float32Array.BYTES_PER_ELEMENT;

export interface SizesRow {
  readonly width: number;
  readonly http: Sized | undefined;
  readonly grpc: Sized;
}

interface Sized {
  /** Of a request. */
  readonly bytes: number;
  readonly point: Point;
}

export const sizesCurve: Curve<readonly SizesRow[]> = {
  name: "sizes",
  what: "requests of 64 B to 16 MiB, JSON over HTTP and bytes over gRPC, 1 connection",
  minutes: 3,
  async measure(measuring) {
    const model = identityModel({ type: "FP32", shape: ["batch", "width"] });
    await using models = await writeModels({ files: { "identity/model.onnx": model } });
    await using open = await openFleet({ models: models.folder, replicas: 1 });
    const widths = measuring.quick ? QUICK_WIDTHS : WIDTHS;
    for (const asked of Object.values(requestsOf(open, widths[0] ?? 1))) {
      await warmUp(asked.target, measuring, 1);
    }
    const rows: SizesRow[] = [];
    for (const width of widths) {
      const { http, grpc } = requestsOf(open, width);
      const measure = async (asked: Asked): Promise<Sized> => ({
        bytes: asked.bytes,
        point: await measurePoint(open, asked.target, { ...measuring, connections: 1 }),
      });
      rows.push({
        width,
        http: http.bytes > JSON_LIMIT ? undefined : await measure(http),
        grpc: await measure(grpc),
      });
      print(`  ${thousands(width)} numbers: ${rows.slice(-1).map(describe)}`);
    }
    return rows;
  },
  show: (rows) => ({
    text: sizesTable(rows),
    chart: {
      alt: "Numbers per second over the size of a request",
      svg: lineChart([
        {
          title: "Millions of numbers (FP32) a second, there and back, 1 connection",
          xLabel: "numbers in a request",
          xScale: "log",
          showX: thousands,
          showY: String,
          series: [
            { label: "JSON, HTTP", points: points(rows, "http") },
            { label: "bytes, gRPC", points: points(rows, "grpc") },
          ],
        },
      ]),
    },
  }),
};

interface Asked {
  readonly bytes: number;
  readonly target: Parameters<typeof measurePoint>[1];
}

function requestsOf({ fleet }: OpenFleet, width: number): Readonly<Record<"http" | "grpc", Asked>> {
  // Six digits, as measurements have them.
  const numbers = Array.from({ length: width }, (_, at) => Math.round(Math.sin(at) * 1e6) / 1e6);
  const body = JSON.stringify({ inputs: { x: [numbers] } });
  const raw = Buffer.from(Float32Array.from(numbers).buffer);
  const value = { datatype: "FP32", shape: [1, width], raw };
  const { Predict } = services["flotilla.v1.PredictionService"];
  const message = Predict.requestSerialize({ tensors: { inputs: [{ key: "x", value }] } });
  const { host } = new URL(fleet.httpUrl);
  return {
    http: {
      bytes: body.length,
      target: { http: { address: host, path: "/predict", bodies: [body] } },
    },
    grpc: {
      bytes: message.length,
      target: {
        grpc: {
          address: fleet.grpcAddress,
          method: "flotilla.v1.PredictionService/Predict",
          messages: [message],
        },
      },
    },
  };
}

function points(rows: readonly SizesRow[], protocol: "http" | "grpc") {
  return rows.flatMap(({ width, ...row }) => {
    const sized = row[protocol];
    return sized === undefined ? [] : [[width, (width * sized.point.perSecond) / 1e6] as const];
  });
}

function describe({ http, grpc }: SizesRow): string {
  const of = (sized: Sized | undefined) =>
    sized === undefined ? "too large" : perSecond(sized.point.perSecond);
  return `JSON ${of(http)}, bytes ${of(grpc)}`;
}

const MEASURES = ["request", "requests/s", "MB/s", "CPU a MB", "p50"];

/** What is sent, one way; the answer is of the same kind and length. */
export function sizesTable(rows: readonly SizesRow[]): string {
  return markdownTable(
    [
      "numbers",
      ...MEASURES.map((measure) => `JSON: ${measure}`),
      ...MEASURES.map((measure) => `bytes: ${measure}`),
      "CPU, JSON ÷ bytes",
    ],
    rows.map(({ width, http, grpc }) => [
      `${thousands(width)} (${bytes(width * BYTES_EACH)})`,
      ...figuresOf(http),
      ...figuresOf(grpc),
      http === undefined ? "–" : short(cpuOf(http.point) / cpuOf(grpc.point), 2),
    ]),
  );
}

function figuresOf(sized: Sized | undefined): readonly string[] {
  if (sized === undefined) return ["over the limit", "–", "–", "–", "–"];
  const { point } = sized;
  const megabytes = sized.bytes / 1e6;
  return [
    bytes(sized.bytes),
    perSecond(point.perSecond),
    short(megabytes * point.perSecond),
    milliseconds(cpuOf(point) / megabytes),
    milliseconds(point.p50Ms),
  ];
}

/** Of NGINX and the replica together. */
function cpuOf({ cpuMs }: Point): number {
  return (cpuMs["replicas"] ?? 0) + (cpuMs["nginx"] ?? 0);
}
