import { resolve } from "node:path";

/** Flotilla's own. */
export const REPOSITORY = resolve(import.meta.dir, "../../..");
