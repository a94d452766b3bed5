import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { decodeState, encodeState, type StateTensor } from "./state-codec.ts";

const TENSOR: fc.Arbitrary<StateTensor> = fc.record({
  name: fc.string({ unit: "grapheme" }),
  datatype: fc.constantFrom("FP32", "INT64", "BOOL", "BYTES"),
  shape: fc.array(fc.nat()),
  bytes: fc.uint8Array(),
});
const TENSORS = fc.array(TENSOR);

describe("a state", () => {
  test("is given back as it was", () => {
    fc.assert(
      fc.property(TENSORS, (tensors) => {
        expect(decodeState(encodeState(tensors))).toEqual({ ok: true, tensors });
      }),
    );
  });

  test("is read from anywhere, and its tensors may be seen as elements of any size", () => {
    const bytes = new Uint8Array(new Float64Array([1.5, -2]).buffer);
    const encoded = encodeState([{ name: "h", datatype: "FP64", shape: [2], bytes }]);
    const shifted = new Uint8Array(encoded.length + 3);
    shifted.set(encoded, 3);
    const decoded = decodeState(shifted.subarray(3));

    const [tensor] = decoded.ok ? decoded.tensors : [];
    expect(new Float64Array(tensor?.bytes.buffer ?? new ArrayBuffer())).toEqual(
      new Float64Array([1.5, -2]),
    );
  });

  test("takes little more than its tensors", () => {
    const bytes = new Uint8Array(4_096);
    const encoded = encodeState([{ name: "hidden", datatype: "FP32", shape: [2, 1, 512], bytes }]);

    expect(encoded.length - bytes.length).toBeLessThan(64);
  });

  test("with any one byte changed is refused", () => {
    fc.assert(
      fc.property(TENSORS, fc.nat(), fc.integer({ min: 1, max: 255 }), (tensors, at, change) => {
        const encoded = encodeState(tensors);
        const position = at % encoded.length;
        encoded[position] = (encoded[position] ?? 0) ^ change;
        expect(decodeState(encoded)).toEqual({ ok: false, problem: expect.any(String) });
      }),
    );
  });

  test("that is cut short, or longer, is refused", () => {
    fc.assert(
      fc.property(TENSORS, fc.nat(), fc.uint8Array({ minLength: 1 }), (tensors, at, more) => {
        const encoded = encodeState(tensors);
        const longer = new Uint8Array([...encoded, ...more]);
        expect(decodeState(encoded.subarray(0, at % encoded.length)).ok).toBe(false);
        expect(decodeState(longer).ok).toBe(false);
      }),
    );
  });

  test("is nothing that was never encoded", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeState(bytes)).toEqual({ ok: false, problem: "not a conversation's state" });
      }),
    );
  });

  test("of another format is refused by name", () => {
    const encoded = encodeState([]);
    encoded[4] = 2;

    expect(decodeState(encoded)).toEqual({
      ok: false,
      problem: "a state of format 2; this Flotilla reads 1",
    });
  });
});
