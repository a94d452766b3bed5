// Original file: flotilla/v1/prediction.proto


export interface StatePair {
  'input'?: (string);
  'output'?: (string);
}

export interface StatePair__Output {
  'input': (string);
  'output': (string);
}
