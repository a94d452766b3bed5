/** How protobuf has an external tensor's entry: the key "location", and the value's length and bytes after this. */
const LOCATION = Buffer.from("\x0a\x08location\x12", "latin1");

/** The files beside an ONNX file that hold its weights, as it names them. */
export function externalDataFiles(onnx: Buffer): readonly string[] {
  const found = new Set<string>();
  for (let at = onnx.indexOf(LOCATION); at >= 0; at = onnx.indexOf(LOCATION, at + 1)) {
    const start = at + LOCATION.length;
    const low = onnx[start] ?? 0;
    // Two bytes count up to 16,383, more than any path.
    const [length, size] = low < 128 ? [low, 1] : [(low & 127) + 128 * (onnx[start + 1] ?? 0), 2];
    found.add(onnx.toString("utf8", start + size, start + size + length));
  }
  return [...found];
}
