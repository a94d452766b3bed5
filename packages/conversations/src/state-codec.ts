/** A tensor as a state keeps it: nothing here depends on what its bytes mean. */
export interface StateTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export type DecodedState =
  | { readonly ok: true; readonly tensors: readonly StateTensor[] }
  | { readonly ok: false; readonly problem: string };

/*
 * "FLST", the format (1 byte), the CRC-32 of all that follows (4 bytes, little-endian), the length of the header
 * (4 bytes), the header (JSON: what each tensor is), and the tensors' bytes one after the other.
 */
const MAGIC = new TextEncoder().encode("FLST");
const FORMAT = 1;
const CHECKSUM_AT = 5;
const CHECKED_FROM = 9;
const HEADER_FROM = 13;

type Header = readonly (readonly [
  name: string,
  datatype: string,
  shape: readonly number[],
  byteLength: number,
])[];

export function encodeState(tensors: readonly StateTensor[]): Uint8Array {
  const header: Header = tensors.map(({ name, datatype, shape, bytes }) => [
    name,
    datatype,
    shape,
    bytes.length,
  ]);
  const headerBytes = new TextEncoder().encode(JSON.stringify(header));
  const dataFrom = HEADER_FROM + headerBytes.length;
  const encoded = new Uint8Array(tensors.reduce((sum, { bytes }) => sum + bytes.length, dataFrom));
  encoded.set(MAGIC);
  encoded[MAGIC.length] = FORMAT;
  encoded.set(headerBytes, HEADER_FROM);
  let at = dataFrom;
  for (const { bytes } of tensors) {
    encoded.set(bytes, at);
    at += bytes.length;
  }
  const numbers = new DataView(encoded.buffer);
  numbers.setUint32(CHECKED_FROM, headerBytes.length, true);
  numbers.setUint32(CHECKSUM_AT, Bun.hash.crc32(encoded.subarray(CHECKED_FROM)), true);
  return encoded;
}

/** Whatever is not exactly what `encodeState` of this format made is refused. */
export function decodeState(encoded: Uint8Array): DecodedState {
  if (encoded.length < HEADER_FROM || MAGIC.some((byte, at) => encoded[at] !== byte)) {
    return { ok: false, problem: "not a conversation's state" };
  }
  const format = encoded[MAGIC.length];
  if (format !== FORMAT) {
    return { ok: false, problem: `a state of format ${format}; this Flotilla reads ${FORMAT}` };
  }
  const numbers = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const checksum = Bun.hash.crc32(encoded.subarray(CHECKED_FROM));
  if (numbers.getUint32(CHECKSUM_AT, true) !== checksum) {
    return { ok: false, problem: "a damaged state: its checksum does not fit" };
  }
  // Past the checksum these are the bytes that were encoded.
  const dataFrom = HEADER_FROM + numbers.getUint32(CHECKED_FROM, true);
  const header = JSON.parse(
    new TextDecoder().decode(encoded.subarray(HEADER_FROM, dataFrom)),
  ) as Header;
  let at = dataFrom;
  const tensors = header.map(([name, datatype, shape, byteLength]) => {
    // A copy, so that it is aligned for any kind of element.
    const bytes = encoded.slice(at, at + byteLength);
    at += byteLength;
    return { name, datatype, shape, bytes };
  });
  return { ok: true, tensors };
}
