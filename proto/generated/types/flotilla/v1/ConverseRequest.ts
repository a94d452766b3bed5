// Original file: flotilla/v1/prediction.proto

import type { Tensors as _flotilla_v1_Tensors, Tensors__Output as _flotilla_v1_Tensors__Output } from '../../flotilla/v1/Tensors.ts';

export interface ConverseRequest {
  'model'?: (string);
  'version'?: (string);
  'text'?: (string);
  'tensors'?: (_flotilla_v1_Tensors | null);
  'turn'?: (number);
  'idempotency_key'?: (string);
  'temperature'?: (number | string);
  'seed'?: (number);
  'input'?: "text"|"tensors";
  '_temperature'?: "temperature";
  '_seed'?: "seed";
}

export interface ConverseRequest__Output {
  'model': (string);
  'version': (string);
  'text'?: (string);
  'tensors'?: (_flotilla_v1_Tensors__Output | null);
  'turn': (number);
  'idempotency_key': (string);
  'temperature'?: (number);
  'seed'?: (number);
  'input'?: "text"|"tensors";
  '_temperature'?: "temperature";
  '_seed'?: "seed";
}
