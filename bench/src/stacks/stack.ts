/** What is asked of a stack; each has a model folder of its own, which every stack serves. */
export type Workload = "mlp" | "sentiment" | "minilm" | "minilm-mixed";

/** One way to ask; the load repeats the bodies by turns. */
export interface HttpTarget {
  /** host:port */
  readonly address: string;
  readonly path: string;
  /** JSON, each a whole request body. */
  readonly bodies: readonly string[];
}

export interface GrpcTarget {
  readonly address: string;
  /** Without the leading slash: `package.Service/Method`. */
  readonly method: string;
  /** Encoded request messages, without the frame's five bytes. */
  readonly messages: readonly Uint8Array[];
}

/** Something that serves one workload until it is disposed of: Flotilla, a peer, or a limit. */
export interface Stack extends AsyncDisposable {
  readonly name: string;
  /** Of what it is made of, by name. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Through whatever stands in front of it, as its users would ask. */
  readonly http?: HttpTarget;
  readonly grpc?: GrpcTarget;
  /** One process of it, asked directly. */
  readonly direct?: { readonly http?: HttpTarget; readonly grpc?: GrpcTarget };
  /** Whose CPU time is whose, by kind: `replicas`, `nginx`, `others`; asked anew each time, for processes come and go. */
  pids(): Promise<Readonly<Record<string, readonly number[]>>>;
}
