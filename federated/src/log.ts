export type Severity = 'INFO' | 'WARNING' | 'ERROR';

/** One line of JSON, in the form that Cloud Logging reads. */
export type Log = (severity: Severity, message: string, fields?: Record<string, unknown>) => void;

export function createLog(component: string, write: (line: string) => void): Log {
  return (severity, message, fields = {}) => {
    write(`${JSON.stringify({ severity, message, component, ...fields })}\n`);
  };
}
