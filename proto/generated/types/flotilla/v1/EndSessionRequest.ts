// Original file: flotilla/v1/prediction.proto


export interface EndSessionRequest {
  'model'?: (string);
  'session_id'?: (string);
}

export interface EndSessionRequest__Output {
  'model': (string);
  'session_id': (string);
}
