// Original file: flotilla/v1/prediction.proto

import type { Tensors as _flotilla_v1_Tensors, Tensors__Output as _flotilla_v1_Tensors__Output } from '../../flotilla/v1/Tensors.ts';
import type { Instance as _flotilla_v1_Instance, Instance__Output as _flotilla_v1_Instance__Output } from '../../flotilla/v1/Instance.ts';
import type { Struct as _google_protobuf_Struct, Struct__Output as _google_protobuf_Struct__Output } from '../../google/protobuf/Struct.ts';
import type { Data as _flotilla_v1_Data, Data__Output as _flotilla_v1_Data__Output } from '../../flotilla/v1/Data.ts';

export interface PredictStreamRequest {
  'model'?: (string);
  'version'?: (string);
  'text'?: (string);
  'tensors'?: (_flotilla_v1_Tensors | null);
  'instances'?: (_flotilla_v1_Instance)[];
  'temperature'?: (number | string);
  'seed'?: (number);
  'json'?: (_google_protobuf_Struct | null);
  'data'?: (_flotilla_v1_Data | null);
  'input'?: "text"|"tensors"|"json"|"data";
  '_temperature'?: "temperature";
  '_seed'?: "seed";
}

export interface PredictStreamRequest__Output {
  'model': (string);
  'version': (string);
  'text'?: (string);
  'tensors'?: (_flotilla_v1_Tensors__Output | null);
  'instances': (_flotilla_v1_Instance__Output)[];
  'temperature'?: (number);
  'seed'?: (number);
  'json'?: (_google_protobuf_Struct__Output | null);
  'data'?: (_flotilla_v1_Data__Output | null);
  'input'?: "text"|"tensors"|"json"|"data";
  '_temperature'?: "temperature";
  '_seed'?: "seed";
}
