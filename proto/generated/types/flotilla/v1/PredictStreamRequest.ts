// Original file: flotilla/v1/prediction.proto

import type { Tensors as _flotilla_v1_Tensors, Tensors__Output as _flotilla_v1_Tensors__Output } from '../../flotilla/v1/Tensors.ts';
import type { Instance as _flotilla_v1_Instance, Instance__Output as _flotilla_v1_Instance__Output } from '../../flotilla/v1/Instance.ts';

export interface PredictStreamRequest {
  'model'?: (string);
  'version'?: (string);
  'text'?: (string);
  'tensors'?: (_flotilla_v1_Tensors | null);
  'instances'?: (_flotilla_v1_Instance)[];
  'temperature'?: (number | string);
  'seed'?: (number);
  'input'?: "text"|"tensors";
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
  'input'?: "text"|"tensors";
  '_temperature'?: "temperature";
  '_seed'?: "seed";
}
