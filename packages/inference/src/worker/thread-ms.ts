/**
 * How long this thread has computed. What else the machine does is not in it, as it is in the clock's time: replicas
 * that start together measured batches at ten times what they cost, and never made one.
 */
export function threadMs(): number {
  // The process's count brings Linux's books up to now; a thread's alone is as old as the last tick, up to 4 ms.
  process.cpuUsage();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
