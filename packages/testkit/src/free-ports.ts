/**
 * Ports that nobody listens on now, all different. They are taken at once and released together, so one call never
 * gives the same port twice.
 */
export function freePorts(count: number): readonly number[] {
  const listeners = Array.from({ length: count }, () =>
    Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }),
  );
  const ports = listeners.map(({ port }) => port);
  for (const listener of listeners) listener.stop(true);
  return ports;
}
