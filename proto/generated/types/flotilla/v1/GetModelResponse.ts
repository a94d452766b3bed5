// Original file: flotilla/v1/prediction.proto

import type { Model as _flotilla_v1_Model, Model__Output as _flotilla_v1_Model__Output } from '../../flotilla/v1/Model.ts';

export interface GetModelResponse {
  'model'?: (_flotilla_v1_Model | null);
}

export interface GetModelResponse__Output {
  'model': (_flotilla_v1_Model__Output | null);
}
