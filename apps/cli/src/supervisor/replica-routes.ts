import {
  type ControlRoute,
  type ControlRoutes,
  done,
  readBody,
  refusal,
} from "./control-answers.ts";
import { isFleetSize } from "./fleet-record.ts";
import { DRAIN_INTENTS, isDrainIntent } from "./replica-intent.ts";
import type { SupervisedReplica } from "./supervise-replica.ts";
import type { SupervisedReplicas } from "./supervise-replicas.ts";

/** What may be done to a replica, and to how many there are. */
export function replicaRoutes(replicas: SupervisedReplicas): ControlRoutes {
  const about =
    (answer: (replica: SupervisedReplica) => Response): ControlRoute =>
    (request) => {
      const replica = replicas.find(request.params["name"] ?? "");
      return replica === undefined ? refusal(404, "no such replica") : answer(replica);
    };
  const order = (give: (replica: SupervisedReplica) => void) =>
    about((replica) => {
      give(replica);
      return done();
    });
  return {
    "/replicas": {
      async PUT(request) {
        const { replicas: wanted } = await readBody(request);
        if (!isFleetSize(wanted)) return refusal(422, "replicas: no fleet has this size");
        const problems = replicas.grow(wanted);
        return problems.length > 0 ? refusal(409, ...problems) : done();
      },
    },
    "/replicas/:name/drain": {
      async POST(request) {
        const { then } = await readBody(request);
        if (isDrainIntent(then)) return order((replica) => replica.drain(then))(request);
        return refusal(422, `then: expected one of ${DRAIN_INTENTS.join(", ")}`);
      },
    },
    "/replicas/:name/release": {
      async POST(request) {
        const { pid } = await readBody(request);
        if (typeof pid === "number") return order((replica) => replica.release(pid))(request);
        return refusal(422, "pid: expected the process that is released");
      },
    },
    "/replicas/:name/settings": {
      GET: about(({ child }) => Response.json({ settings: child.spec.settings })),
    },
    "/replicas/:name/start": { POST: order((replica) => replica.start()) },
  };
}
