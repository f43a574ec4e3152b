import { CopyCommand } from '../copy-command.tsx';
import { type ModelHistory, versionWith } from '../serving.ts';

interface VersionCommandsProps {
  readonly history: ModelHistory | undefined;
  /** The version whose card is open. */
  readonly chosen: string | undefined;
}

/**
 * How the version is changed: by command, because the account of this page may only read. The commands are those
 * for the version that is open, else for the newest that is not current.
 */
export function VersionCommands({ history, chosen }: VersionCommandsProps) {
  const current = versionWith(history, 'current');
  const challenger = versionWith(history, 'challenger');
  const previous = versionWith(history, 'previous');
  const other =
    chosen !== undefined && chosen !== current
      ? chosen
      : (challenger ?? history?.versions.find(({ version }) => version !== current)?.version);
  return (
    <section class="panel" aria-label="Change the version" data-panel="version-commands">
      <header>
        <div>
          <h2>Change the version</h2>
          <p class="note">
            by command: who may look at this page may not change what decides. Servers follow within
            seconds, without a restart
          </p>
        </div>
      </header>
      {other === undefined ? (
        <Step title="Train another" note="There is no other version to change to yet.">
          npm run train
        </Step>
      ) : (
        <>
          <p class="candidate">
            From <b>{current ?? 'none'}</b> to <b>{other}</b>
            {chosen === undefined && '; a name in the table above chooses another'}
          </p>
          <Step title="1. Compare" note="What the two learned, part by part.">
            {`npm run models -- compare ${other}`}
          </Step>
          <Step
            title="2. Let it judge in the shadow"
            note={
              challenger === other
                ? 'It does so now, see the challenger beside the current version. This ends it.'
                : 'It scores every reading beside the current one; nobody acts on what it says.'
            }
          >
            {challenger === other
              ? `npm run models -- dismiss ${other}`
              : `npm run models -- challenge ${other}`}
          </Step>
          <Step
            title="3. Promote"
            note="It decides from now on; the version that is current becomes the previous one."
          >
            {`npm run models -- promote ${other}`}
          </Step>
        </>
      )}
      {previous !== undefined && (
        <Step title="Go back" note={`${previous} decides again.`}>
          npm run models -- rollback
        </Step>
      )}
    </section>
  );
}

function Step({ title, note, children }: { title: string; note: string; children: string }) {
  return (
    <div class="step">
      <h3>{title}</h3>
      <p class="note">{note}</p>
      <CopyCommand command={children} />
    </div>
  );
}
