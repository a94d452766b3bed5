// Original file: flotilla/v1/prediction.proto

import type { TensorContents as _flotilla_v1_TensorContents, TensorContents__Output as _flotilla_v1_TensorContents__Output } from '../../flotilla/v1/TensorContents.ts';
import type { Long } from '@grpc/proto-loader';

export interface Tensor {
  'datatype'?: (string);
  'shape'?: (number | string | Long)[];
  'contents'?: (_flotilla_v1_TensorContents | null);
  'raw'?: (Buffer | Uint8Array | string);
  'data'?: "contents"|"raw";
}

export interface Tensor__Output {
  'datatype': (string);
  'shape': (string)[];
  'contents'?: (_flotilla_v1_TensorContents__Output | null);
  'raw'?: (Buffer);
  'data'?: "contents"|"raw";
}
