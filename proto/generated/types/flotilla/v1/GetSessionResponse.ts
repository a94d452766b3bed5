// Original file: flotilla/v1/prediction.proto

import type { Session as _flotilla_v1_Session, Session__Output as _flotilla_v1_Session__Output } from '../../flotilla/v1/Session.ts';

export interface GetSessionResponse {
  'session'?: (_flotilla_v1_Session | null);
}

export interface GetSessionResponse__Output {
  'session': (_flotilla_v1_Session__Output | null);
}
