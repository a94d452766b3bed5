import { failed, type Outcome } from "@flotilla/common/failure";
import { drainReplica } from "./drain-replica.ts";
import type { OperationContext } from "./operation-context.ts";
import { reloadSettings } from "./reload-settings.ts";
import { restartFleet } from "./restart-fleet.ts";
import { returnReplica } from "./return-replica.ts";
import { scaleFleet } from "./scale-fleet.ts";

/** What an operator may ask for. Each is done when its answer comes, and goes on if nobody waits for it. */
export interface Operations {
  drain(id: string): Promise<Outcome<void>>;
  return(id: string): Promise<Outcome<void>>;
  restart(): Promise<Outcome<void>>;
  scale(size: number): Promise<Outcome<void>>;
  reload(): Promise<Outcome<void>>;
}

export type OperationName = keyof Operations;

export function createOperations(
  options: Omit<OperationContext, "claims" | "sizeIsDue"> & {
    readonly onEnd: (name: OperationName, outcome: Outcome<void>) => void;
  },
): Operations {
  const context: OperationContext = { ...options, claims: new Set(), sizeIsDue: false };
  /** Those that change the whole fleet come one after the other. */
  let underWay: OperationName | undefined;

  async function told(
    name: OperationName,
    operation: Promise<Outcome<void>>,
  ): Promise<Outcome<void>> {
    const outcome = await operation;
    options.onEnd(name, outcome);
    return outcome;
  }

  async function alone(
    name: OperationName,
    operation: () => Promise<Outcome<void>>,
  ): Promise<Outcome<void>> {
    if (underWay !== undefined) {
      return failed("conflict", `a ${underWay} of the fleet is under way; mend: wait for its end`);
    }
    underWay = name;
    try {
      return await operation();
    } finally {
      underWay = undefined;
    }
  }

  let running: Promise<Outcome<void>> | undefined;
  let next: Promise<Outcome<void>> | undefined;
  /** A save and who typed `reload` after it ask at once: whoever comes during a reload shares the next one. */
  function reload(): Promise<Outcome<void>> {
    if (underWay !== "reload" || running === undefined) {
      running = alone("reload", () => reloadSettings(context));
      return running;
    }
    const again = () => {
      next = undefined;
      return reload();
    };
    next ??= running.then(again, again);
    return next;
  }

  return {
    drain: (id) => told("drain", drainReplica(context, id)),
    return: (id) => told("return", returnReplica(context, id)),
    restart: () =>
      told(
        "restart",
        alone("restart", () => restartFleet(context)),
      ),
    scale: (size) =>
      told(
        "scale",
        alone("scale", () => scaleFleet(context, size)),
      ),
    reload: () => told("reload", reload()),
  };
}
