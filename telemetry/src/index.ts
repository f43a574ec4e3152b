export { createLog, type Log, type Severity } from './log.ts';
export { addProcessMetrics } from './process-metrics.ts';
export {
  type Counter,
  createRegistry,
  type Histogram,
  METRICS_CONTENT_TYPE,
  type Registry,
  type Sample,
} from './registry.ts';
export { addRequestMetrics, type NoteRequest } from './request-metrics.ts';
export { runMain, stopOnSignal } from './run-main.ts';
export { type StatusServer, serveStatus } from './status-server.ts';
