// Original file: flotilla/v1/prediction.proto


export interface Classification {
  'label'?: (string);
  'score'?: (number | string);
  'scores'?: ({ key: string; value: number | string | null })[];
}

export interface Classification__Output {
  'label': (string);
  'score': (number);
  'scores': ({ key: string; value: number | null })[];
}
