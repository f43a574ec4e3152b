export type Severity = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';

/** One line of JSON, in the form that Cloud Logging reads. Never give it payloads, keys or values of readings. */
export type Log = (severity: Severity, message: string, fields?: Record<string, unknown>) => void;

/** A log of one component; `write` takes whole lines, with their line feed. */
export function createLog(component: string, write: (line: string) => void): Log {
  return (severity, message, fields = {}) => {
    write(`${JSON.stringify({ severity, message, component, ...fields })}\n`);
  };
}
