// Original file: flotilla/v1/prediction.proto

import type { Tensors as _flotilla_v1_Tensors, Tensors__Output as _flotilla_v1_Tensors__Output } from '../../flotilla/v1/Tensors.ts';

export interface Instance {
  'text'?: (string);
  'tensors'?: (_flotilla_v1_Tensors | null);
  'input'?: "text"|"tensors";
}

export interface Instance__Output {
  'text'?: (string);
  'tensors'?: (_flotilla_v1_Tensors__Output | null);
  'input'?: "text"|"tensors";
}
