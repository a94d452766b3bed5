// Original file: flotilla/v1/prediction.proto


export interface ListModelsRequest {
}

export interface ListModelsRequest__Output {
}
