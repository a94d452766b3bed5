// Original file: null

import type { Value as _google_protobuf_Value, Value__Output as _google_protobuf_Value__Output } from '../../google/protobuf/Value.ts';

export interface Struct {
  'fields'?: ({ key: string; value: _google_protobuf_Value | null })[];
}

export interface Struct__Output {
  'fields': ({ key: string; value: _google_protobuf_Value__Output | null })[];
}
