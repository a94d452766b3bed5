import { expect, test } from "bun:test";
import { encode } from "fast-png";
import { readPicture } from "./read-picture.ts";

/** A PNG of one colour. */
function png(width: number, height: number, rgba: readonly number[]): Uint8Array {
  const data = Uint8Array.from({ length: 4 * width * height }, (_, at) => rgba[at % 4] ?? 0);
  return encode({ width, height, data, channels: 4 });
}

const RED = [255, 0, 0, 255];

test("a PNG and a JPEG of any size become planes of red, green and blue", async () => {
  const picture = png(60, 40, RED);
  const jpeg = await new Bun.Image(picture).jpeg({ quality: 95 }).bytes();

  const red = await readPicture(picture, 2);
  expect([...red]).toEqual([255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0]);
  const almostRed = await readPicture(jpeg, 2);
  expect(almostRed.every((value, at) => Math.abs(value - (red[at] ?? 0)) <= 3)).toBe(true);
});

test("what is transparent is white, whatever colour it hides", async () => {
  expect([...(await readPicture(png(8, 8, [255, 0, 0, 0]), 1))]).toEqual([255, 255, 255]);
});

test("what is no picture, or only a part of one, is refused with what is wrong", async () => {
  const picture = png(200, 200, RED);
  const noise = Uint8Array.from({ length: 60_000 }, (_, at) => (at * at * 31) % 251);
  const drawn = encode({ width: 200, height: 100, data: noise, channels: 3 });
  const jpeg = await new Bun.Image(drawn).jpeg().bytes();
  const claimsMuch = Buffer.from(picture);
  claimsMuch.writeUInt32BE(126_000, claimsMuch.indexOf("IHDR") + 4);
  const refusals: readonly [Uint8Array, number, string][] = [
    [new Uint8Array(), 400, "the picture is empty"],
    [Buffer.from("GIF, or not"), 400, "expected a PNG or a JPEG, got something else"],
    [await new Bun.Image(drawn).webp().bytes(), 400, "expected a PNG or a JPEG, got a webp"],
    [picture.subarray(0, 60), 400, "the picture is damaged or cut off"],
    [jpeg.subarray(0, 600), 400, "the picture is damaged or cut off"],
    [jpeg.subarray(0, jpeg.length - 2), 400, "the picture is damaged or cut off"],
    [claimsMuch, 422, "the picture has more than 25 million pixels"],
  ];
  for (const [file, status, message] of refusals) {
    const refusal = await readPicture(file, 32).catch((error) => error);
    expect([refusal.status, refusal.message]).toEqual([status, message]);
  }
});
