import type { SeverityName } from './address.ts';

/** Shape, word and colour say the same, so that none is needed alone. */
export function Severity({ severity }: { severity: SeverityName | null | undefined }) {
  if (!severity) return <span class="severity pending">not scored yet</span>;
  return (
    <span class={`severity ${severity}`}>
      <SeverityShape severity={severity} />
      {severity}
    </span>
  );
}

/** Circle, triangle, diamond. */
export function SeverityShape({ severity }: { severity: SeverityName }) {
  const shapes = {
    normal: <circle cx="6" cy="6" r="4" />,
    warning: <path d="M6 1.2 11.2 10.6H.8z" />,
    critical: <path d="M6 .4 11.6 6 6 11.6.4 6z" />,
  };
  return (
    <svg class={`shape ${severity}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {shapes[severity]}
    </svg>
  );
}
