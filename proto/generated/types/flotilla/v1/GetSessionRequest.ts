// Original file: flotilla/v1/prediction.proto


export interface GetSessionRequest {
  'model'?: (string);
  'session_id'?: (string);
}

export interface GetSessionRequest__Output {
  'model': (string);
  'session_id': (string);
}
