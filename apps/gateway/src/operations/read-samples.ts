/** A sample of a metrics page in the Prometheus text format: its value, and its labels as they are written. */
interface Sample {
  readonly labels: string;
  readonly value: number;
}

export function readSamples(page: string | undefined, name: string): readonly Sample[] {
  const lines = (page ?? "").matchAll(new RegExp(`^${name}(?:\\{([^}]*)\\})? (\\S+)$`, "gm"));
  return [...lines].map(([, labels = "", value]) => ({ labels, value: Number(value) }));
}

/** Of a metric with one sample; 0 where the page does not have it. */
export function readValue(page: string | undefined, name: string): number {
  return readSamples(page, name)[0]?.value ?? 0;
}
