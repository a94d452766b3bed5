const OF_ONE_BYTE = 256;

/** Linux has all of 127.0.0.0/8 on loopback: each replica has an address of its own, as on hosts of their own. */
export function lightAddress(number: number): string {
  return `127.77.${Math.floor(number / OF_ONE_BYTE)}.${number % OF_ONE_BYTE}`;
}
