/** What a test of a handler may import from "@flotilla/testing". */
export { type LoadedModel, loadModel, type Turn } from "./load-model.ts";
