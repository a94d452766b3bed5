// Original file: flotilla/v1/prediction.proto


export interface EndSessionResponse {
}

export interface EndSessionResponse__Output {
}
