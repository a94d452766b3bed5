// Original file: flotilla/v1/prediction.proto

import type { PredictResponse as _flotilla_v1_PredictResponse, PredictResponse__Output as _flotilla_v1_PredictResponse__Output } from '../../flotilla/v1/PredictResponse.ts';

export interface ConverseResponse {
  'token'?: (string);
  'done'?: (_flotilla_v1_PredictResponse | null);
  'part'?: "token"|"done";
}

export interface ConverseResponse__Output {
  'token'?: (string);
  'done'?: (_flotilla_v1_PredictResponse__Output | null);
  'part'?: "token"|"done";
}
