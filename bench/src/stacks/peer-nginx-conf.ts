import { isAtLeast, type NginxVersion } from "@flotilla/common/nginx-version";

/** What a careful user writes by hand before three processes: no features, and nothing in the way of speed. */
export function peerNginxConf(options: {
  readonly folder: string;
  readonly port: number;
  readonly upstreams: readonly string[];
  readonly protocol: "http" | "grpc";
  readonly version: NginxVersion;
}): string {
  const { folder, port, upstreams, protocol, version } = options;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `    ${name}_temp_path "${folder}/temp-${name}";`,
  );
  return `daemon off;
worker_processes auto;
worker_rlimit_nofile 16384;
pid "${folder}/nginx.pid";
error_log stderr;

events {
    worker_connections 4096;
}

http {
    access_log off;
    keepalive_requests 1000000;
    keepalive_time 24h;
    keepalive_timeout 10m;
${temporary.join("\n")}

    upstream replicas {
        zone replicas 256k;
${upstreams.map((address) => `        server ${address};`).join("\n")}
        keepalive 64;
        keepalive_requests 1000000;
        # Below uvicorn's own 5 s: no request meets a connection that is being closed.
        keepalive_timeout 4s;
    }

    server {
${protocol === "http" ? httpServer(port) : grpcServer(port, version)}
    }
}
`;
}

function httpServer(port: number): string {
  return `        listen 127.0.0.1:${port};
        client_max_body_size 16m;
        client_body_buffer_size 256k;
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Connection "";
        location / {
            proxy_pass http://replicas;
        }`;
}

function grpcServer(port: number, version: NginxVersion): string {
  const [listen, http2] = isAtLeast(version, "1.25.1") ? ["", "http2 on;"] : [" http2", ""];
  return `        listen 127.0.0.1:${port}${listen};
        ${http2}
        client_body_buffer_size 64k;
        grpc_set_header Host $host;
        location / {
            grpc_pass grpc://replicas;
        }`;
}
