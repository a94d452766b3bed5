// Original file: flotilla/v1/prediction.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

export interface Session {
  'session_id'?: (string);
  'model'?: (string);
  'turns'?: (number);
  'created_at'?: (_google_protobuf_Timestamp | null);
  'last_used_at'?: (_google_protobuf_Timestamp | null);
  'state_bytes'?: (number | string | Long);
  'server_id'?: (string);
}

export interface Session__Output {
  'session_id': (string);
  'model': (string);
  'turns': (number);
  'created_at': (_google_protobuf_Timestamp__Output | null);
  'last_used_at': (_google_protobuf_Timestamp__Output | null);
  'state_bytes': (string);
  'server_id': (string);
}
