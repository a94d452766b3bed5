/** Whether a configuration sends a replica requests: it does, its `server` lines say `down`, or it has none. */
export type Line = "up" | "down" | "none";

/** What a rendered configuration says of a replica; each `server` line ends with its id, and the last hop's are never down. */
export function lineOf(configuration: string, id: string): Line {
  const lines = [...configuration.matchAll(/^ *server (\S+ [^;]*); # (\S+)$/gm)]
    .filter(([, , name]) => name === id)
    .map(([, parameters = ""]) => parameters.split(" "));
  if (lines.length === 0) return "none";
  return lines.some((parameters) => parameters.includes("down")) ? "down" : "up";
}
