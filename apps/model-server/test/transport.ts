import type { FailureKind } from "@flotilla/common/failure";
import type { Datatype } from "@flotilla/inference/datatype";
import type { TestReplica } from "./start-test-replica.ts";

/** A tensor as the contract's sentences write it: flat, row-major; 64-bit integers as bigint. */
export interface PlainTensor {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly values: readonly (number | bigint | boolean | string)[];
}

export type PlainTensors = Readonly<Record<string, PlainTensor>>;

type Input = { readonly text: string } | { readonly inputs: PlainTensors };

export type Call = {
  readonly model?: string;
  readonly version?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Goes away after so long. */
  readonly signal?: AbortSignal;
} & (Input | { readonly instances: readonly Input[] });

export interface PlainResult {
  readonly label?: string;
  readonly scores?: Readonly<Record<string, number>>;
  readonly embedding?: readonly number[];
  /** Without datatypes, which JSON does not tell. */
  readonly outputs?: Readonly<Record<string, Omit<PlainTensor, "datatype">>>;
}

export type Answer =
  | {
      readonly ok: true;
      readonly serverId: string;
      readonly model: string;
      readonly version: string;
      readonly results: readonly PlainResult[];
      readonly headers: Readonly<Record<string, string>>;
    }
  | {
      readonly ok: false;
      readonly status: string;
      readonly detail: string;
      readonly retryAfter?: string;
    };

/** One client for the contract's sentences; each transport writes them its own way. */
export interface Transport {
  readonly name: string;
  connect(replica: TestReplica): Client;
  /** How this transport says the failure. */
  statusOf(kind: FailureKind): string;
}

export interface Client extends Disposable {
  predict(call: Call): Promise<Answer>;
  listModels(): Promise<readonly PlainModel[]>;
}

export interface PlainModel {
  readonly name: string;
  readonly versions: readonly string[];
  readonly task: string;
  readonly description?: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
  }[];
}
