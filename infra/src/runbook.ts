/** Google refuses longer documentation: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#Documentation */
export const MAX_DOCUMENTATION_BYTES = 10_240;

/**
 * The text of a section of the runbook, without its heading: all between `## {id}` and the next heading.
 *
 * Throws if there is none, so that no alert goes out without saying what to do.
 */
export function runbookSection(runbook: string, id: string): string {
  const lines = runbook.split('\n');
  const start = lines.indexOf(`## ${id}`);
  if (start === -1) throw new Error(`docs/runbook.md has no section "## ${id}"`);
  const end = lines.findIndex((line, index) => index > start && line.startsWith('## '));
  return lines
    .slice(start + 1, end === -1 ? undefined : end)
    .join('\n')
    .trim();
}
