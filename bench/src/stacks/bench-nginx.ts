import { getTestNginx, type TestNginx } from "@flotilla/testkit/start-nginx";

/** One NGINX for every stack: Debian 13's, a stable version that many have. */
export function benchNginx(): Promise<TestNginx> {
  return getTestNginx("trixie");
}
