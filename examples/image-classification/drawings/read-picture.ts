import { RejectedInput } from "@flotilla/handler";
import { decode } from "fast-png";

/** A small file may claim to be a huge picture: one of more is refused before it is unpacked (four bytes each). */
const MAX_PIXELS = 25_000_000;

/**
 * A PNG's or JPEG's pixels, scaled to a square: all its reds, then all greens, then all blues, from 0 to 255. What is
 * transparent is white.
 */
export async function readPicture(file: Uint8Array, side: number): Promise<Uint8Array> {
  const { data } = decode(await scale(file, side));
  const size = side * side;
  const planes = new Uint8Array(3 * size);
  for (let at = 0; at < size; at += 1) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(4 * at, 4 * at + 4);
    const overWhite = (colour: number) => 255 + ((colour - 255) * alpha) / 255;
    planes[at] = overWhite(red);
    planes[size + at] = overWhite(green);
    planes[2 * size + at] = overWhite(blue);
  }
  return planes;
}

/** The picture as a small PNG of red, green, blue and alpha: Bun gives no pixels, and fast-png scales none. */
async function scale(file: Uint8Array, side: number): Promise<Uint8Array> {
  if (file.length === 0) throw new RejectedInput("the picture is empty", { status: 400 });
  try {
    const picture = new Bun.Image(file, { maxPixels: MAX_PIXELS });
    const { format } = await picture.metadata();
    if (format !== "png" && format !== "jpeg") throw notAPicture(`a ${format}`);
    if (format === "jpeg" && isCutOff(file)) throw damaged();
    return await picture.resize(side, side).png({ compressionLevel: 0 }).bytes();
  } catch (error) {
    throw refusal(error);
  }
}

function refusal(error: unknown): unknown {
  switch (error instanceof Error && "code" in error && error.code) {
    case "ERR_IMAGE_UNKNOWN_FORMAT":
    case "ERR_IMAGE_FORMAT_UNSUPPORTED":
      return notAPicture("something else");
    case "ERR_IMAGE_DECODE_FAILED":
      return damaged();
    case "ERR_IMAGE_TOO_MANY_PIXELS":
      return new RejectedInput(`the picture has more than ${MAX_PIXELS / 1e6} million pixels`);
    default:
      return error;
  }
}

function notAPicture(got: string): RejectedInput {
  return new RejectedInput(`expected a PNG or a JPEG, got ${got}`, { status: 400 });
}

function damaged(): RejectedInput {
  return new RejectedInput("the picture is damaged or cut off", { status: 400 });
}

/** Without its end after the last scan. Bun would fill what is missing with grey. */
function isCutOff(jpeg: Uint8Array): boolean {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.length);
  const last = (marker: number) => bytes.lastIndexOf(Uint8Array.of(0xff, marker));
  return last(0xd9) < last(0xda);
}
