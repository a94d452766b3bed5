/** What an answer takes from grpc-js's callback to its trailers: the message, its end and the trailers, each a tick. */
const TICKS = 3;

// One queue for all connections, since what they compete for is the process's.
const waiting: (() => void)[] = [];
let answering = false;

/**
 * Lets answers out one by one. Bun puts the frames of a connection into one write, unless another connection writes in
 * between; and grpc-js makes an answer in several ticks. So answers that are ready together go out in pieces, and when
 * the replica is killed between two of them NGINX has passed on the first, and cannot repeat the call elsewhere.
 */
export function answerInTurn(answer: () => void): void {
  if (answering) waiting.push(answer);
  else run(answer);
}

function run(answer: () => void): void {
  answering = true;
  try {
    answer();
  } finally {
    afterTicks(TICKS, next);
  }
}

function next(): void {
  const answer = waiting.shift();
  if (answer === undefined) answering = false;
  else run(answer);
}

function afterTicks(count: number, then: () => void): void {
  process.nextTick(() => (count > 1 ? afterTicks(count - 1, then) : then()));
}
