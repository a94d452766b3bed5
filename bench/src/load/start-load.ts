import { waitUntil } from "@flotilla/testkit/wait-until";
import {
  type FromLoad,
  type PerProtocol,
  type Plan,
  PROTOCOLS,
  type ToLoad,
} from "./load-protocol.ts";
import type { Tally } from "./tally.ts";

export interface Load extends AsyncDisposable {
  /** Until each protocol of the plan has got this many more good answers. */
  good(count: number): Promise<void>;
  /** Ends a phase, tells what it saw, and begins the next. */
  nextPhase(): Promise<PerProtocol<Tally>>;
  /** Asks nothing more, waits for what was asked, and tells what the last phase saw. */
  finish(): Promise<PerProtocol<Tally>>;
}

const SCRIPT = new URL("./load-process.ts", import.meta.url).pathname;

/** Starts clients in a process of their own: who watches must not slow who asks. */
export function startLoad(plan: Plan): Load {
  let good: PerProtocol<number> = { http: 0, grpc: 0 };
  let onPhase: (tallies: PerProtocol<Tally>) => void = () => {};
  const child = Bun.spawn([process.execPath, SCRIPT, JSON.stringify(plan)], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc(message: FromLoad) {
      if (message.type === "good") good = message.good;
      else onPhase(message.tallies);
    },
  });
  const died = child.exited.then((code) => {
    throw new Error(`the load process ended with exit code ${code}`);
  });
  died.catch(() => {}); // whoever waits for the process hears of it

  const endPhase = async (told: ToLoad) => {
    const phase = Promise.withResolvers<PerProtocol<Tally>>();
    onPhase = phase.resolve;
    child.send(told);
    return await Promise.race([phase.promise, died]);
  };

  return {
    async good(count) {
      const wanted = PROTOCOLS.filter((protocol) => plan.addresses[protocol] !== undefined).map(
        (protocol) => ({ protocol, count: good[protocol] + count }),
      );
      const reached = waitUntil(`${count} good answers over each protocol`, () =>
        wanted.every(({ protocol, count }) => good[protocol] >= count),
      );
      await Promise.race([reached, died]);
    },
    nextPhase: () => endPhase("next phase"),
    finish: () => endPhase("finish"),
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}
