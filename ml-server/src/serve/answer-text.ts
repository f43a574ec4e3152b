import {
  type BatchReading,
  type BatchResult,
  type Decision,
  type DetectRequest,
  METRIC_NAMES,
} from '@plumbline/contracts';

// Answers as JSON, written by hand: a serializer made from the schemas matches each union anew at every value, and
// takes five times as long. Ids and times passed checks that leave nothing to escape; words of ours that could
// change some day are escaped.

/** The answer to `POST /detect`. */
export function detectText(reading: DetectRequest, timestamp: string, decision: Decision): string {
  const temperature = decision.metrics.find(({ metric }) => metric === 'temperature');
  const vibration = decision.metrics.find(({ metric }) => metric === 'vibration');
  let metrics = '';
  for (const name of METRIC_NAMES) {
    if (reading[name] !== undefined) metrics += `,"${name}":${reading[name]}`;
  }
  return `{"device_id":"${reading.device_id}","timestamp":"${timestamp}"${metrics},"is_temp_anomaly":${
    temperature?.is_anomaly ?? false
  },"is_vibration_anomaly":${vibration?.is_anomaly ?? false},"temp_anomaly_score":${
    temperature?.score ?? 0
  },"vibration_anomaly_score":${vibration?.score ?? 0},${decisionText(decision)}}`;
}

/** One entry of a batch's answer. */
export function resultText(reading: BatchReading, timestamp: string, decision: Decision): string {
  return `{${idText(reading)}"timestamp":"${timestamp}",${decisionText(decision)}}`;
}

/**
 * The same for an ordinary reading whose client wants nothing explained but anomalies.
 *
 * - detectors: what is told all the same
 */
export function briefText(
  reading: BatchReading,
  timestamp: string,
  score: number,
  modelVersion: string | null,
  detectors: Decision['detectors'] = [],
): string {
  return `{${idText(reading)}"timestamp":"${timestamp}","is_anomaly":false,"score":${score},"threshold":1,"severity":"normal","anomaly_types":[],"is_alert":false,"explanation":"Nothing unusual","detectors":[${detectorsText(detectors)}],"metrics":[],"model_version":${nullable(modelVersion)}}`;
}

/** An entry for a reading that could not be judged. */
export function errorText(result: Extract<BatchResult, { error: object }>): string {
  return JSON.stringify(result);
}

function idText({ reading_id, device_id }: BatchReading): string {
  const id = reading_id === undefined ? '' : `"reading_id":${JSON.stringify(reading_id)},`;
  return `${id}"device_id":"${device_id}",`;
}

function decisionText(decision: Decision): string {
  let metrics = '';
  for (const one of decision.metrics) {
    const comma = metrics === '' ? '' : ',';
    metrics += `${comma}{"metric":"${one.metric}","value":${one.value},"expected":${one.expected},"low":${one.low},"high":${one.high},"score":${one.score},"threshold":${one.threshold},"is_anomaly":${one.is_anomaly},"share":${one.share}}`;
  }
  const types = decision.anomaly_types.length === 0 ? '[]' : JSON.stringify(decision.anomaly_types);
  return `"is_anomaly":${decision.is_anomaly},"score":${decision.score},"threshold":${decision.threshold},"severity":"${decision.severity}","anomaly_types":${types},"is_alert":${decision.is_alert},"explanation":${JSON.stringify(decision.explanation)},"detectors":[${detectorsText(decision.detectors)}],"metrics":[${metrics}],"model_version":${nullable(decision.model_version)}`;
}

function detectorsText(detectors: Decision['detectors']): string {
  let text = '';
  for (const { detector, score, threshold, is_anomaly } of detectors) {
    const comma = text === '' ? '' : ',';
    text += `${comma}{"detector":"${detector}","score":${score},"threshold":${threshold},"is_anomaly":${is_anomaly}}`;
  }
  return text;
}

function nullable(text: string | null): string {
  return text === null ? 'null' : `"${text}"`;
}
