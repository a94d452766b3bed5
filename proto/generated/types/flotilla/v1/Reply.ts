// Original file: flotilla/v1/prediction.proto


export interface Reply {
  'text'?: (string);
}

export interface Reply__Output {
  'text': (string);
}
