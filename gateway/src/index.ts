export { type Broker, type BrokerOptions, startBroker } from './broker/broker.ts';
export {
  createForwarder,
  type Forwarder,
  type ForwardOptions,
  type ForwardTotals,
} from './forward/forward.ts';
export type { ForwardTrouble } from './forward/persistent-sender.ts';
export { type AppDeps, buildApp } from './http/app.ts';
export { parseSenml, type SenmlItem, type SenmlRefusal } from './http/senml.ts';
export {
  type Bridge,
  type BridgeEffects,
  type BridgeOptions,
  type BridgeTotals,
  startBridge,
} from './mqtt/bridge.ts';
export { parseTopicTemplate, type TopicTemplate } from './mqtt/topic-template.ts';
