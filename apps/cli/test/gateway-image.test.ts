import { expect, test } from "bun:test";
import { join } from "node:path";
import { makeFleetFolder } from "./make-fleet-folder.ts";

const MAIN = join(import.meta.dir, "../src/main.ts");

/** As nginx/Dockerfile leaves it: nothing there infers. */
const WITHOUT = `Bun.plugin({
  name: "left out",
  setup(build) {
    build.module("onnxruntime-node", () => {
      throw new Error("onnxruntime-node is not there");
    });
  },
});
`;

test("the command line starts in the gateway's image, which has no ONNX Runtime", async () => {
  using place = makeFleetFolder();
  place.write("without.ts", WITHOUT);
  const preload = ["--preload", join(place.folder, "without.ts")];
  const child = Bun.spawn([process.execPath, ...preload, MAIN, "up", "--help"], {
    cwd: place.folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, problems] = await Promise.all([child.stdout.text(), child.stderr.text()]);

  expect(problems).toBe("");
  expect(out).toContain("run NGINX and its gateway for replicas that another system runs");
});
