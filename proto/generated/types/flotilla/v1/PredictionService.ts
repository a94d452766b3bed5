// Original file: flotilla/v1/prediction.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ConverseRequest as _flotilla_v1_ConverseRequest, ConverseRequest__Output as _flotilla_v1_ConverseRequest__Output } from '../../flotilla/v1/ConverseRequest.ts';
import type { ConverseResponse as _flotilla_v1_ConverseResponse, ConverseResponse__Output as _flotilla_v1_ConverseResponse__Output } from '../../flotilla/v1/ConverseResponse.ts';
import type { EndSessionRequest as _flotilla_v1_EndSessionRequest, EndSessionRequest__Output as _flotilla_v1_EndSessionRequest__Output } from '../../flotilla/v1/EndSessionRequest.ts';
import type { EndSessionResponse as _flotilla_v1_EndSessionResponse, EndSessionResponse__Output as _flotilla_v1_EndSessionResponse__Output } from '../../flotilla/v1/EndSessionResponse.ts';
import type { GetModelRequest as _flotilla_v1_GetModelRequest, GetModelRequest__Output as _flotilla_v1_GetModelRequest__Output } from '../../flotilla/v1/GetModelRequest.ts';
import type { GetModelResponse as _flotilla_v1_GetModelResponse, GetModelResponse__Output as _flotilla_v1_GetModelResponse__Output } from '../../flotilla/v1/GetModelResponse.ts';
import type { GetSessionRequest as _flotilla_v1_GetSessionRequest, GetSessionRequest__Output as _flotilla_v1_GetSessionRequest__Output } from '../../flotilla/v1/GetSessionRequest.ts';
import type { GetSessionResponse as _flotilla_v1_GetSessionResponse, GetSessionResponse__Output as _flotilla_v1_GetSessionResponse__Output } from '../../flotilla/v1/GetSessionResponse.ts';
import type { ListModelsRequest as _flotilla_v1_ListModelsRequest, ListModelsRequest__Output as _flotilla_v1_ListModelsRequest__Output } from '../../flotilla/v1/ListModelsRequest.ts';
import type { ListModelsResponse as _flotilla_v1_ListModelsResponse, ListModelsResponse__Output as _flotilla_v1_ListModelsResponse__Output } from '../../flotilla/v1/ListModelsResponse.ts';
import type { PredictRequest as _flotilla_v1_PredictRequest, PredictRequest__Output as _flotilla_v1_PredictRequest__Output } from '../../flotilla/v1/PredictRequest.ts';
import type { PredictResponse as _flotilla_v1_PredictResponse, PredictResponse__Output as _flotilla_v1_PredictResponse__Output } from '../../flotilla/v1/PredictResponse.ts';
import type { PredictStreamRequest as _flotilla_v1_PredictStreamRequest, PredictStreamRequest__Output as _flotilla_v1_PredictStreamRequest__Output } from '../../flotilla/v1/PredictStreamRequest.ts';
import type { PredictStreamResponse as _flotilla_v1_PredictStreamResponse, PredictStreamResponse__Output as _flotilla_v1_PredictStreamResponse__Output } from '../../flotilla/v1/PredictStreamResponse.ts';

export interface PredictionServiceClient extends grpc.Client {
  Converse(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_flotilla_v1_ConverseRequest, _flotilla_v1_ConverseResponse__Output>;
  Converse(options?: grpc.CallOptions): grpc.ClientDuplexStream<_flotilla_v1_ConverseRequest, _flotilla_v1_ConverseResponse__Output>;
  converse(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_flotilla_v1_ConverseRequest, _flotilla_v1_ConverseResponse__Output>;
  converse(options?: grpc.CallOptions): grpc.ClientDuplexStream<_flotilla_v1_ConverseRequest, _flotilla_v1_ConverseResponse__Output>;
  
  EndSession(argument: _flotilla_v1_EndSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_EndSessionResponse__Output>): grpc.ClientUnaryCall;
  EndSession(argument: _flotilla_v1_EndSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_flotilla_v1_EndSessionResponse__Output>): grpc.ClientUnaryCall;
  EndSession(argument: _flotilla_v1_EndSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_EndSessionResponse__Output>): grpc.ClientUnaryCall;
  EndSession(argument: _flotilla_v1_EndSessionRequest, callback: grpc.requestCallback<_flotilla_v1_EndSessionResponse__Output>): grpc.ClientUnaryCall;
  endSession(argument: _flotilla_v1_EndSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_EndSessionResponse__Output>): grpc.ClientUnaryCall;
  endSession(argument: _flotilla_v1_EndSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_flotilla_v1_EndSessionResponse__Output>): grpc.ClientUnaryCall;
  endSession(argument: _flotilla_v1_EndSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_EndSessionResponse__Output>): grpc.ClientUnaryCall;
  endSession(argument: _flotilla_v1_EndSessionRequest, callback: grpc.requestCallback<_flotilla_v1_EndSessionResponse__Output>): grpc.ClientUnaryCall;
  
  GetModel(argument: _flotilla_v1_GetModelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  GetModel(argument: _flotilla_v1_GetModelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  GetModel(argument: _flotilla_v1_GetModelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  GetModel(argument: _flotilla_v1_GetModelRequest, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  getModel(argument: _flotilla_v1_GetModelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  getModel(argument: _flotilla_v1_GetModelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  getModel(argument: _flotilla_v1_GetModelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  getModel(argument: _flotilla_v1_GetModelRequest, callback: grpc.requestCallback<_flotilla_v1_GetModelResponse__Output>): grpc.ClientUnaryCall;
  
  GetSession(argument: _flotilla_v1_GetSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_GetSessionResponse__Output>): grpc.ClientUnaryCall;
  GetSession(argument: _flotilla_v1_GetSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_flotilla_v1_GetSessionResponse__Output>): grpc.ClientUnaryCall;
  GetSession(argument: _flotilla_v1_GetSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_GetSessionResponse__Output>): grpc.ClientUnaryCall;
  GetSession(argument: _flotilla_v1_GetSessionRequest, callback: grpc.requestCallback<_flotilla_v1_GetSessionResponse__Output>): grpc.ClientUnaryCall;
  getSession(argument: _flotilla_v1_GetSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_GetSessionResponse__Output>): grpc.ClientUnaryCall;
  getSession(argument: _flotilla_v1_GetSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_flotilla_v1_GetSessionResponse__Output>): grpc.ClientUnaryCall;
  getSession(argument: _flotilla_v1_GetSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_flotilla_v1_GetSessionResponse__Output>): grpc.ClientUnaryCall;
  getSession(argument: _flotilla_v1_GetSessionRequest, callback: grpc.requestCallback<_flotilla_v1_GetSessionResponse__Output>): grpc.ClientUnaryCall;
  
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
  
  PredictStream(argument: _flotilla_v1_PredictStreamRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_flotilla_v1_PredictStreamResponse__Output>;
  PredictStream(argument: _flotilla_v1_PredictStreamRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_flotilla_v1_PredictStreamResponse__Output>;
  predictStream(argument: _flotilla_v1_PredictStreamRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_flotilla_v1_PredictStreamResponse__Output>;
  predictStream(argument: _flotilla_v1_PredictStreamRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_flotilla_v1_PredictStreamResponse__Output>;
  
}

export interface PredictionServiceHandlers extends grpc.UntypedServiceImplementation {
  Converse: grpc.handleBidiStreamingCall<_flotilla_v1_ConverseRequest__Output, _flotilla_v1_ConverseResponse>;
  
  EndSession: grpc.handleUnaryCall<_flotilla_v1_EndSessionRequest__Output, _flotilla_v1_EndSessionResponse>;
  
  GetModel: grpc.handleUnaryCall<_flotilla_v1_GetModelRequest__Output, _flotilla_v1_GetModelResponse>;
  
  GetSession: grpc.handleUnaryCall<_flotilla_v1_GetSessionRequest__Output, _flotilla_v1_GetSessionResponse>;
  
  ListModels: grpc.handleUnaryCall<_flotilla_v1_ListModelsRequest__Output, _flotilla_v1_ListModelsResponse>;
  
  Predict: grpc.handleUnaryCall<_flotilla_v1_PredictRequest__Output, _flotilla_v1_PredictResponse>;
  
  PredictStream: grpc.handleServerStreamingCall<_flotilla_v1_PredictStreamRequest__Output, _flotilla_v1_PredictStreamResponse>;
  
}

export interface PredictionServiceDefinition extends grpc.ServiceDefinition {
  Converse: MethodDefinition<_flotilla_v1_ConverseRequest, _flotilla_v1_ConverseResponse, _flotilla_v1_ConverseRequest__Output, _flotilla_v1_ConverseResponse__Output>
  EndSession: MethodDefinition<_flotilla_v1_EndSessionRequest, _flotilla_v1_EndSessionResponse, _flotilla_v1_EndSessionRequest__Output, _flotilla_v1_EndSessionResponse__Output>
  GetModel: MethodDefinition<_flotilla_v1_GetModelRequest, _flotilla_v1_GetModelResponse, _flotilla_v1_GetModelRequest__Output, _flotilla_v1_GetModelResponse__Output>
  GetSession: MethodDefinition<_flotilla_v1_GetSessionRequest, _flotilla_v1_GetSessionResponse, _flotilla_v1_GetSessionRequest__Output, _flotilla_v1_GetSessionResponse__Output>
  ListModels: MethodDefinition<_flotilla_v1_ListModelsRequest, _flotilla_v1_ListModelsResponse, _flotilla_v1_ListModelsRequest__Output, _flotilla_v1_ListModelsResponse__Output>
  Predict: MethodDefinition<_flotilla_v1_PredictRequest, _flotilla_v1_PredictResponse, _flotilla_v1_PredictRequest__Output, _flotilla_v1_PredictResponse__Output>
  PredictStream: MethodDefinition<_flotilla_v1_PredictStreamRequest, _flotilla_v1_PredictStreamResponse, _flotilla_v1_PredictStreamRequest__Output, _flotilla_v1_PredictStreamResponse__Output>
}
