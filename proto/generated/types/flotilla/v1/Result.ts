// Original file: flotilla/v1/prediction.proto

import type { Classification as _flotilla_v1_Classification, Classification__Output as _flotilla_v1_Classification__Output } from '../../flotilla/v1/Classification.ts';
import type { Embedding as _flotilla_v1_Embedding, Embedding__Output as _flotilla_v1_Embedding__Output } from '../../flotilla/v1/Embedding.ts';
import type { Reply as _flotilla_v1_Reply, Reply__Output as _flotilla_v1_Reply__Output } from '../../flotilla/v1/Reply.ts';
import type { Tensors as _flotilla_v1_Tensors, Tensors__Output as _flotilla_v1_Tensors__Output } from '../../flotilla/v1/Tensors.ts';
import type { Value as _google_protobuf_Value, Value__Output as _google_protobuf_Value__Output } from '../../google/protobuf/Value.ts';

export interface Result {
  'classification'?: (_flotilla_v1_Classification | null);
  'embedding'?: (_flotilla_v1_Embedding | null);
  'reply'?: (_flotilla_v1_Reply | null);
  'outputs'?: (_flotilla_v1_Tensors | null);
  'json'?: (_google_protobuf_Value | null);
  'value'?: "classification"|"embedding"|"reply"|"outputs"|"json";
}

export interface Result__Output {
  'classification'?: (_flotilla_v1_Classification__Output | null);
  'embedding'?: (_flotilla_v1_Embedding__Output | null);
  'reply'?: (_flotilla_v1_Reply__Output | null);
  'outputs'?: (_flotilla_v1_Tensors__Output | null);
  'json'?: (_google_protobuf_Value__Output | null);
  'value'?: "classification"|"embedding"|"reply"|"outputs"|"json";
}
