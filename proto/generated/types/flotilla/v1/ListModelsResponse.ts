// Original file: flotilla/v1/prediction.proto

import type { Model as _flotilla_v1_Model, Model__Output as _flotilla_v1_Model__Output } from '../../flotilla/v1/Model.ts';

export interface ListModelsResponse {
  'models'?: (_flotilla_v1_Model)[];
}

export interface ListModelsResponse__Output {
  'models': (_flotilla_v1_Model__Output)[];
}
