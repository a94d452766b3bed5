// Original file: flotilla/v1/prediction.proto

import type { TensorSpec as _flotilla_v1_TensorSpec, TensorSpec__Output as _flotilla_v1_TensorSpec__Output } from '../../flotilla/v1/TensorSpec.ts';
import type { StatePair as _flotilla_v1_StatePair, StatePair__Output as _flotilla_v1_StatePair__Output } from '../../flotilla/v1/StatePair.ts';

export interface Model {
  'name'?: (string);
  'versions'?: (string)[];
  'default_version'?: (string);
  'task'?: (string);
  'inputs'?: (_flotilla_v1_TensorSpec)[];
  'outputs'?: (_flotilla_v1_TensorSpec)[];
  'state'?: (_flotilla_v1_StatePair)[];
  'description'?: (string);
}

export interface Model__Output {
  'name': (string);
  'versions': (string)[];
  'default_version': (string);
  'task': (string);
  'inputs': (_flotilla_v1_TensorSpec__Output)[];
  'outputs': (_flotilla_v1_TensorSpec__Output)[];
  'state': (_flotilla_v1_StatePair__Output)[];
  'description': (string);
}
