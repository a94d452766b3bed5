import type { Sampling } from "../inference-request.ts";

/** Chooses a reply's next token; each reply has one of its own, so that no other changes what it draws. */
export type DrawToken = (logits: Float32Array) => number;

export function createDraw({ temperature = 0, seed = 0 }: Sampling): DrawToken {
  if (temperature === 0) return likeliest;
  const random = createRandom(seed);
  return (logits) => drawn(logits, temperature, random());
}

function likeliest(logits: Float32Array): number {
  let best = -1;
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token] as number;
    if (logit > (best === -1 ? Number.NEGATIVE_INFINITY : (logits[best] as number))) best = token;
  }
  if (best === -1) throw new Error("no logit is a number");
  return best;
}

/** By softmax: `chance`, from 0 up to 1, is a point on the line on which each token has its probability's length. */
function drawn(logits: Float32Array, temperature: number, chance: number): number {
  const largest = logits[likeliest(logits)] as number;
  const weights = Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (!Number.isFinite(sum)) throw new Error("the logits hold NaN or an infinity");
  let left = chance * sum;
  const token = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  // Rounding may leave a little behind the last.
  return token === -1 ? weights.findLastIndex((weight) => weight > 0) : token;
}

/** Numbers from 0 up to 1 that a seed decides: a counter by the golden ratio, mixed as MurmurHash3 ends. */
function createRandom(seed: number): () => number {
  let state = (seed % 2 ** 32) ^ Math.floor(seed / 2 ** 32);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
