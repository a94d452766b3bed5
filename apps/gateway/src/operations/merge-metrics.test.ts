import { expect, test } from "bun:test";
import { mergeMetrics } from "./merge-metrics.ts";

const page = (server: string, count: number) => `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{server_id="${server}"} ${count}

# HELP seconds Time.
# TYPE seconds histogram
seconds_bucket{le="1",server_id="${server}"} 1
seconds_sum{server_id="${server}"} 0.5
seconds_count{server_id="${server}"} 1
`;

test("the replicas' metrics become one page, each family once", () => {
  expect(
    mergeMetrics([page("server-1", 3), page("server-2", 4)]),
  ).toBe(`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{server_id="server-1"} 3
requests_total{server_id="server-2"} 4
# HELP seconds Time.
# TYPE seconds histogram
seconds_bucket{le="1",server_id="server-1"} 1
seconds_sum{server_id="server-1"} 0.5
seconds_count{server_id="server-1"} 1
seconds_bucket{le="1",server_id="server-2"} 1
seconds_sum{server_id="server-2"} 0.5
seconds_count{server_id="server-2"} 1
`);
});
