import { batchesCurve } from "./batches-curve.ts";
import { connectionsCurve } from "./connections-curve.ts";
import type { Curve } from "./curve.ts";
import { fleetCurve } from "./fleet-curve.ts";
import { memoryCurve } from "./memory-curve.ts";
import { replicasCurve } from "./replicas-curve.ts";
import { sizesCurve } from "./sizes-curve.ts";

export const CURVES: readonly Curve[] = [
  replicasCurve,
  connectionsCurve,
  memoryCurve,
  batchesCurve,
  sizesCurve,
  fleetCurve,
];
