// Original file: flotilla/v1/prediction.proto

import type { Tensor as _flotilla_v1_Tensor, Tensor__Output as _flotilla_v1_Tensor__Output } from '../../flotilla/v1/Tensor.ts';

export interface Tensors {
  'inputs'?: ({ key: string; value: _flotilla_v1_Tensor | null })[];
}

export interface Tensors__Output {
  'inputs': ({ key: string; value: _flotilla_v1_Tensor__Output | null })[];
}
