// Original file: flotilla/v1/prediction.proto


export interface Data {
  'data'?: (Buffer | Uint8Array | string);
  'media_type'?: (string);
}

export interface Data__Output {
  'data': (Buffer);
  'media_type': (string);
}
