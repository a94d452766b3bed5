/**
 * Where a rendered configuration puts what others look for. The socket of an NGINX that was killed stays behind, and
 * the next one cannot bind it: whoever starts NGINX removes it first.
 */
export function nginxPaths(folder: string): {
  readonly pidFile: string;
  readonly statusSocket: string;
} {
  return { pidFile: `${folder}/nginx.pid`, statusSocket: `${folder}/nginx-status.sock` };
}
