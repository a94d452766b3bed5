/** The least that a server on Bun does with the same request: parse its JSON, answer some. measure-guard.ts starts it. */
interface Asked {
  readonly inputs: { readonly features: readonly (readonly number[])[] };
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    const { inputs } = (await request.json()) as Asked;
    const scores = inputs.features.map((row) => row.slice(0, 2));
    return Response.json({
      server_id: "server-1",
      model: "mlp",
      version: "1",
      outputs: { scores },
    });
  },
});
process.send?.(server.port);
process.on("disconnect", () => process.exit());
