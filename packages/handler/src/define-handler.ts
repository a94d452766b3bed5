import type { Static, TNever, TSchema } from "@sinclair/typebox";
import type { Handler } from "./handler.ts";
import type { Tensor, Tensors } from "./tensor.ts";

export const MEDIA_TYPES = [
  "image/png",
  "image/jpeg",
  "audio/wav",
  "application/octet-stream",
] as const;

export type MediaType = (typeof MEDIA_TYPES)[number];

/** A raw body: what `accepts` lets in. */
export interface Data {
  readonly data: Uint8Array;
  readonly mediaType: MediaType;
}

/** An example of a raw body: a file, by its path from the handler's folder. */
export interface ExampleFile {
  readonly file: string;
  readonly mediaType: MediaType;
}

/** A model's tensors as `flotilla types` writes them to `model.types.ts`; state goes by the inputs' names. */
export interface ModelTypes {
  readonly inputs: Tensors;
  readonly outputs: Tensors;
  readonly state?: Tensors;
}

/** A model of which nothing is known: a handler without `model.types.ts`. */
interface AnyModel extends ModelTypes {
  readonly state: Tensors;
}

type Awaitable<T> = T | Promise<T>;
type State<M extends ModelTypes> = M["state"] extends Tensors ? M["state"] : Record<never, Tensor>;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What a schema and a list of media types let through. */
type Input<S extends TSchema, A extends readonly MediaType[]> =
  | Static<S>
  | (A extends readonly [] ? never : Data);

export interface SetupContext {
  /** Where the ONNX file of this version is looked for: the version's folder, or the model's. */
  readonly folder: string;
  readonly name: string;
  readonly version: number;
}

interface Context<Resources> extends SetupContext {
  /** What `setup` gave. */
  readonly resources: Resources;
  /**
   * Asks another model of this replica, in the same thread and without a queue: the input is what its task or its
   * handler takes (`{ text }`, tensors by name), the answer what it makes. Only models that `uses` names.
   */
  predict<Answer = unknown>(model: string, input: unknown): Promise<Answer>;
}

interface BeforeRun<M extends ModelTypes, Resources> extends Context<Resources> {
  /** Of a model with state: the conversation's, before this turn. */
  readonly state: Readonly<State<M>>;
}

interface AfterRun<M extends ModelTypes, Resources, In> extends BeforeRun<M, Resources> {
  readonly input: In;
  /** What `preprocess` made of it. */
  readonly tensors: M["inputs"];
  /** Of a model with state: what the next turn is given. What is put here instead, it is given instead. */
  readonly nextState: Mutable<State<M>>;
}

interface AfterBatch<M extends ModelTypes, Resources, In> extends Context<Resources> {
  readonly inputs: readonly In[];
  readonly tensors: M["inputs"];
}

interface Both<S extends TSchema, A extends readonly MediaType[], O extends TSchema, Resources> {
  /** The JSON that the handler takes, an object; checked at the edge, strictly. */
  readonly input?: S;
  /** Raw bodies that it takes. */
  readonly accepts?: A;
  /** What it answers, for `/openapi.json`. */
  readonly output?: O;
  /**
   * Inputs that it can answer: the first is what the start tries and what the docs show. With a second, unequal one,
   * the start also sees whether the two get the same answers together as alone.
   */
  readonly examples: readonly [
    Static<S> | (A extends readonly [] ? never : ExampleFile),
    ...(Static<S> | (A extends readonly [] ? never : ExampleFile))[],
  ];
  /** The models that `context.predict` may ask. */
  readonly uses?: readonly string[];
  /** Once, when the model is loaded: what it gives is every call's `context.resources`. */
  setup?(context: SetupContext): Awaitable<Resources>;
}

/** One input: tensors of one row, with the batch dimension, 1. */
interface Preprocess<M extends ModelTypes, Resources, In> {
  preprocess(input: In, context: BeforeRun<M, Resources>): Awaitable<M["inputs"]>;
  readonly preprocessBatch?: never;
}

/** All inputs of a batch at once: where rows are padded to the longest, say. */
interface PreprocessBatch<M extends ModelTypes, Resources, In> {
  preprocessBatch(inputs: readonly In[], context: Context<Resources>): Awaitable<M["inputs"]>;
  readonly preprocess?: never;
}

/** The outputs' row for one input; what it gives is the prediction, any JSON. */
interface Postprocess<M extends ModelTypes, Resources, In, Out> {
  postprocess(outputs: M["outputs"], context: AfterRun<M, Resources, In>): Awaitable<Out>;
  readonly postprocessBatch?: never;
}

/** All rows at once, and one prediction for each input. */
interface PostprocessBatch<M extends ModelTypes, Resources, In, Out> {
  postprocessBatch(
    outputs: M["outputs"],
    context: AfterBatch<M, Resources, In>,
  ): Awaitable<readonly Out[]>;
  readonly postprocess?: never;
}

interface AroundRun {
  readonly predict?: never;
}

/** Without a model of its own: a folder that holds no ONNX file, and a handler that asks other models. */
interface Pipeline<Resources, In, Out> {
  predict(input: In, context: Context<Resources>): Awaitable<Out>;
  readonly preprocess?: never;
  readonly preprocessBatch?: never;
  readonly postprocess?: never;
  readonly postprocessBatch?: never;
}

type Steps<M extends ModelTypes, Resources, In, Out> =
  | (AroundRun &
      (Preprocess<M, Resources, In> | PreprocessBatch<M, Resources, In>) &
      (Postprocess<M, Resources, In, Out> | PostprocessBatch<M, Resources, In, Out>))
  | Pipeline<Resources, In, Out>;

type Output<O extends TSchema> = [O] extends [TNever] ? unknown : Static<O>;

/**
 * A model's own code: `export const handler = defineHandler<Model>()({ … })` in its folder's `handler.ts`. Twice
 * called, so that the model's types are given and all others found.
 */
export function defineHandler<M extends ModelTypes = AnyModel>() {
  return <
    S extends TSchema = TNever,
    const A extends readonly MediaType[] = readonly [],
    O extends TSchema = TNever,
    Resources = undefined,
  >(
    definition: Both<S, A, O, Resources> & Steps<M, Resources, Input<S, A>, Output<O>>,
  ): Handler => definition as unknown as Handler;
}
