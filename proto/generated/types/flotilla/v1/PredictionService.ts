// Original file: flotilla/v1/prediction.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetModelRequest as _flotilla_v1_GetModelRequest, GetModelRequest__Output as _flotilla_v1_GetModelRequest__Output } from '../../flotilla/v1/GetModelRequest.ts';
import type { GetModelResponse as _flotilla_v1_GetModelResponse, GetModelResponse__Output as _flotilla_v1_GetModelResponse__Output } from '../../flotilla/v1/GetModelResponse.ts';
import type { ListModelsRequest as _flotilla_v1_ListModelsRequest, ListModelsRequest__Output as _flotilla_v1_ListModelsRequest__Output } from '../../flotilla/v1/ListModelsRequest.ts';
import type { ListModelsResponse as _flotilla_v1_ListModelsResponse, ListModelsResponse__Output as _flotilla_v1_ListModelsResponse__Output } from '../../flotilla/v1/ListModelsResponse.ts';
import type { PredictRequest as _flotilla_v1_PredictRequest, PredictRequest__Output as _flotilla_v1_PredictRequest__Output } from '../../flotilla/v1/PredictRequest.ts';
import type { PredictResponse as _flotilla_v1_PredictResponse, PredictResponse__Output as _flotilla_v1_PredictResponse__Output } from '../../flotilla/v1/PredictResponse.ts';

export interface PredictionServiceClient extends grpc.Client {
  GetModel(argument: _flotilla_v1_GetModelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  GetModel(argument: _flotilla_v1_GetModelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  GetModel(argument: _flotilla_v1_GetModelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  GetModel(argument: _flotilla_v1_GetModelRequest, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  getModel(argument: _flotilla_v1_GetModelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  getModel(argument: _flotilla_v1_GetModelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  getModel(argument: _flotilla_v1_GetModelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  getModel(argument: _flotilla_v1_GetModelRequest, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  
  ListModels(argument: _flotilla_v1_ListModelsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  ListModels(argument: _flotilla_v1_ListModelsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_flotilla_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  ListModels(argument: _flotilla_v1_ListModelsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  ListModels(argument: _flotilla_v1_ListModelsRequest, callback: grpc.requestCallback<_flotilla_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  listModels(argument: _flotilla_v1_ListModelsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  listModels(argument: _flotilla_v1_ListModelsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_flotilla_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  listModels(argument: _flotilla_v1_ListModelsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  listModels(argument: _flotilla_v1_ListModelsRequest, callback: grpc.requestCallback<_flotilla_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  
  Predict(argument: _flotilla_v1_PredictRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  Predict(argument: _flotilla_v1_PredictRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_flotilla_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  Predict(argument: _flotilla_v1_PredictRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  Predict(argument: _flotilla_v1_PredictRequest, callback: grpc.requestCallback<_flotilla_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  predict(argument: _flotilla_v1_PredictRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  predict(argument: _flotilla_v1_PredictRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_flotilla_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  predict(argument: _flotilla_v1_PredictRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  predict(argument: _flotilla_v1_PredictRequest, callback: grpc.requestCallback<_flotilla_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface PredictionServiceHandlers extends grpc.UntypedServiceImplementation {
  GetModel: grpc.handleUnaryCall<_flotilla_v1_GetModelRequest__Output, _flotilla_v1_GetModelResponse>;
  
  ListModels: grpc.handleUnaryCall<_flotilla_v1_ListModelsRequest__Output, _flotilla_v1_ListModelsResponse>;
  
  Predict: grpc.handleUnaryCall<_flotilla_v1_PredictRequest__Output, _flotilla_v1_PredictResponse>;
  
}

export interface PredictionServiceDefinition extends grpc.ServiceDefinition {
  GetModel: MethodDefinition<_flotilla_v1_GetModelRequest, _flotilla_v1_GetModelResponse, _flotilla_v1_GetModelRequest__Output, _flotilla_v1_GetModelResponse__Output>
  ListModels: MethodDefinition<_flotilla_v1_ListModelsRequest, _flotilla_v1_ListModelsResponse, _flotilla_v1_ListModelsRequest__Output, _flotilla_v1_ListModelsResponse__Output>
  Predict: MethodDefinition<_flotilla_v1_PredictRequest, _flotilla_v1_PredictResponse, _flotilla_v1_PredictRequest__Output, _flotilla_v1_PredictResponse__Output>
}
