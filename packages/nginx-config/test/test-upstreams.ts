/** A handful of servers that say who they are and what reached them. */
export interface TestUpstreams {
  readonly ports: readonly number[];
  readonly startAt: (port: number) => Disposable & { readonly id: string };
  /** One that reads a request, notes its id and breaks the connection. */
  readonly startDying: () => { readonly port: number; readonly requestIds: string[] };
  /** How many requests with the header `x-hold` each server has not answered yet. */
  readonly held: () => readonly number[];
  /** Lets the servers answer them. */
  readonly release: () => void;
  readonly stop: () => void;
}

export function startUpstreams(count: number): TestUpstreams {
  const held = Array<number>(count).fill(0);
  let released = Promise.withResolvers<void>();
  const hold = async (at: number) => {
    held[at] = (held[at] ?? 0) + 1;
    await released.promise;
    held[at] -= 1;
  };
  const servers = Array.from({ length: count }, (_, at) =>
    startUpstream({ id: `${at}`, port: 0, hold: () => hold(at) }),
  );
  const dying: { stop(now: boolean): void }[] = [];
  return {
    ports: servers.map(({ port }) => port ?? 0),
    startAt(port) {
      const server = startUpstream({ id: `at-${port}`, port });
      return { id: `at-${port}`, [Symbol.dispose]: () => void server.stop(true) };
    },
    startDying() {
      const requestIds: string[] = [];
      const listener = Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        socket: {
          data(socket, data) {
            const id = /x-flotilla-request-id: (\w+)/i.exec(data.toString())?.[1];
            if (id !== undefined) requestIds.push(id);
            socket.end();
          },
        },
      });
      dying.push(listener);
      return { port: listener.port, requestIds };
    },
    held: () => [...held],
    release() {
      released.resolve();
      released = Promise.withResolvers();
    },
    stop() {
      for (const server of servers) void server.stop(true);
      for (const listener of dying) listener.stop(true);
    },
  };
}

function startUpstream(options: {
  readonly id: string;
  readonly port: number;
  readonly hold?: () => Promise<void>;
}) {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: options.port,
    async fetch(request) {
      const headers = Object.fromEntries(request.headers);
      if (headers["x-answer"] !== undefined) {
        return new Response("the replica's own words", { status: Number(headers["x-answer"]) });
      }
      if (headers["x-hold"] !== undefined) await options.hold?.();
      const { length } = await request.text();
      return Response.json(
        { id: options.id, headers, bodyLength: length },
        { headers: { "x-method": request.method } },
      );
    },
  });
}
