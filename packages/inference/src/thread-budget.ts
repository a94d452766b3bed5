/**
 * ONNX Runtime's default is a thread for every core of the host in every replica; three replicas would then fight
 * over the cores. So each gets its share of what this process may really use, and at least one.
 */
export function threadBudget(options: {
  readonly cores: number;
  readonly replicas: number;
}): number {
  return Math.max(1, Math.floor(options.cores / options.replicas));
}
