/** A handful of servers that say who they are and what reached them. */
export interface TestUpstreams {
  readonly ports: readonly number[];
  readonly startAt: (port: number) => Disposable & { readonly id: string };
  /** One that reads a request, notes its id and breaks the connection. */
  readonly startDying: () => { readonly port: number; readonly requestIds: string[] };
  readonly stop: () => void;
}

export function startUpstreams(count: number): TestUpstreams {
  const servers = Array.from({ length: count }, (_, at) => startUpstream({ id: `${at}`, port: 0 }));
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
    stop() {
      for (const server of servers) void server.stop(true);
      for (const listener of dying) listener.stop(true);
    },
  };
}

function startUpstream(options: { readonly id: string; readonly port: number }) {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: options.port,
    async fetch(request) {
      const headers = Object.fromEntries(request.headers);
      if (headers["x-answer"] !== undefined) {
        return new Response("the replica's own words", { status: Number(headers["x-answer"]) });
      }
      const { length } = await request.text();
      return Response.json(
        { id: options.id, headers, bodyLength: length },
        { headers: { "x-method": request.method } },
      );
    },
  });
}
