/** What a generator saw in one run. */
export interface LoadResult {
  /** Good answers. */
  readonly answers: number;
  readonly failed: number;
  readonly ms: number;
  /** In an open loop from when a request was due, one without an answer counted with as long as it had waited. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The generator's own. */
  readonly cpuMs: number;
}
