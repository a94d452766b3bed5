/** A line longer than this is passed on in pieces: nothing that a process prints may fill the memory. */
const LINE_LIMIT = 64 * 1024;

export async function splitLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
    if (rest.length > LINE_LIMIT) {
      onLine(rest);
      rest = "";
    }
  }
  if (rest !== "") onLine(rest);
}
