/** Of a Unix socket's path: macOS allows 103 bytes, Linux 107. */
export const SOCKET_PATH_BYTES_MAX = 103;
