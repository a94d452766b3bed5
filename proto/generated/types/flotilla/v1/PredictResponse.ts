// Original file: flotilla/v1/prediction.proto

import type { Result as _flotilla_v1_Result, Result__Output as _flotilla_v1_Result__Output } from '../../flotilla/v1/Result.ts';

export interface PredictResponse {
  'server_id'?: (string);
  'model'?: (string);
  'version'?: (string);
  'session_id'?: (string);
  'turn'?: (number);
  'result'?: (_flotilla_v1_Result | null);
  'results'?: (_flotilla_v1_Result)[];
}

export interface PredictResponse__Output {
  'server_id': (string);
  'model': (string);
  'version': (string);
  'session_id': (string);
  'turn': (number);
  'result': (_flotilla_v1_Result__Output | null);
  'results': (_flotilla_v1_Result__Output)[];
}
